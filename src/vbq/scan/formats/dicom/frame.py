"""The frames of a DICOM file: where each lies, how it is stored and was acquired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.scan.formats.values import (
    Lookup,
    acquisition,
    integer,
    number,
    numbers,
    text,
)

if TYPE_CHECKING:
    from pydicom.uid import UID

    from vbq.errors import UnreadableFileError
    from vbq.scan.formats.input_files import Item
    from vbq.scan.scan import Acquisition

__all__ = ["Frame", "Storage", "make_frame"]


@dataclass(frozen=True, slots=True)
class Storage:
    """How one file stores its pixels.

    Attributes:
        item: The file.
        uid: SOP Instance UID: which image it is, wherever copies of it lie.
        transfer_syntax: Its UID.
        rows: Rows of a frame.
        columns: Columns of a frame.
        frames: Number of frames.
        bits_allocated: Bits a sample takes up.
        bits_stored: Bits of it that are signal.
        high_bit: Highest of those.
        signed: Whether samples are two's complement.
        offset: Where uncompressed little-endian pixels begin in the file; ``None`` where a
            decoder is needed.
        lossy: Whether they were ever compressed with loss.
        problem: Why the pixels cannot be used, if so.
    """

    item: Item
    uid: str | None
    transfer_syntax: UID
    rows: int
    columns: int
    frames: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
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
        orientation: Image orientation: direction of a row, then of a column.
        spacing: Pixel spacing: between rows, between columns.
        slope: Rescale slope.
        intercept: Rescale intercept.
        component: ``"M"`` magnitude, ``"P"`` phase, ``"R"`` real, ``"I"`` imaginary, or ``""``.
        repeat: What may tell apart frames at the same place: image type, echo time, time point,
            acquisition number, diffusion weighting.
        acquisition: How it was acquired.
    """

    storage: Storage
    number: int
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    slope: float
    intercept: float
    component: str
    repeat: tuple[object, ...]
    acquisition: Acquisition

    @property
    def name(self) -> str:
        """What to call it in messages."""
        name = self.storage.item.label
        return name if self.storage.frames == 1 else f"{name} (frame {self.number + 1})"


def make_frame(storage: Storage, index: int, lookup: Lookup) -> Frame:
    """One frame from its attributes."""
    how = acquisition(lookup)
    slope = number(lookup("RescaleSlope"))
    return Frame(
        storage=storage,
        number=index,
        position=numbers(lookup("ImagePositionPatient"), 3),
        orientation=numbers(lookup("ImageOrientationPatient"), 6),
        spacing=numbers(lookup("PixelSpacing"), 2),
        slope=slope or 1.0,
        intercept=number(lookup("RescaleIntercept")) or 0.0,
        component=_component(how.image_type, text(lookup("ComplexImageComponent"))),
        repeat=(
            how.image_type,
            how.echo_time_ms,
            text(lookup("TemporalPositionIndex")) or text(lookup("TemporalPositionIdentifier")),
            integer(lookup("AcquisitionNumber")),
            number(lookup("DiffusionBValue")),
        ),
        acquisition=how,
    )


def _component(image_type: tuple[str, ...], declared: str | None) -> str:
    """Magnitude, phase, real or imaginary: Siemens and Philips say so in the image type."""
    if declared:
        names = {"MAGNITUDE": "M", "PHASE": "P", "REAL": "R", "IMAGINARY": "I"}
        return names.get(declared.upper(), "")
    for word in (word.upper() for word in image_type[2:]):
        if word in ("M", "P", "R", "I"):
            return word
        if word in ("PHASE MAP", "PHASE"):
            return "P"
    return ""
