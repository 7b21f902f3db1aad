"""The CSF region: the homogeneous, fluid part of the thecal sac behind one vertebra.

The canal also holds the roots of the cauda equina, cord and epidural fat. On T1 all of them are
brighter than fluid, and a few of their pixels change the score by a third: with a share f of pixels
that are r times as bright as fluid, VBQ' = VBQ / (1 + f (r - 1)). So the region is not the canal
but the part of it whose locally averaged signal is that of its dark mode.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.components import largest_component
from vbq.anatomy.levels import CANAL, CORD, LEVEL_NUMBERS
from vbq.measure.regions.body_frame import BodyFrame
from vbq.measure.regions.local_mean import mean_along
from vbq.measure.regions.rician import floor_corrected
from vbq.measure.regions.sagittal_section import SagittalSection

CSF_LEVELS = tuple(LEVEL_NUMBERS[name] for name in ("L3", "L2", "L4"))

WALL_MM = 2.0  # distance from the outline of the canal: dura and epidural fat
CORD_MM = 1.5
REACH = 0.5  # distance from the vertebra's centre over its height: discs crowd the sac
SMOOTH_MM = 1.2  # SD of the local average across the sac
# SD along the sac: roots, veins and fat run that way, so averaging along them reduces noise without
# mixing them with fluid; on phantoms 4 or 6 mm leave less bias than 2
SMOOTH_ALONG_MM = 4.0
DARK_SHARE = 0.5  # the mode of the fluid is sought in the darkest part of the sac of this size
TOLERANCE = 0.05  # deviation from the mode, as a fraction of it, in locally averaged signal
NOISE_WIDTHS = 3.0  # the same in standard errors of the local average; the larger one applies
CLOSE_MM = 1.0  # gaps that noise or coarse grey values leave in the fluid
PEEL_MM = 1.0  # partial volume where fluid meets the other contents of the sac
PEELED_AT_LEAST_MM2 = 25.0  # a sac too narrow for that keeps its outline
SMALLEST_MM2 = 20.0  # a region that is smaller, or varies more than that, is not clear
LARGEST_VARIATION = 0.15
LOW_SNR = 10.0  # below, the noise floor raises the mean by more than 0.5 %
FEWEST_PIXELS = 5


@dataclass(frozen=True, eq=False)
class CsfRegion:
    """The CSF region behind one vertebra.

    Attributes:
        level: Number of the vertebra.
        mask: bool, shape (rows, columns).
        area_mm2: Its area, mm².
        variation: SD over mean of its locally averaged signal; 0 is homogeneous.
        noise_sd: SD of its pixels about their local average.
        floor_factor: Its mean times this is its signal without the noise floor
            (`vbq.measure.regions.rician`); 1 where the mean is at least ``LOW_SNR`` noise SDs.
    """

    level: int
    mask: NDArray[np.bool_]
    area_mm2: float
    variation: float
    noise_sd: float = 0.0
    floor_factor: float = 1.0

    @property
    def is_clear(self) -> bool:
        """Whether the region is large and homogeneous enough to stand for CSF."""
        return self.area_mm2 >= SMALLEST_MM2 and self.variation <= LARGEST_VARIATION


def csf_regions(section: SagittalSection) -> list[CsfRegion]:
    """CSF behind L3, L2 and L4, the region to measure first; empty where there is no sac.

    That is L3; L2, then L4, where L3 is crowded; the largest where all are.
    """
    candidates = [
        csf_region(section, level, section.frames[level])
        for level in CSF_LEVELS
        if level in section.frames
    ]
    regions = [region for region in candidates if region.mask.any()]
    return sorted(regions, key=lambda r: (not r.is_clear, 0.0 if r.is_clear else -r.area_mm2))


def csf_region(
    section: SagittalSection, level: int, frame: BodyFrame, *, leniency: float = 1.0
) -> CsfRegion:
    """Find the CSF region behind a vertebra; its mask is empty where there is no sac.

    Args:
        section: The section measured.
        level: Number of the vertebra.
        frame: Its frame on the section.
        leniency: Factor on the tolerance of signal within which a pixel counts as fluid.
    """
    window = _window_around(section, frame)
    region = _region_in(
        section.crop(window), level, frame.moved(window, section.pixel_mm), leniency
    )
    mask = np.zeros(section.shape, bool)
    mask[window] = region.mask
    return replace(region, mask=mask)


def _region_in(
    section: SagittalSection, level: int, frame: BodyFrame, leniency: float
) -> CsfRegion:
    image, pixel_mm, pixel_area = section.image, section.pixel_mm, section.pixel_area_mm2
    sac = _sac_behind(section, frame)
    if sac.sum() < FEWEST_PIXELS:
        return CsfRegion(level, np.zeros_like(sac), 0.0, np.inf)
    smooth = mean_along(image, sac, frame.down, (SMOOTH_ALONG_MM, SMOOTH_MM), pixel_mm)
    # noise of a single pixel, and of the local average over about 4 pi sigma sigma' of area
    noise = _robust_sd((image - smooth)[sac])
    averaged = max(1.0, 4 * np.pi * SMOOTH_ALONG_MM * SMOOTH_MM / pixel_area)
    dark = np.sort(smooth[sac])[: max(FEWEST_PIXELS, int(DARK_SHARE * sac.sum()))]
    mode = _half_sample_mode(dark)
    width = leniency * max(TOLERANCE * abs(mode), NOISE_WIDTHS * noise / np.sqrt(averaged))
    fluid = _closed(largest_component(sac & (np.abs(smooth - mode) <= width)), pixel_mm) & sac
    peeled = largest_component(fluid & (distance_to(sac & ~fluid, pixel_mm) > PEEL_MM))
    if peeled.sum() * pixel_area >= PEELED_AT_LEAST_MM2:
        fluid = peeled
    if not fluid.any():
        return CsfRegion(level, fluid, 0.0, np.inf)
    return measured_region(section, level, fluid, smooth)


def measured_region(
    section: SagittalSection, level: int, mask: NDArray[np.bool_], smooth: NDArray[np.floating]
) -> CsfRegion:
    """A CSF region with its area, variation and noise.

    Args:
        section: The section measured.
        level: Number of the vertebra that the region lies behind.
        mask: The region, shape (rows, columns), not empty.
        smooth: Local average of the image, same shape.
    """
    image = section.image
    mean = float(image[mask].mean())
    noise = _robust_sd((image - smooth)[mask])
    return CsfRegion(
        level=level,
        mask=mask,
        area_mm2=float(mask.sum()) * section.pixel_area_mm2,
        variation=float(smooth[mask].std() / max(abs(mean), 1e-9)),
        noise_sd=noise,
        floor_factor=floor_corrected(mean, noise) / mean if 0 < mean < LOW_SNR * noise else 1.0,
    )


def distance_to(mask: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> NDArray[np.float64]:
    """Distance of each pixel to a mask, mm; infinite where the mask is empty."""
    if not mask.any():
        return np.full(mask.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=pixel_mm))


def _robust_sd(values: NDArray[np.floating]) -> float:
    """Robust SD: 1.4826 times the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _window_around(section: SagittalSection, frame: BodyFrame) -> tuple[slice, slice]:
    """The height of a vertebra and a margin, all columns."""
    reach = frame.height + 10.0
    rows = (frame.centre[0] + np.array([-reach, reach])) / section.pixel_mm[0]
    first, last = np.clip(np.round(rows).astype(int), 0, section.shape[0])
    return slice(int(first), int(last)), slice(0, section.shape[1])


def inner_canal(labels: NDArray[np.uint8], pixel_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """The canal without its wall, with cord and roots, on one slice of a label map."""
    canal = (labels == CANAL) | (labels == CORD)
    return np.asarray(ndimage.distance_transform_edt(canal, sampling=pixel_mm) > WALL_MM)


def _sac_behind(section: SagittalSection, frame: BodyFrame) -> NDArray[np.bool_]:
    """The inner part of the canal behind a vertebra, without the cord."""
    inner = inner_canal(section.labels, section.pixel_mm)
    inner &= distance_to(section.labels == CORD, section.pixel_mm) > CORD_MM
    along, behind = frame.coordinates(section.shape, section.pixel_mm)
    return np.asarray(inner & (np.abs(along) <= REACH * frame.height) & (behind > 0))


def _closed(mask: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """The mask without holes and without gaps narrower than twice ``CLOSE_MM``."""
    padding = 2 + int(np.ceil(CLOSE_MM / min(pixel_mm)))
    padded = np.pad(mask, padding)
    grown = ndimage.distance_transform_edt(~padded, sampling=pixel_mm) <= CLOSE_MM
    shrunk = ndimage.distance_transform_edt(grown, sampling=pixel_mm) > CLOSE_MM
    closed = ndimage.binary_fill_holes(shrunk | padded)
    return np.asarray(closed[padding:-padding, padding:-padding])


def _half_sample_mode(ordered: NDArray[np.float64]) -> float:
    """Mode of a sorted sample: repeatedly its densest half.

    Bickel & Frühwirth, Comput Stat Data Anal 2006, doi 10.1016/j.csda.2005.07.011. Halving stops
    at 5 % of the sample, or three values, and their median is returned: fewer follow noise only.
    """
    least = max(3, ordered.size // 20)
    while ordered.size > least:
        half = (ordered.size + 1) // 2
        widths = ordered[half - 1 :] - ordered[: ordered.size - half + 1]
        start = int(np.argmin(widths))
        ordered = ordered[start : start + half]
    return float(np.median(ordered))
