"""Quality checks: what in the image or its acquisition makes a score doubtful.

A check is a function of a `vbq.measure.measured_scan.MeasuredScan`, or of a ``ScoredScan``, that
returns findings. It stands in one of the two tuples below; their order is that of the flags in a
reading.
"""

from collections.abc import Callable

from vbq.finding import Finding
from vbq.measure.checks.acquisition import acquisition_findings
from vbq.measure.checks.coil_shading import coil_shading_findings
from vbq.measure.checks.contrast import contrast_findings
from vbq.measure.checks.crowded_canal import crowded_canal_findings
from vbq.measure.checks.csf_levels import csf_level_findings
from vbq.measure.checks.csf_noise import csf_noise_findings
from vbq.measure.checks.csf_region import csf_region_findings
from vbq.measure.checks.ghosting import ghosting_findings
from vbq.measure.checks.manual_rois import (
    misplaced_roi_findings,
    overruled_findings,
    rois_alone_findings,
)
from vbq.measure.checks.off_midline import off_midline_findings
from vbq.measure.checks.rescale_intercept import intercept_findings
from vbq.measure.checks.saturation import saturation_findings
from vbq.measure.checks.scoliosis import scoliosis_findings
from vbq.measure.checks.scored_levels import (
    level_confidence_findings,
    lumbar_count_findings,
    missing_level_findings,
)
from vbq.measure.checks.signal_offset import offset_findings
from vbq.measure.checks.signal_to_noise import noise_findings
from vbq.measure.checks.suspect_levels import suspect_level_findings
from vbq.measure.checks.wrap import wrap_findings
from vbq.measure.measured_scan import MeasuredScan, ScoredScan

__all__ = ["CHECKS_OF_REGIONS", "CHECKS_OF_SCORES", "run_checks"]

CHECKS_OF_REGIONS: tuple[Callable[[MeasuredScan], list[Finding]], ...] = (
    acquisition_findings,
    rois_alone_findings,
    missing_level_findings,
    level_confidence_findings,
    off_midline_findings,
    lumbar_count_findings,
    scoliosis_findings,
    suspect_level_findings,
    overruled_findings,
    misplaced_roi_findings,
    csf_region_findings,
    csf_noise_findings,
)
CHECKS_OF_SCORES: tuple[Callable[[ScoredScan], list[Finding]], ...] = (
    contrast_findings,
    saturation_findings,
    noise_findings,
    offset_findings,
    intercept_findings,
    wrap_findings,
    ghosting_findings,
    crowded_canal_findings,
    csf_level_findings,
    coil_shading_findings,
)


def run_checks(measured: MeasuredScan, scored: ScoredScan | None) -> list[Finding]:
    """Findings of all checks; those of scores only where there are any."""
    findings = [finding for check in CHECKS_OF_REGIONS for finding in check(measured)]
    if scored is not None:
        findings += [finding for check in CHECKS_OF_SCORES for finding in check(scored)]
    return findings
