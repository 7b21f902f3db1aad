"""NIfTI files."""

import gzip
import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from vbq.scan.formats.input_files import InputFile
from vbq.scan.formats.volume import (
    VolumeHeader,
    list_volumes,
    missing_geometry,
    opened_volume,
    volume_series,
)
from vbq.scan.geometry import LPS_TO_RAS
from vbq.scan.series import Series, SeriesListing

_GZIP = b"\x1f\x8b"
_UNIT_MM = {"meter": 1000.0, "micron": 0.001}


def list_series(files: Sequence[InputFile], root: Path) -> SeriesListing:
    """Read the headers of NIfTI files; see `FileFormat.list_series`."""
    del root
    return list_volumes(files, _read_header)


def _read_header(file: InputFile) -> Series:
    with opened_volume(file) as path:
        image = _open(path)
        header = image.header
        if not hasattr(header, "get_sform") or not (header["sform_code"] or header["qform_code"]):
            raise missing_geometry(file)
        to_mm = np.diag([*[_unit_mm(header)] * 3, 1.0])
        dtype = image.get_data_dtype()
        slope, intercept = image.dataobj.slope, image.dataobj.inter
        volume = VolumeHeader(
            format="nifti",
            shape=image.shape,
            affine=np.asarray(LPS_TO_RAS @ to_mm @ image.affine, float),
            dtype=dtype,
            saturation_level=float(np.iinfo(dtype).max * slope + intercept)
            if dtype.kind in "iu"
            else None,
        )
        return volume_series(file, volume, partial(_fill, file))


def _fill(file: InputFile, stored: NDArray[np.float32]) -> None:
    with opened_volume(file) as path:
        data = _open(path).dataobj
        raw = np.asanyarray(data.get_unscaled()).reshape(stored.shape, order="F")
        for k in range(stored.shape[2]):
            stored[:, :, k] = raw[:, :, k].astype(np.float64) * data.slope + data.inter


def _unit_mm(header: Any) -> float:
    """Millimetres in the unit of the header; a code that NIfTI does not know is taken for mm."""
    try:
        unit = header.get_xyzt_units()[0]
    except KeyError:
        return 1.0
    return _UNIT_MM.get(unit, 1.0)


def _open(path: Path) -> Any:
    """Open a NIfTI file, compressed or not, whatever its name says."""
    with path.open("rb") as file:
        compressed = file.read(len(_GZIP)) == _GZIP
    with nib.imageglobals.LoggingOutputSuppressor():
        if compressed == (path.suffix.lower() == ".gz"):
            return nib.load(path)
        content = io.BytesIO(path.read_bytes())
        holder = nib.FileHolder(fileobj=gzip.GzipFile(fileobj=content) if compressed else content)
        image_class: Any = nib.Nifti1Image  # its methods are untyped
        return image_class.from_file_map({"header": holder, "image": holder})
