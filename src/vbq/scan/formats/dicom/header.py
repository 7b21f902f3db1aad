"""The header of one DICOM file and the frames that it describes, classic or multi-frame.

Only headers are read here; `vbq.scan.formats.dicom.pixels` reads the pixels. Patient names,
identifiers and dates are never read.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from pydicom import dcmread
from pydicom.errors import BytesLengthException
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from vbq.errors import UnreadableFileError
from vbq.scan.formats.dicom.attributes import dataset_lookup
from vbq.scan.formats.dicom.enhanced import enhanced_frames
from vbq.scan.formats.dicom.frame import Frame, Storage, make_frame
from vbq.scan.formats.input_files import InputFile
from vbq.scan.formats.values import integer, number, text

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CLASSES = "1.2.840.10008.5.1.4.1.1."
# Segmentation and registration, radiotherapy, parametric map, presentation state, spectroscopy:
# objects that are no acquired image, whether or not they have rows and columns.
_NOT_IMAGES = tuple(_CLASSES + end for end in ("66.", "481.", "30", "11.", "4.2"))
_IMAGES = tuple(_CLASSES + end for end in ("4", "2", "7"))  # MR, CT, secondary capture
_PIXEL_DATA = (0x7FE0, 0x0010)
_ITEM, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_PIXEL_TYPES = (b"OB", b"OW", b"UN")
_UNDEFINED_LENGTH = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Header:
    """One DICOM image file.

    Attributes:
        study_uid: Study Instance UID.
        series_uid: Series Instance UID.
        series_number: Series Number.
        enhanced: Whether it is a multi-frame object with functional groups.
        frames: Its slices, in the order of the file.
    """

    study_uid: str | None
    series_uid: str | None
    series_number: int | None
    enhanced: bool
    frames: tuple[Frame, ...]


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress pydicom's warnings about unusual values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def parsing(file: InputFile, reason: str, code: str) -> Iterator[None]:
    """Turn any error of a parser or decoder into one that names the file."""
    try:
        with quiet():
            yield
    except (UnreadableFileError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in a Rust decoder is not an Exception
        raise UnreadableFileError(
            f"{file.display_name}: {reason}.", remedy="Copy or export the file again.", code=code
        ) from error


def read_header(file: InputFile) -> Header | None:
    """Read the header of a DICOM file.

    Returns:
        The header, or ``None`` for an object that is not an image (report, segmentation,
        presentation state, DICOMDIR ...).

    Raises:
        UnreadableFileError: The file is damaged, or truncated within the header.
    """
    with file.open() as stream, parsing(file, "the DICOM header is damaged", "damaged_header"):
        dataset = dcmread(stream, stop_before_pixels=True, force=True)
        lookup = dataset_lookup(dataset)
        meta = dataset_lookup(dataset.file_meta)
        sop_class = text(lookup("SOPClassUID")) or text(meta("MediaStorageSOPClassUID")) or ""
        rows = integer(lookup("Rows"))
        if sop_class.startswith(_NOT_IMAGES):
            return None
        if not rows and not sop_class.startswith(_IMAGES):
            if sop_class:
                return None
            raise UnreadableFileError(
                f"{file.display_name}: the DICOM file is truncated or holds no image.",
                remedy="Copy or export the file again.",
                code="truncated",
            )
        storage = _storage(file, dataset, stream)
        if "PerFrameFunctionalGroupsSequence" in dataset:
            frames = enhanced_frames(dataset, storage)
            if len(frames) != storage.frames:
                raise UnreadableFileError(
                    f"{file.display_name}: the header declares {storage.frames} frames but "
                    f"describes {len(frames)}.",
                    remedy="Export the original series again as DICOM.",
                    code="damaged_header",
                )
        else:
            frame = make_frame(storage, 0, lookup, philips_scale=_philips_scale(dataset))
            # Without functional groups, the frames of a multi-frame file have no positions.
            frames = (frame if storage.frames == 1 else replace(frame, position=None),)
        return Header(
            study_uid=text(lookup("StudyInstanceUID")),
            series_uid=text(lookup("SeriesInstanceUID")),
            series_number=integer(lookup("SeriesNumber")),
            enhanced="PerFrameFunctionalGroupsSequence" in dataset,
            frames=frames,
        )


def _philips_scale(dataset: Dataset) -> float | None:
    """The private scale slope (2005,xx0E); ``None`` where it is missing or means nothing."""
    try:
        value = dataset.private_block(0x2005, "Philips MR Imaging DD 001")[0x0E].value
    except (KeyError, BytesLengthException):  # it is not there, or is no number
        return None
    scale = number(value)
    return scale if scale is not None and scale > 0 else None


def _storage(file: InputFile, dataset: Dataset, stream: BinaryIO) -> Storage:
    lookup = dataset_lookup(dataset)
    implicit, little = dataset.original_encoding
    guess = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    syntax = UID(text(dataset_lookup(dataset.file_meta)("TransferSyntaxUID")) or guess)
    allocated = integer(lookup("BitsAllocated")) or 16
    stored = integer(lookup("BitsStored")) or allocated
    high = integer(lookup("HighBit"))
    signed = integer(lookup("PixelRepresentation")) == 1
    rows, columns = integer(lookup("Rows")) or 0, integer(lookup("Columns")) or 0
    frames = max(integer(lookup("NumberOfFrames")) or 1, 1)

    if syntax.is_deflated:
        with file.open() as inflated:
            offset, length = None, len(dcmread(inflated, force=True).get("PixelData") or b"")
    else:
        offset, length = _pixel_element(stream, little=bool(little))
    encapsulated = length == _UNDEFINED_LENGTH
    if encapsulated:
        complete = _all_fragments_present(stream, file.size)
    else:
        available = length if syntax.is_deflated else min(length, file.size - (offset or 0))
        complete = available >= rows * columns * frames * max(allocated // 8, 1)

    problem = None
    if not length or not rows or not columns:
        problem = ("missing_pixel_data", "the file holds no pixels: they were removed or cut off")
    elif not complete:
        problem = ("truncated", "the file is truncated: pixels are missing")
    elif (integer(lookup("SamplesPerPixel")) or 1) > 1:
        problem = ("colour_picture", "this is a colour image, not MR signal")
    elif (text(lookup("PhotometricInterpretation")) or "MONOCHROME2") != "MONOCHROME2":
        problem = ("inverted_grayscale", "grey values are inverted or palette colours, not signal")
    elif allocated not in (8, 16, 32) or not 1 <= stored <= allocated:
        problem = ("unsupported_bits", f"{stored} of {allocated} bits per pixel cannot be signal")
    return Storage(
        file=file,
        uid=text(lookup("SOPInstanceUID")),
        transfer_syntax=syntax,
        rows=rows,
        columns=columns,
        frames=frames,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1 if high is None or not stored - 1 <= high < allocated else high,
        signed=signed,
        padding=_padding(integer(lookup("PixelPaddingValue")), allocated, signed=signed),
        offset=offset if little and not encapsulated else None,
        lossy=text(lookup("LossyImageCompression")) == "01",
        problem=None
        if problem is None
        else UnreadableFileError(
            f"{file.display_name}: {problem[1]}.",
            remedy="Export the original series again as DICOM.",
            code=problem[0],
        ),
    )


def _padding(value: int | None, bits: int, *, signed: bool) -> int | None:
    """The padding value as pixels are stored; some files write it without its sign."""
    if value is not None and signed and value >= 1 << (bits - 1):
        return value - (1 << bits)
    return value


def _pixel_element(stream: BinaryIO, *, little: bool) -> tuple[int | None, int]:
    """Offset and length of the pixels, from a stream positioned at their element.

    Whether the element has an explicit type is seen from itself: some meta headers are wrong.
    """
    head = stream.read(8)
    explicit = head[4:6] in _PIXEL_TYPES
    head += stream.read(4) if explicit else b""
    order = "<" if little else ">"
    layout = order + ("HH4xI" if explicit else "HHI")
    if len(head) < struct.calcsize(layout):
        return None, 0
    group, element, length = struct.unpack(layout, head)
    return (stream.tell(), length) if (group, element) == _PIXEL_DATA else (None, 0)


def _all_fragments_present(stream: BinaryIO, size: int) -> bool:
    """Whether every fragment of encapsulated pixels lies within the file.

    Decoders return as much as they can of a truncated fragment, part of an image, without an error.

    Args:
        stream: Positioned at the first fragment.
        size: Size of the file, bytes.
    """
    while len(head := stream.read(8)) == 8:
        group, element, length = struct.unpack("<HHI", head)
        if (group, element) != _ITEM:
            return (group, element) == _SEQUENCE_END
        if stream.tell() + length > size:
            return False
        stream.seek(length, 1)
    return stream.tell() >= size
