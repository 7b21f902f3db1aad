"""The air behind the back: whatever signal it has is noise, ghosts or wrapped anatomy.

Noise in air is Rician without a signal, that is Rayleigh: its SD is 0.655 of that of each channel
(Gudbjartsson & Patz, Magn Reson Med 1995, doi 10.1002/mrm.1910340618). With many coils the mean
of the air rises but its SD hardly does (0.66 to 0.71 of that of a channel), so noise is taken from
the SD. Ghosts are smooth over a few millimetres and noise is not, so the spread that remains after
local averaging, beyond what averaged noise leaves, is structure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.measure.regions.local_mean import local_mean, spread_about_mean
from vbq.measure.regions.sagittal_section import SagittalSection

BODY_SHARE = 0.25  # smoothed signal over that of marrow; what exceeds it around the spine is body
BLUR_MM = 2.0
SKIN_DISTANCE_MM = 6.0  # the edge of the skin rings
SMALLEST_MM2 = 1500.0
SAME_VALUE = 0.8  # share of pixels with one value above which noise cannot be measured
RAYLEIGH_SD = float(np.sqrt(2 - np.pi / 2))
AVERAGE_MM = 2.0  # width of the local average


@dataclass(frozen=True, eq=False)
class Background:
    """The air behind the back on one slice.

    Attributes:
        area_mm2: Its area, mm².
        noise_sd: SD of the noise in each of the two channels of a coil, in units of the image;
            ``None`` where the air was blanked, or 8 bits are too coarse to show noise.
        structure: SD of the locally averaged signal that noise does not explain, same units.
    """

    area_mm2: float
    noise_sd: float | None
    structure: float


def find_background(section: SagittalSection, marrow: float) -> Background | None:
    """Measure the air behind the back; ``None`` where too little of it is in view.

    Args:
        section: The section measured.
        marrow: Typical signal of marrow, positive.
    """
    image, pixel_mm = section.image, section.pixel_mm
    air = _air_behind(section, marrow)
    area = float(air.sum()) * section.pixel_area_mm2
    if area < SMALLEST_MM2:
        return None
    flat = np.mean(image[air] == np.median(image[air])) > SAME_VALUE
    average = local_mean(image, air, AVERAGE_MM, pixel_mm)
    pixel_sd = spread_about_mean(image, air, AVERAGE_MM, pixel_mm)
    # variance of a Gaussian average of independent pixels: theirs over 4 pi sigma^2 of area
    averaged = 4 * np.pi * AVERAGE_MM**2 / section.pixel_area_mm2
    structure = float(np.var(average[air])) - pixel_sd**2 / averaged
    noise = None if flat else pixel_sd / RAYLEIGH_SD
    return Background(area, noise, float(np.sqrt(max(structure, 0.0))))


def _air_behind(section: SagittalSection, marrow: float) -> NDArray[np.bool_]:
    """Pixels behind the skin of the back, without rows and columns that are only padding."""
    image, pixel_mm = section.image, section.pixel_mm
    bodies = np.isin(section.labels, list(section.frames))
    smooth = ndimage.gaussian_filter(image, [BLUR_MM / size for size in pixel_mm])
    lit = np.asarray(smooth > BODY_SHARE * marrow) | bodies
    parts: NDArray[np.int32] = np.asarray(ndimage.label(lit)[0], np.int32)
    body: NDArray[np.bool_] = np.equal(parts, np.bincount(parts[bodies]).argmax())
    columns = np.arange(image.shape[1])
    last = np.where(body.any(axis=1), image.shape[1] - 1 - body[:, ::-1].argmax(axis=1), 10**6)
    first = last + SKIN_DISTANCE_MM / pixel_mm[1]
    air = columns[None, :] > first[:, None]
    filled = np.asarray(np.where(air, image, 0) > 0)
    air &= np.any(filled, axis=1, keepdims=True) & np.any(filled, axis=0, keepdims=True)
    return np.asarray(air)
