"""Regions drawn as pixels: a label map, or a DICOM SEG of any of the three kinds.

Both are placed on the scan by the positions of their pixels in the patient, never by array order,
so they may be stored in any orientation and hold only some of the slices.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import LEVEL_NAMES, LEVEL_NUMBERS
from vbq.errors import GeometryError, InputError
from vbq.finding import Evidence, Finding
from vbq.measure.measurement import Roi
from vbq.scan.scan import Scan

if TYPE_CHECKING:
    Frame = tuple[int, NDArray[np.intp], NDArray[np.float64]]

CSF_NUMBER = 63  # CSF in label maps of regions; 60 is cord, 61 canal, 62 endplate for SPINEPS
SAME_PLACE = 0.1  # distance between the pixel centres of two grids, as a fraction of a pixel
# SNOMED CT, as in the DICOM code dictionary (PS3.16, annex D)
SCT = {
    "12989004": "T11", "23215003": "T12", "66794005": "L1", "14293000": "L2", "36470004": "L3",
    "11994002": "L4", "49668003": "L5", "65216001": "CSF", "280401006": "CSF",
}  # fmt: skip
FLUID = re.compile(r"cerebro-?\s?spinal\s+fluid", re.IGNORECASE)
# Words that a label may have besides a level or CSF: "L1 vertebral body", "vertebra_L1", "L1 ROI"
QUALIFIERS = {"VERTEBRA", "VERTEBRAE", "VERTEBRAL", "BODY", "LUMBAR", "ROI"}
# Words of a code so general that the label decides: "Bone structure of spine"
GENERAL = QUALIFIERS | {
    "ANATOMICAL", "BONE", "CANCELLOUS", "COLUMN", "ENTIRE", "FLUID", "INTEREST", "MARROW", "OF",
    "REGION", "SOFT", "SPINAL", "SPINE", "STRUCTURE", "TISSUE", "TRABECULAR",
}  # fmt: skip
NAMES = {*LEVEL_NUMBERS, "CSF"}
LABEL_SHOWN = 16  # characters; a label is free text


def rois_of_label_map(path: Path, scan: Scan) -> tuple[Roi, ...]:
    """The regions of a NIfTI, NRRD or MHA file in which L1–L4 are 20–23 and CSF is 63.

    Raises:
        InputError: it cannot be read, or holds no such label.
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
            f"{path.name} has no label of a region.",
            remedy="Label the regions of L1–L4 20–23 and that of CSF 63.",
            code="not_rois",
        )
    _require_same_grid(labels.affine, scan, path.name)
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
    regions = {number: name for number, name in names.items() if name}
    if not regions:
        listed = ", ".join(repr(_label(s)[:LABEL_SHOWN]) for s in seg.SegmentSequence[:5])
        raise InputError(
            f"{path.name}: none of its {len(names)} segments is a lumbar level or CSF ({listed}"
            f"{', …' if len(names) > 5 else ''}).",
            remedy="Label the segments L1, L2, L3, L4 and CSF.",
            code="not_rois",
        )
    if len(set(regions.values())) < len(regions):
        raise InputError(
            f"{path.name} has two segments for the same region.",
            remedy="Keep one segment each for L1, L2, L3, L4 and CSF.",
            code="roi_twice",
        )
    places: dict[str, list[NDArray[np.float64]]] = {name: [] for name in regions.values()}
    for number, inside, affine in frames:
        _require_same_grid(affine, scan, path.name)
        if number in regions:
            index = np.column_stack([np.zeros(len(inside)), inside])
            places_mm = np.asarray(index @ affine[:3, :3].T + affine[:3, 3], np.float64)
            places[regions[number]].append(places_mm)
    return tuple(
        _roi(name, np.concatenate(frames_mm or [np.empty((0, 3))]), scan, path.name)
        for name, frames_mm in places.items()
    )


def ignored_segment_findings(path: Path) -> list[Finding]:
    """A note of the segments of a DICOM SEG that are regions, if others are ignored.

    Segments are identified by number: labels are free text, which a reading must not hold.
    """
    from pydicom import dcmread

    segments = dcmread(path, stop_before_pixels=True).SegmentSequence
    names = {int(segment.SegmentNumber): _name(segment) for segment in segments}
    ignored = [str(number) for number, name in names.items() if name is None]
    if not ignored:
        return []
    regions = {name: number for number, name in names.items() if name is not None}
    sources = ", ".join(f"{name} from segment {number}" for name, number in regions.items())
    message = (
        f"Regions drawn by hand were read as follows: {sources}. Ignored, because neither code nor "
        f"label names a single level or CSF: segment {', '.join(ignored)}."
    )
    evidence: dict[str, Evidence] = {**regions, "none": " ".join(ignored)}
    return [Finding("segments_passed_over", "note", message, evidence)]


def unknown_study_findings(scan: Scan) -> list[Finding]:
    """Whether the scan of a DICOM SEG, which names its study, names none."""
    if scan.source.study_uid is not None:
        return []
    message = (
        "The scan does not name its study, so it could not be verified that the DICOM SEG belongs "
        "to this patient: only that its regions lie on the grid of the scan."
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
            f"{path.name} is not a DICOM segmentation of slices, or is damaged.",
            remedy="Give a DICOM SEG, a label map or a JSON file of regions.",
            code="not_rois",
        ) from error


def _name(segment: Any) -> str | None:
    """The region that a segment represents, by its code, else by its label.

    A code that names something else (a disc, a nerve root) overrides any label.
    """
    code = next(iter(segment.get("SegmentedPropertyTypeCodeSequence") or [{}]))
    meaning = str(code.get("CodeMeaning", ""))
    name = SCT.get(str(code.get("CodeValue", ""))) or _region_name(meaning)
    if name is None and set(_tokens(meaning)) <= GENERAL:
        name = _region_name(_label(segment))
    return name


def _label(segment: Any) -> str:
    return str(segment.get("SegmentLabel", ""))


def _region_name(text: str) -> str | None:
    """The level or CSF that a text names, if it names nothing else."""
    remaining = [word for word in _tokens(text) if word not in QUALIFIERS]
    if "CSF" in remaining:  # a level next to CSF is that of the CSF
        remaining = [word for word in remaining if word == "CSF" or word not in NAMES]
    return remaining[0] if len(remaining) == 1 and remaining[0] in NAMES else None


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", FLUID.sub("CSF", text).upper().replace("_", " "))


def _frames(seg: Any, slice_mm: float) -> Iterator[Frame]:
    """Segment number, (row, column) of the pixels and affine of each frame."""
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


def _require_same_grid(affine: NDArray[np.float64], scan: Scan, file: str) -> None:
    """Require that rows and columns step from pixel to pixel of the scan; slices may be missing.

    Raises:
        GeometryError: they do not.
    """
    place = np.linalg.solve(scan.affine, affine @ np.array([0.0, 0.0, 0.0, 1.0]))[:3]
    steps = np.linalg.solve(scan.affine[:3, :3], affine[:3, :3])
    in_plane = [step for step in steps.T if abs(step[0]) < SAME_PLACE]
    aligned = len(in_plane) == 2 and all(
        abs(np.abs(step).sum() - 1) < SAME_PLACE / 100 for step in in_plane
    )
    if not aligned or np.abs(place - np.rint(place)).max() > SAME_PLACE:
        raise GeometryError(
            f"{file} does not lie on the grid of the scan: its pixels differ in size or position.",
            remedy="Draw on this series, or resample it with nearest-neighbour interpolation.",
            code="rois_grid",
        )


def _roi(name: str, places_mm: NDArray[np.float64], scan: Scan, file: str) -> Roi:
    """The region of the pixels at these positions, LPS mm, shape (pixels, 3).

    Raises:
        GeometryError: they lie outside the image or on several slices.
    """
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
