"""A rescale intercept that shifts the whole scale of signals.

DICOM's Rescale Intercept is added to every stored value (PS3.3 C.11.1). MR signal begins at zero:
an intercept that no pixel lies below was added by a program after the scanner, and a ratio of
signals is no longer that of the tissue.
"""

import numpy as np

from vbq.finding import Finding
from vbq.measure.checks.signal_offset import score_without_offset
from vbq.measure.measured_scan import ScoredScan
from vbq.text import fixed, percent

SMALLEST_CHANGE = 0.02  # of the score, as a difference of logarithms


def intercept_findings(scored: ScoredScan) -> list[Finding]:
    """Whether the header raises every signal by enough to change the score.

    Nothing is found where signals lie below half of the intercept: the stored values then do not
    begin at zero, and the intercept brings them back to it.
    """
    scan = scored.measured.scan
    intercept = scan.source.rescale_intercept
    csf = float(scored.section.image[scored.csf_region.mask].mean())
    signals = scan.voxels[scan.voxels > 0]  # blank margins and padding are no signal
    if intercept <= 0 or csf <= 0 or float(signals.min()) < intercept / 2:
        return []
    offset, score = intercept / csf, scored.marrow / csf
    corrected = score_without_offset(score, offset)
    if corrected <= score * np.exp(SMALLEST_CHANGE):
        return []
    finite = bool(np.isfinite(corrected))
    consequence = f": without it VBQ would be about {fixed(corrected, 2)}" if finite else ""
    return [
        Finding(
            "rescale_intercept",
            "caution",
            f"The header adds {intercept:g} to every signal (Rescale Intercept), "
            f"{percent(offset, 0)} of the signal of CSF{consequence}. Use the series as the "
            "scanner sent it.",
            {
                "intercept": intercept,
                "intercept_over_csf": round(offset, 4),
                "without": round(float(corrected), 4) if finite else None,
            },
        )
    ]
