"""The local average of an image inside a region."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

REACH = 3.0  # distance, in SDs, at which a Gaussian is cut off


def local_mean(
    image: NDArray[np.float32],
    region: NDArray[np.bool_],
    sigma_mm: float,
    pixel_mm: tuple[float, float],
) -> NDArray[np.float64]:
    """Gaussian average of the image inside a region, so that nothing leaks in from outside it.

    Args:
        image: One slice, shape (rows, columns).
        region: bool, same shape; the average is defined within a few sigma of it.
        sigma_mm: Width of the Gaussian, mm.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    sigma = [sigma_mm / size for size in pixel_mm]
    weight = ndimage.gaussian_filter(region.astype(float), sigma)
    total = ndimage.gaussian_filter(np.where(region, image, 0).astype(float), sigma)
    return np.asarray(total / np.maximum(weight, 1e-6))


def mean_along(
    image: NDArray[np.float32],
    region: NDArray[np.bool_],
    direction: NDArray[np.float64],
    sigmas_mm: tuple[float, float],
    pixel_mm: tuple[float, float],
) -> NDArray[np.float64]:
    """Gaussian average inside a region, with one width along a direction and another across it.

    Args:
        image: One slice, shape (rows, columns).
        region: bool, same shape, not empty; the average is 0 beyond its bounding box.
        direction: Unit vector (row, column).
        sigmas_mm: Widths of the Gaussian along and across it, mm.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    box = ndimage.find_objects(region.astype(np.uint8))[0]
    inside = region[box]
    reach = [int(np.ceil(REACH * max(sigmas_mm) / size)) for size in pixel_mm]
    rows, columns = (
        np.arange(-steps, steps + 1) * size for steps, size in zip(reach, pixel_mm, strict=True)
    )
    along = rows[:, None] * direction[0] + columns * direction[1]
    across = columns * direction[0] - rows[:, None] * direction[1]
    kernel = np.exp(-((along / sigmas_mm[0]) ** 2 + (across / sigmas_mm[1]) ** 2) / 2)
    shape = tuple(side + 2 * steps for side, steps in zip(inside.shape, reach, strict=True))
    middle = tuple(
        slice(steps, steps + side) for steps, side in zip(reach, inside.shape, strict=True)
    )
    spectrum = np.fft.rfft2(kernel, shape)
    total, weight = (
        np.fft.irfft2(np.fft.rfft2(field, shape) * spectrum, shape)[middle]
        for field in (np.where(inside, image[box], 0).astype(float), inside.astype(float))
    )
    average = np.zeros(region.shape)
    average[box] = total / np.maximum(weight, 1e-6)
    return average


def spread_about_mean(
    image: NDArray[np.float32],
    region: NDArray[np.bool_],
    sigma_mm: float,
    pixel_mm: tuple[float, float],
) -> float:
    """SD of single pixels about their local average inside a region, without slow variation.

    A pixel is part of its own average, which lowers the SD; the result is corrected for that.

    Args:
        image: One slice, shape (rows, columns).
        region: bool, same shape.
        sigma_mm: Width of the Gaussian that the local average is taken with, mm.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    residual = (image - local_mean(image, region, sigma_mm, pixel_mm))[region]
    offsets = [np.arange(-np.ceil(4 * sigma_mm / s), np.ceil(4 * sigma_mm / s) + 1) * s
               for s in pixel_mm]  # fmt: skip
    kernel = np.exp(-(offsets[0][:, None] ** 2 + offsets[1] ** 2) / (2 * sigma_mm**2))
    kernel /= kernel.sum()
    remaining = 1 - 2 * float(kernel.max()) + float((kernel**2).sum())
    return float(np.std(residual) / np.sqrt(remaining))
