"""The pixels of DICOM frames, rescaled: uncompressed ones straight from the file, others decoded.

Decoders are those of permissive licence: RLE and JPEG 2000 (pylibjpeg), JPEG-LS (pyjpegls),
JPEG and lossless JPEG (gdcm).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq.errors import UnreadableFileError
from vbq.scan.formats.dicom.header import parsing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vbq.scan.formats.dicom.frame import Frame, Storage

__all__ = ["fill_slices", "saturation_level"]

logging.getLogger("openjpeg").addHandler(logging.NullHandler())  # our errors say what is needed


def fill_slices(frames: Sequence[Frame], stored: NDArray[np.float32]) -> None:
    """Read frames into an array of shape (frame, row, column).

    Raises:
        UnreadableFileError: A file is truncated, damaged or compressed in an unknown way.
    """
    places: dict[int, list[int]] = {}
    for place, frame in enumerate(frames):
        places.setdefault(id(frame.storage), []).append(place)
    for group in places.values():
        storage = frames[group[0]].storage
        pictures = _stored_values(storage, [frames[place].number for place in group])
        for place, picture in zip(group, pictures, strict=True):
            frame = frames[place]
            stored[place] = picture.astype(np.float64) * frame.slope + frame.intercept


def saturation_level(frames: Sequence[Frame]) -> float | None:
    """The largest value the storage can hold, rescaled; ``None`` where frames differ."""
    if any(frame.storage.problem for frame in frames):
        return None
    levels = {
        (2.0 ** (f.storage.bits_stored - f.storage.signed) - 1) * f.slope + f.intercept
        for f in frames
    }
    return levels.pop() if len(levels) == 1 else None


def _stored_values(storage: Storage, numbers: Sequence[int]) -> Iterator[NDArray[Any]]:
    if storage.offset is None:
        pictures = _decoded(storage, numbers)
    else:
        pictures = _raw(storage, storage.offset, numbers)
    for picture in pictures:
        yield _signal_bits(picture, storage)


def _raw(storage: Storage, offset: int, numbers: Sequence[int]) -> Iterator[NDArray[Any]]:
    kind = np.dtype(f"<{'i' if storage.signed else 'u'}{storage.bits_allocated // 8}")
    count = storage.rows * storage.columns
    with storage.item.open() as stream:
        for number in numbers:
            stream.seek(offset + number * count * kind.itemsize)
            data = stream.read(count * kind.itemsize)
            if len(data) < count * kind.itemsize:
                raise _damaged(storage)
            yield np.frombuffer(data, kind).reshape(storage.rows, storage.columns)


def _decoded(storage: Storage, numbers: Sequence[int]) -> Iterator[NDArray[Any]]:
    from pydicom import dcmread
    from pydicom.pixels.decoders.base import get_decoder

    item = storage.item
    with parsing(item, "its compressed pixels are damaged", "damaged_pixels"):
        try:
            decoder = get_decoder(storage.transfer_syntax)
        except NotImplementedError:
            decoder = None
        if decoder is None or not decoder.is_available:
            raise UnreadableFileError(
                f"{item.label}: its compression ({storage.transfer_syntax.name}) is not supported.",
                remedy="Export the series uncompressed.",
                code="unsupported_compression",
            )
        with item.open() as stream:
            dataset = dcmread(stream, force=True)
        if "PixelData" not in dataset:
            raise _damaged(storage)
        pictures = [
            picture for picture, _ in decoder.iter_array(dataset, indices=numbers, raw=True)
        ]
    yield from pictures


def _signal_bits(picture: NDArray[Any], storage: Storage) -> NDArray[Any]:
    """Drop what is stored above and below the signal, such as overlays in unused bits."""
    bits = picture.dtype.itemsize * 8
    if picture.dtype.kind not in "iu" or storage.bits_stored >= bits:
        return picture
    kind = np.dtype(f"{'i' if storage.signed else 'u'}{picture.dtype.itemsize}")
    above = bits - 1 - storage.high_bit
    shifted = np.left_shift(picture.astype(kind, copy=False), above)
    return np.asarray(np.right_shift(shifted, bits - storage.bits_stored))


def _damaged(storage: Storage) -> UnreadableFileError:
    return UnreadableFileError(
        f"{storage.item.label}: it is cut short: pixels are missing.",
        remedy="Copy or export the file again.",
        code="truncated",
    )
