"""The geometry of a digital spine: where each vertebra, disc and the canal lie, in patient mm.

Axes are LPS: +x to the patient's left, +y posterior, +z superior. The middle of L3 is the
origin, the sacrum lies at x = 0. Every vertebra is a rigid body with a frame of its own
(u left, v posterior, w superior); the canal is a smooth curve behind them.

Sizes are round numbers near published averages (recalled, e.g. Panjabi et al., Spine 1992 for
the lumbar vertebrae); they only have to be plausible.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import SACRUM
from vbq.errors import UsageError
from vbq.phantom.curves import Canal, build_canal
from vbq.phantom.height_loss import apply_height_loss
from vbq.phantom.vertebra import Vertebra

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vbq.phantom.pathology import HeightLoss
    from vbq.phantom.spine_shape import SpineShape

__all__ = ["Spine", "build_spine"]

# Level: depth (anterior-posterior), width, height at mid-body, height of the disc below; mm.
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
# Share of the lordosis in the disc below each lumbar vertebra and in its own wedge, from L5 up.
_DISC_LORDOSIS = (14.0, 12.0, 9.5, 7.5, 5.5, 4.0)
_BODY_LORDOSIS = (8.0, 3.0, 1.0, -0.5, -1.5, -1.5)
_THORACIC_KYPHOSIS = (-0.5, -2.5)  # degrees in each disc and each body
# Sacral segments S1-S5 and coccyx: depth, width, height, gap below, tilt beyond that of S1.
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
    """A built spine: vertebrae from superior to inferior (coccyx last) and the canal."""

    shape: SpineShape
    vertebrae: tuple[Vertebra, ...]
    canal: Canal

    def vertebra(self, name: str) -> Vertebra:
        """The vertebra of that name.

        Raises:
            UsageError: There is none, e.g. L5 where four lumbar vertebrae were asked for.
        """
        for vertebra in self.vertebrae:
            if vertebra.name == name:
                return vertebra
        raise UsageError(f"This phantom has no {name}.", remedy="Check lumbar_count.")


def build_spine(shape: SpineShape, losses: Mapping[int, HeightLoss] | None = None) -> Spine:
    """Lay out the vertebrae of a shape, from the sacrum upward, and the canal behind them.

    Args:
        shape: The spine.
        losses: Per level number, the share of the anterior, middle and posterior height lost.
    """
    rng = np.random.default_rng([shape.seed, 11])
    column = [*_mobile(shape, rng), *_sacral(shape, rng)]  # superior to inferior, not yet placed
    if losses:
        column = apply_height_loss(column, losses)
    placed = _place(column, shape)
    return Spine(shape, tuple(placed), build_canal(placed, shape))


def _vary(rng: np.random.Generator, shape: SpineShape, share: float) -> float:
    return float(1 + shape.variation * share * np.clip(rng.standard_normal(), -2, 2))


def _mobile(shape: SpineShape, rng: np.random.Generator) -> list[Vertebra]:
    count = shape.lumbar_count
    scale = shape.lordosis_deg / (sum(_DISC_LORDOSIS[:count]) + sum(_BODY_LORDOSIS[:count]))
    rows = [*_LUMBAR_FROM_BELOW[:count], *_THORACIC_FROM_BELOW]
    levels = [*range(19 + count, 19, -1), *range(19, 19 - len(_THORACIC_FROM_BELOW), -1)]
    tilt = shape.sacral_slope_deg
    found: list[Vertebra] = []
    for k, (level, (depth, width, height, gap)) in enumerate(zip(levels, rows, strict=True)):
        lumbar = k < count
        disc = _DISC_LORDOSIS[k] * scale if lumbar else _THORACIC_KYPHOSIS[0]
        wedge = _BODY_LORDOSIS[k] * scale if lumbar else _THORACIC_KYPHOSIS[1]
        tilt -= disc + wedge / 2
        found.append(
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
    return found[::-1]


def _sacral(shape: SpineShape, rng: np.random.Generator) -> list[Vertebra]:
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
            tilt_deg=shape.sacral_slope_deg + bend,
        )
        for k, (depth, width, height, gap, bend) in enumerate(_SACRUM)
    ]


def _place(column: list[Vertebra], shape: SpineShape) -> list[Vertebra]:
    """Give each vertebra its frame, chain the centres, put L3 at the origin, the sacrum at x=0."""
    names = [v.level for v in column]
    apex, bottom = names.index(21), names.index(SACRUM)
    placed: list[Vertebra] = []
    for k, vertebra in enumerate(column):
        phase = np.clip((k - apex) / max(bottom - 1 - apex, 1), -1.6, 1.6)
        coronal = np.radians(shape.scoliosis_deg / 2) * np.sin(phase * np.pi / 2)
        turn = np.radians(0.5 * shape.scoliosis_deg) * np.cos(phase * np.pi / 2)
        if vertebra.level >= SACRUM:
            coronal = turn = 0.0
        axes = _frame(np.radians(vertebra.tilt_deg), coronal, turn)
        centre = np.zeros(3)
        if placed:
            above = placed[-1]
            middle = above.axes[2] + axes[2]
            middle /= np.linalg.norm(middle)
            centre = above.centre - above.axes[2] * above.height / 2
            centre = centre - middle * above.gap - axes[2] * vertebra.height / 2
            if above.level >= SACRUM - 1 or vertebra.level >= SACRUM:
                # the posterior walls run on smoothly from L5 to the coccyx
                step = (above.depth - vertebra.depth) / 2 - (2.0 if vertebra.level > SACRUM else 0)
                centre = centre + axes[1] * step
        placed.append(replace(vertebra, centre=centre, axes=axes))
    origin = placed[names.index(22)].centre.copy()
    origin[0] = placed[bottom].centre[0]
    return [replace(v, centre=v.centre - origin) for v in placed]


def _frame(tilt: float, coronal: float, turn: float) -> NDArray[np.float64]:
    """Rows u, v, w of a body tilted forward, leaning to the left and turned about its axis."""
    lean = np.array(
        [[np.cos(coronal), 0, -np.sin(coronal)], [0, 1, 0], [np.sin(coronal), 0, np.cos(coronal)]]
    )
    forward = np.array(
        [[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)], [0, -np.sin(tilt), np.cos(tilt)]]
    )
    axial = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    return np.asarray(axial @ forward @ lean)
