"""The air behind the back: what is there is noise, ghosts or what was folded in.

Noise in air is Rician without a signal, that is Rayleigh: its SD is 0.655 of that of each channel
(Gudbjartsson & Patz, Magn Reson Med 1995, doi 10.1002/mrm.1910340618). With many coils the mean
of the air rises but its SD hardly does (0.66 to 0.71 of a channel's), so noise is taken from the
SD. Ghosts are smooth over a few millimetres and noise is not, so what is left of the spread after
local averaging, beyond what averaged noise leaves, is structure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.measure.regions.local_mean import local_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Background", "air_behind", "find_background", "spread_about_mean"]

BODY = 0.25  # of marrow: smoothed signal above it, in one piece with the spine, is the body
BLUR_MM = 2.0
CLEAR_MM = 6.0  # of the skin, whose edge rings
LEAST_MM2 = 1500.0
SAME_VALUE = 0.8  # share of pixels with one value, above which noise is not seen
RAYLEIGH_SD = float(np.sqrt(2 - np.pi / 2))
AVERAGE_MM = 2.0  # width of the local average


@dataclass(frozen=True, eq=False)
class Background:
    """The air behind the back on one slice.

    Attributes:
        area_mm2: Its area.
        noise_sd: SD of the noise in each of a coil's two channels, in units of the image; ``None``
            where the air was blanked, or 8 bits are too coarse to show any.
        structure: SD of the locally averaged signal that noise does not explain, same units.
    """

    area_mm2: float
    noise_sd: float | None
    structure: float


def find_background(
    image: NDArray[np.float32],
    bodies: NDArray[np.bool_],
    marrow: float,
    pixel_mm: tuple[float, float],
) -> Background | None:
    """Measure the air behind the back; ``None`` where too little of it is seen.

    Args:
        image: One sagittal slice, shape (rows, columns), columns from anterior to posterior.
        bodies: The vertebral bodies on it.
        marrow: Typical signal of marrow.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    air = air_behind(image, bodies, marrow, pixel_mm)
    area = float(air.sum()) * pixel_mm[0] * pixel_mm[1]
    if area < LEAST_MM2:
        return None
    flat = np.mean(image[air] == np.median(image[air])) > SAME_VALUE
    average = local_mean(image, air, AVERAGE_MM, pixel_mm)
    pixel_sd = spread_about_mean(image, air, AVERAGE_MM, pixel_mm)
    # a Gaussian average of independent pixels: its variance is theirs over 4 pi sigma^2 of area
    averaged = 4 * np.pi * AVERAGE_MM**2 / (pixel_mm[0] * pixel_mm[1])
    left = float(np.var(average[air])) - pixel_sd**2 / averaged
    noise = None if flat else pixel_sd / RAYLEIGH_SD
    return Background(area, noise, float(np.sqrt(max(left, 0.0))))


def air_behind(
    image: NDArray[np.float32],
    bodies: NDArray[np.bool_],
    marrow: float,
    pixel_mm: tuple[float, float],
) -> NDArray[np.bool_]:
    """Pixels behind the skin of the back, without rows and columns that were only padded."""
    smooth = ndimage.gaussian_filter(image, [BLUR_MM / size for size in pixel_mm])
    lit = np.asarray(smooth > BODY * marrow) | bodies
    parts: NDArray[np.int32] = np.asarray(ndimage.label(lit)[0], np.int32)
    body: NDArray[np.bool_] = np.equal(parts, np.bincount(parts[bodies]).argmax())
    columns = np.arange(image.shape[1])
    last = np.where(body.any(axis=1), image.shape[1] - 1 - body[:, ::-1].argmax(axis=1), 10**6)
    first = last + CLEAR_MM / pixel_mm[1]
    air = columns[None, :] > first[:, None]
    filled = np.asarray(np.where(air, image, 0) > 0)
    air &= np.any(filled, axis=1, keepdims=True) & np.any(filled, axis=0, keepdims=True)
    return np.asarray(air)


def spread_about_mean(
    image: NDArray[np.float32],
    region: NDArray[np.bool_],
    sigma_mm: float,
    pixel_mm: tuple[float, float],
) -> float:
    """SD of single pixels about their local average inside a region, free of what varies slowly.

    The pixel itself is part of its average; what that takes off the SD is put back.
    """
    residual = (image - local_mean(image, region, sigma_mm, pixel_mm))[region]
    offsets = [np.arange(-np.ceil(4 * sigma_mm / s), np.ceil(4 * sigma_mm / s) + 1) * s
               for s in pixel_mm]  # fmt: skip
    kernel = np.exp(-(offsets[0][:, None] ** 2 + offsets[1] ** 2) / (2 * sigma_mm**2))
    kernel /= kernel.sum()
    kept = 1 - 2 * float(kernel.max()) + float((kernel**2).sum())
    return float(np.std(residual) / np.sqrt(kept))
