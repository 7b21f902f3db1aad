"""JPEG pixels decoded by GDCM in a process of its own.

GDCM's errors can end the process that it runs in: an exception thrown through its Python binding
aborts, and a damaged stream can crash it. Here that process is a child, which is asked for one file
after the other and started anew where it has died, so that one bad file costs its own series only.
"""

import atexit
import contextlib
import io
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

PROGRAM = "from vbq.scan.formats.dicom.gdcm_process import serve; serve()"
TIME_LIMIT_S = 60.0  # for one file; a slice takes milliseconds
MEMORY_LIMIT = 4 << 30  # bytes of address space of the child, where the system can limit it
_LENGTH = struct.Struct("<Q")


class GdcmError(Exception):
    """GDCM could not decode the pixels, crashed or took too long."""


class _Child:
    """The process that decodes; started when first used."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, request: bytes) -> bytes:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own program
                    [sys.executable, "-c", PROGRAM],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            process = self._process
            assert process.stdin is not None
            assert process.stdout is not None
            timer = threading.Timer(TIME_LIMIT_S, process.kill)
            timer.start()
            try:
                _send(process.stdin, request)
                return _receive(process.stdout)
            except (OSError, EOFError) as error:
                self.stop()
                raise GdcmError("the decoder crashed or took too long") from error
            finally:
                timer.cancel()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


_CHILD = _Child()
atexit.register(_CHILD.stop)


def decode(content: bytes, frames: Sequence[int]) -> list[NDArray[Any]]:
    """Decode frames of a DICOM file.

    Args:
        content: The whole file.
        frames: Indices of the frames.

    Returns:
        Their stored values, each of shape (rows, columns).

    Raises:
        GdcmError: They cannot be decoded; also where that has killed the child.
    """
    request = json.dumps(list(frames)).encode() + b"\n" + content
    with np.load(io.BytesIO(_CHILD.ask(request))) as arrays:
        if "error" in arrays:
            raise GdcmError(str(arrays["error"]))
        return [arrays[f"frame{index}"] for index in range(len(frames))]


def serve() -> None:
    """Answer the requests of `decode`: the program of the child."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    # GDCM prints to standard output, which is the way back: the answers go by a copy of it
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with contextlib.suppress(EOFError):
        while True:
            frames, _, content = _receive(sys.stdin.buffer).partition(b"\n")
            _send(answers, _answer(content, json.loads(frames)))


def _answer(content: bytes, frames: Sequence[int]) -> bytes:
    from pydicom import dcmread
    from pydicom.pixels.decoders.base import get_decoder

    arrays: dict[str, Any]
    try:
        dataset = dcmread(io.BytesIO(content), force=True)
        decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
        images = decoder.iter_array(dataset, indices=frames, raw=True, decoding_plugin="gdcm")
        arrays = {f"frame{index}": image for index, (image, _) in enumerate(images)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent names the file
        arrays = {"error": np.array(f"{type(error).__name__}")}
    answer = io.BytesIO()
    np.savez(answer, **arrays)
    return answer.getvalue()


def _send(stream: BinaryIO | Any, message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)) + message)
    stream.flush()


def _receive(stream: BinaryIO | Any) -> bytes:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    if length > MEMORY_LIMIT:  # no message of ours: the other side is not what it should be
        raise EOFError
    message = stream.read(length)
    if len(message) < length:
        raise EOFError
    return bytes(message)
