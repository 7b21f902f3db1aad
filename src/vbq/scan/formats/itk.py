"""NRRD and MetaImage files, read by SimpleITK."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from vbq.errors import UnreadableFileError
from vbq.scan.formats.input_files import InputFile
from vbq.scan.formats.volume import (
    VolumeHeader,
    companion_file,
    damaged,
    list_volumes,
    missing_geometry,
    not_scalar,
    opened_volume,
    volume_series,
)
from vbq.scan.series import Series, SeriesListing

_NRRD_SPACES = {
    "left-posterior-superior",
    "right-anterior-superior",
    "left-anterior-superior",
    "lps",
    "ras",
    "las",
}
_HEADER_BYTES = 1 << 20
_MOST_DATA_FILES = 4096
_DTYPES = {
    getattr(SimpleITK, f"sitk{name}"): np.dtype(code)
    for name, code in (
        ("UInt8", "u1"), ("Int8", "i1"), ("UInt16", "u2"), ("Int16", "i2"), ("UInt32", "u4"),
        ("Int32", "i4"), ("UInt64", "u8"), ("Int64", "i8"), ("Float32", "f4"), ("Float64", "f8"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _ItkFormat:
    """A format that SimpleITK reads.

    Attributes:
        name: Name of the format, as in `vbq.scan.scan.Source`.
        image_io: SimpleITK's reader; by itself, it does not recognise suffixes in upper case.
        data_file: Reads from a header the path of the file with the voxels; ``None`` if they
            follow the header. Raises `ValueError` if that cannot be told.
        has_geometry: Whether a header gives the orientation; SimpleITK falls back to a default
            orientation without a warning.
    """

    name: str
    image_io: str
    data_file: Callable[[bytes], str | None]
    has_geometry: Callable[[bytes], bool]


def list_nrrd_series(files: Sequence[InputFile], root: Path) -> SeriesListing:
    """Read the headers of NRRD files; see `FileFormat.list_series`."""
    del root
    return list_volumes(files, partial(_read_header, _NRRD))


def list_metaimage_series(files: Sequence[InputFile], root: Path) -> SeriesListing:
    """Read the headers of MetaImage files; see `FileFormat.list_series`."""
    del root
    return list_volumes(files, partial(_read_header, _METAIMAGE))


def _companion(file_format: _ItkFormat, file: InputFile, header: bytes) -> str | None:
    """Path of the file with the voxels, relative to the header; ``None`` if they follow it.

    ``None``, too, for voxels in several files on disk, which SimpleITK finds by itself.

    Raises:
        UnreadableFileError: The header is malformed, the file does not exist or is not in the
            folder of the header, or there are several in a zip.
        UnsafeArchiveError: It lies outside the zip.
    """
    try:
        name = file_format.data_file(header)
    except ValueError as error:
        raise damaged(file) from error
    if name is None:
        return None
    if not (name.startswith("LIST") or "%" in name):
        companion_file(file, name)
        return name
    if file.archive is not None:
        raise UnreadableFileError(
            f"{file.display_name}: its voxels are in several files.",
            remedy="Unpack the zip and give the folder.",
            code="many_companions",
        )
    try:
        data_files = _data_files(name, header)
    except (ValueError, TypeError) as error:
        raise damaged(file) from error
    for data_file in data_files:
        companion_file(file, data_file)
    return None


def _data_files(name: str, header: bytes) -> list[str]:
    """The files that a list, or a numbered pattern, in a header stands for.

    Raises:
        ValueError, TypeError: The list or the pattern is malformed.
    """
    if name.startswith("LIST"):
        _, _, lines = header.partition(b"LIST")
        names = [_decoded(line) for line in lines.splitlines()[1:] if line.strip()]
        if not 0 < len(names) <= _MOST_DATA_FILES:
            raise ValueError("an empty or endless list of data files")
        return names
    pattern, first, last, step = name.split()[:4]
    numbers = range(int(first), int(last) + 1, int(step))
    if not 0 < len(numbers) <= _MOST_DATA_FILES:
        raise ValueError("an empty or endless pattern of data files")
    return [pattern % number for number in numbers]


def _nrrd_data_file(header: bytes) -> str | None:
    for line in header.splitlines():
        if not line:
            return None
        field, _, value = line.partition(b":")
        if field.strip().lower() in (b"data file", b"datafile") and not value.startswith(b"="):
            return _decoded(value)
    raise ValueError("neither a data file nor the end of the header")


def _metaimage_data_file(header: bytes) -> str | None:
    # whatever SimpleITK takes for this field: what it opens must be the file that was checked
    (value,) = re.findall(rb"ElementDataFile\s*[=:]([^\r\n]*)", header)
    name = _decoded(value.lstrip(b"=: \t"))
    return None if name.upper() == "LOCAL" else name


def _decoded(value: bytes) -> str:
    return value.strip().decode("utf-8", "surrogateescape")


def _nrrd_has_geometry(header: bytes) -> bool:
    space = re.search(rb"^space:\s*(\S+)", header, re.MULTILINE | re.IGNORECASE)
    name = space.group(1).decode("ascii", "replace").lower() if space else ""
    return name in _NRRD_SPACES and b"space directions:" in header


def _metaimage_has_geometry(header: bytes) -> bool:
    pattern = rb"^(TransformMatrix|Orientation|Rotation)\s*="
    return re.search(pattern, header, re.MULTILINE) is not None


_NRRD = _ItkFormat("nrrd", "NrrdImageIO", _nrrd_data_file, _nrrd_has_geometry)
_METAIMAGE = _ItkFormat("metaimage", "MetaImageIO", _metaimage_data_file, _metaimage_has_geometry)


def _read_header(file_format: _ItkFormat, file: InputFile) -> Series:
    header = file.read(_HEADER_BYTES)
    if not file_format.has_geometry(header):
        raise missing_geometry(file)
    companion = _companion(file_format, file, header)
    with opened_volume(file, companion) as path:
        with _reader(path, file_format) as reader:
            reader.ReadImageInformation()
        axes = reader.GetDimension()
        dtype = _DTYPES.get(reader.GetPixelID())
        if reader.GetNumberOfComponents() != 1:
            raise not_scalar(file)
        if axes < 3:
            raise missing_geometry(file)
        if dtype is None:
            raise not_scalar(file)
        affine = np.eye(4)
        direction = np.reshape(reader.GetDirection(), (axes, axes))[:3, :3]
        affine[:3, :3] = direction * np.array(reader.GetSpacing()[:3])
        affine[:3, 3] = reader.GetOrigin()[:3]
        volume = VolumeHeader(
            format=file_format.name,
            shape=reader.GetSize(),
            affine=affine,
            dtype=dtype,
            saturation_level=float(np.iinfo(dtype).max) if dtype.kind in "iu" else None,
        )
        return volume_series(file, volume, partial(_fill, file_format, file, companion))


def _fill(
    file_format: _ItkFormat, file: InputFile, companion: str | None, stored: NDArray[np.float32]
) -> None:
    with opened_volume(file, companion) as path:
        with _reader(path, file_format) as reader:
            image = reader.Execute()
        stored[...] = SimpleITK.GetArrayViewFromImage(image).reshape(stored.shape[::-1]).T


@contextmanager
def _reader(path: Path, file_format: _ItkFormat) -> Iterator[Any]:
    """A reader of one file whose warnings are not written to standard error."""
    itk: Any = SimpleITK  # its calls are untyped
    process = itk.ProcessObject
    warnings_shown = process.GetGlobalWarningDisplay()
    process.SetGlobalWarningDisplay(False)
    reader = itk.ImageFileReader()
    reader.SetImageIO(file_format.image_io)
    reader.SetFileName(str(path))
    try:
        yield reader
    finally:
        process.SetGlobalWarningDisplay(warnings_shown)
