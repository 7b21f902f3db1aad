"""Regions drawn by hand, in place of those the program would draw.

A drawn region is a person's judgement: it is measured as it is drawn, nothing is taken out of it,
and its level is scored unless the file says ``"used": false``. What the image says against such a
level is flagged all the same.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vbq._version import __version__
from vbq.anatomy.anatomy import Anatomy, EngineInfo
from vbq.anatomy.levels import CANAL, CORD, LEVEL_NAMES, LEVEL_NUMBERS
from vbq.errors import InputError, UsageError
from vbq.finding import Finding
from vbq.measure.regions.csf import SMOOTH_MM, described
from vbq.measure.regions.local_mean import local_mean
from vbq.measure.regions.roi_file import parse_rois
from vbq.measure.regions.roi_images import (
    passed_over,
    rois_of_label_map,
    rois_of_seg,
    study_unknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vbq.errors import VBQError
    from vbq.measure.measurement import Roi
    from vbq.measure.regions.body_frame import BodyFrame
    from vbq.measure.regions.csf import CsfRegion
    from vbq.scan.scan import Scan

__all__ = [
    "anatomy_of_rois",
    "check_rois",
    "csf_of_roi",
    "file_flags",
    "lies_elsewhere",
    "lies_in_place",
    "no_body_flags",
    "place_flags",
    "read_rois",
    "suspect_flags",
    "with_drawn_bodies",
]

CSF_BEHIND = range(20, 25)  # L1 to L5
FEWEST_PIXELS = 5
IN_PLACE = 0.5  # of a region's pixels
NUMBERING = "drawn regions"
HEAD, DICOM_MAGIC = 132, b"DICM"  # a DICOM file has its mark after 128 bytes
BOM = b"\xef\xbb\xbf"


def read_rois(path: Path | str, scan: Scan) -> tuple[Roi, ...]:
    """Read the regions of a file and lay them on a scan.

    Args:
        path: ``rois.json`` or a shorter JSON file, a label map (NIfTI, NRRD, MHA), or a DICOM SEG;
            see ``docs/rois.md``.
        scan: What they are to be measured on.

    Raises:
        InputError: the file is none of these, or holds no usable regions.
        GeometryError: they do not lie on the scan.
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


def file_flags(path: Path | str, scan: Scan) -> list[Finding]:
    """What is to be said of a file that `read_rois` has read for a scan."""
    path = Path(path)
    if not _head(path).endswith(DICOM_MAGIC):
        return []
    return [*passed_over(path), *study_unknown(scan)]


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
            f"{path.name} is neither JSON (in UTF-8) nor a label map nor a DICOM SEG.",
            remedy="docs/rois.md shows what a file of regions looks like.",
            code="not_rois",
        ) from error


def check_rois(rois: Sequence[Roi], scan: Scan) -> None:
    """Stop at regions that cannot be measured.

    Raises:
        InputError: an unknown or repeated name, too few pixels, pixels of another region, or CSF
            that is not to be used.
        UsageError: a mask of another shape, or a slice that is not there.
    """
    names = [roi.name for roi in rois]
    for roi in rois:
        if roi.name != "CSF" and roi.name not in LEVEL_NUMBERS:
            raise InputError(
                f"{roi.name[:12]!r} is no region that is measured.",
                remedy="Name regions L1, L2, L3, L4 and CSF (T1–T12, L5, L6 and S1 are known too).",
                code="roi_name",
            )
        if roi.name == "CSF" and not roi.used:
            raise InputError(
                "CSF is marked as not used, and there is no score without it.",
                remedy="Take its region out of the file to have CSF found, or draw another.",
                code="csf_not_used",
            )
        if names.count(roi.name) > 1:
            raise InputError(
                f"{roi.name} is given twice.", remedy="Give each region once.", code="roi_twice"
            )
        slices, *plane = scan.voxels.shape
        if roi.mask.shape != tuple(plane) or not 0 <= roi.slice < slices:
            raise UsageError(
                f"The region of {roi.name} has not the shape of a slice of the scan, or lies on "
                "none.",
                remedy=f"Give masks of {plane[0]}x{plane[1]} pixels on slices 0–{slices - 1}.",
            )
        count = int(roi.mask.sum())
        if count < FEWEST_PIXELS:
            raise InputError(
                f"The region of {roi.name} holds {count} pixels; fewer than {FEWEST_PIXELS} are "
                "not measured.",
                remedy="Draw it larger; a pixel counts if its centre is inside.",
                code="roi_empty",
            )
    _stop_if_overlapping(rois)


def _stop_if_overlapping(rois: Sequence[Roi]) -> None:
    for one, other in combinations(rois, 2):
        shared = int((one.mask & other.mask).sum()) if one.slice == other.slice else 0
        if shared:
            raise InputError(
                f"The regions of {one.name} and {other.name} share {shared} pixels.",
                remedy="Draw each inside its own vertebra, and that of CSF inside the sac.",
                code="rois_overlap",
            )


def anatomy_of_rois(scan: Scan, rois: Sequence[Roi], reason: VBQError) -> Anatomy:
    """An anatomy that knows nothing but where regions were drawn.

    For a scan where none was found, or none that goes with the regions.

    Args:
        scan: The scan.
        rois: The regions.
        reason: Why there is no other anatomy.
    """
    levels = [roi.slice for roi in rois if roi.name != "CSF"]
    message = (
        f"All is taken from the regions drawn by hand, without any other anatomy: the interval "
        f"holds no choice of slice or of CSF, and no level was looked at for disease. "
        f"{reason.message}"
    )
    return Anatomy(
        labels=np.zeros(scan.voxels.shape, np.uint8),
        vertebrae=(),
        midsagittal_slice=int(np.median(levels)),
        lumbar_count=None,
        numbering=NUMBERING,
        numbering_confidence=None,
        engine=EngineInfo(NUMBERING, __version__),
        flags=(Finding("anatomy_from_regions", "caution", message, {"reason": reason.code}),),
    )


def with_drawn_bodies(anatomy: Anatomy, rois: Sequence[Roi]) -> Anatomy:
    """The anatomy with each drawn region for a body where none was found anywhere.

    Not beside a body that was found, nor on one: its neighbours' frames would take the region for
    it.
    """
    labels = anatomy.labels.copy()
    for roi in rois:
        number = LEVEL_NUMBERS.get(roi.name)
        if number is None or _vertebra_under(anatomy, roi):
            continue
        if not (anatomy.labels == number).any():
            labels[roi.slice][roi.mask] = number
    return replace(anatomy, labels=labels) if rois else anatomy


def no_body_flags(anatomy: Anatomy, levels: Sequence[int]) -> list[Finding]:
    """Said aloud where the anatomy has no body of any level scored: all were drawn by hand.

    Args:
        anatomy: What was found. One that is made of the regions has its own caution.
        levels: Numbers of the levels scored.
    """
    found = any((anatomy.labels == n).any() for n in levels)
    if not levels or found or anatomy.numbering == NUMBERING:
        return []
    message = (
        "The levels scored are taken from the regions drawn by hand alone, and none of them was "
        "looked at for disease: the anatomy has no body of any of these names."
    )
    return [Finding("anatomy_from_regions", "caution", message, {"reason": "no_body_of_name"})]


def csf_of_roi(
    roi: Roi,
    image: NDArray[np.float32],
    frames: Mapping[int, BodyFrame],
    pixel_mm: tuple[float, float],
) -> CsfRegion:
    """A drawn CSF region, behind the vertebra that it is nearest to along the spine.

    Args:
        roi: The region.
        image: The plane it lies on, shape (rows, columns).
        frames: Frames of the bodies on it, by level number.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    shape = (image.shape[0], image.shape[1])
    apart = {
        n: abs(float(frames[n].coordinates(shape, pixel_mm)[0][roi.mask].mean()))
        for n in CSF_BEHIND
        if n in frames
    }
    level = min(apart, key=lambda n: apart[n]) if apart else LEVEL_NUMBERS["L3"]
    smooth = local_mean(image, roi.mask, SMOOTH_MM, pixel_mm)
    return described(level, roi.mask, image, smooth, pixel_mm)


def suspect_flags(found: Mapping[int, Sequence[Finding]]) -> list[Finding]:
    """Said aloud where a level that looks suspect is scored because it was drawn by hand."""
    if not found:
        return []
    listed = "; ".join(
        f"{LEVEL_NAMES[n]} ({', '.join(flag.code.replace('_', ' ') for flag in flags)})"
        for n, flags in found.items()
    )
    message = f"Scored because drawn by hand, though the image speaks against it: {listed}."
    evidence = {LEVEL_NAMES[n]: " ".join(flag.code for flag in f) for n, f in found.items()}
    return [Finding("suspect_level_drawn", "caution", message, dict(evidence))]


def lies_in_place(anatomy: Anatomy, roi: Roi) -> bool:
    """Whether half of a region or more lies in the body of its name, CSF in the canal."""
    numbers = (CANAL, CORD) if roi.name == "CSF" else (LEVEL_NUMBERS[roi.name],)
    return bool(np.isin(anatomy.labels[roi.slice][roi.mask], numbers).mean() >= IN_PLACE)


def lies_elsewhere(anatomy: Anatomy, roi: Roi) -> bool:
    """Whether the anatomy knows better: it has a body of that name, or another one there."""
    number = CANAL if roi.name == "CSF" else LEVEL_NUMBERS[roi.name]
    known = bool((anatomy.labels == number).any()) or _vertebra_under(anatomy, roi) is not None
    return known and not lies_in_place(anatomy, roi)


def _vertebra_under(anatomy: Anatomy, roi: Roi) -> str | None:
    """The vertebra that most of a region lies in."""
    below = anatomy.labels[roi.slice][roi.mask]
    number = int(np.bincount(below).argmax())
    return LEVEL_NAMES.get(number)


def place_flags(anatomy: Anatomy, rois: Sequence[Roi]) -> list[Finding]:
    """Said aloud where a region lies on another vertebra than its name says, or on none.

    Args:
        anatomy: What was found. Where it has nothing of a region's name, only another vertebra
            under the region speaks against it.
        rois: The regions drawn by hand.
    """
    astray = {
        roi.name: _vertebra_under(anatomy, roi) or "elsewhere"
        for roi in rois
        if lies_elsewhere(anatomy, roi)
    }
    if not astray:
        return []
    listed = "; ".join(f"{name} ({where})" for name, where in astray.items())
    message = (
        f"Drawn by hand in another place than the anatomy found: {listed}. Check the names of the "
        "regions and the slice."
    )
    return [Finding("drawn_elsewhere", "caution", message, dict(astray))]
