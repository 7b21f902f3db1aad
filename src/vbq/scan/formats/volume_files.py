"""NIfTI, NRRD and MetaImage: one file is one series; a BIDS sidecar tells how it was acquired."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq.errors import GeometryError, InputError, UnreadableFileError
from vbq.scan.formats.input_files import printable
from vbq.scan.formats.values import integer, number, text, words
from vbq.scan.geometry import LPS_TO_RAS
from vbq.scan.scan import Acquisition, Source
from vbq.scan.series import Grid, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vbq.scan.formats.input_files import Item, Kind

__all__ = ["read_volume"]

_UNIT_MM = {"meter": 1000.0, "micron": 0.001}
_KNOWN_SPACES = ("left-posterior-superior", "right-anterior-superior", "left-anterior-superior")
_HEADER = 1 << 16


def read_volume(item: Item, kind: Kind) -> Series:
    """The header of a NIfTI, NRRD or MetaImage file as a series.

    Raises:
        UnreadableFileError: Damaged, not one scalar volume, or in a form that is not read.
        GeometryError: The file does not say where its voxels are in the patient.
    """
    with _on_disk(item) as path, _parsing(item):
        return _nifti(item, path) if kind == "nifti" else _itk_header(item, path, kind)


def _nifti(item: Item, path: Path) -> Series:
    image = _open_nifti(path)
    header = image.header
    if not hasattr(header, "get_sform") or not (header["sform_code"] or header["qform_code"]):
        raise _no_geometry(item)
    to_mm = np.diag([*[_UNIT_MM.get(header.get_xyzt_units()[0], 1.0)] * 3, 1.0])
    affine = np.asarray(LPS_TO_RAS @ to_mm @ image.affine, float)
    kind = image.get_data_dtype()
    slope, intercept = image.dataobj.slope, image.dataobj.inter
    top = float(np.iinfo(kind).max * slope + intercept) if kind.kind in "iu" else None
    return _series(item, "nifti", image.shape, affine, kind, top, partial(_fill_nifti, item))


def _fill_nifti(item: Item, stored: NDArray[np.float32]) -> None:
    with _on_disk(item) as path, _parsing(item):
        data = _open_nifti(path).dataobj
        raw = np.asanyarray(data.get_unscaled()).reshape(stored.shape, order="F")
        for k in range(stored.shape[2]):
            stored[:, :, k] = raw[:, :, k].astype(np.float64) * data.slope + data.inter


def _open_nifti(path: Path) -> Any:
    import nibabel as nib

    with nib.imageglobals.LoggingOutputSuppressor():
        return nib.load(path)


def _itk_header(item: Item, path: Path, kind: Kind) -> Series:
    header = item.read(_HEADER)
    if kind == "nrrd":
        space = re.search(rb"^space:\s*(\S+)", header, re.MULTILINE | re.IGNORECASE)
        named = space.group(1).decode("ascii", "replace").lower() if space else ""
        short = {"lps": _KNOWN_SPACES[0], "ras": _KNOWN_SPACES[1], "las": _KNOWN_SPACES[2]}
        located = short.get(named, named) in _KNOWN_SPACES and b"space directions:" in header
    else:
        located = bool(
            re.search(rb"^(TransformMatrix|Orientation|Rotation)\s*=", header, re.MULTILINE)
        )
    if not located:
        raise _no_geometry(item)
    with _itk_reader(path) as reader:
        reader.ReadImageInformation()
    if reader.GetNumberOfComponents() != 1:
        raise _not_scalar(item)
    size, count = reader.GetSize(), reader.GetDimension()
    if count < 3:
        raise _no_geometry(item)
    affine = np.eye(4)
    direction = np.reshape(reader.GetDirection(), (count, count))[:3, :3]
    affine[:3, :3] = direction * np.array(reader.GetSpacing()[:3])
    affine[:3, 3] = reader.GetOrigin()[:3]
    dtype = _itk_dtype(reader.GetPixelID(), item)
    top = float(np.iinfo(dtype).max) if dtype.kind in "iu" else None
    return _series(item, kind, size, affine, dtype, top, partial(_fill_itk, item))


def _fill_itk(item: Item, stored: NDArray[np.float32]) -> None:
    with _on_disk(item) as path, _parsing(item):
        with _itk_reader(path) as reader:
            image = reader.Execute()
        stored[...] = _itk().GetArrayViewFromImage(image).reshape(stored.shape[::-1]).T


def _itk() -> Any:
    import SimpleITK  # untyped, and slow to import

    return SimpleITK


@contextmanager
def _itk_reader(path: Path) -> Iterator[Any]:
    """A reader of one file, whose warnings do not go to standard error."""
    process = _itk().ProcessObject
    warned = process.GetGlobalWarningDisplay()
    process.SetGlobalWarningDisplay(False)
    reader = _itk().ImageFileReader()
    reader.SetFileName(str(path))
    try:
        yield reader
    finally:
        process.SetGlobalWarningDisplay(warned)


def _itk_dtype(pixel_id: int, item: Item) -> np.dtype[Any]:
    known = {
        getattr(_itk(), f"sitk{name}"): np.dtype(kind)
        for name, kind in (
            ("UInt8", "u1"), ("Int8", "i1"), ("UInt16", "u2"), ("Int16", "i2"), ("UInt32", "u4"),
            ("Int32", "i4"), ("UInt64", "u8"), ("Int64", "i8"), ("Float32", "f4"),
            ("Float64", "f8"),
        )
    }  # fmt: skip
    if pixel_id not in known:
        raise _not_scalar(item)
    return known[pixel_id]


def _series(
    item: Item,
    kind: str,
    shape: tuple[int, ...],
    affine: NDArray[np.float64],
    dtype: np.dtype[Any],
    top: float | None,
    fill: Callable[[NDArray[np.float32]], None],
) -> Series:
    if dtype.kind not in "iuf":
        raise _not_scalar(item)
    if min(shape) < 1:
        raise _damaged(item)
    volumes = int(np.prod(shape[3:]))
    if volumes != 1:
        raise UnreadableFileError(
            f"{item.label}: it holds {volumes} volumes (echoes or time points), not one.",
            remedy="Split it and give the T1 volume.",
            code="many_volumes",
        )
    nx, ny, nz = (*shape[:3], 1, 1)[:3]
    grid = Grid((nx, ny, nz), affine)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    across = grid.shape.index(1) if 1 in grid.shape else int(np.argmax(spacing))
    rows, columns = (n for axis, n in enumerate(grid.shape) if axis != across)
    return Series.readable(
        source=Source(
            path=item.location,
            format=kind,
            bits_stored=dtype.itemsize * 8 if dtype.kind in "iu" else None,
            saturation_level=top,
        ),
        acquisition=_acquisition(item),
        images=grid.shape[across],
        size=(rows, columns),
        grid=grid,
        fill=fill,
    )


def _acquisition(item: Item) -> Acquisition:
    """What the sidecar says (BIDS: times in seconds); the file's name serves as description."""
    stem = re.sub(r"(?i)\.(nii(\.gz)?|nrrd|nhdr|mha|mhd)$", "", item.name)
    said = _sidecar(item, stem + ".json").get

    def milliseconds(keyword: str) -> float | None:
        seconds = number(said(keyword))
        return None if seconds is None else seconds * 1000

    def split(keyword: str) -> tuple[str, ...]:
        return tuple(part for word in words(said(keyword)) for part in re.split(r"[\\_]", word))

    return Acquisition(
        modality=text(said("Modality")),
        description=text(said("SeriesDescription"))
        or text(said("ProtocolName"))
        or printable(PurePosixPath(stem).name),
        field_strength_t=number(said("MagneticFieldStrength")),
        repetition_time_ms=milliseconds("RepetitionTime"),
        echo_time_ms=milliseconds("EchoTime"),
        inversion_time_ms=milliseconds("InversionTime"),
        flip_angle_deg=number(said("FlipAngle")),
        echo_train_length=integer(said("EchoTrainLength")),
        scanning_sequence=split("ScanningSequence"),
        sequence_variant=split("SequenceVariant"),
        scan_options=split("ScanOptions"),
        sequence_name=text(said("SequenceName")),
        image_type=words(said("ImageType")),
        contrast_agent=text(said("ContrastBolusIngredient")),
        pixel_bandwidth_hz=number(said("PixelBandwidth")),
        slice_thickness_mm=number(said("SliceThickness")),
        manufacturer=text(said("Manufacturer")),
        model=text(said("ManufacturersModelName")),
        body_part=text(said("BodyPartExamined")) or text(said("BodyPart")),
    )


def _sidecar(item: Item, name: str) -> dict[str, Any]:
    try:
        if item.archive is not None:
            content = item.archive.read(name)
        else:
            content = item.path.with_name(PurePosixPath(name).name).read_bytes()
        said = json.loads(content)
    except (OSError, KeyError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


@contextmanager
def _on_disk(item: Item) -> Iterator[Path]:
    """The file itself; for a member of a zip a copy that lives as long as it is needed."""
    if item.archive is None:
        yield item.path
        return
    with tempfile.TemporaryDirectory(prefix="vbq-") as folder:
        path = Path(folder, PurePosixPath(item.name).name)
        path.write_bytes(item.read())
        yield path


@contextmanager
def _parsing(item: Item) -> Iterator[None]:
    try:
        yield
    except (InputError, MemoryError):
        raise
    except PermissionError as error:
        raise UnreadableFileError(
            f"{item.label}: no permission to read this file.",
            remedy="Change its permissions, or copy it to a folder of your own.",
            code="no_permission",
        ) from error
    except Exception as error:
        raise _damaged(item) from error


def _damaged(item: Item) -> UnreadableFileError:
    return UnreadableFileError(
        f"{item.label}: the file is damaged or cut short.",
        remedy="Copy or export it again.",
        code="damaged_file",
    )


def _no_geometry(item: Item) -> GeometryError:
    return GeometryError(
        f"{item.label}: the file does not say where its voxels are in the patient.",
        remedy="Convert it again from DICOM, keeping the orientation.",
        code="missing_geometry",
    )


def _not_scalar(item: Item) -> UnreadableFileError:
    return UnreadableFileError(
        f"{item.label}: colour, complex or vector voxels are not MR signal.",
        remedy="Convert the original series again.",
        code="not_scalar",
    )
