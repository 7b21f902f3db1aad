"""Noise in CSF, the darker and so the more fragile half of the ratio."""

import numpy as np

from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan
from vbq.measure.regions.roi_placement import conflicts_with_anatomy
from vbq.text import percent

LOWEST_SNR = 4.0  # noise raises the mean by 3 % there, by 9 % at 2.5
LOWEST_FLOOR_FACTOR = 0.5  # below, more than half of the mean is noise


def csf_noise_findings(measured: MeasuredScan) -> list[Finding]:
    """CSF that is hardly brighter than noise."""
    csf = measured.csf
    if csf is None:
        return []
    snr = csf.mean / csf.sd if csf.sd > 0 else np.inf
    evidence = {"snr": round(float(snr), 3), "floor_factor": round(csf.floor_factor, 4)}
    if csf.floor_factor < LOWEST_FLOOR_FACTOR:
        message = "CSF is hardly brighter than the noise; no ratio to it can be trusted."
        return [Finding("csf_no_signal", "refuse", message, evidence)]
    if snr >= LOWEST_SNR:
        return []
    manual = measured.manual_rois.get("CSF")
    if manual and conflicts_with_anatomy(measured.anatomy, manual) and csf.floor_factor < 1:
        message = "CSF was drawn outside the canal, where there is little more than noise."
        return [Finding("csf_no_signal", "refuse", message, evidence)]
    explanation = (
        f"The noise floor, {percent(1 - csf.floor_factor, 0)} of it, was subtracted."
        if csf.floor_factor < 1
        else "That is inhomogeneity rather than noise; nothing was corrected."
    )
    message = f"The CSF signal is only {snr:.1f} times its own SD. {explanation}"
    return [Finding("csf_near_noise", "caution", message, evidence)]
