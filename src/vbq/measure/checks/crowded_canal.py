"""A crowded canal: too little room behind L3 for fluid that stands by itself.

In a narrow sac the roots fill what fluid there is, and every pixel of CSF shares in them: the
score comes out low. Depth is measured where the CSF is, behind the vertebra, not at the disc,
where most stenosis lies; this is no grading of stenosis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import CANAL, CORD, LEVEL_NUMBERS
from vbq.finding import Finding
from vbq.measure.regions.csf import clear

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vbq.measure.regions.body_frame import BodyFrame
    from vbq.measure.regions.csf import CsfRegion

__all__ = ["crowded_canal_flags"]

NARROW_MM = 10.0  # Verbiest's absolute stenosis, mid-sagittal: Orthop Clin North Am 1975;6:177
L3 = LEVEL_NUMBERS["L3"]


def crowded_canal_flags(
    labels: NDArray[np.uint8],
    frames: Mapping[int, BodyFrame],
    regions: Sequence[CsfRegion],
    pixel_mm: tuple[float, float],
) -> list[Finding]:
    """Whether behind L3 the canal is narrow, or holds no even fluid although it is seen.

    Args:
        labels: The slice of the label map that is measured.
        frames: Frames of its bodies by level number.
        regions: The CSF regions on it.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    if L3 not in frames:
        return []
    along, behind = frames[L3].coordinates((labels.shape[0], labels.shape[1]), pixel_mm)
    canal = (labels == CANAL) | (labels == CORD)
    canal &= (np.abs(along) <= frames[L3].height / 2) & (behind > 0)
    area = float(canal.sum()) * pixel_mm[0] * pixel_mm[1]
    if not area:  # not seen is not narrow
        return []
    depth = area / frames[L3].height
    fluid = next((region for region in regions if region.level == L3), None)
    even = fluid is not None and clear(fluid)
    if even and depth >= NARROW_MM:
        return []
    free = 0.0 if fluid is None else fluid.area_mm2
    said = f"the canal is {depth:.0f} mm deep" if depth < NARROW_MM else "no even fluid is seen"
    return [
        Finding(
            "crowded_canal",
            "caution",
            f"Behind L3 {said} ({free:.0f} mm² of CSF in {area:.0f} mm² of canal): roots or fat "
            "in the CSF region make the score low. Look at the region in the overlay.",
            {
                "canal_mm2": round(area, 1),
                "csf_mm2": round(free, 1),
                "depth_mm": round(depth, 1),
                "csf_variation": None if fluid is None else round(fluid.variation, 4),
            },
        )
    ]
