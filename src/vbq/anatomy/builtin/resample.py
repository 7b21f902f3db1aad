"""Resampling between the scan's pixels and the network's millimetre grid, in the sagittal plane.

Both grids cover the same field of view, edge to edge. Interpolation is separable: two matrix
products per slice. Towards coarser pixels the kernel widens with the pixel (averaging over its
area, no aliasing); towards finer ones it is linear.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def pixel_count(extent_mm: float, pixel_mm: float) -> int:
    """Number of pixels of a given size that cover an extent; at least one."""
    return max(1, round(extent_mm / pixel_mm))


@lru_cache(maxsize=16)
def interpolation(n_from: int, n_to: int) -> NDArray[np.float32]:
    """Weights, shape (n_to, n_from), that resample one axis between two grids of equal extent.

    The kernel is a triangle of half-width max(1, n_from / n_to) source pixels; rows sum to 1.
    """
    scale = n_from / n_to
    centres = (np.arange(n_to) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(n_from)[None, :] - np.clip(centres, 0, n_from - 1)[:, None])
    weights = np.clip(1 - distance / max(1.0, scale), 0, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
