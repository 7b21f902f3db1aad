"""Slopes of signal that all marrow shares: shading of the coil, or marrow that differs itself."""

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.measured_scan import ScoredScan
from vbq.measure.protocol import SHADING_CORRECTED, STANDARD_ID
from vbq.stats.checks import NORMAL_95

STRONG = 0.10  # change of the score, as a difference of logarithms, that is a caution


def coil_shading_findings(scored: ScoredScan) -> list[Finding]:
    """Whether the corrected score lies outside the interval of the score.

    A correction within its own 95 % interval is not reported.
    """
    correction, uncertainty = scored.shading_correction, scored.uncertainty
    if correction is None or uncertainty is None:
        return []
    standard, corrected = (
        scored.variants.get(name, np.nan) for name in (STANDARD_ID, SHADING_CORRECTED)
    )
    change = abs(float(np.log(corrected / standard)))
    if not change > NORMAL_95 * max(uncertainty.total, correction.log_sd):
        return []
    gains = np.array(list(correction.gains.values()))
    ratio = float(np.exp(np.log(gains).mean()))
    by_level = {
        f"coil_csf_over_{LEVEL_NAMES[n]}": round(gain, 4) for n, gain in correction.gains.items()
    }
    return [
        Finding(
            "coil_shading",
            "caution" if change > STRONG else "note",
            f"By the slopes of signal in marrow the coil is {ratio:.2f} times as sensitive at the "
            f"CSF as at the bodies ({gains.min():.2f}–{gains.max():.2f} by level). If so, VBQ "
            f"without shading would be {corrected:.2f}, outside the interval of the score.",
            {
                "coil_csf_over_bodies": round(ratio, 4),
                **by_level,
                "corrected": round(corrected, 4),
                "corrected_sd": round(corrected * correction.log_sd, 4),
            },
        )
    ]
