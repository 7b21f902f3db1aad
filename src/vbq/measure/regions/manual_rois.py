"""Manual ROIs: regions drawn by hand, in place of those that the program would find.

A manual ROI is the judgement of a person: it is measured as it is drawn, no pixel is excluded from
it, and its level is scored unless the file says ``"used": false``. Findings against such a level
are reported all the same.
"""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.errors import InputError, UsageError
from vbq.finding import Finding
from vbq.measure.measurement import Roi
from vbq.measure.regions.roi_file import parse_rois
from vbq.measure.regions.roi_images import (
    ignored_segment_findings,
    rois_of_label_map,
    rois_of_seg,
    unknown_study_findings,
)
from vbq.scan.scan import Scan

FEWEST_PIXELS = 5
HEAD, DICOM_MAGIC = 132, b"DICM"  # a DICOM file has its mark after 128 bytes
BOM = b"\xef\xbb\xbf"


def read_rois(path: Path | str, scan: Scan) -> tuple[Roi, ...]:
    """Read regions from a file, as pixels of a scan.

    Args:
        path: ``rois.json`` or a shorter JSON file, a label map (NIfTI, NRRD, MHA), or a DICOM SEG;
            see ``docs/rois.md``.
        scan: The scan to measure them on.

    Raises:
        InputError: the file is none of these, or holds no usable regions.
        GeometryError: the regions do not lie on the scan.
    """
    path = Path(path)
    try:
        head = _head(path)
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read as a file of regions.",
            remedy="Give a JSON file, a label map or a DICOM SEG.",
            code="not_rois",
        ) from error
    if head.lstrip(BOM + b" \t\r\n")[:1] in {b"{", b"["}:
        rois = parse_rois(path.read_bytes().removeprefix(BOM), scan, path.name)
    elif head.endswith(DICOM_MAGIC):
        rois = rois_of_seg(path, scan)
    else:
        rois = _rois_of_volume(path, scan)
    check_rois(rois, scan)
    return rois


def file_findings(path: Path | str, scan: Scan) -> list[Finding]:
    """Findings on a file that `read_rois` has read for a scan."""
    path = Path(path)
    if not _head(path).endswith(DICOM_MAGIC):
        return []
    return [*ignored_segment_findings(path), *unknown_study_findings(scan)]


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _rois_of_volume(path: Path, scan: Scan) -> tuple[Roi, ...]:
    try:
        return rois_of_label_map(path, scan)
    except InputError as error:
        if error.code != "unknown_format":
            raise
        raise InputError(
            f"{path.name} is not JSON in UTF-8, a label map or a DICOM SEG.",
            remedy="docs/rois.md shows what a file of regions looks like.",
            code="not_rois",
        ) from error


def check_rois(rois: Sequence[Roi], scan: Scan) -> None:
    """Stop at regions that cannot be measured.

    Raises:
        InputError: an unknown or repeated name, too few pixels, pixels of another region, or CSF
            marked as not used.
        UsageError: a mask that is not of the shape of a slice, or a slice that does not exist.
    """
    names = [roi.name for roi in rois]
    for roi in rois:
        if roi.name != "CSF" and roi.name not in LEVEL_NUMBERS:
            raise InputError(
                f"{roi.name[:12]!r} is not a region that can be measured.",
                remedy="Name regions L1, L2, L3, L4 and CSF (T1–T12, L5, L6 and S1 are known too).",
                code="roi_name",
            )
        if roi.name == "CSF" and not roi.used:
            raise InputError(
                "CSF is marked as not used, and there is no score without it.",
                remedy="Remove its region from the file to have CSF found, or draw another one.",
                code="csf_not_used",
            )
        if names.count(roi.name) > 1:
            raise InputError(
                f"{roi.name} occurs twice.", remedy="Give each region once.", code="roi_twice"
            )
        _require_pixels_on_a_slice(roi, scan)
    _require_no_overlap(rois)


def _require_pixels_on_a_slice(roi: Roi, scan: Scan) -> None:
    slices, rows, columns = scan.voxels.shape
    if roi.mask.shape != (rows, columns) or not 0 <= roi.slice < slices:
        raise UsageError(
            f"The region of {roi.name} does not have the shape of a slice of the scan, or its "
            "slice does not exist.",
            remedy=f"Give masks of {rows}x{columns} pixels on slices 0–{slices - 1}.",
        )
    # the program itself may find a smaller region of CSF, and has to read it back
    fewest = FEWEST_PIXELS if roi.source == "drawn" else 1
    count = int(roi.mask.sum())
    if count < fewest:
        raise InputError(
            f"The region of {roi.name} holds {count} pixels; at least {fewest} are needed.",
            remedy="Draw it larger; a pixel counts if its centre is inside.",
            code="roi_empty",
        )


def _require_no_overlap(rois: Sequence[Roi]) -> None:
    for first, second in combinations(rois, 2):
        shared = int((first.mask & second.mask).sum()) if first.slice == second.slice else 0
        if shared:
            raise InputError(
                f"The regions of {first.name} and {second.name} share {shared} pixels.",
                remedy="Draw each level inside its own vertebra, and CSF inside the sac.",
                code="rois_overlap",
            )
