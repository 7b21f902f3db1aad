"""Ghosts: what motion during the scan leaves in the air behind the back.

Breathing, pulsation and a moving patient repeat the image along the phase-encoding direction.
Inside the body the copies are hidden by tissue and add to CSF and marrow alike; in the air nothing
else is as smooth.
"""

from vbq.finding import Finding
from vbq.measure.checks.wrap import phase_direction, wrap_findings
from vbq.measure.measured_scan import ScoredScan
from vbq.text import percent

LARGEST_STRUCTURE = 0.02  # SD of the locally averaged air beyond noise, over the marrow signal


def ghosting_findings(scored: ScoredScan) -> list[Finding]:
    """Whether the air behind the back holds more than noise, and no wrapped anatomy."""
    background = scored.background
    if background is None or background.structure <= LARGEST_STRUCTURE * scored.marrow:
        return []
    if wrap_findings(scored):  # what is wrapped into the air is reported once
        return []
    share = background.structure / scored.marrow
    return [
        Finding(
            "ghosting",
            "caution",
            f"The air behind the back holds structures of {percent(share, 0)} of the signal of "
            "marrow: ghosts of motion, which add to CSF as well. Look at it in a narrow window; "
            "repeat the series if they cross the canal.",
            {
                "structure_over_marrow": round(share, 4),
                "air_mm2": round(background.area_mm2),
                "phase_encoding": phase_direction(scored.measured.scan),
            },
        )
    ]
