"""Estimate the scores of a measured scan and their uncertainty."""

from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.measure.measured_scan import MeasuredScan, ScoredScan
from vbq.measure.protocol import STANDARD
from vbq.measure.regions.endplate import endplate_variants
from vbq.measure.shading import correct_shading
from vbq.measure.uncertainty import estimate_uncertainty
from vbq.measure.variants import score_variants


def estimate_scores(measured: MeasuredScan) -> ScoredScan | None:
    """The scores; ``None`` where there is no CSF or no level to score."""
    if measured.csf is None or not measured.scored:
        return None
    plane, anatomy, csf = measured.plane, measured.anatomy, measured.csf
    regions = {n: measured.suspects.regions[n] for n in measured.scored}
    correction = None
    if anatomy.vertebrae:  # regions alone hold too little marrow to estimate shading from
        correction = correct_shading(plane, regions, measured.csf_regions[0].mask)
    variants = score_variants(measured.levels, csf, correction.gains if correction else {})
    with_bodies = [
        level
        for level in measured.levels
        if (anatomy.labels[level.slice] == LEVEL_NUMBERS[level.level]).any()
    ]
    variants |= endplate_variants(plane.section, with_bodies, csf)
    return ScoredScan(
        measured=measured,
        csf=csf,
        regions=regions,
        shading_correction=correction,
        variants=variants,
        uncertainty=estimate_uncertainty(plane, regions, measured.csf_regions, STANDARD),
    )
