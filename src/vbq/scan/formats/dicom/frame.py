"""The frames of a DICOM file: position, storage and acquisition of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.errors import UnreadableFileError
from vbq.scan.formats.dicom.attributes import Lookup, read_acquisition
from vbq.scan.formats.input_files import InputFile
from vbq.scan.formats.values import integer, number, numbers, text
from vbq.scan.scan import Acquisition

if TYPE_CHECKING:
    from pydicom.uid import UID


@dataclass(frozen=True, slots=True)
class Storage:
    """Storage of the pixels in one file.

    Attributes:
        file: The file.
        uid: SOP Instance UID; copies of a file share it.
        transfer_syntax: Its UID.
        rows: Rows of a frame.
        columns: Columns of a frame.
        frames: Number of frames.
        bits_allocated: Bits that a sample occupies.
        bits_stored: Bits of a sample that hold signal.
        high_bit: Highest bit of a sample that holds signal.
        signed: Whether samples are two's complement.
        padding: Stored value of pixels that hold no signal, such as corners that a correction of
            gradient distortion left empty (Pixel Padding Value, PS3.3 C.7.5.1.1.2); ``None`` where
            the header names none.
        offset: Position in the file at which uncompressed little-endian pixels begin; ``None``
            where a decoder is needed.
        lossy: Whether the pixels have ever undergone lossy compression.
        problem: The reason why the pixels cannot be used, if so.
    """

    file: InputFile
    uid: str | None
    transfer_syntax: UID
    rows: int
    columns: int
    frames: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    padding: int | None
    offset: int | None
    lossy: bool
    problem: UnreadableFileError | None


@dataclass(frozen=True, slots=True)
class Frame:
    """One slice in one file.

    Attributes:
        storage: The file and how it stores pixels.
        number: Index of the frame in the file.
        position: Image position, LPS mm.
        orientation: Image orientation: direction cosines of a row, then of a column.
        spacing: Pixel spacing, mm: between rows, between columns.
        slope: Rescale slope.
        intercept: Rescale intercept.
        philips_scale: Philips's private scale slope, where there is one: the signal is the
            rescaled value over the product of it and the rescale slope (Chenevert et al., Transl
            Oncol 2014;7:65-71, 10.1593/tlo.13811).
        component: ``"M"`` magnitude, ``"P"`` phase, ``"R"`` real, ``"I"`` imaginary, or ``""``.
        repeat: Attributes that may distinguish frames at the same position: image type, echo
            time, time point, acquisition number, diffusion weighting.
        acquisition: Acquisition parameters.
    """

    storage: Storage
    number: int
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    slope: float
    intercept: float
    philips_scale: float | None
    component: str
    repeat: tuple[object, ...]
    acquisition: Acquisition

    @property
    def name(self) -> str:
        """Its name in messages."""
        name = self.storage.file.display_name
        return name if self.storage.frames == 1 else f"{name} (frame {self.number + 1})"


def make_frame(
    storage: Storage, index: int, lookup: Lookup, *, philips_scale: float | None = None
) -> Frame:
    """One frame from its attributes."""
    acquisition = read_acquisition(lookup)
    slope = number(lookup("RescaleSlope"))
    return Frame(
        storage=storage,
        number=index,
        position=numbers(lookup("ImagePositionPatient"), 3),
        orientation=numbers(lookup("ImageOrientationPatient"), 6),
        spacing=numbers(lookup("PixelSpacing"), 2),
        slope=slope or 1.0,
        intercept=number(lookup("RescaleIntercept")) or 0.0,
        philips_scale=philips_scale,
        component=_component(acquisition.image_type, text(lookup("ComplexImageComponent"))),
        repeat=(
            acquisition.image_type,
            acquisition.echo_time_ms,
            text(lookup("TemporalPositionIndex")) or text(lookup("TemporalPositionIdentifier")),
            integer(lookup("AcquisitionNumber")),
            number(lookup("DiffusionBValue")),
        ),
        acquisition=acquisition,
    )


def _component(image_type: tuple[str, ...], declared: str | None) -> str:
    """Magnitude, phase, real or imaginary; Siemens and Philips state it in the image type."""
    if declared:
        names = {"MAGNITUDE": "M", "PHASE": "P", "REAL": "R", "IMAGINARY": "I"}
        return names.get(declared.upper(), "")
    for value in (value.upper() for value in image_type[2:]):
        if value in ("M", "P", "R", "I"):
            return value
        if value in ("PHASE MAP", "PHASE"):
            return "P"
    return ""
