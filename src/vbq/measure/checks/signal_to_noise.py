"""Noise relative to marrow: a score from little signal changes from repeat to repeat.

Two estimates are made and the lower ratio counts. In the air behind the back noise is free of
anatomy (`vbq.measure.regions.background`), but intensity normalisation and parallel imaging make it
differ from noise inside the body, and some exports blank it. Inside, noise is the spread of pixels
about their local average, in CSF or in marrow, whichever varies less: both have texture as well.
"""

import numpy as np

from vbq.finding import Finding
from vbq.measure.measured_scan import ScoredScan
from vbq.measure.regions.local_mean import spread_about_mean

LOWEST_SNR = 10.0  # SNR of marrow; at a score of 3, the CSF's is 3.3 and noise raises its mean
LOCAL_MM = 2.0


def noise_findings(scored: ScoredScan) -> list[Finding]:
    """Whether marrow is less than ten times the noise."""
    section = scored.section
    in_marrow, in_csf = (
        [spread_about_mean(section.image, mask, LOCAL_MM, section.pixel_mm) for mask in masks]
        for masks in (scored.regions.values(), [scored.csf_region.mask])
    )
    snr_in_tissue = scored.marrow / max(min(float(np.median(in_marrow)), *in_csf), 1e-9)
    snr_in_air = None
    if scored.background is not None and scored.background.noise_sd is not None:
        snr_in_air = scored.marrow / max(scored.background.noise_sd, 1e-9)
    snr = snr_in_tissue if snr_in_air is None else min(snr_in_tissue, snr_in_air)
    if snr >= LOWEST_SNR:
        return []
    return [
        Finding(
            "low_snr",
            "caution",
            f"Marrow is only {snr:.0f} times the noise; the score would differ from repeat to "
            "repeat. See its interval, and prefer a scan with more signal.",
            {
                "snr_in_air": None if snr_in_air is None else round(snr_in_air, 2),
                "snr_in_tissue": round(snr_in_tissue, 2),
            },
        )
    ]
