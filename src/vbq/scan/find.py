"""Finding series: everything that lies at a path, from the headers alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.errors import InputError, NoScanFoundError, UnreadableFileError
from vbq.scan.formats.input_files import Item, Kind, kind_of, printable, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vbq.scan.series import Series

__all__ = ["SeriesListing", "find_series", "group_by_study"]

VOLUMES: tuple[Kind, ...] = ("nifti", "nrrd", "metaimage")


OTHERS: tuple[Kind, ...] = ("picture", "zip", "empty", "other")


@dataclass(frozen=True, eq=False)
class SeriesListing:
    """What lies at a path.

    Attributes:
        series: Every series, in a stable order; also those with a problem.
        skipped: How many files of other kinds were passed over, by kind (``"picture"``,
            ``"non-image DICOM"``, ``"zip"``, ``"empty"``, ``"other"``).
        problems: Files that look like images but cannot be read, one error each.
    """

    series: tuple[Series, ...]
    skipped: dict[str, int]
    problems: tuple[InputError, ...]


def find_series(path: str | Path) -> SeriesListing:
    """Every series at a path, from the headers alone.

    Args:
        path: A DICOM, NIfTI, NRRD or MetaImage file, a folder of such files, or a zip of one.

    Raises:
        InputError: Nothing there can be read as a series; the message says why.
    """
    path = Path(path)
    kinds: dict[Kind, list[Item]] = {}
    problems: list[InputError] = []
    for item in walk(path):
        if isinstance(item, InputError):
            problems.append(item)
            continue
        try:
            kinds.setdefault(kind_of(item), []).append(item)
        except InputError as error:
            problems.append(error)

    skipped: Counter[str] = Counter({kind: len(kinds.get(kind, ())) for kind in OTHERS})
    series: list[Series] = []
    if "dicom" in kinds:
        from vbq.scan.formats.dicom.series import read_dicom

        found = read_dicom(kinds["dicom"], path)
        series += found.series
        problems += found.problems
        skipped.update(found.skipped)
    volumes = [(i, kind) for kind in VOLUMES for i in kinds.get(kind, ())]
    for item, kind in sorted(volumes, key=lambda pair: pair[0].name):
        from vbq.scan.formats.volume_files import read_volume

        try:
            series.append(read_volume(item, kind))
        except InputError as error:
            problems.append(error)
    problems += [
        _posing(item)
        for kind in ("empty", "other")
        for item in kinds.get(kind, ())
        if item.name.lower().endswith((".dcm", ".dicom", ".ima"))
    ]
    if not series:
        raise _nothing(path, kinds, skipped, problems)
    return SeriesListing(tuple(series), {k: n for k, n in skipped.items() if n}, tuple(problems))


def group_by_study(series: Iterable[Series]) -> list[list[Series]]:
    """Series of the same study together; each volume file is a study of its own.

    Where the study UID was stripped, DICOM series of one folder are taken for one study.
    """
    studies: dict[tuple[str, str | int], list[Series]] = {}
    for number, one in enumerate(series):
        source = one.source
        key: tuple[str, str | int] = ("file", number)
        if source.study_uid is not None:
            key = ("study", source.study_uid)
        elif source.folder is not None:
            key = ("folder", source.folder)
        studies.setdefault(key, []).append(one)
    return list(studies.values())


def _posing(item: Item) -> InputError:
    reason = "is empty" if item.size == 0 else "is not DICOM, although its name says so"
    return UnreadableFileError(
        f"{item.label}: this file {reason}.",
        remedy="Export the series again as DICOM.",
        code="empty_file" if item.size == 0 else "not_dicom",
    )


def _nothing(
    path: Path, kinds: dict[Kind, list[Item]], skipped: Counter[str], problems: list[InputError]
) -> InputError:
    """The error for a path at which no series was found: the most telling reason."""
    name = printable(path.name or str(path))
    if len(problems) == 1:
        return problems[0]
    if problems:
        first = problems[0]
        return UnreadableFileError(
            f"{name}: none of its {len(problems)} image files can be read. First: {first.message}",
            remedy=first.remedy,
            code=first.code,
        )
    alone = path.is_file() and all(i.archive is None for items in kinds.values() for i in items)
    if zips := len(kinds.get("zip", ())):
        held = "a zip archive" if zips == 1 else f"{zips} zip archives"
        return NoScanFoundError(
            f"{name}: it holds {held} and no images beside.",
            remedy=f"Give {'it' if zips == 1 else 'each'} by itself, or unpack "
            f"{'it' if zips == 1 else 'them'}.",
            code="zips_inside",
        )
    if kinds.get("picture"):
        what = "this is a picture" if alone else "there are only pictures here"
        return UnreadableFileError(
            f"{name}: {what} (PNG, JPEG or the like). Windowed 8-bit pictures carry no signal "
            "ratio.",
            remedy="Export the series as DICOM.",
            code="picture",
        )
    if alone and kinds.get("empty"):
        return UnreadableFileError(
            f"{name}: the file is empty.", remedy="Export it again.", code="empty_file"
        )
    if alone and kinds.get("other"):
        return UnreadableFileError(
            f"{name}: this is not an image file that VBQ knows.",
            remedy="Give DICOM (a file, folder or zip), NIfTI, NRRD or MHA.",
            code="unknown_format",
        )
    count = sum(skipped.values())
    held = f"none of its {count} files is an MR image" if count else "it holds nothing to read"
    return NoScanFoundError(
        f"{name}: {held}.",
        remedy="Give the folder that the DICOM export was written to.",
        code="no_images" if count else "empty_folder",
    )
