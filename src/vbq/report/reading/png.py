"""Pictures as small PNG files: the same picture gives the same bytes.

A report's picture is grey but for a few outlines. It is stored with a fixed palette: many greys,
and each colour of the report blended into black and into grey. That takes a third of the time and
space of full colour, and the eye sees no difference.
"""

from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vbq.report import colours
from vbq.report.colours import Colour

GREYS = 160
INTO_BLACK, INTO_GREY = 12, 7  # steps of each blend
GREY = (110, 110, 110)


def png_bytes(picture: Image.Image) -> bytes:
    """The picture as PNG: pixels only, no time, no software."""
    pixels = np.asarray(picture.convert("RGB"))
    palette = _palette((colours.ROI, colours.CSF, colours.UNUSED, *colours.STATUS.values()))
    grey_index = np.rint(np.arange(256) * (GREYS - 1) / 255).astype(np.uint8)
    index = grey_index[pixels[..., 1]]
    coloured = (pixels[..., 0] != pixels[..., 1]) | (pixels[..., 1] != pixels[..., 2])
    index[coloured] = _nearest(pixels[coloured], palette)
    stored = Image.fromarray(index)
    stored.putpalette(palette.tobytes())
    out = BytesIO()
    stored.save(out, "PNG", compress_level=3)
    return out.getvalue()


@lru_cache(maxsize=1)
def _palette(outlines: tuple[Colour, ...]) -> NDArray[np.uint8]:
    """256 colours, shape (256, 3): greys from black to white, then blends of each outline."""
    entries = [np.repeat(np.linspace(0, 255, GREYS)[:, None], 3, axis=1)]
    for colour in dict.fromkeys(outlines):
        for ground, steps in (((0, 0, 0), INTO_BLACK), (GREY, INTO_GREY)):
            share = np.linspace(1, 0, steps, endpoint=False)[:, None]
            entries.append(share * np.array(colour) + (1 - share) * np.array(ground))
    palette = np.rint(np.concatenate(entries)).astype(np.uint8)
    assert len(palette) <= 256
    return np.concatenate([palette, np.zeros((256 - len(palette), 3), np.uint8)])


def _nearest(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Index of the palette's nearest colour, for each distinct colour once."""
    if not len(pixels):
        return np.zeros(0, np.uint8)
    wide = pixels.astype(np.int32)
    codes, positions = np.unique(
        (wide[:, 0] << 16) | (wide[:, 1] << 8) | wide[:, 2], return_inverse=True
    )
    distinct = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.float32)
    table = palette.astype(np.float32)
    # |a − b|² = |a|² − 2 a·b + |b|²; the first term is the same for every entry
    distance = (table**2).sum(axis=1) - 2 * distinct @ table.T
    best: NDArray[np.uint8] = np.argmin(distance, axis=1).astype(np.uint8)
    return best[positions]
