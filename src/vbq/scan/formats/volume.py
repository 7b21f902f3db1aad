"""Code shared by the readers of volume files: one file, one series, with a BIDS sidecar."""

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vbq.errors import GeometryError, InputError, UnreadableFileError
from vbq.scan.formats.input_files import InputFile, printable
from vbq.scan.formats.registry import without_suffix
from vbq.scan.formats.values import integer, number, text, texts
from vbq.scan.scan import Acquisition, Source
from vbq.scan.series import Grid, Series, SeriesListing


@dataclass(frozen=True, eq=False)
class VolumeHeader:
    """The header of a volume file.

    Attributes:
        format: Name of the format, as in `vbq.scan.scan.Source`.
        shape: Shape of the stored array, three or more axes.
        affine: (4, 4), index in the stored array to LPS mm.
        dtype: Type of the stored voxels.
        saturation_level: Largest value that the storage can hold, rescaled; ``None`` for floating
            point.
        acquisition: The acquisition, as far as the header gives it.
    """

    format: str
    shape: tuple[int, ...]
    affine: NDArray[np.float64]
    dtype: np.dtype[Any]
    saturation_level: float | None
    acquisition: Acquisition | None = None


def list_volumes(
    files: Iterable[InputFile], read_header: Callable[[InputFile], Series]
) -> SeriesListing:
    """One series for each file whose header can be read, and one error for each of the others."""
    series: list[Series] = []
    problems: list[InputError] = []
    for file in sorted(files, key=lambda file: file.name):
        try:
            series.append(read_header(file))
        except InputError as error:
            problems.append(error)
    return SeriesListing(tuple(series), problems=tuple(problems))


def volume_series(
    file: InputFile, header: VolumeHeader, fill: Callable[[NDArray[np.float32]], None]
) -> Series:
    """The series in a volume file.

    Args:
        file: The file.
        header: Its header.
        fill: Writes the rescaled voxels into a float32 array of the stored shape.

    Raises:
        UnreadableFileError: The file is damaged or does not hold exactly one scalar volume.
        GeometryError: See `Series.readable`.
    """
    if header.dtype.kind not in "iuf":
        raise not_scalar(file)
    if min(header.shape) < 1:
        raise damaged(file)
    volumes = int(np.prod(header.shape[3:]))
    if volumes != 1:
        raise UnreadableFileError(
            f"{file.display_name}: it holds {volumes} volumes (echoes or time points), not one.",
            remedy="Split it and give the T1 volume.",
            code="many_volumes",
        )
    nx, ny, nz = (*header.shape[:3], 1, 1)[:3]
    grid = Grid((nx, ny, nz), header.affine)
    spacing = np.linalg.norm(header.affine[:3, :3], axis=0)
    slice_axis = grid.shape.index(1) if 1 in grid.shape else int(np.argmax(spacing))
    rows, columns = (n for axis, n in enumerate(grid.shape) if axis != slice_axis)
    return Series.readable(
        source=Source(
            path=file.location,
            format=header.format,
            bits_stored=header.dtype.itemsize * 8 if header.dtype.kind in "iu" else None,
            saturation_level=header.saturation_level,
        ),
        acquisition=_acquisition(file, header.acquisition or Acquisition()),
        images=grid.shape[slice_axis],
        size=(rows, columns),
        grid=grid,
        fill=fill,
    )


def _acquisition(file: InputFile, in_header: Acquisition) -> Acquisition:
    """The acquisition: that of the header, completed from the sidecar.

    The file's name stands in for a series description.

    Args:
        file: The file.
        in_header: The acquisition, as far as the header gives it.
    """
    stem = without_suffix(file.base_name)
    acquisition = _sidecar_acquisition(file, stem + ".json")
    values = {field.name: getattr(in_header, field.name) for field in fields(in_header)}
    acquisition = replace(
        acquisition, **{name: value for name, value in values.items() if value not in (None, ())}
    )
    return replace(acquisition, description=acquisition.description or printable(stem))


def _sidecar_acquisition(file: InputFile, name: str) -> Acquisition:
    """The acquisition from the sidecar of a volume (BIDS: times in seconds)."""
    value = _sidecar(file, name).get

    def milliseconds(keyword: str) -> float | None:
        seconds = number(value(keyword))
        return None if seconds is None else seconds * 1000

    def split(keyword: str) -> tuple[str, ...]:
        return tuple(part for item in texts(value(keyword)) for part in re.split(r"[\\_]", item))

    return Acquisition(
        modality=text(value("Modality")),
        description=text(value("SeriesDescription")) or text(value("ProtocolName")),
        field_strength_t=number(value("MagneticFieldStrength")),
        repetition_time_ms=milliseconds("RepetitionTime"),
        echo_time_ms=milliseconds("EchoTime"),
        inversion_time_ms=milliseconds("InversionTime"),
        flip_angle_deg=number(value("FlipAngle")),
        echo_train_length=integer(value("EchoTrainLength")),
        scanning_sequence=split("ScanningSequence"),
        sequence_variant=split("SequenceVariant"),
        scan_options=split("ScanOptions"),
        sequence_name=text(value("SequenceName")),
        image_type=texts(value("ImageType")),
        contrast_agent=text(value("ContrastBolusIngredient")),
        pixel_bandwidth_hz=number(value("PixelBandwidth")),
        slice_thickness_mm=number(value("SliceThickness")),
        manufacturer=text(value("Manufacturer")),
        model=text(value("ManufacturersModelName")),
        body_part=text(value("BodyPartExamined")) or text(value("BodyPart")),
    )


def _sidecar(file: InputFile, name: str) -> dict[str, Any]:
    """The content of the JSON file beside a volume; empty if there is none that can be read."""
    try:
        sidecar = file.companion(name)
        document = json.loads(sidecar.read()) if sidecar else None
    except (InputError, OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


@contextmanager
def opened_volume(file: InputFile, companion: str | None = None) -> Iterator[Path]:
    """A path from which a library can read the file; its errors become one line.

    A member of a zip is unpacked to a temporary folder that lives as long as it is needed.

    Args:
        file: The file.
        companion: Path of a second file that the library reads, relative to the folder of `file`.

    Raises:
        UnreadableFileError: No permission, the companion does not exist, or the library cannot
            read the file.
        UnsafeArchiveError: The companion of a member of a zip lies outside the zip.
    """
    try:
        if file.archive is None:
            yield file.path
            return
        with tempfile.TemporaryDirectory(prefix="vbq-") as folder:
            path = Path(folder, file.folder, file.base_name)
            _unpack(file, path)
            if companion is not None:  # it goes to the place where the library looks for it
                _unpack(companion_file(file, companion), path.parent / companion)
            yield path
    except (InputError, MemoryError):
        raise
    except PermissionError as error:
        raise UnreadableFileError(
            f"{file.display_name}: no permission to read this file.",
            remedy="Change its permissions, or copy it to a folder of your own.",
            code="no_permission",
        ) from error
    except Exception as error:
        raise damaged(file) from error


def companion_file(file: InputFile, name: str) -> InputFile:
    """The second file of a volume.

    Args:
        file: The file that refers to it.
        name: Its path relative to the folder of `file`.

    Raises:
        UnreadableFileError: It does not exist.
        UnsafeArchiveError: `file` is in a zip, and the path leads outside it.
    """
    companion = file.companion(name)
    if companion is None:
        companion_name = printable(PurePosixPath(name).name)
        raise UnreadableFileError(
            f"{file.display_name}: the file with its voxels, {companion_name!r}, is missing.",
            remedy="Copy or export both files together.",
            code="missing_companion",
        )
    return companion


def _unpack(member: InputFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(member.read())


def damaged(file: InputFile) -> UnreadableFileError:
    """The error for a file that is damaged or truncated."""
    return UnreadableFileError(
        f"{file.display_name}: the file is damaged or truncated.",
        remedy="Copy or export it again.",
        code="damaged_file",
    )


def missing_geometry(file: InputFile) -> GeometryError:
    """The error for a file that does not give the position of its voxels."""
    return GeometryError(
        f"{file.display_name}: the file does not say where its voxels are in the patient.",
        remedy="Convert it again from DICOM, keeping the orientation.",
        code="missing_geometry",
    )


def not_scalar(file: InputFile) -> UnreadableFileError:
    """The error for a file whose voxels are not single real numbers."""
    return UnreadableFileError(
        f"{file.display_name}: colour, complex or vector voxels are not MR signal.",
        remedy="Convert the original series again.",
        code="not_scalar",
    )
