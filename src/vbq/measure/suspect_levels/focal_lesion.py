"""Focal lesions and patchy marrow: pixels of the trabecular region that differ from the others.

Coil shading is removed, and the signal is averaged locally to suppress noise. Pixels whose signal
then differs from the normal signal of the level by more than a share of it, and by more than
several times the usual spread in this patient (the median over levels of their scaled median
absolute deviation), are a focus if they are connected and the focus is large enough. It extends to
pixels that differ by half as much. The normal signal of a level is its median, unless neither the
median of its neighbours nor the line through them explains that: a lesion may fill nearly all of a
body, but marrow changes along the spine and the coil ends somewhere. Where all scored levels differ
as much from those above and below them, neither group is taken as normal.

A focus is excluded from the region. A level that loses much of its region, or stays patchy without
its largest focus, is excluded from the score.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.levels import LEVEL_NAMES, SCORED_LEVELS
from vbq.finding import Evidence, Finding
from vbq.measure.regions.csf import distance_to
from vbq.measure.regions.local_mean import local_mean
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.measure.shading import fit_shading
from vbq.text import percent

SMOOTH_MM = 1.2
DIFFERENCE = 0.25  # difference from the normal signal of the level, as a fraction of it
LEVEL_DIFFERENCE = 0.35  # difference from the neighbours: 4 SD of healthy levels, on real T1
NEIGHBOURS = 3  # number of levels compared above and below
FEWEST_NEIGHBOURS = 3  # number of neighbours, so that one more lesion among them does not matter
FEWEST_SCORED = 3  # number of levels that make a group
FEWEST_AROUND = 2  # number of levels to compare the group with
SPREADS = 4.0  # difference in units of this patient's usual spread; the larger one applies
SMALLEST_MM2 = 12.0  # area of a disc 4 mm across
BLUR_MM = 2.0  # distance over which local averaging spreads the signal of a focus
LARGEST_FOCAL_SHARE = 0.15  # focal fraction of a region above which its level is excluded
LARGEST_VARIATION = 0.13  # SD over mean of the averaged signal, without the largest focus


@dataclass(frozen=True, eq=False)
class Focus:
    """The part of the trabecular region of a level that differs from the other pixels.

    Attributes:
        mask: bool, shape (rows, columns): the pixels to exclude.
        share: Their share of the region, 0 to 1.
        ratio: Signal of the largest focus over the normal one of the level; 1 where there is none.
        variation: SD over mean of the locally averaged signal, without the largest focus.
    """

    mask: NDArray[np.bool_]
    share: float
    ratio: float
    variation: float


def without_shading(section: SagittalSection) -> SagittalSection:
    """The section without coil shading, as `vbq.measure.shading` estimates it from all bodies.

    Signals within a body can be compared on it, those of distant bodies cannot: the correction
    follows from slopes within bodies, whose errors add up along the spine.
    """
    pixel_mm = section.pixel_mm
    shading = fit_shading(section.image[None], section.labels[None], 0, (1.0, *pixel_mm))
    if shading is None:
        return section
    height, width = section.shape
    down = np.array([shading.gain((row * pixel_mm[0], 0), (0, 0)) for row in range(height)])
    back = np.array([shading.gain((0, column * pixel_mm[1]), (0, 0)) for column in range(width)])
    even = section.image / (down[:, None] * back)
    return replace(section, image=np.asarray(even, np.float32))


def find_foci(
    section: SagittalSection, even: SagittalSection, regions: Mapping[int, NDArray[np.bool_]]
) -> dict[int, Focus]:
    """The pixels of each region that differ from the others, by level number.

    Args:
        section: The section measured.
        even: The same section `without_shading`.
        regions: Trabecular regions on it by level number, none empty.
    """
    medians = section.median_signal(regions)
    grouped = bool(group_findings(section, regions))  # which levels are normal is not known
    deviations = {}
    for n, region in regions.items():
        smooth = local_mean(even.image, region, SMOOTH_MM, section.pixel_mm)
        median = max(float(np.median(smooth[region])), 1e-9)
        level_deviation = 0.0 if grouped else _level_deviation(medians, n)
        deviations[n] = smooth / median * (1 + level_deviation) - 1
    spreads = [1.4826 * float(np.median(np.abs(deviations[n][regions[n]]))) for n in regions]
    limit = max(DIFFERENCE, SPREADS * float(np.median(spreads)))
    return {n: _focus(section, region, deviations[n], limit) for n, region in regions.items()}


def _level_deviation(medians: Mapping[int, float], level: int) -> float:
    """Relative difference of a level from its neighbours; 0 where they explain its signal."""
    neighbours = {n: m for n, m in medians.items() if n != level and abs(n - level) <= NEIGHBOURS}
    if len(neighbours) < FEWEST_NEIGHBOURS:
        return 0.0
    deviation = _ratio_to_expected(medians[level], level, neighbours) - 1
    return deviation if abs(deviation) > LEVEL_DIFFERENCE else 0.0


def _ratio_to_expected(signal: float, level: int, references: Mapping[int, float]) -> float:
    """Signal of a level over the signal that other levels make expected.

    That is their median or the line through them (Theil-Sen), whichever explains the level better;
    1 where it lies between the two.
    """
    pairs = list(combinations(sorted(references), 2))
    slope = float(np.median([(references[b] - references[a]) / (b - a) for a, b in pairs]))
    line = float(np.median([m + slope * (level - n) for n, m in references.items()]))
    ratios = [
        signal / max(expected, 1e-9)
        for expected in (float(np.median([*references.values()])), line)
    ]
    between = (ratios[0] - 1) * (ratios[1] - 1) <= 0
    return 1.0 if between else min(ratios, key=lambda ratio: abs(ratio - 1))


def group_findings(
    section: SagittalSection, regions: Mapping[int, NDArray[np.bool_]]
) -> list[Finding]:
    """Whether all scored levels differ from those above and below by more than one level may.

    The limit is the same for brighter and darker: which of the two groups is changed is not known.

    Args:
        section: The section measured.
        regions: Trabecular regions on it by level number, none empty.
    """
    medians = section.median_signal(regions)
    scored = [n for n in medians if n in SCORED_LEVELS]
    around = {n: median for n, median in medians.items() if n not in SCORED_LEVELS}
    if len(scored) < FEWEST_SCORED or len(around) < FEWEST_AROUND:
        return []
    ratios = [_ratio_to_expected(medians[n], n, around) for n in scored]
    if min(ratios) <= 1 + LEVEL_DIFFERENCE and max(ratios) >= 1 / (1 + LEVEL_DIFFERENCE):
        return []
    ratio = float(np.median(ratios))
    inside, outside = (", ".join(LEVEL_NAMES[n] for n in sorted(part)) for part in (scored, around))
    return [
        Finding(
            "levels_differ",
            "caution",
            f"{inside} together are {ratio:.2f} times as bright as {outside}: one of the two "
            "groups is changed by disease or radiation, or lies at the end of the coil. Look at "
            "all of them in every series.",
            {"scored": inside, "around": outside, "scored_over_around": round(ratio, 3)},
        )
    ]


def _focus(
    section: SagittalSection,
    region: NDArray[np.bool_],
    deviation: NDArray[np.float64],
    limit: float,
) -> Focus:
    """The foci of one region, from the relative deviation of its pixels from normal signal."""
    mask, largest = np.zeros_like(region), np.zeros_like(region)
    for sign in (1, -1):
        strong, weak = (region & (sign * deviation > level) for level in (limit, limit / 2))
        parts, count = ndimage.label(weak)
        for part in range(1, count + 1):
            focus = parts == part
            if (focus & strong).sum() * section.pixel_area_mm2 < SMALLEST_MM2:
                continue
            mask |= focus
            if focus.sum() > largest.sum():
                largest = focus
    remainder = region
    if mask.any():
        remainder = region & (distance_to(largest, section.pixel_mm) > BLUR_MM)
    variation = 0.0
    if remainder.any():
        variation = float(deviation[remainder].std() / (1 + deviation[remainder].mean()))
    return Focus(
        mask=mask,
        share=float(mask.sum() / region.sum()),
        ratio=1 + float(np.median(deviation[largest])) if mask.any() else 1.0,
        variation=variation,
    )


def focal_findings(foci: Mapping[int, Focus]) -> dict[int, Finding]:
    """Levels to exclude for a bright or dark focus or for patchy marrow, by level number."""
    findings = {level: _focal_finding(LEVEL_NAMES[level], focus) for level, focus in foci.items()}
    return {level: finding for level, finding in findings.items() if finding is not None}


def _focal_finding(name: str, focus: Focus) -> Finding | None:
    evidence: dict[str, Evidence] = {
        "level": name,
        "share": round(focus.share, 3),
        "focus_over_marrow": round(focus.ratio, 3),
        "variation": round(focus.variation, 3),
    }
    if focus.variation > LARGEST_VARIATION:
        return Finding(
            "heterogeneous_marrow",
            "caution",
            f"Marrow of {name} is patchy: its signal varies by {percent(focus.variation, 0)}, so "
            "its mean says little. Look for a cause.",
            evidence,
        )
    if focus.share <= LARGEST_FOCAL_SHARE:
        return None
    if focus.ratio > 1:
        return Finding(
            "focal_bright_lesion",
            "caution",
            f"A focus in {name} is {focus.ratio:.1f} times as bright as its marrow, as in a "
            "haemangioma or focal fat. Look at it in every series.",
            evidence,
        )
    return Finding(
        "focal_dark_lesion",
        "caution",
        f"A focus in {name} has {percent(focus.ratio, 0)} of the signal of its marrow, as in a "
        "metastasis, sclerosis or oedema. Look at it in every series.",
        evidence,
    )
