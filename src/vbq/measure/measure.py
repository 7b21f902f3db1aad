"""Scan and Anatomy become a Reading: resolve and build regions, score, check, assemble."""

from collections.abc import Sequence
from dataclasses import replace

from vbq.anatomy.anatomy import Anatomy
from vbq.errors import VBQError
from vbq.finding import Finding
from vbq.measure.assemble import assemble
from vbq.measure.build import build_regions
from vbq.measure.checks import run_checks
from vbq.measure.checks.suitable_image import require_suitable_image
from vbq.measure.estimate import estimate_scores
from vbq.measure.measurement import Measurement, Roi
from vbq.measure.regions.manual_rois import check_rois
from vbq.scan.scan import Scan


def measure_scan(scan: Scan, anatomy: Anatomy, *, rois: Sequence[Roi] = ()) -> Measurement:
    """Measure the score, each vertebra on the slice through its own middle.

    A doubtful image raises no error: status and flags of the reading give the reasons, down to
    ``refused`` with no score.

    Args:
        scan: The sagittal T1 series.
        anatomy: Its anatomy.
        rois: Regions drawn by hand, which replace those of the same name; see
            `vbq.measure.read_rois`. A region marked ``automatic`` changes nothing if it is the one
            that the program finds, and is used or not used alike. Where all scored levels are such
            regions and the anatomy has no bodies of their names, the caution
            ``anatomy_from_regions`` reports it; where it has them on other slices, or has other
            bodies in their place, the regions are measured without the anatomy.

    Raises:
        RefusalError: the scan cannot be a sagittal magnitude MR image.
        InputError: a region has an unknown name, occurs twice or is empty.
        UsageError: the mask of a region does not have the shape of a slice.
    """
    require_suitable_image(scan)
    check_rois(rois, scan)
    manual_rois = _resolve_rois(scan, anatomy, rois)
    check_rois(manual_rois, scan)
    measured = build_regions(scan, anatomy, manual_rois)
    scored = estimate_scores(measured)
    flags = [*scan.flags, *measured.anatomy.flags, *run_checks(measured, scored)]
    reading = assemble(scan, measured, scored, flags)
    return Measurement(reading=reading, scan=scan, anatomy=measured.anatomy, rois=measured.rois)


def refused(error: VBQError, *, scan: Scan | None = None) -> Measurement:
    """A measurement whose reading is ``refused``, with the error as the reason."""
    flags = [*(scan.flags if scan else ()), Finding(error.code, "refuse", str(error))]
    return Measurement(reading=assemble(scan, None, None, flags), scan=scan)


def _resolve_rois(scan: Scan, anatomy: Anatomy, rois: Sequence[Roi]) -> list[Roi]:
    """The regions that a person drew or edited, among those of a file of regions.

    The file of a reading also holds regions that the program found. They are found again, beside
    those marked as drawn; a region that comes out the same was not edited.
    """
    marked = [roi for roi in rois if roi.source == "drawn"]
    automatic: dict[str, Roi] = {}
    if len(marked) < len(rois) and anatomy.vertebrae:
        automatic = {roi.name: roi for roi in build_regions(scan, anatomy, marked).rois}
    return [
        replace(roi, source="drawn")
        for roi in rois
        if roi.source == "drawn" or not _is_same(roi, automatic.get(roi.name))
    ]


def _is_same(roi: Roi, automatic: Roi | None) -> bool:
    return (
        automatic is not None
        and (roi.slice, roi.used) == (automatic.slice, automatic.used)
        and bool((roi.mask == automatic.mask).all())
    )
