"""Manual ROIs against the image and the anatomy: scored alone, overruling, or out of place."""

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan
from vbq.measure.regions.roi_placement import NUMBERING, conflicts_with_anatomy, vertebra_under


def rois_alone_findings(measured: MeasuredScan) -> list[Finding]:
    """Whether the anatomy has no body of any scored level, so that all of them were drawn.

    An anatomy that is made of the regions themselves has a caution of its own.
    """
    labels = measured.anatomy.labels
    has_body = any((labels == n).any() for n in measured.scored)
    if not measured.scored or has_body or measured.anatomy.numbering == NUMBERING:
        return []
    message = (
        "The scored levels are regions drawn by hand only, and none of them was examined for "
        "disease: the anatomy has no body of any of these names."
    )
    return [Finding("anatomy_from_regions", "caution", message, {"reason": "no_body_of_name"})]


def overruled_findings(measured: MeasuredScan) -> list[Finding]:
    """Suspect levels that are scored because they were drawn by hand."""
    if not measured.overruled:
        return []
    codes = {
        LEVEL_NAMES[n]: [finding.code for finding in findings]
        for n, findings in measured.overruled.items()
    }
    listed = "; ".join(
        f"{name} ({', '.join(code.replace('_', ' ') for code in reasons)})"
        for name, reasons in codes.items()
    )
    message = f"Scored because drawn by hand, despite suspicious image findings: {listed}."
    evidence = {name: " ".join(reasons) for name, reasons in codes.items()}
    return [Finding("suspect_level_drawn", "caution", message, evidence)]


def misplaced_roi_findings(measured: MeasuredScan) -> list[Finding]:
    """Regions drawn on another vertebra than their name says, or on none.

    A region whose name does not occur in the anatomy is reported only where it lies on another
    vertebra.
    """
    anatomy = measured.anatomy
    misplaced = {
        roi.name: vertebra_under(anatomy, roi) or "elsewhere"
        for roi in measured.manual_rois.values()
        if conflicts_with_anatomy(anatomy, roi)
    }
    if not misplaced:
        return []
    listed = "; ".join(f"{name} ({place})" for name, place in misplaced.items())
    message = (
        f"Drawn by hand in another place than the anatomy found: {listed}. Check the names of the "
        "regions and the slice."
    )
    return [Finding("drawn_elsewhere", "caution", message, dict(misplaced))]
