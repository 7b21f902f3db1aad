"""How much the score would change had equally good choices been made: its 95 % interval.

Four components, each an SD found by perturbing the measurement, assumed independent:

``placement``
    Each trabecular region is moved by 1 mm up, down, forwards and backwards, and shrunk and grown
    by 1 mm: what readers who agree on the vertebra still do differently. (The CSF region is found
    by its signal, not placed; its choice is the third component.)
``slice``
    The midline lies up to half a slice spacing from the slice measured. The scores of the two
    neighbouring slices (those 3 mm away where slices are thinner) show the effect of one spacing;
    with the midline uniform within half a spacing, the SD is 1/√12 of that.
``csf``
    CSF behind the others of L3, L2 and L4, where it is clear, and with half and twice the
    tolerance of signal within which pixels count as fluid.
``noise``
    Standard errors of the means of the regions, from noise and trabecular texture. Neighbouring
    pixels are not independent (texture has grains, scanners interpolate), so the autocovariance
    within 4 mm is summed in place of SD/√n (Priestley, Spectral Analysis and Time Series, 1981,
    5.3).

Differences between regions contain the noise of the pixels they do not share; it is subtracted, or
it would count twice. Components add as variances of the logarithm of the score, so that the
interval of a ratio stays positive (GUM, JCGM 100:2008, 5.1). Errors common to all these choices are
not included: coil shading, the sequence, and a wrong outline or level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.measure.protocol import Protocol
from vbq.measure.regions.csf import CsfRegion, csf_region
from vbq.measure.regions.midplane import Midplane
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.measure.regions.trabecular import trabecular_region
from vbq.stats.checks import NORMAL_95

if TYPE_CHECKING:
    Mask = NDArray[np.bool_]

SHIFT_MM = 1.0
NEIGHBOUR_MM = 3.0
LENIENCIES = (0.5, 2.0)
CORRELATED_MM = 4.0
UNIFORM = 1 / np.sqrt(12)  # SD of a uniform distribution of width 1
DRAWS, SEED = 4000, 20


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """SDs of the logarithm of a score, by source; see the description of the module.

    ``slice`` is ``None`` where no neighbouring slice can be scored, and counts as 0.
    """

    placement: float
    slice: float | None
    csf: float
    noise: float

    @property
    def total(self) -> float:
        """SD of all components together."""
        components = (self.placement, self.slice or 0.0, self.csf, self.noise)
        return float(np.sqrt(sum(sd**2 for sd in components)))

    def interval(self, score: float) -> tuple[float, float]:
        """The 95 % interval of a score."""
        factor = float(np.exp(NORMAL_95 * self.total))
        return score / factor, score * factor


def estimate_uncertainty(
    plane: Midplane,
    regions: Mapping[int, Mask],
    csf_regions: Sequence[CsfRegion],
    protocol: Protocol,
) -> Uncertainty | None:
    """SDs of the score measured on a plane; ``None`` where a signal is not positive.

    Deterministic: the same arguments give the same answer.

    Args:
        plane: The plane measured, and the slices to its sides.
        regions: Trabecular regions of the scored levels on it, by level number.
        csf_regions: CSF regions on it, the one measured first.
        protocol: Definition of the score.
    """
    measured = _ScoredSection(plane.section, protocol)
    signals = np.array([measured.signal(mask) for mask in regions.values()])
    csf = measured.csf_signal(csf_regions[0])
    if min(*signals, csf) <= 0:
        return None
    errors = np.array([measured.standard_error(mask) for mask in regions.values()])
    noise = float(
        np.hypot(measured.log_sd(signals, errors / signals), measured.csf_error(csf_regions[0]))
    )
    placement = np.array([_placement_sd(plane.section, mask) for mask in regions.values()])
    score = float(measured.combined(signals)) / csf
    neighbours = (
        section.score(list(regions), csf_regions[0].level)
        for section in _neighbours(plane, protocol)
    )
    return Uncertainty(
        placement=measured.log_sd(signals, placement),
        slice=_slice_sd(neighbours, score, noise),
        csf=_csf_sd(measured, csf_regions),
        noise=noise,
    )


def standard_error(image: NDArray[np.float32], mask: Mask, pixel_mm: tuple[float, float]) -> float:
    """Standard error of the mean of a region whose pixels are correlated over up to 4 mm.

    The sum of the sample autocovariance over those lags, corrected for the mean having been
    estimated from the same pixels; at least SD/√n.

    Args:
        image: One sagittal slice, shape (rows, columns).
        mask: bool, same shape, not empty.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    inside = mask[box]
    values = image[box].astype(np.float64)
    n = int(inside.sum())
    residual = np.where(inside, values - values[inside].mean(), 0.0)
    reach = [int(np.ceil(CORRELATED_MM / size)) for size in pixel_mm]
    shape = tuple(2 * (side + steps) for side, steps in zip(inside.shape, reach, strict=True))
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


@dataclass(frozen=True, eq=False)
class _ScoredSection:
    """A sagittal section, and how signals on it become a score."""

    section: SagittalSection
    protocol: Protocol

    def signal(self, mask: Mask) -> float:
        """The statistic of the protocol inside a region."""
        values = self.section.image[mask].astype(np.float64)
        return float(np.mean(values) if self.protocol.statistic == "mean" else np.median(values))

    def standard_error(self, mask: Mask) -> float:
        """Standard error of the mean of a region."""
        return standard_error(self.section.image, mask, self.section.pixel_mm)

    def csf_signal(self, region: CsfRegion) -> float:
        """CSF signal without its noise floor."""
        return self.signal(region.mask) * region.floor_factor

    def csf_error(self, region: CsfRegion) -> float:
        """Relative standard error of the CSF signal."""
        return self.standard_error(region.mask) / self.csf_signal(region)

    def combined(self, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Signals of levels, shape (..., levels), combined across levels."""
        across = np.median if self.protocol.across_levels == "median" else np.mean
        return np.asarray(across(signals, axis=-1))

    def log_sd(self, signals: NDArray[np.float64], relative_sds: NDArray[np.float64]) -> float:
        """SD of the logarithm of the combined signal, from relative SDs of each level.

        By Monte Carlo (JCGM 101:2008): the median of four is not a smooth function of them.
        """
        normal = np.random.default_rng(SEED).standard_normal((DRAWS, signals.size))
        samples = self.combined(signals * np.exp(normal * relative_sds))
        return float(np.log(samples).std())

    def score(self, levels: Sequence[int], csf_level: int) -> float | None:
        """The score from these levels; ``None`` where one of its regions cannot be measured."""
        section, frames = self.section, self.section.frames
        if csf_level not in frames or not all(level in frames for level in levels):
            return None
        csf = csf_region(section, csf_level, frames[csf_level])
        masks = [
            trabecular_region(section.labels == level, frames[level], section.pixel_mm)
            for level in levels
        ]
        if not csf.is_clear or not all(mask.any() for mask in masks):
            return None
        marrow = float(self.combined(np.array([self.signal(mask) for mask in masks])))
        fluid = self.csf_signal(csf)
        return marrow / fluid if fluid > 0 and marrow > 0 else None


def _neighbours(plane: Midplane, protocol: Protocol) -> Iterable[_ScoredSection]:
    """The section to each side of the plane, one slice or 3 mm away."""
    voxels, labels, spacing_mm = plane.scan.voxels, plane.anatomy.labels, plane.scan.spacing_mm
    step = max(1, round(NEIGHBOUR_MM / spacing_mm[0]))
    for index in (plane.anatomy.midsagittal_slice - step, plane.anatomy.midsagittal_slice + step):
        if 0 <= index < len(voxels):
            section = SagittalSection(voxels[index], labels[index], spacing_mm[1:])
            yield _ScoredSection(section, protocol)


def _placement_sd(section: SagittalSection, mask: Mask) -> float:
    """Relative SD of the signal of a region moved by 1 mm along each axis and at its outline."""
    pixel_mm = section.pixel_mm
    margin = [2 + int(np.ceil(SHIFT_MM / size)) for size in pixel_mm]
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    window = tuple(
        slice(max(side.start - extra, 0), side.stop + extra)
        for side, extra in zip(box, margin, strict=True)
    )
    image, inside = section.image[window].astype(np.float64), mask[window]
    weights = [
        ndimage.shift(inside.astype(np.float64), np.array(step) / pixel_mm, order=1)
        for step in ((SHIFT_MM, 0), (-SHIFT_MM, 0), (0, SHIFT_MM), (0, -SHIFT_MM))
    ]
    weights += [
        (ndimage.distance_transform_edt(inside, sampling=pixel_mm) > SHIFT_MM).astype(float),
        (ndimage.distance_transform_edt(~inside, sampling=pixel_mm) <= SHIFT_MM).astype(float),
    ]
    mean = float(image[inside].mean())
    changes = [(w * image).sum() / w.sum() / mean - 1 if w.any() else 0.0 for w in weights]
    # two moves each along rows, along columns and of the outline: three independent choices
    return float(np.sqrt(np.square(changes).sum() / 2))


def _slice_sd(neighbours: Iterable[float | None], score: float, noise: float) -> float | None:
    """Relative SD from the unknown position of the midline between slices.

    Args:
        neighbours: Scores of the neighbouring slices, ``None`` where there is none.
        score: The score of the plane.
        noise: Relative SD of a score due to noise.
    """
    squares = [np.log(neighbour / score) ** 2 for neighbour in neighbours if neighbour is not None]
    if not squares:
        return None
    return float(UNIFORM * np.sqrt(max(np.mean(squares) - 2 * noise**2, 0.0)))


def _csf_sd(measured: _ScoredSection, regions: Sequence[CsfRegion]) -> float:
    """Relative SD from the level and the tolerance of signal that CSF is measured with."""
    section, chosen = measured.section, regions[0]
    csf, error = measured.csf_signal(chosen), measured.csf_error(chosen)

    def positive(candidates: Iterable[CsfRegion]) -> list[CsfRegion]:
        # where all of the signal of a region is noise (`floor_factor` 0) it is no choice of CSF
        return [r for r in candidates if r.mask.any() and measured.csf_signal(r) > 0]

    frame = section.frames[chosen.level]
    tolerances = positive(
        csf_region(section, chosen.level, frame, leniency=leniency) for leniency in LENIENCIES
    )
    # one region contains the other, so their difference has the difference of their variances
    # (Hausman, Econometrica 1978, doi 10.2307/1913827)
    within = [
        np.log(measured.csf_signal(r) / csf) ** 2 - abs(measured.csf_error(r) ** 2 - error**2)
        for r in tolerances
    ]
    between = [
        np.log(measured.csf_signal(r) / csf) ** 2 - measured.csf_error(r) ** 2 - error**2
        for r in positive(region for region in regions[1:] if region.is_clear)
    ]
    # the difference of two equally good choices has twice the variance of one
    level_variance = max(float(np.mean(between)), 0.0) / 2 if between else 0.0
    tolerance_variance = max(float(np.mean(within)), 0.0) if within else 0.0
    return float(np.sqrt(level_variance + tolerance_variance))
