"""Wrap: the body beyond the field of view, folded onto the opposite side of the picture.

A picture into which nothing was kept from folding is periodic along the phase encoding: its last
row goes on in its first. Where folding was prevented, by oversampling or a saturation band, the
two edges show different anatomy, or air.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.finding import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DIRECTIONS", "wrap_flags"]

DIRECTIONS = ("head-foot", "front-back")  # along rows and columns of a sagittal picture
LIT = 0.3  # of marrow: an edge pixel that shows tissue
LEAST_LIT_MM = 30.0  # of each edge
PADDED = 0.01  # of marrow: nothing, as correction of distortion leaves at the edges
WHOLE = 0.9  # of the usual number of pixels in a row with something in them
SMOOTH_MM = 1.5  # along the edge
DEPTH_MM = 1.0  # over which the edge is averaged
AWAY_MM = 8.0  # a step into the picture after which anatomy has changed
MOST_ALIKE = 0.5  # of the change over that step


def wrap_flags(
    image: NDArray[np.float32],
    marrow: float,
    pixel_mm: tuple[float, float],
    phase: str | None,
) -> list[Finding]:
    """Whether one edge of the picture goes on in the opposite one.

    Args:
        image: The slice measured, shape (rows, columns).
        marrow: Median signal of the scored levels.
        pixel_mm: Size of a pixel along rows and columns, mm.
        phase: One of ``DIRECTIONS`` where it is known: only along it can a picture fold.
    """
    for axis, direction in enumerate(DIRECTIONS):
        if phase not in (None, direction):
            continue
        found = _difference(np.moveaxis(image, axis, 0), marrow, pixel_mm[axis], pixel_mm[1 - axis])
        if found is not None and found[0] < MOST_ALIKE:
            jump, length = found
            return [
                Finding(
                    "wrap",
                    "caution",
                    f"The picture goes on from one edge in the opposite one ({direction}): what "
                    "lies beyond the field of view is folded into it. Look where it overlaps "
                    "vertebrae or canal; a series with oversampling has none.",
                    {
                        "direction": direction,
                        "edge_difference": round(jump, 3),
                        "edge_mm": round(length),
                    },
                )
            ]
    return []


def _difference(
    image: NDArray[np.float32], marrow: float, step_mm: float, along_mm: float
) -> tuple[float, float] | None:
    """Difference of first and last row over that within 8 mm; and mm of tissue on both edges."""
    filled = (image > PADDED * marrow).mean(axis=1)
    whole = np.flatnonzero(filled >= WHOLE * np.median(filled))
    skipped = 1 if whole.size < len(image) else 0  # beside padding, a row is interpolated with it
    image = image[whole[0] + skipped : whole[-1] + 1 - skipped]
    if len(image) < 4 * AWAY_MM / step_mm:
        return None
    deep = max(1, round(DEPTH_MM / step_mm))
    away = max(1, round(AWAY_MM / step_mm))

    def edge(start: int) -> NDArray[np.float64]:
        mean = image[start : start + deep].mean(axis=0, dtype=np.float64)
        return np.asarray(ndimage.gaussian_filter1d(mean, SMOOTH_MM / along_mm))

    size = len(image)
    first, last = edge(0), edge(size - deep)
    inward = (edge(away), edge(size - deep - away))
    lit = (first > LIT * marrow) | (last > LIT * marrow)
    both = (first > LIT * marrow) & (last > LIT * marrow)
    if both.sum() * along_mm < LEAST_LIT_MM:
        return None
    jump = float(np.abs(first - last)[lit].mean())
    usual = np.mean([np.abs(a - b)[lit].mean() for a, b in zip((first, last), inward, strict=True)])
    return jump / max(float(usual), 1e-9), float(both.sum() * along_mm)
