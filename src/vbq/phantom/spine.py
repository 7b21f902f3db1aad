"""The geometry of a digital spine: position of vertebrae, discs and canal in patient mm.

Axes are LPS: +x to the patient's left, +y posterior, +z superior. The centre of L3 is the
origin, the sacrum lies at x = 0. Every vertebra is a rigid body with a local frame (u left,
v posterior, w superior); the canal is a smooth curve behind the vertebrae.

Sizes are plausible round numbers near published averages, from memory (e.g. Panjabi et al.,
Spine 1992, for the lumbar vertebrae).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import SACRUM
from vbq.errors import UsageError
from vbq.phantom.curves import Canal, build_canal
from vbq.phantom.height_loss import apply_height_loss
from vbq.phantom.pathology import HeightLoss
from vbq.phantom.spine_shape import SpineShape
from vbq.phantom.vertebra import Vertebra

# For each level: depth (anteroposterior), width, height at mid-body, height of the disc below; mm.
_LUMBAR_FROM_BELOW = (
    (35.5, 51.0, 27.0, 10.5),
    (35.0, 48.0, 27.5, 11.5),
    (34.2, 45.5, 27.5, 10.8),
    (33.0, 43.0, 27.0, 9.6),
    (31.6, 41.0, 26.2, 8.6),
    (30.6, 40.0, 25.6, 8.0),
)
_THORACIC_FROM_BELOW = (
    (30.0, 39.0, 25.0, 7.4),
    (29.0, 37.0, 23.8, 6.4),
    (28.0, 34.5, 22.6, 5.6),
    (27.2, 33.0, 21.8, 5.0),
    (26.6, 32.0, 21.2, 4.6),
    (26.0, 31.0, 20.6, 4.4),
    (25.2, 30.0, 20.0, 4.2),
    (24.4, 29.0, 19.4, 4.0),
)
# Share of the lordosis in the disc below each lumbar vertebra and in its wedging, from L5 upward.
_DISC_LORDOSIS = (14.0, 12.0, 9.5, 7.5, 5.5, 4.0)
_BODY_LORDOSIS = (8.0, 3.0, 1.0, -0.5, -1.5, -1.5)
_THORACIC_KYPHOSIS = (-0.5, -2.5)  # degrees in each disc and in each body
# Sacral segments S1-S5 and coccyx: depth, width, height, gap below, tilt relative to S1.
_SACRUM = (
    (31.0, 50.0, 29.0, 3.4, 0.0),
    (22.0, 42.0, 25.0, 1.4, 9.0),
    (16.5, 34.0, 21.0, 1.0, 10.0),
    (13.0, 28.0, 18.0, 0.8, -4.0),
    (10.5, 22.0, 15.0, 1.6, -28.0),
    (8.0, 14.0, 11.0, 1.0, -52.0),
)


@dataclass(frozen=True, eq=False, slots=True)
class Spine:
    """A spine in place: vertebrae from superior to inferior (coccyx last) and the canal."""

    shape: SpineShape
    vertebrae: tuple[Vertebra, ...]
    canal: Canal

    def vertebra(self, name: str) -> Vertebra:
        """The vertebra with a name such as ``L3``.

        Raises:
            UsageError: The spine does not have it, e.g. L5 with four lumbar vertebrae.
        """
        for vertebra in self.vertebrae:
            if vertebra.name == name:
                return vertebra
        raise UsageError(f"This phantom has no {name}.", remedy="Check lumbar_count.")


def build_spine(shape: SpineShape, losses: Mapping[int, HeightLoss] | None = None) -> Spine:
    """Place the vertebrae, from the sacrum upward, and the canal behind them.

    Args:
        shape: Spine parameters.
        losses: Share of the anterior, middle and posterior height lost, by level number.
    """
    rng = np.random.default_rng([shape.seed, 11])
    column = [*_mobile_vertebrae(shape, rng), *_sacral_segments(shape, rng)]
    if losses:
        column = apply_height_loss(column, losses)
    placed = _place(column, shape)
    return Spine(shape, tuple(placed), build_canal(placed, shape))


def _vary(rng: np.random.Generator, shape: SpineShape, share: float) -> float:
    """Random factor around 1; its SD is ``share`` times the variation of the shape."""
    return float(1 + shape.variation * share * np.clip(rng.standard_normal(), -2, 2))


def _mobile_vertebrae(shape: SpineShape, rng: np.random.Generator) -> list[Vertebra]:
    """Thoracic and lumbar vertebrae from superior to inferior, not yet placed."""
    count = shape.lumbar_count
    scale = shape.lordosis_deg / (sum(_DISC_LORDOSIS[:count]) + sum(_BODY_LORDOSIS[:count]))
    rows = [*_LUMBAR_FROM_BELOW[:count], *_THORACIC_FROM_BELOW]
    levels = [*range(19 + count, 19, -1), *range(19, 19 - len(_THORACIC_FROM_BELOW), -1)]
    tilt = shape.sacral_slope_deg
    vertebrae: list[Vertebra] = []
    for k, (level, (depth, width, height, gap)) in enumerate(zip(levels, rows, strict=True)):
        lumbar = k < count
        disc = _DISC_LORDOSIS[k] * scale if lumbar else _THORACIC_KYPHOSIS[0]
        wedge = _BODY_LORDOSIS[k] * scale if lumbar else _THORACIC_KYPHOSIS[1]
        tilt -= disc + wedge / 2
        vertebrae.append(
            Vertebra(
                level=level,
                centre=np.zeros(3),
                axes=np.eye(3),
                depth=depth * shape.size * _vary(rng, shape, 0.02),
                width=width * shape.size * _vary(rng, shape, 0.02),
                height=height * shape.size * _vary(rng, shape, 0.02),
                wedge_deg=wedge + shape.variation * float(rng.normal(0, 0.6)),
                waist=shape.waist_mm * _vary(rng, shape, 0.25),
                concavity=(
                    shape.endplate_mm * 0.75 * _vary(rng, shape, 0.3),
                    shape.endplate_mm * 1.2 * _vary(rng, shape, 0.3),
                ),
                gap=gap * shape.size * shape.disc_height * _vary(rng, shape, 0.08),
                tilt_deg=tilt,
            )
        )
        tilt -= wedge / 2
    return vertebrae[::-1]


def _sacral_segments(shape: SpineShape, rng: np.random.Generator) -> list[Vertebra]:
    """S1 to S5 and the coccyx, not yet placed."""
    return [
        Vertebra(
            level=SACRUM + k,
            centre=np.zeros(3),
            axes=np.eye(3),
            depth=depth * shape.size,
            width=width * shape.size,
            height=height * shape.size * _vary(rng, shape, 0.02),
            wedge_deg=(4.0, 2.0, -6.0, -8.0, -8.0, 0.0)[k],
            waist=(2.4, 1.2, 0.8, 0.6, 0.4, 0.2)[k],
            concavity=(0.6 if k == 0 else 0.0, 0.0),
            gap=gap * shape.size,
            tilt_deg=shape.sacral_slope_deg + tilt,
        )
        for k, (depth, width, height, gap, tilt) in enumerate(_SACRUM)
    ]


def _place(column: list[Vertebra], shape: SpineShape) -> list[Vertebra]:
    """Set frame and centre of each vertebra, with L3 at the origin and the sacrum at x = 0."""
    levels = [v.level for v in column]
    apex, sacrum = levels.index(21), levels.index(SACRUM)
    placed: list[Vertebra] = []
    for k, vertebra in enumerate(column):
        phase = np.clip((k - apex) / max(sacrum - 1 - apex, 1), -1.6, 1.6)
        coronal = np.radians(shape.scoliosis_deg / 2) * np.sin(phase * np.pi / 2)
        rotation = np.radians(0.5 * shape.scoliosis_deg) * np.cos(phase * np.pi / 2)
        if vertebra.level >= SACRUM:
            coronal = rotation = 0.0
        axes = _frame(np.radians(vertebra.tilt_deg), coronal, rotation)
        centre = np.zeros(3)
        if placed:
            above = placed[-1]
            middle = above.axes[2] + axes[2]
            middle /= np.linalg.norm(middle)
            centre = above.centre - above.axes[2] * above.height / 2
            centre = centre - middle * above.gap - axes[2] * vertebra.height / 2
            if above.level >= SACRUM - 1 or vertebra.level >= SACRUM:
                # the posterior walls are continuous from L5 to the coccyx
                step = (above.depth - vertebra.depth) / 2 - (2.0 if vertebra.level > SACRUM else 0)
                centre = centre + axes[1] * step
        placed.append(replace(vertebra, centre=centre, axes=axes))
    origin = placed[levels.index(22)].centre.copy()
    origin[0] = placed[sacrum].centre[0]
    return [replace(v, centre=v.centre - origin) for v in placed]


def _frame(tilt: float, coronal: float, rotation: float) -> NDArray[np.float64]:
    """Local frame, rows u, v, w, of a body tilted forward and to the left and rotated (rad)."""
    lean = np.array(
        [[np.cos(coronal), 0, -np.sin(coronal)], [0, 1, 0], [np.sin(coronal), 0, np.cos(coronal)]]
    )
    forward = np.array(
        [[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]]
    )
    axial = np.array(
        [
            [np.cos(rotation), np.sin(rotation), 0],
            [-np.sin(rotation), np.cos(rotation), 0],
            [0, 0, 1],
        ]
    )
    return np.asarray(axial @ forward @ lean)
