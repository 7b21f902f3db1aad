"""The local average of an image inside a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["local_mean"]


def local_mean(
    image: NDArray[np.float32],
    region: NDArray[np.bool_],
    sigma_mm: float,
    pixel_mm: tuple[float, float],
) -> NDArray[np.float64]:
    """Gaussian average of the image inside a region, so that nothing leaks in from outside.

    Args:
        image: One slice, shape (rows, columns).
        region: bool, same shape; its average is defined wherever a few sigma reach it.
        sigma_mm: Width of the Gaussian, mm.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    sigma = [sigma_mm / size for size in pixel_mm]
    weight = ndimage.gaussian_filter(region.astype(float), sigma)
    total = ndimage.gaussian_filter(np.where(region, image, 0).astype(float), sigma)
    return np.asarray(total / np.maximum(weight, 1e-6))
