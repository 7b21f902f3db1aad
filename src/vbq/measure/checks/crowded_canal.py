"""A crowded canal: too little room behind L3 for fluid without roots.

In a narrow sac the roots fill the fluid, and every pixel of CSF shares in them: the score comes out
low. Depth is measured behind the vertebra, where the CSF region lies, not at the disc, where
stenosis usually lies; this does not grade stenosis.
"""

import numpy as np

from vbq.anatomy.levels import CANAL, CORD, LEVEL_NUMBERS
from vbq.finding import Finding
from vbq.measure.measured_scan import ScoredScan

NARROW_MM = 10.0  # Verbiest's absolute stenosis, midsagittal: Orthop Clin North Am 1975;6:177
L3 = LEVEL_NUMBERS["L3"]


def crowded_canal_findings(scored: ScoredScan) -> list[Finding]:
    """Whether the canal behind L3 is narrow, or is in view without a clear region of fluid."""
    section = scored.section
    if L3 not in section.frames:
        return []
    frame = section.frames[L3]
    along, behind = frame.coordinates(section.shape, section.pixel_mm)
    canal = (section.labels == CANAL) | (section.labels == CORD)
    canal &= (np.abs(along) <= frame.height / 2) & (behind > 0)
    area = float(canal.sum()) * section.pixel_area_mm2
    if not area:  # out of view is not narrow
        return []
    depth = area / frame.height
    fluid = next((r for r in scored.measured.csf_regions if r.level == L3), None)
    if fluid is not None and fluid.is_clear and depth >= NARROW_MM:
        return []
    csf_area = 0.0 if fluid is None else fluid.area_mm2
    problem = (
        f"the anteroposterior canal diameter is only {depth:.0f} mm"
        if depth < NARROW_MM
        else "no homogeneous fluid is seen"
    )
    return [
        Finding(
            "crowded_canal",
            "caution",
            f"Behind L3 {problem} ({csf_area:.0f} mm² of CSF in {area:.0f} mm² of canal): roots or "
            "fat in the CSF region make the score too low. Look at the region in the overlay.",
            {
                "canal_mm2": round(area, 1),
                "csf_mm2": round(csf_area, 1),
                "depth_mm": round(depth, 1),
                "csf_variation": None if fluid is None else round(fluid.variation, 4),
            },
        )
    ]
