"""Whether CSF has the same signal behind L3, L2 and L4."""

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.measured_scan import ScoredScan
from vbq.measure.regions.csf import CsfRegion
from vbq.measure.shading import centre_mm

LARGEST_DIFFERENCE = 0.15


def csf_level_findings(scored: ScoredScan) -> list[Finding]:
    """CSF that differs between levels by more than coil shading explains."""
    chosen = scored.csf_region
    ratios = {
        LEVEL_NAMES[region.level]: round(_ratio(scored, region, chosen), 4)
        for region in scored.measured.csf_regions[1:]
        if region.is_clear
    }
    different = {
        name: ratio for name, ratio in ratios.items() if abs(ratio - 1) > LARGEST_DIFFERENCE
    }
    if not different:
        return []
    listed = ", ".join(f"{name} {ratio:.2f}" for name, ratio in different.items())
    message = (
        f"CSF signal differs along the sac: relative to {LEVEL_NAMES[chosen.level]}, {listed}. One "
        "of the regions may contain roots, fat or flow; look at the overlay."
    )
    return [Finding("csf_levels_differ", "caution", message, dict(ratios))]


def _ratio(scored: ScoredScan, region: CsfRegion, chosen: CsfRegion) -> float:
    """Signal of a region over that measured, with or without shading, whichever is nearer to 1.

    The correction of shading itself may be wrong.
    """
    reference = _signal(scored, chosen)
    ratio = _signal(scored, region) / reference if reference > 0 else 1.0
    if scored.shading_correction is None:
        return ratio
    places = (centre_mm(r.mask, scored.section.pixel_mm) for r in (region, chosen))
    gain = scored.shading_correction.shading.gain(*places)
    return min(ratio, ratio / gain, key=lambda r: abs(r - 1))


def _signal(scored: ScoredScan, region: CsfRegion) -> float:
    mean = scored.section.image[region.mask].mean(dtype=np.float64)
    return float(mean) * region.floor_factor
