"""How the series was acquired, as far as the file says: timing, field, bandwidth, contrast agent.

The limits of TR and TE are those of the normative study (Mierke et al.), which excluded other
acquisitions.
"""

from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan
from vbq.scan.contrast_agent import contrast_agent_source
from vbq.scan.scan import Acquisition, Scan

TR_MS = (400.0, 850.0)
TE_MS = (8.0, 20.0)
THICKEST_MM = 6.0


def acquisition_findings(measured: MeasuredScan) -> list[Finding]:
    """Acquisition parameters that are unusual or unknown."""
    acquisition = measured.scan.acquisition
    return [
        *_timing(acquisition),
        *_unknown_parameters(acquisition),
        *_contrast_agent(acquisition),
        *_thick_slices(measured.scan),
    ]


def _timing(acquisition: Acquisition) -> list[Finding]:
    tr, te = acquisition.repetition_time_ms, acquisition.echo_time_ms
    findings = []
    if tr is not None and not TR_MS[0] <= tr <= TR_MS[1]:
        message = _outside("Repetition time", tr, TR_MS)
        findings.append(Finding("tr_outside", "caution", message, {"value_ms": tr}))
    if te is not None and not TE_MS[0] <= te <= TE_MS[1]:
        message = _outside("Echo time", te, TE_MS)
        findings.append(Finding("te_outside", "caution", message, {"value_ms": te}))
    return findings


def _outside(parameter: str, value: float, limits: tuple[float, float]) -> str:
    return (
        f"{parameter} {value:g} ms lies outside the {limits[0]:g}–{limits[1]:g} ms of the "
        "normative study; compare only with scans of a similar acquisition."
    )


def _unknown_parameters(acquisition: Acquisition) -> list[Finding]:
    findings = []
    if acquisition.repetition_time_ms is None or acquisition.echo_time_ms is None:
        message = "The file does not give TR and TE; contrast was judged from the image."
        findings.append(Finding("timing_unknown", "note", message))
    if acquisition.field_strength_t is None:
        message = (
            "The file does not give the field strength; VBQ differs by about 0.6 between 1.5 T and "
            "3 T, so compare with care."
        )
        findings.append(Finding("field_strength_unknown", "note", message))
    if acquisition.pixel_bandwidth_hz is None:
        message = (
            "The file does not give the receiver bandwidth, on which noise and the chemical shift "
            "of marrow fat depend; compare only with scans of the same protocol."
        )
        findings.append(Finding("bandwidth_unknown", "note", message))
    return findings


def _contrast_agent(acquisition: Acquisition) -> list[Finding]:
    source = contrast_agent_source(acquisition)
    if source is None:
        return []
    message = (
        f"The series is contrast-enhanced ({source}): marrow and epidural veins take up the agent "
        "and CSF does not, so the score is too high. Use the series before contrast."
    )
    return [Finding("contrast_agent", "caution", message, {"known_from": source})]


def _thick_slices(scan: Scan) -> list[Finding]:
    thickness = scan.acquisition.slice_thickness_mm or scan.spacing_mm[0]
    if scan.voxels.shape[0] == 1 or thickness <= THICKEST_MM:
        return []
    message = f"Slices are {thickness:.1f} mm thick; the canal is blurred with its walls."
    return [Finding("thick_slices", "caution", message, {"thickness_mm": round(thickness, 2)})]
