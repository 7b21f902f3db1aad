"""What can be wrong with one vertebra: fractures, lesions, endplate changes, metal.

Signals are given as multiples of the marrow's, so that they hold for any contrast. Sizes and
signals are round numbers (recalled); they only have to be plausible.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import UsageError
from vbq.phantom.painting.canvas import texture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vbq.phantom.painting.canvas import Canvas, Window
    from vbq.phantom.painting.palette import Palette
    from vbq.phantom.spine import Vertebra

__all__ = ["HeightLoss", "Pathology", "collapse", "paint_pathology"]

HeightLoss = tuple[float, float, float]

NODE_RIM_MM = 1.0
SCREW_RIM_MM = 2.0
SCREW_RIM = 1.7  # signal piles up beside a metal's void


@dataclass(frozen=True, slots=True)
class Pathology:
    """What is wrong with one vertebral body; by default nothing.

    Attributes:
        height_loss: Share of the anterior, middle and posterior height lost, each 0..0.8:
            (0.3, 0.15, 0) is a wedge, (0, 0.35, 0) biconcave, (0.4, 0.4, 0.4) a crush.
        focus: Signal of a ball inside the body, over the marrow's: 1.6 looks like a
            haemangioma on T1, 0.5 like a metastasis.
        focus_mm: Radius of the ball.
        focus_at_mm: Its middle, backward and upward from the middle of the body.
        upper_endplate, lower_endplate: Signal of the bone along an endplate, over the marrow's:
            on T1 dark as Modic type 1 or bright as type 2. A disc has one on either side.
        endplate_mm: Depth of that bone.
        schmorl_mm: Radius of a Schmorl's node in the upper endplate; 0 for none.
        screw_mm: Radius of the signal void of a screw that runs from front to back, with a
            bright rim; 0 for none.
        heterogeneity: SD of marrow in patches of 3 to 9 mm, over its mean.
    """

    height_loss: HeightLoss = (0.0, 0.0, 0.0)
    focus: float = 1.0
    focus_mm: float = 7.0
    focus_at_mm: tuple[float, float] = (-3.0, 0.0)
    upper_endplate: float = 1.0
    lower_endplate: float = 1.0
    endplate_mm: float = 8.0
    schmorl_mm: float = 0.0
    screw_mm: float = 0.0
    heterogeneity: float = 0.0

    def __post_init__(self) -> None:
        if not all(0 <= loss <= 0.8 for loss in self.height_loss):
            raise UsageError("A share of height lost must lie between 0 and 0.8.")
        signals = (self.focus, self.upper_endplate, self.lower_endplate)
        sizes = (self.focus_mm, self.endplate_mm, self.schmorl_mm, self.screw_mm)
        if min(*signals, *sizes, self.heterogeneity) < 0:
            raise UsageError("Signals, sizes and heterogeneity of a pathology cannot be negative.")


def collapse(column: Sequence[Vertebra], losses: Mapping[int, HeightLoss]) -> list[Vertebra]:
    """Take height from vertebrae; those above a wedge lean forward with it.

    Args:
        column: The vertebrae from superior to inferior, not yet placed.
        losses: Per level number, the share of the anterior, middle and posterior height lost.
    """
    lean = 0.0
    found = []
    for vertebra in reversed(column):
        lower = _compressed(vertebra, losses.get(vertebra.level, (0.0, 0.0, 0.0)))
        lost = vertebra.wedge_deg - lower.wedge_deg
        found.append(replace(lower, tilt_deg=lower.tilt_deg + lean + lost / 2))
        lean += lost
    return found[::-1]


def _compressed(vertebra: Vertebra, loss: HeightLoss) -> Vertebra:
    if not any(loss):
        return vertebra
    rise = np.tan(np.radians(vertebra.wedge_deg / 2)) * vertebra.depth
    middle = (vertebra.height - sum(vertebra.concavity)) * (1 - loss[1])
    front = (vertebra.height + rise) * (1 - loss[0])
    back = (vertebra.height - rise) * (1 - loss[2])
    height = float(front + back) / 2
    wedge = 2 * np.degrees(np.arctan((front - back) / (2 * vertebra.depth)))
    dip = height - middle
    return replace(
        vertebra, height=height, wedge_deg=float(wedge), concavity=(0.6 * dip, 0.4 * dip)
    )


def paint_pathology(
    canvas: Canvas,
    window: Window,
    vertebra: Vertebra,
    surfaces: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    pathology: Pathology,
    palette: Palette,
) -> None:
    """Paint what is wrong with a body over its marrow, and mark it abnormal.

    Args:
        canvas: The plane.
        window: The body's window on it.
        vertebra: Whose body.
        surfaces: Signed distances in mm to the marrow's surface and to its upper and lower
            endplate.
        pathology: What is wrong.
        palette: The signals.
    """
    marrow, upper, lower = surfaces
    normal = palette.marrow_of(vertebra.level)
    signal = np.asarray(palette.marrow_at(vertebra.level, canvas, window), np.float32)

    def lay(distance: NDArray[np.float32], value: float | NDArray[np.float32]) -> None:
        canvas.paint(window, distance, value)
        here = canvas.abnormal[window.where]
        canvas.abnormal[window.where] = here | (distance < 0)

    if pathology.heterogeneity:
        x, y, z = (axis[window.where] for axis in canvas.xyz)
        patches = texture(palette.seed + 7, x, y, z, (1.3, 1.3, 1.3), coarse_share=0.5)
        change = np.float32(pathology.heterogeneity) * np.clip(patches, -2.5, 2.5)
        lay(marrow, np.asarray(signal * (1 + change), np.float32))
    for plate, factor in ((upper, pathology.upper_endplate), (lower, pathology.lower_endplate)):
        if factor != 1:
            band = np.maximum(marrow, -plate - np.float32(pathology.endplate_mm))
            lay(band, np.asarray(signal * factor, np.float32))
    if pathology.focus != 1:
        back, up = pathology.focus_at_mm
        away = _distance(window, (0.0, back, up)) - np.float32(pathology.focus_mm)
        lay(np.maximum(marrow, away), np.asarray(signal * pathology.focus, np.float32))
    if pathology.schmorl_mm:
        top = vertebra.height / 2 - vertebra.concavity[0]
        away = _distance(window, (0.0, 0.1 * vertebra.depth, top - 0.3 * pathology.schmorl_mm))
        node = np.maximum(upper, away - np.float32(pathology.schmorl_mm))
        lay(node - np.float32(NODE_RIM_MM), palette["cortex"])
        canvas.paint(window, node, palette["annulus"])
    if pathology.screw_mm:
        across = np.hypot(window.u * np.float32(0.7), window.w)
        along = np.abs(window.v) - np.float32(0.32 * vertebra.depth)
        void = np.hypot(across, np.maximum(along, 0)) - np.float32(pathology.screw_mm)
        lay(void - np.float32(SCREW_RIM_MM), SCREW_RIM * normal)
        canvas.paint(window, void, 0.0)


def _distance(window: Window, at: tuple[float, float, float]) -> NDArray[np.float32]:
    u, v, w = (np.float32(place) for place in at)
    return np.asarray(
        np.sqrt((window.u - u) ** 2 + (window.v - v) ** 2 + (window.w - w) ** 2), np.float32
    )
