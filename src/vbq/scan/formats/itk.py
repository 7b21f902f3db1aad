"""NRRD and MetaImage files, read by SimpleITK."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from vbq.scan.formats.input_files import InputFile
from vbq.scan.formats.volume import (
    VolumeHeader,
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
_HEADER_BYTES = 1 << 16
_DTYPES = {
    getattr(SimpleITK, f"sitk{name}"): np.dtype(code)
    for name, code in (
        ("UInt8", "u1"), ("Int8", "i1"), ("UInt16", "u2"), ("Int16", "i2"), ("UInt32", "u4"),
        ("Int32", "i4"), ("UInt64", "u8"), ("Int64", "i8"), ("Float32", "f4"), ("Float64", "f8"),
    )
}  # fmt: skip


def list_nrrd_series(files: Sequence[InputFile], root: Path) -> SeriesListing:
    """Read the headers of NRRD files; see `FileFormat.list_series`."""
    del root
    return list_volumes(files, partial(_read_header, "nrrd", _nrrd_has_geometry))


def list_metaimage_series(files: Sequence[InputFile], root: Path) -> SeriesListing:
    """Read the headers of MetaImage files; see `FileFormat.list_series`."""
    del root
    return list_volumes(files, partial(_read_header, "metaimage", _metaimage_has_geometry))


def _nrrd_has_geometry(header: bytes) -> bool:
    space = re.search(rb"^space:\s*(\S+)", header, re.MULTILINE | re.IGNORECASE)
    name = space.group(1).decode("ascii", "replace").lower() if space else ""
    return name in _NRRD_SPACES and b"space directions:" in header


def _metaimage_has_geometry(header: bytes) -> bool:
    pattern = rb"^(TransformMatrix|Orientation|Rotation)\s*="
    return re.search(pattern, header, re.MULTILINE) is not None


def _read_header(
    file_format: str, has_geometry: Callable[[bytes], bool], file: InputFile
) -> Series:
    with opened_volume(file) as path:
        # SimpleITK falls back to a default orientation without a warning
        if not has_geometry(file.read(_HEADER_BYTES)):
            raise missing_geometry(file)
        with _reader(path) as reader:
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
            format=file_format,
            shape=reader.GetSize(),
            affine=affine,
            dtype=dtype,
            saturation_level=float(np.iinfo(dtype).max) if dtype.kind in "iu" else None,
        )
        return volume_series(file, volume, partial(_fill, file))


def _fill(file: InputFile, stored: NDArray[np.float32]) -> None:
    with opened_volume(file) as path:
        with _reader(path) as reader:
            image = reader.Execute()
        stored[...] = SimpleITK.GetArrayViewFromImage(image).reshape(stored.shape[::-1]).T


@contextmanager
def _reader(path: Path) -> Iterator[Any]:
    """A reader of one file whose warnings are not written to standard error."""
    itk: Any = SimpleITK  # its calls are untyped
    process = itk.ProcessObject
    warnings_shown = process.GetGlobalWarningDisplay()
    process.SetGlobalWarningDisplay(False)
    reader = itk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        yield reader
    finally:
        process.SetGlobalWarningDisplay(warnings_shown)
