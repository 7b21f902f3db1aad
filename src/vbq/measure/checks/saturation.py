"""Marrow signal clipped at the top of the range of stored values."""

import numpy as np

from vbq.finding import Finding
from vbq.measure.measured_scan import ScoredScan
from vbq.text import percent

LARGEST_SHARE = 0.01  # saturated fraction of the pixels of the scored levels


def saturation_findings(scored: ScoredScan) -> list[Finding]:
    """Whether pixels of the scored levels are at the largest value."""
    scan = scored.measured.scan
    level = scan.source.saturation_level
    highest = float(scan.voxels.max()) if level is None else level
    pixels = np.concatenate([scored.section.image[mask] for mask in scored.regions.values()])
    share = float(np.mean(pixels >= highest))
    if share <= LARGEST_SHARE:
        return []
    message = (
        f"{percent(share, 0)} of the vertebral pixels have the largest value that can be stored: "
        "their true signal is higher."
    )
    return [Finding("saturated", "caution", message, {"share": round(share, 4)})]
