"""DICOM files into series: by UID, then by what may hide under one UID."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from vbq.errors import GeometryError, InputError
from vbq.finding import Finding
from vbq.scan.formats.dicom.header import read_header
from vbq.scan.formats.dicom.pixels import fill_slices, saturation_level
from vbq.scan.formats.dicom.stack import has_repeats, plane_of_frame, stack
from vbq.scan.formats.input_files import printable
from vbq.scan.scan import Source
from vbq.scan.series import Grid, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from vbq.scan.formats.dicom.frame import Frame
    from vbq.scan.formats.dicom.header import Header
    from vbq.scan.formats.input_files import Item
    from vbq.scan.geometry import Plane

__all__ = ["DicomFound", "read_dicom"]

SAME_TIME = 1.2  # repetition times may differ by this factor within one series
LOCALISER_IMAGES = 5  # a localiser has no more slices than this in one plane, on average


@dataclass(frozen=True, eq=False)
class DicomFound:
    """The series among DICOM files, what was passed over, and files that cannot be read."""

    series: list[Series]
    skipped: Counter[str]
    problems: list[InputError]


def read_dicom(items: Iterable[Item], root: Path) -> DicomFound:
    """Read the headers of DICOM files and sort them into series.

    Args:
        items: The files.
        root: What the user named.
    """
    found = DicomFound([], Counter(), [])
    groups: dict[tuple[str, str], list[Header]] = {}
    for item in items:
        try:
            header = read_header(item)
        except InputError as error:
            found.problems.append(error)
            continue
        if header is None:
            found.skipped["non-image DICOM"] += 1
        else:
            # The folder stands in for identifiers that were stripped.
            key = (header.study_uid or item.folder, header.series_uid or item.folder)
            groups.setdefault(key, []).append(header)
    for headers in groups.values():
        frames, copies = _without_copies(_magnitude([f for h in headers for f in h.frames]))
        for part in _split(frames):
            found.series.append(_series(part, headers, printable(str(root)), copies))
    found.series.sort(key=lambda s: (s.source.study_uid or "", s.source.series_number or 0))
    return found


def _magnitude(frames: list[Frame]) -> list[Frame]:
    """Without phase, real and imaginary images where there are magnitude images."""
    return [f for f in frames if f.component == "M"] or frames


def _without_copies(frames: list[Frame]) -> tuple[list[Frame], int]:
    """Each frame once, and how many files were passed over as copies of others.

    A copy has the SOP Instance UID and position of another, and was acquired in the same way.
    Where one UID stands at several positions it identifies nothing, and nothing is dropped.
    """
    places: dict[tuple[str | None, int], set[tuple[float, ...] | None]] = {}
    kept: dict[tuple[object, ...], Frame] = {}
    for index, frame in enumerate(frames):
        instance = (frame.storage.uid, frame.number)
        places.setdefault(instance, set()).add(frame.position)
        known = frame.storage.uid is not None and frame.position is not None
        key = (instance, frame.position, frame.repeat, frame.acquisition) if known else (index,)
        if key not in kept or (kept[key].storage.problem and not frame.storage.problem):
            kept[key] = frame
    if any(len(where) > 1 for (uid, _), where in places.items() if uid is not None):
        return frames, 0
    files = {frame.storage.item.name for frame in frames}
    return list(kept.values()), len(files - {f.storage.item.name for f in kept.values()})


def _split(frames: list[Frame]) -> list[list[Frame]]:
    """Apart by what tells images at the same place from each other, as little as needed."""
    parts = [frames]
    if _stranger(frames):
        return parts
    for depth in range(1, len(frames[0].repeat) + 1):
        if not any(map(has_repeats, parts)):
            return parts
        by: dict[tuple[object, ...], list[Frame]] = {}
        for frame in frames:
            by.setdefault(frame.repeat[:depth], []).append(frame)
        parts = list(by.values())
    return [frames] if any(map(has_repeats, parts)) else parts


def _series(frames: list[Frame], headers: Sequence[Header], root: str, copies: int) -> Series:
    header = headers[0]
    first = frames[0]
    files = {frame.storage.item.name: frame.storage.item for frame in frames}
    source = Source(
        path=next(iter(files.values())).location if len(files) == 1 else root,
        format="dicom-enhanced" if header.enhanced else "dicom",
        files=len(files),
        study_uid=header.study_uid,
        series_uid=header.series_uid,
        series_number=header.series_number,
        bits_stored=first.storage.bits_stored,
        saturation_level=saturation_level(frames),
        folder=_backslashed(posixpath.commonpath([item.folder for item in files.values()])),
    )
    size = (first.storage.rows, first.storage.columns)
    try:
        _require_one_series(frames)
        built = stack(frames)
        return Series.readable(
            source=source,
            acquisition=built.frames[len(frames) // 2].acquisition,
            images=len(frames),
            size=size,
            grid=Grid((len(frames), *size), built.affine),
            fill=partial(fill_slices, built.frames),
            flags=(*_lossy(frames), *_copied(copies)),
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
    """Refuse what cannot be one stack of one acquisition.

    Raises:
        InputError: A file without usable pixels, a localiser, or two sequences mixed.
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
    if stranger := _stranger(frames):
        raise GeometryError(
            f"Two mixed series under one UID: {frames[0].name} and {stranger.name} come from "
            "different sequences.",
            remedy="Export each series by itself.",
            code="mixed_sequences",
        )


def _stranger(frames: Sequence[Frame]) -> Frame | None:
    """The first frame that another sequence must have made."""
    first = frames[0].acquisition
    for frame in frames:
        other = frame.acquisition
        times = sorted((first.repetition_time_ms or 0, other.repetition_time_ms or 0))
        if (
            set(first.scanning_sequence) != set(other.scanning_sequence)
            or first.description != other.description
            or (times[0] > 0 and times[1] > SAME_TIME * times[0])
        ):
            return frame
    return None


def _common_plane(frames: Sequence[Frame]) -> Plane | None:
    planes = {plane_of_frame(frame) for frame in frames}
    return planes.pop() if len(planes) == 1 else None


def _lossy(frames: Sequence[Frame]) -> list[Finding]:
    if not any(frame.storage.lossy for frame in frames):
        return []
    message = "The images were compressed with loss: signal may differ from the original."
    return [Finding("lossy_compression", "note", message)]


def _copied(copies: int) -> list[Finding]:
    if not copies:
        return []
    files = "1 file is a copy of another" if copies == 1 else f"{copies} files are copies of others"
    message = f"{files}: each slice was read once."
    return [Finding("copies_ignored", "note", message, {"files": copies})]


def _backslashed(folder: str) -> str:
    """Bytes that are not UTF-8 spelt out, so that it can be printed and folders stay apart."""
    return folder.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
