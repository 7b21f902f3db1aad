"""How far two outlines of the same thing agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage


def dice(segmented: np.ndarray, reference: np.ndarray) -> float:
    """Dice coefficient of two masks of the same shape, 0 to 1; 1 where both are empty."""
    total = int(segmented.sum()) + int(reference.sum())
    return 2 * int((segmented & reference).sum()) / total if total else 1.0


@dataclass(frozen=True, eq=False)
class SurfaceDistances:
    """Distances in mm between two outlines, within each slice.

    Attributes:
        of_found: From each edge pixel found to the drawn edge; positive where it lies outside the
            drawn mask, infinite where the slice has nothing drawn.
        of_drawn: From each edge pixel drawn to the found edge; positive where it lies inside the
            found mask, minus infinite where the slice has nothing found.
    """

    of_found: np.ndarray
    of_drawn: np.ndarray

    @property
    def hausdorff_95(self) -> float:
        """The larger of both directions' 95th percentile, mm (Huttenlocher et al. 1993, ranked)."""
        distances = [np.abs(d) for d in (self.of_found, self.of_drawn) if d.size]
        return float(max(np.percentile(d, 95, method="nearest") for d in distances))

    @property
    def signed_mean(self) -> float:
        """Mean over both directions, mm: positive where the found outline lies outside.

        Only over slices that have both; NaN where there is none.
        """
        distances = np.concatenate([self.of_found, self.of_drawn])
        finite = distances[np.isfinite(distances)]
        return float(finite.mean()) if finite.size else np.nan


def surface_distances(
    segmented: np.ndarray, reference: np.ndarray, pixel_mm: tuple[float, float]
) -> SurfaceDistances:
    """Compare two masks of shape (slices, rows, columns); at least one must not be empty."""
    of_found, of_drawn = [], []
    (box,) = ndimage.find_objects((segmented | reference).astype(np.uint8))
    for f, d in zip(segmented[box], reference[box], strict=True):
        # the edge of the picture, too, is an edge of the mask
        f_edge, d_edge = (mask & ~ndimage.binary_erosion(mask) for mask in (f, d))
        of_found.append(np.where(d, -1, 1)[f_edge] * _distance_to(d_edge, pixel_mm)[f_edge])
        of_drawn.append(np.where(f, 1, -1)[d_edge] * _distance_to(f_edge, pixel_mm)[d_edge])
    return SurfaceDistances(np.concatenate(of_found), np.concatenate(of_drawn))


def _distance_to(edge: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    if not edge.any():
        return np.full(edge.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(~edge, sampling=pixel_mm))
