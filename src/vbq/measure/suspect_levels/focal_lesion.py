"""Focal lesions and patchy marrow: pixels of the trabecular region that are not as the rest.

The coil's shading is taken out, and the signal is averaged locally so that noise does not count.
What then lies further from the level's normal signal than a share of it, and further than several
times the patient's usual spread (the median over the levels of their scaled median absolute
deviation), is a focus if it is connected and large enough. Its edge is followed down to half that
distance. A level's normal signal is its median, unless that lies so far from its neighbours' that
neither their median nor the line through them explains it: a lesion may fill most of a body, but
marrow has a course along the spine and the coil ends somewhere. Where all scored levels lie that
far from those above and below them, neither is taken as normal.

A focus is left out of the region. A level that loses much of its region, or stays patchy without
its largest focus, is left out of the score.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.levels import LEVEL_NAMES, SCORED_LEVELS
from vbq.finding import Finding
from vbq.measure.regions.local_mean import local_mean
from vbq.measure.shading import fit_shading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Focus", "find_foci", "focal_flags", "group_flags", "without_shading"]

SMOOTH_MM = 1.2
APART = 0.25  # of the level's normal signal
LEVEL_APART = 0.35  # of the neighbours': 4 SD of healthy levels about theirs, real T1
NEIGHBOURS = 3  # levels up and down
FEWEST_NEIGHBOURS = 3  # so that one more lesion among them does not count
FEWEST_SCORED = 3  # to be called a group
FEWEST_AROUND = 2  # to compare it with
SPREADS = 4.0  # or this many times the patient's usual spread, if more
SMALLEST_MM2 = 12.0  # a disc of 4 mm
CARRIED_MM = 2.0  # how far the average carries a focus's signal
MOST_FOCAL = 0.15  # of a region, before its level is left out
MOST_VARIATION = 0.13  # SD over mean of the averaged signal, beyond the largest focus


@dataclass(frozen=True, eq=False)
class Focus:
    """What is unlike the rest of one level's trabecular region.

    Attributes:
        mask: bool, shape (rows, columns): the pixels to leave out.
        share: Their share of the region.
        ratio: Signal of the largest focus over the level's normal one; 1 where there is none.
        variation: SD over mean of the locally averaged signal, without the largest focus.
    """

    mask: NDArray[np.bool_]
    share: float
    ratio: float
    variation: float


def without_shading(
    image: NDArray[np.float32], labels: NDArray[np.uint8], pixel_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """The image without the coil's shading, as `vbq.measure.shading` sees it in all bodies.

    Signals within a body can be compared on it. Those of bodies far apart cannot: what is taken
    out follows from slopes within bodies, whose errors add up along the spine.

    Args:
        image: One sagittal slice, shape (rows, columns).
        labels: The label map on it.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    shading = fit_shading(image[None], labels[None], 0, (1.0, *pixel_mm))
    if shading is None:
        return image
    height, width = image.shape
    down = np.array([shading.gain((row * pixel_mm[0], 0), (0, 0)) for row in range(height)])
    back = np.array([shading.gain((0, column * pixel_mm[1]), (0, 0)) for column in range(width)])
    even = image / (down[:, None] * back)
    return np.asarray(even, np.float32)


def find_foci(
    image: NDArray[np.float32],
    even: NDArray[np.float32],
    regions: Mapping[int, NDArray[np.bool_]],
    pixel_mm: tuple[float, float],
) -> dict[int, Focus]:
    """What is unlike the rest in each region, by level number.

    Args:
        image: One sagittal slice, shape (rows, columns).
        even: The same `without_shading`.
        regions: Trabecular regions on it by level number, none empty.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    middle = _middle(image, regions)
    grouped = bool(group_flags(image, regions))  # whose signal is the normal one is not known
    off = {}
    for n, region in regions.items():
        smooth = local_mean(even, region, SMOOTH_MM, pixel_mm)
        own = max(float(np.median(smooth[region])), 1e-9)
        off[n] = smooth / own * (1 + (0.0 if grouped else _apart(middle, n))) - 1
    spreads = [1.4826 * float(np.median(np.abs(off[n][regions[n]]))) for n in regions]
    apart = max(APART, SPREADS * float(np.median(spreads))) if spreads else APART
    return {n: _focus(region, off[n], apart, pixel_mm) for n, region in regions.items()}


def _middle(
    image: NDArray[np.float32], regions: Mapping[int, NDArray[np.bool_]]
) -> dict[int, float]:
    return {n: float(np.median(image[region])) for n, region in regions.items()}


def _apart(middle: Mapping[int, float], level: int) -> float:
    """How far a level as a whole lies from its neighbours, relative; 0 where they explain it."""
    near = {n: m for n, m in middle.items() if n != level and abs(n - level) <= NEIGHBOURS}
    if len(near) < FEWEST_NEIGHBOURS:
        return 0.0
    least = _over(middle[level], level, near) - 1
    return least if abs(least) > LEVEL_APART else 0.0


def _over(signal: float, level: int, near: Mapping[int, float]) -> float:
    """A level's signal over what others make expect, by their median or by the line through them.

    Whichever explains it better; 1 where it lies between the two.
    """
    pairs = list(combinations(sorted(near), 2))
    slope = float(np.median([(near[b] - near[a]) / (b - a) for a, b in pairs]))
    line = float(np.median([m + slope * (level - n) for n, m in near.items()]))  # Theil and Sen
    ratios = [
        signal / max(expected, 1e-9) for expected in (float(np.median([*near.values()])), line)
    ]
    between = (ratios[0] - 1) * (ratios[1] - 1) <= 0
    return 1.0 if between else min(ratios, key=lambda ratio: abs(ratio - 1))


def group_flags(
    image: NDArray[np.float32], regions: Mapping[int, NDArray[np.bool_]]
) -> list[Finding]:
    """Whether each scored level differs from those above and below, as far as one level may not.

    The limit is the same for brighter and darker: which of the two are changed is not known.

    Args:
        image: One sagittal slice, shape (rows, columns).
        regions: Trabecular regions on it by level number, none empty.
    """
    middle = _middle(image, regions)
    scored = [n for n in middle if n in SCORED_LEVELS]
    around = {n: m for n, m in middle.items() if n not in SCORED_LEVELS}
    if len(scored) < FEWEST_SCORED or len(around) < FEWEST_AROUND:
        return []
    ratios = [_over(middle[n], n, around) for n in scored]
    one_way = min(ratios) > 1 + LEVEL_APART or max(ratios) < 1 / (1 + LEVEL_APART)
    if not one_way:
        return []
    ratio = float(np.median(ratios))
    inside, outside = (", ".join(LEVEL_NAMES[n] for n in sorted(part)) for part in (scored, around))
    return [
        Finding(
            "levels_differ",
            "caution",
            f"{inside} are together {ratio:.2f} times as bright as {outside}: either these or "
            "those are changed, by disease, radiation or the end of the coil. Look at all of them "
            "in every series.",
            {"scored": inside, "around": outside, "scored_over_around": round(ratio, 3)},
        )
    ]


def _focus(
    region: NDArray[np.bool_],
    off: NDArray[np.float64],
    apart: float,
    pixel_mm: tuple[float, float],
) -> Focus:
    mask, largest = np.zeros_like(region), np.zeros_like(region)
    for sign in (1, -1):
        strong, weak = (region & (sign * off > limit) for limit in (apart, apart / 2))
        parts, count = ndimage.label(weak)
        for part in range(1, count + 1):
            focus = parts == part
            if (focus & strong).sum() * pixel_mm[0] * pixel_mm[1] < SMALLEST_MM2:
                continue
            mask |= focus
            if focus.sum() > largest.sum():
                largest = focus
    rest = region
    if mask.any():
        distance = ndimage.distance_transform_edt(~largest, sampling=pixel_mm)
        rest = region & (distance > CARRIED_MM)
    return Focus(
        mask=mask,
        share=float(mask.sum() / region.sum()),
        ratio=1 + float(np.median(off[largest])) if mask.any() else 1.0,
        variation=float(off[rest].std() / (1 + off[rest].mean())) if rest.any() else 0.0,
    )


def focal_flags(foci: Mapping[int, Focus]) -> dict[int, Finding]:
    """Levels to leave out for a focus, bright or dark, or for patchy marrow; by level number."""
    flags = {}
    for level, focus in foci.items():
        name = LEVEL_NAMES[level]
        evidence: dict[str, float | int | str | bool | None] = {
            "level": name,
            "share": round(focus.share, 3),
            "focus_over_marrow": round(focus.ratio, 3),
            "variation": round(focus.variation, 3),
        }
        if focus.variation > MOST_VARIATION:
            flags[level] = Finding(
                "heterogeneous_marrow",
                "caution",
                f"Marrow of {name} is patchy: its signal varies by {focus.variation:.0%}. Its mean "
                "says little; look for a cause.",
                evidence,
            )
        elif focus.share > MOST_FOCAL and focus.ratio > 1:
            flags[level] = Finding(
                "focal_bright_lesion",
                "caution",
                f"A focus in {name} is {focus.ratio:.1f} times as bright as its marrow, as a "
                "haemangioma or focal fat is. Look at it in every series.",
                evidence,
            )
        elif focus.share > MOST_FOCAL:
            flags[level] = Finding(
                "focal_dark_lesion",
                "caution",
                f"A focus in {name} has {focus.ratio:.0%} of its marrow's signal, as a metastasis, "
                "sclerosis or oedema has. Look at it in every series.",
                evidence,
            )
    return flags
