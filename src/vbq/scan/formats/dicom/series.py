"""DICOM files grouped into series: by UID, then into the series mixed under one UID."""

import posixpath
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from vbq.errors import GeometryError, InputError
from vbq.finding import Finding
from vbq.scan.formats.dicom.frame import Frame
from vbq.scan.formats.dicom.header import Header, read_header
from vbq.scan.formats.dicom.pixels import (
    common_intercept,
    fill_slices,
    on_one_scale,
    saturation_level,
)
from vbq.scan.formats.dicom.stack import build_stack, has_repeats, plane_of_frame
from vbq.scan.formats.input_files import InputFile, printable
from vbq.scan.geometry import Plane
from vbq.scan.scan import Source
from vbq.scan.series import Grid, Series, SeriesListing
from vbq.text import number_of

SAME_REPETITION_TIME = 1.2  # largest ratio of two repetition times within one series
LOCALISER_IMAGES = 5  # a localiser has no more slices than this in one plane, on average


def list_series(files: Sequence[InputFile], root: Path) -> SeriesListing:
    """Read the headers of DICOM files; see `FileFormat.list_series`."""
    problems: list[InputError] = []
    not_images = 0
    groups: dict[tuple[str, str], list[Header]] = {}
    for file in files:
        try:
            header = read_header(file)
        except InputError as error:
            problems.append(error)
            continue
        if header is None:
            not_images += 1
        else:
            # the folder stands in for identifiers that were stripped
            key = (header.study_uid or file.folder, header.series_uid or file.folder)
            groups.setdefault(key, []).append(header)
    series: list[Series] = []
    for headers in groups.values():
        frames = _magnitude([frame for header in headers for frame in header.frames])
        frames, copies = _without_copies(frames)
        series += [_series(part, headers, printable(str(root)), copies) for part in _split(frames)]
    series.sort(key=_sort_key)
    return SeriesListing(tuple(series), {"non-image DICOM": not_images}, tuple(problems))


def _sort_key(series: Series) -> tuple[str, int]:
    return series.source.study_uid or "", series.source.series_number or 0


def _magnitude(frames: list[Frame]) -> list[Frame]:
    """The magnitude images; all frames where none is marked as one."""
    return [frame for frame in frames if frame.component == "M"] or frames


def _without_copies(frames: list[Frame]) -> tuple[list[Frame], int]:
    """Each frame once, and the number of files that are copies of others.

    A copy has the SOP Instance UID, position and acquisition of another frame. Where one UID
    occurs at several positions it identifies nothing, and no frame is dropped.
    """
    positions: dict[tuple[str | None, int], set[tuple[float, ...] | None]] = {}
    unique: dict[tuple[object, ...], Frame] = {}
    for index, frame in enumerate(frames):
        instance = (frame.storage.uid, frame.number)
        positions.setdefault(instance, set()).add(frame.position)
        known = frame.storage.uid is not None and frame.position is not None
        key = (instance, frame.position, frame.repeat, frame.acquisition) if known else (index,)
        if key not in unique or (unique[key].storage.problem and not frame.storage.problem):
            unique[key] = frame
    if any(len(places) > 1 for (uid, _), places in positions.items() if uid is not None):
        return frames, 0
    names = {frame.storage.file.name for frame in frames}
    copies = names - {frame.storage.file.name for frame in unique.values()}
    return list(unique.values()), len(copies)


def _split(frames: list[Frame]) -> list[list[Frame]]:
    """Frames grouped by the fewest attributes that separate frames at the same position."""
    parts = [frames]
    if _other_sequence(frames):
        return parts
    for depth in range(1, len(frames[0].repeat) + 1):
        if not any(map(has_repeats, parts)):
            return parts
        groups: dict[tuple[object, ...], list[Frame]] = {}
        for frame in frames:
            groups.setdefault(frame.repeat[:depth], []).append(frame)
        parts = list(groups.values())
    return [frames] if any(map(has_repeats, parts)) else parts


def _series(frames: list[Frame], headers: Sequence[Header], root: str, copies: int) -> Series:
    header = headers[0]
    frames, rescaled = on_one_scale(frames)
    first = frames[0]
    files = {frame.storage.file.name: frame.storage.file for frame in frames}
    source = Source(
        path=next(iter(files.values())).location if len(files) == 1 else root,
        format="dicom-enhanced" if header.enhanced else "dicom",
        files=len(files),
        study_uid=header.study_uid,
        series_uid=header.series_uid,
        series_number=header.series_number,
        bits_stored=first.storage.bits_stored,
        saturation_level=saturation_level(frames),
        rescale_intercept=common_intercept(frames),
        folder=_escaped(posixpath.commonpath([file.folder for file in files.values()])),
    )
    size = (first.storage.rows, first.storage.columns)
    try:
        _require_one_series(frames)
        stack = build_stack(frames)
        return Series.readable(
            source=source,
            acquisition=stack.frames[len(frames) // 2].acquisition,
            images=len(frames),
            size=size,
            grid=Grid((len(frames), *size), stack.affine),
            fill=partial(fill_slices, stack.frames),
            flags=(
                *_lossy_findings(frames),
                *_copy_findings(copies),
                *_scale_findings(rescaled=rescaled),
            ),
        )
    except InputError as error:
        return Series(
            source=source,
            acquisition=first.acquisition,
            images=len(frames),
            size=size,
            plane=_common_plane(frames),
            problem=error,
        )


def _require_one_series(frames: Sequence[Frame]) -> None:
    """Refuse frames that cannot be one stack of one acquisition.

    Raises:
        InputError: A file without usable pixels, a localiser, or two mixed sequences.
    """
    for frame in frames:
        if frame.storage.problem is not None:
            raise frame.storage.problem
    planes = {plane for frame in frames if (plane := plane_of_frame(frame))}
    if len(planes) > 2 or (len(planes) == 2 and len(frames) <= LOCALISER_IMAGES * len(planes)):
        raise GeometryError(
            f"a localiser: {len(frames)} slices in {len(planes)} planes.",
            remedy="Choose the sagittal T1 series.",
            code="localiser",
        )
    if intruder := _other_sequence(frames):
        raise GeometryError(
            f"Two mixed series under one UID: {frames[0].name} and {intruder.name} come from "
            "different sequences.",
            remedy="Export each series by itself.",
            code="mixed_sequences",
        )


def _other_sequence(frames: Sequence[Frame]) -> Frame | None:
    """The first frame that was acquired by another sequence than the first one, if any."""
    reference = frames[0].acquisition
    for frame in frames:
        acquisition = frame.acquisition
        shorter, longer = sorted(
            (reference.repetition_time_ms or 0, acquisition.repetition_time_ms or 0)
        )
        if (
            set(reference.scanning_sequence) != set(acquisition.scanning_sequence)
            or reference.description != acquisition.description
            or (shorter > 0 and longer > SAME_REPETITION_TIME * shorter)
        ):
            return frame
    return None


def _common_plane(frames: Sequence[Frame]) -> Plane | None:
    planes = {plane_of_frame(frame) for frame in frames}
    return planes.pop() if len(planes) == 1 else None


def _lossy_findings(frames: Sequence[Frame]) -> list[Finding]:
    if not any(frame.storage.lossy for frame in frames):
        return []
    message = "The images underwent lossy compression: signal may differ from the original."
    return [Finding("lossy_compression", "note", message)]


def _scale_findings(*, rescaled: bool) -> list[Finding]:
    if not rescaled:
        return []
    return [
        Finding(
            "slices_rescaled",
            "note",
            "The slices are stored in different scales, which a private element of Philips states: "
            "they were brought to one scale.",
        )
    ]


def _copy_findings(copies: int) -> list[Finding]:
    if not copies:
        return []
    files = number_of(copies, "file is a copy of another", "files are copies of others")
    message = f"{files}: each slice was read once."
    return [Finding("copies_ignored", "note", message, {"files": copies})]


def _escaped(folder: str) -> str:
    """A folder name with bytes that are not UTF-8 escaped: printable and still distinct."""
    return folder.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
