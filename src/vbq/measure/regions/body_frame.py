"""The frame of a vertebral body on a sagittal slice: its centre, axes and size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import LEVEL_NAMES


@dataclass(frozen=True, eq=False)
class BodyFrame:
    """Position and size of a vertebral body on a slice, in mm from the first pixel of the slice.

    Attributes:
        centre: (row, column) of its centroid, mm.
        down: Unit vector (row, column) along the spine, caudally.
        back: Unit vector (row, column) at right angles to it, posteriorly.
        height: Extent along ``down``, mm (5th to 95th percentile, divided by 0.9).
        depth: Extent along ``back``, mm, likewise.
    """

    centre: NDArray[np.float64]
    down: NDArray[np.float64]
    back: NDArray[np.float64]
    height: float
    depth: float

    def moved(self, window: tuple[slice, slice], pixel_mm: tuple[float, float]) -> BodyFrame:
        """The same frame as seen from the first pixel of a window."""
        corner = np.array([side.start * size for side, size in zip(window, pixel_mm, strict=True)])
        return replace(self, centre=self.centre - corner)

    def coordinates(
        self, shape: tuple[int, int], pixel_mm: tuple[float, float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Distance of each pixel from the centre, downward and backward, mm, each of ``shape``."""
        rows = np.arange(shape[0])[:, None] * pixel_mm[0] - self.centre[0]
        columns = np.arange(shape[1])[None, :] * pixel_mm[1] - self.centre[1]
        return (
            rows * self.down[0] + columns * self.down[1],
            rows * self.back[0] + columns * self.back[1],
        )


def body_frames(labels: NDArray[np.uint8], pixel_mm: tuple[float, float]) -> dict[int, BodyFrame]:
    """Frames of all bodies on a slice, by level number.

    The direction of the spine at a body runs from the centre of the body above to the centre of the
    one below, which is more reliable than the outline of the body itself.

    Args:
        labels: One slice of a label map, shape (rows, columns).
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    levels = sorted(int(n) for n in np.unique(labels) if int(n) in LEVEL_NAMES)
    points = {n: np.argwhere(labels == n) * np.asarray(pixel_mm) for n in levels}
    centres = {n: p.mean(axis=0) for n, p in points.items()}
    frames = {}
    for i, level in enumerate(levels):
        above, below = levels[max(0, i - 1)], levels[min(len(levels) - 1, i + 1)]
        direction = centres[below] - centres[above]
        length = float(np.linalg.norm(direction))
        down = direction / length if length > 0 else np.array([1.0, 0.0])
        back = np.array([-down[1], down[0]])
        offset = points[level] - centres[level]
        height, depth = (
            float(np.ptp(np.percentile(offset @ axis, (5, 95)))) / 0.9 for axis in (down, back)
        )
        frames[level] = BodyFrame(centres[level], down, back, height, depth)
    return frames
