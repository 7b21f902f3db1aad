"""The rescaled pixels of DICOM frames: uncompressed from the file itself, else by a decoder.

Each compression has one decoder, all of permissive licences: RLE and JPEG 2000 pylibjpeg, JPEG-LS
pyjpegls, JPEG and lossless JPEG GDCM, which runs in a process of its own.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from vbq.errors import UnreadableFileError
from vbq.scan.formats.dicom.codestream import picture_size
from vbq.scan.formats.dicom.frame import Frame, Storage
from vbq.scan.formats.dicom.gdcm_process import decode
from vbq.scan.formats.dicom.header import parsing

GDCM = "gdcm"
DECODERS = {
    RLELossless: "pylibjpeg",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
    HTJ2KLossless: "pylibjpeg",
    HTJ2KLosslessRPCL: "pylibjpeg",
    HTJ2K: "pylibjpeg",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEGBaseline8Bit: GDCM,
    JPEGExtended12Bit: GDCM,
    JPEGLossless: GDCM,
    JPEGLosslessSV1: GDCM,
    DeflatedExplicitVRLittleEndian: "",  # no plug-in: pydicom itself
    ExplicitVRBigEndian: "",
}

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
            signal = image.astype(np.float64) * frame.slope + frame.intercept
            if storage.padding is not None:
                signal[image == storage.padding] = 0.0
            stored[index] = signal


def common_intercept(frames: Sequence[Frame]) -> float:
    """The rescale intercept of all frames; 0 if they differ."""
    intercepts = {frame.intercept for frame in frames}
    return intercepts.pop() if len(intercepts) == 1 else 0.0


def on_one_scale(frames: Sequence[Frame]) -> tuple[list[Frame], bool]:
    """Frames whose signals can be compared, and whether they had to be rescaled for that.

    Philips scales each slice by its own factor, and states it in a private element. A factor that
    all slices share changes no ratio of signals and is left as it is.
    """
    factors = [frame.slope * (frame.philips_scale or 0.0) for frame in frames]
    if min(factors) <= 0 or np.allclose(factors, factors[0], rtol=1e-6, atol=0):
        return list(frames), False
    usual = float(np.median(factors))
    rescaled = [
        replace(
            frame,
            slope=frame.slope * usual / factor,
            intercept=frame.intercept * usual / factor,
            philips_scale=None,
        )
        for frame, factor in zip(frames, factors, strict=True)
    ]
    return rescaled, True


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
    from pydicom.encaps import get_frame
    from pydicom.pixels.decoders.base import get_decoder

    file, syntax = storage.file, storage.transfer_syntax
    if syntax not in DECODERS:
        raise UnreadableFileError(
            f"{file.display_name}: the compression {syntax.name} is not supported.",
            remedy="Export the series uncompressed.",
            code="unsupported_compression",
        )
    with parsing(file, "its compressed pixels are damaged", "damaged_pixels"):
        with file.open() as stream:
            content = stream.read()
        dataset = dcmread(BytesIO(content), force=True)
        if "PixelData" not in dataset:
            raise _truncated(storage)
        if syntax.is_encapsulated:
            for number in numbers:
                frame = get_frame(dataset.PixelData, number, number_of_frames=storage.frames)
                _require_described_size(storage, frame)
        plugin = DECODERS[syntax]
        if plugin == GDCM:
            images = decode(content, numbers)
        else:
            arrays = get_decoder(syntax).iter_array(
                dataset, indices=numbers, raw=True, decoding_plugin=plugin
            )
            images = [image for image, _ in arrays]
    yield from images


def _require_described_size(storage: Storage, codestream: bytes) -> None:
    """Raise if a codestream holds another picture than the header describes.

    Raises:
        UnreadableFileError: Rows, columns, samples or bits differ.
    """
    size = picture_size(codestream)
    if size is None:
        return
    described = (storage.rows, storage.columns, 1)
    if (size.rows, size.columns, size.samples) == described and size.bits <= storage.bits_allocated:
        return
    raise UnreadableFileError(
        f"{storage.file.display_name}: the header describes {storage.rows} × {storage.columns} "
        f"pixels of {storage.bits_allocated} bits, but its compressed pixels are {size.rows} × "
        f"{size.columns} of {size.bits} bits.",
        remedy="Export the series again.",
        code="pixels_differ_from_header",
    )


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
