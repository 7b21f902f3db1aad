"""The CSF region: whether there is one, where it lies, its size and its homogeneity."""

from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan
from vbq.measure.regions.csf import LARGEST_VARIATION, SMALLEST_MM2
from vbq.text import percent


def csf_region_findings(measured: MeasuredScan) -> list[Finding]:
    """CSF that is missing, measured at another level than L3, scarce or mixed."""
    csf = measured.csf
    if csf is None:
        message = "No thecal sac was found behind L2–L4, so there is no CSF to divide by."
        return [Finding("csf_not_found", "refuse", message)]
    findings = []
    if csf.level != "L3":
        message = f"CSF was measured at {csf.level}: no clear region was found at L3."
        if csf.source == "drawn":
            message = f"CSF was drawn at {csf.level}; the standard is L3."
        findings.append(Finding("csf_fallback", "caution", message, {"level": csf.level}))
    if csf.area_mm2 < SMALLEST_MM2:
        message = f"The CSF region has only {csf.area_mm2:.0f} mm²; the sac is crowded or cut."
        findings.append(Finding("csf_small", "caution", message, {"area_mm2": csf.area_mm2}))
    variation = measured.csf_regions[0].variation
    if variation > LARGEST_VARIATION:
        message = (
            f"Signal varies by {percent(variation, 0)} inside the CSF region; it may contain roots "
            "or fat."
        )
        evidence = {"variation": round(variation, 4)}
        findings.append(Finding("csf_inhomogeneous", "caution", message, evidence))
    return findings
