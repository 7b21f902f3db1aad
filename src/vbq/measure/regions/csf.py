"""The CSF region: the homogeneous, fluid part of the thecal sac behind one vertebra.

The canal also holds cauda equina roots, cord and epidural fat. On T1 all of them are brighter
than fluid, and a few of their pixels move the score by a third (see DOMAIN: VBQ' = VBQ / (1 + f
(r - 1))). So the region is not the canal but the part of it whose locally averaged signal is that
of its dark mode.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.components import largest_component
from vbq.anatomy.levels import CANAL, CORD, LEVEL_NUMBERS
from vbq.measure.regions.local_mean import mean_along
from vbq.measure.regions.rician import floor_corrected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vbq.measure.regions.body_frame import BodyFrame

__all__ = [
    "CSF_LEVELS",
    "CsfRegion",
    "clear",
    "csf_region",
    "csf_regions",
    "described",
    "distance_to",
    "inner_canal",
]

CSF_LEVELS = tuple(LEVEL_NUMBERS[name] for name in ("L3", "L2", "L4"))

WALL_MM = 2.0  # from the canal's outline: dura and epidural fat
CORD_MM = 1.5
REACH = 0.5  # of the vertebra's height, up and down from its centre: discs crowd the sac
SMOOTH_MM = 1.2  # of the local average, across the sac
# and along it: roots, veins and fat run that way, so averaging along them takes noise off without
# mixing them with fluid; on phantoms 4 or 6 mm leave less bias than 2
SMOOTH_ALONG_MM = 4.0
DARK_SHARE = 0.5  # the fluid's mode is looked for among this darkest share of the sac
TOLERANCE = 0.05  # of the mode, in locally averaged signal
NOISE_WIDTHS = 3.0  # or this many standard errors of the local average, if more
CLOSE_MM = 1.0  # gaps that noise or coarse grey values tear into the fluid
PEEL_MM = 1.0  # where fluid meets what else is in the sac, pixels share in that
PEELED_AT_LEAST_MM2 = 25.0  # a sac too narrow for that keeps its outline
SMALLEST_MM2 = 20.0  # below, or more uneven than that, a region is not clear
MOST_VARIATION = 0.15
LOW_SNR = 10.0  # below, the noise floor lifts the mean by more than 0.5 %


@dataclass(frozen=True, eq=False)
class CsfRegion:
    """The CSF region behind one vertebra.

    Attributes:
        level: Level number.
        mask: bool, shape (rows, columns).
        area_mm2: Its area.
        variation: SD over mean of its signal beyond what noise explains; 0 is homogeneous.
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


def clear(region: CsfRegion) -> bool:
    """Whether a region is large and even enough to stand for CSF."""
    return region.area_mm2 >= SMALLEST_MM2 and region.variation <= MOST_VARIATION


def csf_regions(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    frames: Mapping[int, BodyFrame],
    pixel_mm: tuple[float, float],
) -> list[CsfRegion]:
    """CSF behind L3, L2 and L4, the one to measure first; empty where there is no sac.

    That is L3; L2, then L4, where L3 is crowded; the largest where all are.

    Args:
        image: One sagittal slice, shape (rows, columns).
        labels: The label map on it.
        frames: Frames of its bodies by level number.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    every = [
        csf_region(image, labels, level, frames[level], pixel_mm)
        for level in CSF_LEVELS
        if level in frames
    ]
    found = [region for region in every if region.mask.any()]
    return sorted(found, key=lambda r: (not clear(r), 0.0 if clear(r) else -r.area_mm2))


def csf_region(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    level: int,
    frame: BodyFrame,
    pixel_mm: tuple[float, float],
    *,
    leniency: float = 1.0,
) -> CsfRegion:
    """Find the CSF region behind a vertebra; its mask is empty where there is no sac.

    Args:
        image: One sagittal slice, shape (rows, columns).
        labels: The label map on it.
        level: Number of the vertebra.
        frame: Its frame on the slice.
        pixel_mm: Size of a pixel along rows and columns, mm.
        leniency: Factor on the tolerance of signal within which a pixel counts as fluid.
    """
    near = _window(labels, frame, pixel_mm)
    moved = frame.moved(near, pixel_mm)
    found = _region_in(image[near], labels[near], level, moved, pixel_mm, leniency)
    mask = np.zeros(labels.shape, bool)
    mask[near] = found.mask
    return replace(found, mask=mask)


def _region_in(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    level: int,
    frame: BodyFrame,
    pixel_mm: tuple[float, float],
    leniency: float,
) -> CsfRegion:
    sac = _sac_behind(labels, frame, pixel_mm)
    pixel_area = pixel_mm[0] * pixel_mm[1]
    if sac.sum() < 5:
        return CsfRegion(level, np.zeros_like(sac), 0.0, np.inf)
    smooth = mean_along(image, sac, frame.down, (SMOOTH_ALONG_MM, SMOOTH_MM), pixel_mm)
    # noise of a single pixel, and of the local average over about 4 pi sigma sigma' of area
    noise = _spread((image - smooth)[sac])
    averaged = max(1.0, 4 * np.pi * SMOOTH_ALONG_MM * SMOOTH_MM / pixel_area)
    dark = np.sort(smooth[sac])[: max(5, int(DARK_SHARE * sac.sum()))]
    mode = _half_sample_mode(dark)
    width = leniency * max(TOLERANCE * abs(mode), NOISE_WIDTHS * noise / np.sqrt(averaged))
    fluid = _closed(largest_component(sac & (np.abs(smooth - mode) <= width)), pixel_mm) & sac
    peeled = largest_component(fluid & (distance_to(sac & ~fluid, pixel_mm) > PEEL_MM))
    if peeled.sum() * pixel_area >= PEELED_AT_LEAST_MM2:
        fluid = peeled
    if not fluid.any():
        return CsfRegion(level, fluid, 0.0, np.inf)
    return described(level, fluid, image, smooth, pixel_mm)


def described(
    level: int,
    mask: NDArray[np.bool_],
    image: NDArray[np.float32],
    smooth: NDArray[np.floating],
    pixel_mm: tuple[float, float],
) -> CsfRegion:
    """A CSF region with its evenness and noise.

    Args:
        level: Number of the vertebra it lies behind.
        mask: The region, shape (rows, columns), not empty.
        image: The slice, same shape.
        smooth: Its local average, same shape.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    mean = float(image[mask].mean())
    noise = _spread((image - smooth)[mask])
    return CsfRegion(
        level=level,
        mask=mask,
        area_mm2=float(mask.sum()) * pixel_mm[0] * pixel_mm[1],
        variation=float(smooth[mask].std() / max(abs(mean), 1e-9)),
        noise_sd=noise,
        floor_factor=floor_corrected(mean, noise) / mean if 0 < mean < LOW_SNR * noise else 1.0,
    )


def distance_to(mask: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> NDArray[np.float64]:
    """Distance of each pixel to a mask, mm; infinite where the mask is empty."""
    if not mask.any():
        return np.full(mask.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(~mask, sampling=pixel_mm))


def _spread(values: NDArray[np.floating]) -> float:
    """Robust SD: 1.4826 times the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _window(
    labels: NDArray[np.uint8], frame: BodyFrame, pixel_mm: tuple[float, float]
) -> tuple[slice, slice]:
    """The part of the slice that can matter: the vertebra's height and a margin, all columns."""
    reach = frame.height + 10.0
    rows = (frame.centre[0] + np.array([-reach, reach])) / pixel_mm[0]
    first, last = np.clip(np.round(rows).astype(int), 0, labels.shape[0])
    return slice(int(first), int(last)), slice(0, labels.shape[1])


def inner_canal(labels: NDArray[np.uint8], pixel_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """The canal without its wall, cord and roots included, on one slice of a label map."""
    canal = (labels == CANAL) | (labels == CORD)
    return np.asarray(ndimage.distance_transform_edt(canal, sampling=pixel_mm) > WALL_MM)


def _sac_behind(
    labels: NDArray[np.uint8], frame: BodyFrame, pixel_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    """The inner part of the canal behind a vertebra, without cord."""
    cord = labels == CORD
    inner = inner_canal(labels, pixel_mm)
    if cord.any():
        inner &= ndimage.distance_transform_edt(~cord, sampling=pixel_mm) > CORD_MM
    along, behind = frame.coordinates((labels.shape[0], labels.shape[1]), pixel_mm)
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
    """Mode of a sorted sample: halve to the densest half until two or three values are left.

    Bickel & Frühwirth, Comput Stat Data Anal 2006, doi 10.1016/j.csda.2005.07.011. Halving stops
    at 5 % of the sample, whose median is taken: fewer values only follow noise.
    """
    least = max(3, ordered.size // 20)
    while ordered.size > least:
        half = (ordered.size + 1) // 2
        widths = ordered[half - 1 :] - ordered[: ordered.size - half + 1]
        start = int(np.argmin(widths))
        ordered = ordered[start : start + half]
    return float(np.median(ordered))
