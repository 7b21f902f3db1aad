"""Regions drawn as pixels: a label map, or a DICOM SEG of any of the three kinds.

Both are brought onto the scan by the places of their pixels in the patient, never by array order,
so they may be stored in any orientation and hold only some of the slices.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES, LEVEL_NUMBERS
from vbq.errors import GeometryError, InputError
from vbq.finding import Finding
from vbq.measure.measurement import Roi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vbq.scan.scan import Scan

    # Segment number, (row, column) of its pixels, (slice, row, column) to LPS mm as (4, 4)
    Frame = tuple[int, NDArray[np.intp], NDArray[np.float64]]

__all__ = [
    "CSF_NUMBER",
    "ignored_segment_findings",
    "rois_of_label_map",
    "rois_of_seg",
    "unknown_study_findings",
]

CSF_NUMBER = 63  # in label maps of regions; 60 is cord, 61 canal, 62 endplate for SPINEPS
SAME_PLACE = 0.1  # of a pixel, between the pixel centres of two grids
# SNOMED CT, as in the DICOM code dictionary (PS3.16, annex D)
SCT = {
    "12989004": "T11", "23215003": "T12", "66794005": "L1", "14293000": "L2", "36470004": "L3",
    "11994002": "L4", "49668003": "L5", "65216001": "CSF", "280401006": "CSF",
}  # fmt: skip
FLUID = re.compile(r"cerebro-?\s?spinal\s+fluid", re.IGNORECASE)
# What may stand beside a level or CSF in a label: "L1 vertebral body", "vertebra_L1", "L1 ROI"
BESIDE = {"VERTEBRA", "VERTEBRAE", "VERTEBRAL", "BODY", "LUMBAR", "ROI"}
# What a code may say beside that and leave the rest to the label: "Bone structure of spine"
GENERAL = BESIDE | {
    "ANATOMICAL", "BONE", "CANCELLOUS", "COLUMN", "ENTIRE", "FLUID", "INTEREST", "MARROW", "OF",
    "REGION", "SOFT", "SPINAL", "SPINE", "STRUCTURE", "TISSUE", "TRABECULAR",
}  # fmt: skip
NAMES = {*LEVEL_NUMBERS, "CSF"}
LABEL_SHOWN = 16  # characters; a label is free text


def rois_of_label_map(path: Path, scan: Scan) -> tuple[Roi, ...]:
    """The regions of a NIfTI, NRRD or MHA file numbered L1–L4 20–23, CSF 63.

    Raises:
        InputError: it cannot be read, or holds no such number.
        GeometryError: its pixels are not pixels of the scan, or a region is on several slices.
    """
    from vbq.scan import find_series

    series = find_series(path).series
    if len(series) != 1:
        raise InputError(
            f"{path.name} holds {len(series)} images; a label map is one volume.",
            remedy="Give one NIfTI, NRRD or MHA file.",
            code="not_rois",
        )
    labels = series[0].load()
    names = {**LEVEL_NAMES, CSF_NUMBER: "CSF"}
    present = [int(n) for n in np.unique(labels.voxels) if int(n) == n and int(n) in names]
    if not present:
        raise InputError(
            f"{path.name} has none of the labels of regions.",
            remedy="Number the regions of L1–L4 as 20–23 and that of CSF as 63.",
            code="not_rois",
        )
    _stop_if_another_grid(labels.affine, scan, path.name)
    return tuple(
        _roi(names[n], labels.to_mm(np.argwhere(labels.voxels == n)), scan, path.name)
        for n in present
    )


def rois_of_seg(path: Path, scan: Scan) -> tuple[Roi, ...]:
    """The regions of a DICOM SEG: binary, fractional (at least one half) or label map.

    A segment is the region of the level or CSF that its code names or, where that is a general one,
    its label ("L1", "L1 vertebral body", "CSF"). Other segments are ignored; see
    `ignored_segment_findings`.

    Raises:
        InputError: it cannot be read, or no segment is a region.
        GeometryError: its pixels are not pixels of the scan, it belongs to another study, or a
            region is on several slices.
    """
    seg, frames = _read_seg(path, scan.spacing_mm[0])
    study = seg.get("StudyInstanceUID")
    if study and scan.source.study_uid not in {None, str(study)}:
        raise GeometryError(
            f"{path.name} was drawn on another study than this scan.",
            remedy="Give the segmentation that belongs to it.",
            code="rois_of_another_study",
        )
    names = {int(s.SegmentNumber): _name(s) for s in seg.SegmentSequence}
    wanted = {number: name for number, name in names.items() if name}
    if not wanted:
        listed = ", ".join(repr(_label(s)[:LABEL_SHOWN]) for s in seg.SegmentSequence[:5])
        raise InputError(
            f"{path.name}: none of its {len(names)} segments is a lumbar level or CSF ({listed}"
            f"{', …' if len(names) > 5 else ''}).",
            remedy="Label the segments L1, L2, L3, L4 and CSF.",
            code="not_rois",
        )
    if len(set(wanted.values())) < len(wanted):
        raise InputError(
            f"{path.name} has two segments for the same region.",
            remedy="Keep one segment each for L1, L2, L3, L4 and CSF.",
            code="roi_twice",
        )
    places: dict[str, list[NDArray[np.float64]]] = {name: [] for name in wanted.values()}
    for number, inside, affine in frames:
        _stop_if_another_grid(affine, scan, path.name)
        if number in wanted:
            index = np.column_stack([np.zeros(len(inside)), inside])
            here = np.asarray(index @ affine[:3, :3].T + affine[:3, 3], np.float64)
            places[wanted[number]].append(here)
    return tuple(
        _roi(name, np.concatenate(found or [np.empty((0, 3))]), scan, path.name)
        for name, found in places.items()
    )


def ignored_segment_findings(path: Path) -> list[Finding]:
    """Which segments of a DICOM SEG are regions, said where others are none.

    By their numbers: labels are free text, which has no place in a reading.
    """
    from pydicom import dcmread

    segments = dcmread(path, stop_before_pixels=True).SegmentSequence
    names = {int(segment.SegmentNumber): _name(segment) for segment in segments}
    others = [str(number) for number, name in names.items() if name is None]
    if not others:
        return []
    regions = {name: number for number, name in names.items() if name is not None}
    taken = ", ".join(f"{name} from segment {number}" for name, number in regions.items())
    message = (
        f"Regions drawn by hand were taken thus: {taken}. Passed over, because neither code nor "
        f"label names one level or CSF and nothing else: segment {', '.join(others)}."
    )
    return [Finding("segments_passed_over", "note", message, {**regions, "none": " ".join(others)})]


def unknown_study_findings(scan: Scan) -> list[Finding]:
    """Said of a DICOM SEG, which names its study, where the scan names none."""
    if scan.source.study_uid is not None:
        return []
    message = (
        "The scan names no study, so it could not be checked that the regions of the DICOM SEG are "
        "of this patient: only that they lie on its grid."
    )
    return [Finding("rois_study_unknown", "note", message)]


def _read_seg(path: Path, slice_mm: float) -> tuple[Any, list[Frame]]:
    from highdicom.seg import segread

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seg = segread(path)
            return seg, list(_frames(seg, slice_mm))
    except Exception as error:
        raise InputError(
            f"{path.name} is no DICOM segmentation of slices, or a damaged one.",
            remedy="Give a DICOM SEG, a label map or a JSON file of regions.",
            code="not_rois",
        ) from error


def _name(segment: Any) -> str | None:
    """The region that a segment stands for, by its code, else by its label.

    A code that names something else (a disc, a nerve root) holds against any label.
    """
    code = next(iter(segment.get("SegmentedPropertyTypeCodeSequence") or [{}]))
    meaning = str(code.get("CodeMeaning", ""))
    named = SCT.get(str(code.get("CodeValue", ""))) or _region(meaning)
    if named is None and set(_words(meaning)) <= GENERAL:
        named = _region(_label(segment))
    return named


def _label(segment: Any) -> str:
    return str(segment.get("SegmentLabel", ""))


def _region(text: str) -> str | None:
    """The level or CSF that a text names, if it names nothing else."""
    left = [word for word in _words(text) if word not in BESIDE]
    if "CSF" in left:  # which may say at which level
        left = [word for word in left if word == "CSF" or word not in NAMES]
    return left[0] if len(left) == 1 and left[0] in NAMES else None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", FLUID.sub("CSF", text).upper().replace("_", " "))


def _frames(seg: Any, slice_mm: float) -> Iterator[Frame]:
    """Each frame's segment number, its (row, column) pixels, and their affine."""
    shared = seg.SharedFunctionalGroupsSequence[0]
    highest = float(seg.get("MaximumFractionalValue", 1))
    for index, frame in enumerate(seg.PerFrameFunctionalGroupsSequence):

        def group(name: str, frame: Any = frame) -> Any:
            return (frame if name in frame else shared)[name][0]

        across, down = np.reshape(
            np.array(group("PlaneOrientationSequence").ImageOrientationPatient, float), (2, 3)
        )
        row_mm, column_mm = map(float, group("PixelMeasuresSequence").PixelSpacing)
        affine = np.eye(4)
        affine[:3, 0] = np.cross(across, down) * slice_mm
        affine[:3, 1], affine[:3, 2] = down * row_mm, across * column_mm
        affine[:3, 3] = np.array(group("PlanePositionSequence").ImagePositionPatient, float)
        pixels = np.asarray(seg.get_stored_frame(index + 1))
        if str(seg.SegmentationType) == "LABELMAP":
            for number in np.unique(pixels[pixels > 0]):
                yield int(number), np.argwhere(pixels == number), affine
        else:
            number = int(group("SegmentIdentificationSequence").ReferencedSegmentNumber)
            yield number, np.argwhere(pixels >= highest / 2), affine


def _stop_if_another_grid(affine: NDArray[np.float64], scan: Scan, file: str) -> None:
    """Rows and columns must step from pixel to pixel of the scan; slices may be left out."""
    place = np.linalg.solve(scan.affine, affine @ np.array([0.0, 0.0, 0.0, 1.0]))[:3]
    steps = np.linalg.solve(scan.affine[:3, :3], affine[:3, :3])
    in_plane = [step for step in steps.T if abs(step[0]) < SAME_PLACE]
    aligned = len(in_plane) == 2 and all(
        abs(np.abs(step).sum() - 1) < SAME_PLACE / 100 for step in in_plane
    )
    if not aligned or np.abs(place - np.rint(place)).max() > SAME_PLACE:
        raise GeometryError(
            f"{file} does not lie on the grid of the scan: its pixels are of another size or "
            "place.",
            remedy="Draw on this series, or resample it with nearest-neighbour interpolation.",
            code="rois_grid",
        )


def _roi(name: str, places_mm: NDArray[np.float64], scan: Scan, file: str) -> Roi:
    """The pixels at these places as a region."""
    index = np.rint(scan.to_index(places_mm)).astype(int).reshape(-1, 3)
    if ((index < 0) | (index >= scan.voxels.shape)).any():
        raise GeometryError(
            f"{file}: {name} lies outside the image.",
            remedy="Draw it on this series.",
            code="roi_outside",
        )
    slices = np.unique(index[:, 0])
    if slices.size > 1:
        raise GeometryError(
            f"{file} has {name} on {slices.size} slices.",
            remedy="Draw each region on one slice.",
            code="roi_not_on_one_slice",
        )
    mask = np.zeros(scan.voxels.shape[1:], bool)
    mask[index[:, 1], index[:, 2]] = True
    return Roi(name, int(slices[0]) if slices.size else 0, mask, source="drawn")
