"""Find every series at a path, from the headers alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vbq.errors import InputError, NoScanFoundError, UnreadableFileError
from vbq.scan.formats.input_files import InputFile, iter_files, printable
from vbq.scan.formats.registry import FORMATS, SKIPPED_KINDS, kind_of
from vbq.scan.series import Series, SeriesListing
from vbq.text import listed

DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")


def find_series(path: str | Path) -> SeriesListing:
    """Every series at a path, from the headers alone.

    Args:
        path: A DICOM, NIfTI, NRRD or MetaImage file, a folder of such files, or a zip of one.

    Raises:
        InputError: Nothing there can be read as a series; the message says why.
    """
    path = Path(path)
    files: dict[str, list[InputFile]] = {}  # keys are formats and `SKIPPED_KINDS`
    problems: list[InputError] = []
    for file in iter_files(path):
        if isinstance(file, InputError):
            problems.append(file)
            continue
        try:
            files.setdefault(kind_of(file), []).append(file)
        except InputError as error:
            problems.append(error)

    series: list[Series] = []
    skipped = Counter({kind: len(files.get(kind, ())) for kind in SKIPPED_KINDS})
    for name, file_format in FORMATS.items():
        if name in files:
            listing = file_format.list_series(files[name], path)
            series += listing.series
            problems += listing.problems
            skipped.update(listing.skipped)
    # volume files by path, whatever their format, after the DICOM series
    series.sort(key=_sort_key)
    problems += [
        _not_dicom(file)
        for kind in ("empty", "other")
        for file in files.get(kind, ())
        if file.name.lower().endswith(DICOM_SUFFIXES)
    ]
    if not series:
        raise _nothing_readable(path, files, skipped.total(), problems)
    counts = {kind: count for kind, count in skipped.items() if count}
    return SeriesListing(tuple(series), counts, tuple(problems))


def group_by_study(series: Iterable[Series]) -> list[list[Series]]:
    """Series grouped into studies; each volume file is a study of its own.

    Where the study UID was stripped, the DICOM series of one folder are taken as one study.
    """
    studies: dict[tuple[str, str | int], list[Series]] = {}
    for number, member in enumerate(series):
        source = member.source
        key: tuple[str, str | int] = ("file", number)
        if source.study_uid is not None:
            key = ("study", source.study_uid)
        elif source.folder is not None:
            key = ("folder", source.folder)
        studies.setdefault(key, []).append(member)
    return list(studies.values())


def _sort_key(series: Series) -> str:
    return series.source.path if series.source.is_volume_file else ""


def _not_dicom(file: InputFile) -> InputError:
    empty = file.size == 0
    reason = "is empty" if empty else "is not DICOM, although its name says so"
    return UnreadableFileError(
        f"{file.display_name}: this file {reason}.",
        remedy="Export the series again as DICOM.",
        code="empty_file" if empty else "not_dicom",
    )


def _nothing_readable(
    path: Path,
    files: Mapping[str, list[InputFile]],
    skipped: int,
    problems: Sequence[InputError],
) -> InputError:
    """The error for a path at which no series was found: the most informative reason."""
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
    single_file = path.is_file() and all(
        file.archive is None for group in files.values() for file in group
    )
    if archives := len(files.get("zip", ())):
        single = archives == 1
        return NoScanFoundError(
            f"{name}: it contains {'a zip archive' if single else f'{archives} zip archives'} but "
            "no images.",
            remedy="Give it by itself, or unpack it."
            if single
            else "Give each by itself, or unpack them.",
            code="zips_inside",
        )
    if files.get("picture"):
        content = "this is a picture" if single_file else "it contains only pictures"
        return UnreadableFileError(
            f"{name}: {content} (PNG, JPEG or similar). Windowed 8-bit pictures do not preserve "
            "signal ratios.",
            remedy="Export the series as DICOM.",
            code="picture",
        )
    if single_file and files.get("empty"):
        return UnreadableFileError(
            f"{name}: the file is empty.", remedy="Export it again.", code="empty_file"
        )
    if single_file and files.get("other"):
        formats = listed(file_format.title for file_format in FORMATS.values())
        return UnreadableFileError(
            f"{name}: VBQ does not know this file format.",
            remedy=f"Give a file in one of the formats that VBQ reads: {formats}.",
            code="unknown_format",
        )
    return NoScanFoundError(
        f"{name}: none of its {skipped} files is an MR image."
        if skipped
        else f"{name}: the folder or archive is empty.",
        remedy="Give the folder to which the DICOM series was exported.",
        code="no_images" if skipped else "empty_folder",
    )
