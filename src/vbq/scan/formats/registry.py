"""The file formats that VBQ reads, and how a file's format is recognised.

A new format takes one module that lists the series in its files, and one line in `FORMATS`. The
module of a format with one volume in each file finds the shared code in `vbq.scan.formats.volume`:
it hands over the header, the acquisition if the header gives it, and, for a format that keeps its
voxels in a second file, the name of that companion.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from pkgutil import resolve_name
from typing import cast

from vbq.scan.formats.input_files import ZIP_SIGNATURES, InputFile
from vbq.scan.series import SeriesListing

SKIPPED_KINDS = ("picture", "zip", "empty", "other")

_HEAD = 144  # bytes that identify a format
_PICTURES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP",
)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A file format that can hold MR series.

    Attributes:
        title: Its name in messages.
        reader: ``module:function`` within `vbq.scan.formats`; see `list_series`. It is imported
            when the first file of the format is met, as most readers need heavy libraries.
        suffixes: Suffixes of its file names, in lower case.
        signature: Recognises the format by the first 144 bytes of a file; takes precedence over
            suffixes.
    """

    title: str
    reader: str
    suffixes: tuple[str, ...] = ()
    signature: Callable[[bytes], bool] | None = None

    def list_series(self, files: Sequence[InputFile], root: Path) -> SeriesListing:
        """Read the headers of files of this format.

        Args:
            files: All files of this format below `root`.
            root: The path the user named.
        """
        reader = cast(
            "Callable[[Sequence[InputFile], Path], SeriesListing]",
            resolve_name(f"vbq.scan.formats.{self.reader}"),
        )
        return reader(files, root)


def _is_dicom(head: bytes) -> bool:
    """Whether a file starts as DICOM does: with its preamble, or with group 2 or 8 without it."""
    if head[128:132] == b"DICM":
        return True
    group, element = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:4], "little")
    length_or_vr = head[4:6]
    explicit = length_or_vr.isalpha() and length_or_vr.isupper()
    short = int.from_bytes(head[4:8], "little") <= 256
    return group in (2, 8) and element <= 0x70 and len(head) >= 12 and (explicit or short)


FORMATS: dict[str, FileFormat] = {
    "dicom": FileFormat("DICOM", "dicom.series:list_series", signature=_is_dicom),
    "nifti": FileFormat("NIfTI", "nifti:list_series", (".nii", ".nii.gz")),
    "nrrd": FileFormat("NRRD", "itk:list_nrrd_series", (".nrrd", ".nhdr")),
    "metaimage": FileFormat("MetaImage", "itk:list_metaimage_series", (".mha", ".mhd")),
}


def kind_of(file: InputFile) -> str:
    """The format of a file, a key of `FORMATS`; one of `SKIPPED_KINDS` if it is none of them.

    Raises:
        UnreadableFileError: No permission to read it, or a damaged archive.
    """
    if file.size == 0:
        return "empty"
    head = file.read(_HEAD)
    for name, file_format in FORMATS.items():
        if file_format.signature is not None and file_format.signature(head):
            return name
    if head.startswith(_PICTURES):
        return "picture"
    file_name = file.name.lower()
    # office documents are zips, too
    if head.startswith(ZIP_SIGNATURES) and PurePosixPath(file_name).suffix in ("", ".zip"):
        return "zip"
    for name, file_format in FORMATS.items():
        if file_name.endswith(file_format.suffixes):
            return name
    return "other"


def without_suffix(name: str, further_suffixes: Iterable[str] = ()) -> str:
    """A file name without the suffix of its format.

    Args:
        name: The file name.
        further_suffixes: Suffixes to remove besides those of `FORMATS`, in lower case.
    """
    suffixes = {suffix for file_format in FORMATS.values() for suffix in file_format.suffixes}
    for suffix in sorted(suffixes.union(further_suffixes), key=len, reverse=True):  # .nii.gz first
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name
