"""Levels and pixels to exclude from the score.

A fracture, a signal void, an endplate change, a large focal lesion or patchy marrow excludes the
level; a small focus is excluded from its region only. The exclusions are those of the publications
of the score (Ehresman et al., Spine J 2020, doi 10.1016/j.spinee.2019.10.018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vbq.finding import Finding
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.measure.suspect_levels.compression_fracture import fracture_findings
from vbq.measure.suspect_levels.endplate_change import endplate_findings
from vbq.measure.suspect_levels.focal_lesion import (
    find_foci,
    focal_findings,
    group_findings,
    without_shading,
)
from vbq.measure.suspect_levels.signal_void import void_findings

EDGE_MM = 1.5  # a body this near to the upper or lower end of the image may be cut
BLANK = 0.02  # signal over that of marrow below which the margin of the image is blank
SMALLEST_REMAINDER = 0.1  # fraction of a region outside its focus; else the focus is the level


@dataclass(frozen=True, eq=False)
class SuspectLevels:
    """Trabecular regions, and what excludes levels or pixels of them, by level number.

    Attributes:
        regions: Trabecular regions without focal lesions, where enough of them remains.
        excluded: Pixels excluded from a region.
        findings: Why a level is excluded from the score or, for a level outside the score, what
            was found in it.
        group_findings: Findings on all scored levels together, which exclude none of them.
    """

    regions: Mapping[int, NDArray[np.bool_]]
    excluded: Mapping[int, NDArray[np.bool_]]
    findings: Mapping[int, tuple[Finding, ...]]
    group_findings: tuple[Finding, ...] = ()

    def excluded_share(self, level: int) -> float:
        """Share of the region of a level that is excluded, 0 to 1."""
        if level not in self.excluded:
            return 0.0
        excluded = int(self.excluded[level].sum())
        return excluded / (excluded + int(self.regions[level].sum()))

    def reason(self, level: int) -> str:
        """Why a level is excluded, for people; empty where it is not."""
        return ", ".join(f.code.replace("_", " ") for f in self.findings.get(level, ()))

    def with_manual_regions(
        self, masks: Mapping[int, NDArray[np.bool_]], scored: set[int]
    ) -> SuspectLevels:
        """The same with regions that a person drew, which are measured as they are drawn.

        Args:
            masks: Manual regions by level number.
            scored: Levels among them that are scored whatever was found in them.
        """
        return replace(
            self,
            regions={**self.regions, **masks},
            excluded={n: mask for n, mask in self.excluded.items() if n not in masks},
            findings={n: findings for n, findings in self.findings.items() if n not in scored},
        )


def find_suspect_levels(
    section: SagittalSection, regions: Mapping[int, NDArray[np.bool_]]
) -> SuspectLevels:
    """Find the levels, and the pixels of other levels, to exclude from the score.

    Args:
        section: The section measured.
        regions: Trabecular regions by level number, none empty.
    """
    if not regions:
        return SuspectLevels({}, {}, {})
    even = without_shading(section)
    foci = find_foci(section, even, regions)
    fractures = fracture_findings(section, _uncut_bodies(section, regions))
    voids = void_findings(section, regions)
    excluded = {
        n: focus.mask for n, focus in foci.items() if 0 < focus.share <= 1 - SMALLEST_REMAINDER
    }
    remaining = {n: mask & ~excluded[n] if n in excluded else mask for n, mask in regions.items()}
    plates = endplate_findings(even, remaining)
    # a void or an endplate band is a focus too: it is reported once
    focal = {
        n: finding
        for n, finding in focal_findings(foci).items()
        if n not in voids and n not in plates
    }
    findings = {
        n: tuple(kind[n] for kind in (fractures, voids, plates, focal) if n in kind)
        for n in regions
    }
    return SuspectLevels(
        regions=remaining,
        excluded=excluded,
        findings={n: reasons for n, reasons in findings.items() if reasons},
        group_findings=tuple(group_findings(section, regions)),
    )


def _uncut_bodies(section: SagittalSection, regions: Mapping[int, NDArray[np.bool_]]) -> list[int]:
    """Levels whose bodies end before the image does: the height of the others is not known.

    An image ends at its edge or, where it was padded or corrected for distortion, at a blank
    margin: above the first pixel with signal in a column, and below the last.
    """
    marrow = float(np.median(list(section.median_signal(regions).values())))
    lit = section.image > BLANK * marrow
    first, last = lit.argmax(axis=0), len(lit) - 1 - lit[::-1].argmax(axis=0)
    levels = []
    for level in regions:
        rows, columns = np.nonzero(section.labels == level)
        margin = np.minimum(rows - first[columns], last[columns] - rows)
        if margin.min(initial=len(lit)) * section.pixel_mm[0] >= EDGE_MM:
            levels.append(level)
    return levels
