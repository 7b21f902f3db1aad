"""How far the score would move had equally good choices been made: its 95 % interval.

Four parts, each an SD found by perturbing the measurement, taken as independent:

``placement``
    Each trabecular region is moved by 1 mm up, down, forwards and backwards, and shrunk and grown
    by 1 mm: what readers who agree on the vertebra still do differently. (The CSF region is found
    by its signal, not placed; its choice is the third part.)
``slice``
    The midline lies up to half a slice spacing from the slice measured. The scores of the two
    neighbouring slices (those 3 mm away where slices are thinner) say what one spacing is worth;
    where the midline is uniform within half a spacing, the SD is 1/√12 of that.
``csf``
    CSF behind the others of L3, L2 and L4, where it is clear, and with half and twice the
    tolerance of signal within which pixels count as fluid.
``noise``
    Standard errors of the regions' means, from noise and trabecular texture. Neighbouring pixels
    are not independent (texture has grains, scanners interpolate), so the autocovariance within
    4 mm is summed in place of SD/√n (Priestley, Spectral Analysis and Time Series, 1981, 5.3).

Differences between regions hold the noise of what they do not share; it is taken off them, or it
would count twice. Parts add as variances of the score's logarithm, so that the interval of a ratio
stays positive (GUM, JCGM 100:2008, 5.1). What all these choices share is not in it: the coil's
shading, the sequence, and a wrong outline or level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.measure.regions.body_frame import body_frames
from vbq.measure.regions.csf import clear, csf_region
from vbq.measure.regions.trabecular import trabecular_region
from vbq.stats.checks import NORMAL_95

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vbq.measure.protocol import Protocol
    from vbq.measure.regions.csf import CsfRegion

    Mask = NDArray[np.bool_]

__all__ = ["Uncertainty", "estimate_uncertainty", "standard_error"]

SHIFT_MM = 1.0
APART_MM = 3.0
LENIENCIES = (0.5, 2.0)
CORRELATED_MM = 4.0
UNIFORM = 1 / np.sqrt(12)  # SD of a uniform distribution of width 1
DRAWS, SEED = 4000, 20


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """SDs of the logarithm of a score, by source; see the module's description.

    ``slice`` is ``None`` where no neighbouring slice can be scored, and counts as 0.
    """

    placement: float
    slice: float | None
    csf: float
    noise: float

    @property
    def total(self) -> float:
        """SD of all parts together."""
        return float(np.sqrt(sum((p or 0.0) ** 2 for p in self.parts.values())))

    @property
    def parts(self) -> dict[str, float | None]:
        """Each part by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def interval(self, score: float) -> tuple[float, float]:
        """The 95 % interval of a score."""
        factor = float(np.exp(NORMAL_95 * self.total))
        return score / factor, score * factor


@dataclass(frozen=True, eq=False)
class _Picture:
    """One sagittal slice and how signals on it become a score."""

    image: NDArray[np.float32]
    labels: NDArray[np.uint8]
    pixel_mm: tuple[float, float]
    protocol: Protocol

    def signal(self, mask: Mask) -> float:
        """Statistic of the signal inside a region."""
        values = self.image[mask].astype(np.float64)
        return float(np.mean(values) if self.protocol.statistic == "mean" else np.median(values))

    def csf(self, region: CsfRegion) -> float:
        """CSF signal without its noise floor."""
        return self.signal(region.mask) * region.floor_factor

    def combined(self, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Level signals (..., levels) across levels."""
        across = np.median if self.protocol.across_levels == "median" else np.mean
        return np.asarray(across(signals, axis=-1))


def estimate_uncertainty(
    voxels: NDArray[np.float32],
    labels: NDArray[np.uint8],
    index: int,
    regions: Mapping[int, Mask],
    csf: Sequence[CsfRegion],
    spacing_mm: tuple[float, float, float],
    protocol: Protocol,
) -> Uncertainty | None:
    """SDs of the score measured on one slice; ``None`` where a signal is not positive.

    Deterministic: the same arguments give the same answer.

    Args:
        voxels: Shape (slices, rows, columns).
        labels: The label map, same shape.
        index: The slice measured.
        regions: Trabecular regions of the scored levels on it, by level number.
        csf: CSF regions on it, the one measured first.
        spacing_mm: Distance between slices, rows and columns, mm.
        protocol: Definition of the score.
    """
    pixel_mm = spacing_mm[1:]
    here = _Picture(voxels[index], labels[index], pixel_mm, protocol)
    chosen, others = csf[0], [r for r in csf[1:] if clear(r) and here.csf(r) > 0]
    signals = np.array([here.signal(mask) for mask in regions.values()])
    fluid = here.csf(chosen)
    if min(*signals, fluid) <= 0:
        return None
    errors = [standard_error(here.image, mask, pixel_mm) for mask in regions.values()]
    fluid_error = standard_error(here.image, chosen.mask, pixel_mm) / fluid
    levels_noise = _across_levels(here, signals, np.array(errors) / signals)
    noise = float(np.hypot(levels_noise, fluid_error))
    placed = np.array([_placement(here, mask) for mask in regions.values()])
    score = float(here.combined(signals)) / fluid
    step = max(1, round(APART_MM / spacing_mm[0]))
    beside = [k for k in (index - step, index + step) if 0 <= k < len(voxels)]
    return Uncertainty(
        placement=_across_levels(here, signals, placed),
        slice=_slice(voxels, labels, beside, list(regions), chosen.level, here, score, noise),
        csf=_choice_of_csf(here, chosen, others, fluid, fluid_error),
        noise=noise,
    )


def standard_error(image: NDArray[np.float32], mask: Mask, pixel_mm: tuple[float, float]) -> float:
    """Standard error of the mean of a region whose pixels are correlated over up to 4 mm.

    The sum of the sample autocovariance over those lags, corrected for the mean having been taken
    from the same pixels; at least SD/√n.
    """
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    inside = mask[box]
    values = image[box].astype(np.float64)
    n = int(inside.sum())
    residual = np.where(inside, values - values[inside].mean(), 0.0)
    reach = [int(np.ceil(CORRELATED_MM / size)) for size in pixel_mm]
    shape = tuple(2 * (side + far) for side, far in zip(inside.shape, reach, strict=True))
    rows, columns = (
        np.minimum(np.arange(count), count - np.arange(count)) * size
        for count, size in zip(shape, pixel_mm, strict=True)
    )
    near = np.hypot(rows[:, None], columns) <= CORRELATED_MM
    covariance, pairs = (
        float(np.fft.irfft2(np.abs(np.fft.rfft2(field, shape)) ** 2, shape)[near].sum())
        for field in (residual, inside.astype(np.float64))
    )
    variance = covariance / max(n**2 - pairs, n**2 / 2)
    return float(np.sqrt(max(variance, float((residual**2).sum()) / n**2)))


def _across_levels(
    picture: _Picture, signals: NDArray[np.float64], sds: NDArray[np.float64]
) -> float:
    """SD of the logarithm of the levels' combination, from relative SDs of each level.

    By Monte Carlo (JCGM 101:2008): the median of four is no smooth function of them.
    """
    normal = np.random.default_rng(SEED).standard_normal((DRAWS, signals.size))
    drawn = picture.combined(signals * np.exp(normal * sds))
    return float(np.log(drawn).std())


def _placement(picture: _Picture, mask: Mask) -> float:
    """Relative SD of a region's signal under moves of 1 mm along each axis and of its outline."""
    margin = [2 + int(np.ceil(SHIFT_MM / size)) for size in picture.pixel_mm]
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    window = tuple(
        slice(max(side.start - more, 0), side.stop + more)
        for side, more in zip(box, margin, strict=True)
    )
    image, inside = picture.image[window].astype(np.float64), mask[window]
    weights = [
        ndimage.shift(inside.astype(np.float64), np.array(step) / picture.pixel_mm, order=1)
        for step in ((SHIFT_MM, 0), (-SHIFT_MM, 0), (0, SHIFT_MM), (0, -SHIFT_MM))
    ]
    size = picture.pixel_mm
    weights += [
        (ndimage.distance_transform_edt(inside, sampling=size) > SHIFT_MM).astype(float),
        (ndimage.distance_transform_edt(~inside, sampling=size) <= SHIFT_MM).astype(float),
    ]
    mean = float(image[inside].mean())
    moves = [(w * image).sum() / w.sum() / mean - 1 if w.any() else 0.0 for w in weights]
    # two moves each along rows, along columns and of the outline: three independent choices
    return float(np.sqrt(np.square(moves).sum() / 2))


def _slice(
    voxels: NDArray[np.float32],
    labels: NDArray[np.uint8],
    beside: Sequence[int],
    levels: Sequence[int],
    csf_level: int,
    here: _Picture,
    score: float,
    noise: float,
) -> float | None:
    """Relative SD from where between the slices the midline lies."""
    squares = []
    for k in beside:
        there = _Picture(voxels[k], labels[k], here.pixel_mm, here.protocol)
        other = _score(there, levels, csf_level)
        if other is not None:
            squares.append(np.log(other / score) ** 2)
    if not squares:
        return None
    return float(UNIFORM * np.sqrt(max(np.mean(squares) - 2 * noise**2, 0.0)))


def _score(picture: _Picture, levels: Sequence[int], csf_level: int) -> float | None:
    """The score of another slice from the same levels; ``None`` where one is not to be had."""
    frames = body_frames(picture.labels, picture.pixel_mm)
    if csf_level not in frames or not all(level in frames for level in levels):
        return None
    region = csf_region(
        picture.image, picture.labels, csf_level, frames[csf_level], picture.pixel_mm
    )
    masks = [
        trabecular_region(picture.labels == level, frames[level], picture.pixel_mm)
        for level in levels
    ]
    if not clear(region) or not all(mask.any() for mask in masks):
        return None
    score = float(picture.combined(np.array([picture.signal(m) for m in masks])))
    return score / picture.csf(region) if picture.csf(region) > 0 and score > 0 else None


def _choice_of_csf(
    here: _Picture,
    chosen: CsfRegion,
    others: Sequence[CsfRegion],
    fluid: float,
    fluid_error: float,
) -> float:
    """Relative SD from the level and from the tolerance of signal that CSF is taken with."""
    frame = body_frames(here.labels, here.pixel_mm)[chosen.level]
    lenient = [
        csf_region(here.image, here.labels, chosen.level, frame, here.pixel_mm, leniency=leniency)
        for leniency in LENIENCIES
    ]
    # where all of a region's signal is noise (`floor_factor` 0) it is no choice of CSF
    found = [r for r in lenient if r.mask.any() and here.csf(r) > 0]
    # one region holds the other, so their difference has the difference of their variances
    # (Hausman, Econometrica 1978, doi 10.2307/1913827)
    tolerance = [
        np.log(here.csf(r) / fluid) ** 2
        - abs(
            (standard_error(here.image, r.mask, here.pixel_mm) / here.csf(r)) ** 2 - fluid_error**2
        )
        for r in found
    ]
    between = [
        np.log(here.csf(r) / fluid) ** 2
        - (standard_error(here.image, r.mask, here.pixel_mm) / here.csf(r)) ** 2
        - fluid_error**2
        for r in others
    ]
    # the difference of two equally good choices has twice the variance of one
    levels = max(float(np.mean(between)), 0.0) / 2 if between else 0.0
    widths = max(float(np.mean(tolerance)), 0.0) if tolerance else 0.0
    return float(np.sqrt(levels + widths))
