"""Build the regions of a scan and measure their signals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.anatomy import Anatomy
from vbq.anatomy.levels import LEVEL_NAMES, LEVEL_NUMBERS
from vbq.errors import RefusalError
from vbq.finding import Finding
from vbq.measure.checks.manual_rois import misplaced_roi_findings
from vbq.measure.measured_scan import MeasuredScan
from vbq.measure.measurement import Roi
from vbq.measure.protocol import STANDARD
from vbq.measure.reading import CsfReading, LevelReading
from vbq.measure.regions.csf import CsfRegion, csf_regions
from vbq.measure.regions.midplane import Midplane, find_midplane
from vbq.measure.regions.roi_placement import (
    anatomy_of_rois,
    csf_of_roi,
    lies_in_place,
    with_manual_bodies,
)
from vbq.measure.regions.trabecular import trabecular_region
from vbq.measure.signal import measure_signal
from vbq.measure.suspect_levels.find import SuspectLevels, find_suspect_levels
from vbq.scan.scan import Scan

SMALLEST_REGION_MM2 = 40.0  # a smaller trabecular region is not measured
MEASURED_LEVELS = (*STANDARD.levels, 24, 26, 19, 18)  # L5, S1, T12, T11 are reported, not scored


def build_regions(scan: Scan, anatomy: Anatomy, manual_rois: Sequence[Roi]) -> MeasuredScan:
    """Find the regions that no person drew, and measure all of them.

    Where no scored region lies on a body that the anatomy calls by its name, all scored levels are
    manual: they are then measured without the anatomy.

    Args:
        scan: The scan.
        anatomy: Its anatomy.
        manual_rois: Regions that a person drew or edited; their ``source`` is ``"drawn"``.
    """
    measured = _build(scan, anatomy, manual_rois)
    if not measured.scored or measured.section.frames.keys() & set(measured.scored):
        return measured
    reason = RefusalError(
        "No scored region lies on a vertebral body of the same name.", code="drawn_elsewhere"
    )
    rois_alone = anatomy_of_rois(scan, manual_rois, reason)
    findings = (*rois_alone.flags, *misplaced_roi_findings(measured))
    return _build(scan, replace(rois_alone, flags=findings), manual_rois)


def _build(scan: Scan, anatomy: Anatomy, manual_rois: Sequence[Roi]) -> MeasuredScan:
    plane = find_midplane(scan, with_manual_bodies(anatomy, manual_rois), manual_rois)
    manual = {roi.name: roi for roi in manual_rois}
    suspects, overruled = _suspect_levels(anatomy, plane, manual_rois)
    scored = tuple(n for n in STANDARD.levels if _is_scored(n, suspects, manual))
    level_rois = _level_rois(plane, suspects, scored, manual)
    csf_candidates = _csf_regions(plane, manual.get("CSF"))
    csf_roi, csf = None, None
    if csf_candidates:
        csf_roi = _csf_roi(plane, csf_candidates[0], manual.get("CSF"))
        csf = CsfReading(
            level=LEVEL_NAMES[csf_candidates[0].level],
            floor_factor=csf_candidates[0].floor_factor,
            source=csf_roi.source,
            **measure_signal(scan, csf_roi),
        )
    return MeasuredScan(
        scan=scan,
        anatomy=anatomy,
        plane=plane,
        manual_rois=manual,
        suspects=suspects,
        overruled={n: findings for n, findings in overruled.items() if n in scored},
        scored=scored,
        levels=_level_readings(scan, anatomy, suspects, level_rois),
        csf_regions=csf_candidates,
        csf=csf,
        rois=(*level_rois.values(), *filter(None, [csf_roi])),
    )


def _suspect_levels(
    anatomy: Anatomy, plane: Midplane, manual_rois: Sequence[Roi]
) -> tuple[SuspectLevels, Mapping[int, tuple[Finding, ...]]]:
    """Trabecular regions and what excludes them, and the findings on manual ones that are scored.

    Manual regions are measured as they are drawn, and scored unless a person excluded them.
    """
    manual = {LEVEL_NUMBERS[roi.name]: roi for roi in manual_rois if roi.name != "CSF"}
    masks = {n: roi.mask for n, roi in manual.items()}
    examined = {
        n: mask
        for n, mask in (_trabecular_regions(anatomy, plane) | masks).items()
        if n not in manual or lies_in_place(anatomy, manual[n])
    }
    suspects = find_suspect_levels(plane.section, examined)
    scored = {n for n, roi in manual.items() if roi.used and n in STANDARD.levels}
    overruled = {n: findings for n, findings in suspects.findings.items() if n in scored}
    return suspects.with_manual_regions(masks, scored), overruled


def _trabecular_regions(anatomy: Anatomy, plane: Midplane) -> dict[int, NDArray[np.bool_]]:
    """Trabecular regions of the bodies that lie wholly in the field of view, by level number."""
    section = plane.section
    complete = {vertebra.level for vertebra in anatomy.vertebrae if vertebra.complete}
    regions = {}
    for level in MEASURED_LEVELS:
        if level not in section.frames or level not in complete:
            continue
        body = section.labels == level
        region = trabecular_region(body, section.frames[level], section.pixel_mm)
        if region.sum() * section.pixel_area_mm2 >= SMALLEST_REGION_MM2:
            regions[level] = region
    return regions


def _is_scored(level: int, suspects: SuspectLevels, manual: Mapping[str, Roi]) -> bool:
    if level not in suspects.regions or level in suspects.findings:
        return False
    roi = manual.get(LEVEL_NAMES[level])
    return roi is None or roi.used


def _level_rois(
    plane: Midplane, suspects: SuspectLevels, scored: Sequence[int], manual: Mapping[str, Roi]
) -> dict[int, Roi]:
    """The region of each level on the slice it is measured on, by level number."""
    rois = {}
    for level, mask in sorted(suspects.regions.items()):
        name = LEVEL_NAMES[level]
        if name in manual:
            roi = manual[name]
        else:
            roi = Roi(name, *plane.on_one_slice(mask), excluded=suspects.excluded.get(level))
        rois[level] = replace(roi, used=level in scored, suspect=suspects.reason(level))
    return rois


def _level_readings(
    scan: Scan, anatomy: Anatomy, suspects: SuspectLevels, rois: Mapping[int, Roi]
) -> tuple[LevelReading, ...]:
    confidence = {vertebra.level: vertebra.confidence for vertebra in anatomy.vertebrae}
    return tuple(
        LevelReading(
            level=roi.name,
            confidence=confidence.get(level),
            used=roi.used,
            findings=tuple(finding.code for finding in suspects.findings.get(level, ())),
            excluded_share=round(suspects.excluded_share(level), 4),
            source=roi.source,
            **measure_signal(scan, roi),
        )
        for level, roi in rois.items()
    )


def _csf_regions(plane: Midplane, manual: Roi | None) -> tuple[CsfRegion, ...]:
    """CSF behind L3, L2 and L4, each on one slice, the region to measure first."""
    automatic = [
        replace(region, mask=plane.on_one_slice(region.mask)[1])
        for region in csf_regions(plane.section)
    ]
    if manual is None:
        return tuple(automatic)
    chosen = csf_of_roi(manual, plane.section)
    return (chosen, *(region for region in automatic if region.level != chosen.level))


def _csf_roi(plane: Midplane, region: CsfRegion, manual: Roi | None) -> Roi:
    return manual or Roi("CSF", *plane.on_one_slice(region.mask))
