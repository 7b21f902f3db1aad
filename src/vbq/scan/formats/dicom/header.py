"""One DICOM file: from its header to the frames it holds, classic or multi-frame.

Only headers are read here; `vbq.scan.formats.dicom.pixels` reads the pixels. Patient names,
identifiers and dates are never touched.
"""

from __future__ import annotations

import struct
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from vbq.errors import UnreadableFileError
from vbq.scan.formats.dicom.enhanced import frames_of
from vbq.scan.formats.dicom.frame import Frame, Storage, make_frame
from vbq.scan.formats.values import (
    dataset_lookup,
    integer,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from pydicom.dataset import Dataset

    from vbq.scan.formats.input_files import Item

__all__ = ["Header", "parsing", "quiet", "read_header"]

_CLASSES = "1.2.840.10008.5.1.4.1.1."
_NO_IMAGE = tuple(  # classes that have rows and columns, or none, but are no acquired image
    _CLASSES + end for end in ("66.", "481.", "30", "11.", "4.2")
)  # segmentation and registration, radiotherapy, parametric map, presentation, spectroscopy
_IMAGE = tuple(_CLASSES + end for end in ("4", "2", "7"))  # MR, CT, secondary capture
_PIXEL_DATA = (0x7FE0, 0x0010)
_ITEM, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Header:
    """One DICOM image file.

    Attributes:
        study_uid: Study Instance UID.
        series_uid: Series Instance UID.
        series_number: Series Number.
        enhanced: Whether it is a multi-frame object with functional groups.
        frames: Its slices.
    """

    study_uid: str | None
    series_uid: str | None
    series_number: int | None
    enhanced: bool
    frames: tuple[Frame, ...]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom's remarks about unusual values to ourselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def parsing(item: Item, reason: str, code: str) -> Iterator[None]:
    """Turn whatever a parser or decoder stumbles over into one error that names the file."""
    try:
        with quiet():
            yield
    except (UnreadableFileError, MemoryError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a decoder in Rust is no Exception
        raise UnreadableFileError(
            f"{item.label}: {reason}.", remedy="Copy or export the file again.", code=code
        ) from error


def read_header(item: Item) -> Header | None:
    """Read the header of a DICOM file.

    Returns:
        The header, or ``None`` for an object that is not an image (report, segmentation,
        presentation state, DICOMDIR ...).

    Raises:
        UnreadableFileError: The file is damaged, or cut short before it says what it is.
    """
    with item.open() as stream, parsing(item, "the DICOM header is damaged", "damaged_header"):
        dataset = dcmread(stream, stop_before_pixels=True, force=True)
        lookup = dataset_lookup(dataset)
        meta = dataset_lookup(dataset.file_meta)
        sop_class = text(lookup("SOPClassUID")) or text(meta("MediaStorageSOPClassUID")) or ""
        rows = integer(lookup("Rows"))
        if sop_class.startswith(_NO_IMAGE):
            return None
        if not rows and not sop_class.startswith(_IMAGE):
            if sop_class:
                return None
            raise UnreadableFileError(
                f"{item.label}: the DICOM file is cut short or holds no image.",
                remedy="Copy or export the file again.",
                code="truncated",
            )
        storage = _storage(item, dataset, stream)
        if "PerFrameFunctionalGroupsSequence" in dataset:
            frames = frames_of(dataset, storage)
            if len(frames) != storage.frames:
                raise UnreadableFileError(
                    f"{item.label}: it announces {storage.frames} frames but describes "
                    f"{len(frames)}.",
                    remedy="Export the original series again as DICOM.",
                    code="damaged_header",
                )
        else:
            frame = make_frame(storage, 0, lookup)
            # Many frames without functional groups have no positions of their own.
            frames = (frame if storage.frames == 1 else replace(frame, position=None),)
        return Header(
            study_uid=text(lookup("StudyInstanceUID")),
            series_uid=text(lookup("SeriesInstanceUID")),
            series_number=integer(lookup("SeriesNumber")),
            enhanced="PerFrameFunctionalGroupsSequence" in dataset,
            frames=frames,
        )


def _storage(item: Item, dataset: Dataset, stream: BinaryIO) -> Storage:
    lookup = dataset_lookup(dataset)
    implicit, little = dataset.original_encoding
    guess = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    syntax = UID(text(dataset_lookup(dataset.file_meta)("TransferSyntaxUID")) or guess)
    allocated = integer(lookup("BitsAllocated")) or 16
    stored = integer(lookup("BitsStored")) or allocated
    high = integer(lookup("HighBit"))
    rows, columns = integer(lookup("Rows")) or 0, integer(lookup("Columns")) or 0
    frames = max(integer(lookup("NumberOfFrames")) or 1, 1)

    if syntax.is_deflated:
        with item.open() as again:
            offset, length = None, len(dcmread(again, force=True).get("PixelData") or b"")
    else:
        offset, length = _pixel_element(stream, explicit=not implicit, little=bool(little))
    encoded = length == _UNDEFINED
    if encoded:
        whole = _fragments_whole(stream, item.size)
    else:
        available = length if syntax.is_deflated else min(length, item.size - (offset or 0))
        whole = available >= rows * columns * frames * max(allocated // 8, 1)

    problem = None
    if not length or not rows or not columns:
        problem = ("missing_pixel_data", "it holds no pixels: they were left out or cut off")
    elif not whole:
        problem = ("truncated", "it is cut short: pixels are missing")
    elif (integer(lookup("SamplesPerPixel")) or 1) > 1:
        problem = ("colour_picture", "it is a colour picture, not MR signal")
    elif (text(lookup("PhotometricInterpretation")) or "MONOCHROME2") != "MONOCHROME2":
        problem = ("inverted_grayscale", "grey values are inverted or palette colours, not signal")
    elif allocated not in (8, 16, 32) or not 1 <= stored <= allocated:
        problem = ("unsupported_bits", f"{stored} of {allocated} bits per pixel cannot be signal")
    return Storage(
        item=item,
        uid=text(lookup("SOPInstanceUID")),
        transfer_syntax=syntax,
        rows=rows,
        columns=columns,
        frames=frames,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1 if high is None or not stored - 1 <= high < allocated else high,
        signed=integer(lookup("PixelRepresentation")) == 1,
        offset=offset if little and not encoded else None,
        lossy=text(lookup("LossyImageCompression")) == "01",
        problem=None
        if problem is None
        else UnreadableFileError(
            f"{item.label}: {problem[1]}.",
            remedy="Export the original series again as DICOM.",
            code=problem[0],
        ),
    )


def _pixel_element(stream: BinaryIO, *, explicit: bool, little: bool) -> tuple[int | None, int]:
    """Offset and length of the pixels, from a stream that stands before their element."""
    head = stream.read(12 if explicit else 8)
    order = "<" if little else ">"
    layout = order + ("HH4xI" if explicit else "HHI")
    if len(head) < struct.calcsize(layout):
        return None, 0
    group, element, length = struct.unpack(layout, head)
    return (stream.tell(), length) if (group, element) == _PIXEL_DATA else (None, 0)


def _fragments_whole(stream: BinaryIO, size: int) -> bool:
    """Whether every fragment of encapsulated pixels lies in the file, from a stream before them.

    Decoders draw what they can of a fragment that was cut: half a picture, and no error.
    """
    while len(head := stream.read(8)) == 8:
        group, element, length = struct.unpack("<HHI", head)
        if (group, element) != _ITEM:
            return (group, element) == _SEQUENCE_END
        if stream.tell() + length > size:
            return False
        stream.seek(length, 1)
    return stream.tell() >= size
