"""The rescaled pixels of DICOM frames: uncompressed from the file itself, else by a decoder.

The decoders have permissive licences: RLE and JPEG 2000 (pylibjpeg), JPEG-LS (pyjpegls), JPEG and
lossless JPEG (gdcm).
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vbq.errors import UnreadableFileError
from vbq.scan.formats.dicom.frame import Frame, Storage
from vbq.scan.formats.dicom.header import parsing

logging.getLogger("openjpeg").addHandler(logging.NullHandler())  # failures are raised as errors


def fill_slices(frames: Sequence[Frame], stored: NDArray[np.float32]) -> None:
    """Read frames into an array of shape (frame, row, column).

    Raises:
        UnreadableFileError: A file is truncated, damaged or compressed in an unknown way.
    """
    groups: dict[int, list[int]] = {}  # indices of the frames in one file
    for index, frame in enumerate(frames):
        groups.setdefault(id(frame.storage), []).append(index)
    for indices in groups.values():
        storage = frames[indices[0]].storage
        images = _stored_values(storage, [frames[index].number for index in indices])
        for index, image in zip(indices, images, strict=True):
            frame = frames[index]
            stored[index] = image.astype(np.float64) * frame.slope + frame.intercept


def saturation_level(frames: Sequence[Frame]) -> float | None:
    """The largest value that the storage can hold, rescaled; ``None`` where frames differ."""
    if any(frame.storage.problem for frame in frames):
        return None
    levels = {
        (2.0 ** (f.storage.bits_stored - f.storage.signed) - 1) * f.slope + f.intercept
        for f in frames
    }
    return levels.pop() if len(levels) == 1 else None


def _stored_values(storage: Storage, numbers: Sequence[int]) -> Iterator[NDArray[Any]]:
    if storage.offset is None:
        images = _decoded(storage, numbers)
    else:
        images = _uncompressed(storage, storage.offset, numbers)
    for image in images:
        yield _signal_bits(image, storage)


def _uncompressed(storage: Storage, offset: int, numbers: Sequence[int]) -> Iterator[NDArray[Any]]:
    dtype = np.dtype(f"<{'i' if storage.signed else 'u'}{storage.bits_allocated // 8}")
    length = storage.rows * storage.columns * dtype.itemsize
    with storage.file.open() as stream:
        for number in numbers:
            stream.seek(offset + number * length)
            data = stream.read(length)
            if len(data) < length:
                raise _truncated(storage)
            yield np.frombuffer(data, dtype).reshape(storage.rows, storage.columns)


def _decoded(storage: Storage, numbers: Sequence[int]) -> Iterator[NDArray[Any]]:
    from pydicom import dcmread
    from pydicom.pixels.decoders.base import get_decoder

    file = storage.file
    with parsing(file, "its compressed pixels are damaged", "damaged_pixels"):
        try:
            decoder = get_decoder(storage.transfer_syntax)
        except NotImplementedError:
            decoder = None
        if decoder is None or not decoder.is_available:
            raise UnreadableFileError(
                f"{file.display_name}: the compression {storage.transfer_syntax.name} is not "
                "supported.",
                remedy="Export the series uncompressed.",
                code="unsupported_compression",
            )
        with file.open() as stream:
            dataset = dcmread(stream, force=True)
        if "PixelData" not in dataset:
            raise _truncated(storage)
        images = [image for image, _ in decoder.iter_array(dataset, indices=numbers, raw=True)]
    yield from images


def _signal_bits(image: NDArray[Any], storage: Storage) -> NDArray[Any]:
    """Clear the bits above and below the signal, which may hold overlays."""
    bits = image.dtype.itemsize * 8
    if image.dtype.kind not in "iu" or storage.bits_stored >= bits:
        return image
    dtype = np.dtype(f"{'i' if storage.signed else 'u'}{image.dtype.itemsize}")
    above = bits - 1 - storage.high_bit
    shifted = np.left_shift(image.astype(dtype, copy=False), above)
    return np.asarray(np.right_shift(shifted, bits - storage.bits_stored))


def _truncated(storage: Storage) -> UnreadableFileError:
    return UnreadableFileError(
        f"{storage.file.display_name}: the file is truncated: pixels are missing.",
        remedy="Copy or export the file again.",
        code="truncated",
    )
