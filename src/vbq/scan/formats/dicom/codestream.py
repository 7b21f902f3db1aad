"""The size of a picture as its compressed codestream gives it.

Decoders trust either the DICOM header or the codestream, and some write beyond their memory where
the two differ. They are compared before anything is decoded.
"""

import struct
from dataclasses import dataclass

_JPEG_START, _J2K_START = b"\xff\xd8", b"\xff\x4f\xff\x51"
# frame headers: SOF0..SOF15 but the tables DHT, JPG and DAC among them, and JPEG-LS's SOF55
_FRAME_HEADERS = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class PictureSize:
    """What a codestream says of its picture.

    Attributes:
        rows: Number of rows.
        columns: Number of columns.
        samples: Components of a pixel: 1 for grey.
        bits: Bits of the deepest component.
    """

    rows: int
    columns: int
    samples: int
    bits: int


def picture_size(codestream: bytes) -> PictureSize | None:
    """Read the size from a JPEG, JPEG-LS or JPEG 2000 codestream.

    ISO/IEC 10918-1 B.2.2 (frame header), 14495-1 C.2.2 and 15444-1 A.5.1 (SIZ).

    Returns:
        The size; ``None`` for another kind of codestream, or one that is cut off before it.
    """
    try:
        if codestream.startswith(_J2K_START):
            return _jpeg2000_size(codestream)
        if codestream.startswith(_JPEG_START):
            return _jpeg_size(codestream)
    except struct.error:
        return None
    return None


def _jpeg2000_size(codestream: bytes) -> PictureSize:
    right, lower, left, upper = struct.unpack_from(">4I", codestream, 8)
    (samples,) = struct.unpack_from(">H", codestream, 40)
    depths = struct.unpack_from(f">{3 * samples}B", codestream, 42)[::3]
    bits = max((depth & 0x7F) + 1 for depth in depths) if depths else 0
    return PictureSize(lower - upper, right - left, samples, bits)


def _jpeg_size(codestream: bytes) -> PictureSize | None:
    offset = 2
    while True:
        prefix, marker = struct.unpack_from(">BB", codestream, offset)
        if prefix != 0xFF:
            return None
        if marker == 0xFF:  # a fill byte
            offset += 1
        elif marker in _WITHOUT_LENGTH:
            offset += 2
        elif marker in _FRAME_HEADERS:
            bits, rows, columns, samples = struct.unpack_from(">BHHB", codestream, offset + 4)
            return PictureSize(rows, columns, samples, bits)
        else:
            (length,) = struct.unpack_from(">H", codestream, offset + 2)
            offset += 2 + max(length, 2)
