"""Drawing on pictures: fonts, smooth outlines, text that is legible on any background."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

from vbq.report.colours import Colour

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

HALO = 1.2  # extra half-width of the dark line under an outline, pixels
HALO_STRENGTH = 0.45
HATCH = 6  # pixels from one stroke to the next


@lru_cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """DejaVu Sans, which comes with matplotlib (not imported: only its font file is read)."""
    matplotlib = find_spec("matplotlib")
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    for folder in (matplotlib.submodule_search_locations or []) if matplotlib else []:
        path = Path(folder, "mpl-data", "fonts", "ttf", name)
        if path.exists():
            return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    return ImageFont.load_default(size)


def outline(
    canvas: NDArray[np.float32],
    mask: NDArray[np.bool_],
    colour: Colour,
    *,
    width: float,
    smooth: bool = False,
) -> None:
    """Draw the edge of a mask onto a larger picture of the same field of view, in place.

    The edge lies where the mask, enlarged by cubic interpolation, crosses one half: halfway
    between the pixels inside and those outside.

    Args:
        canvas: (height, width, 3), 0..255.
        mask: Pixels of the region on the scan's own grid.
        colour: Colour of the line.
        width: Its width in pixels of the canvas.
        smooth: First blur the mask by about 0.7 of its pixels: for context only, not for ROIs, of
            which every pixel counts.
    """
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return
    field = mask.astype(np.float32)
    if smooth:
        field = _blur(_blur(field, 0), 1)
    height, width_all = canvas.shape[:2]
    sy, sx = height / mask.shape[0], width_all / mask.shape[1]
    top, bottom = _pixel_range(int(rows.min()), int(rows.max()), sy, height)
    left, right = _pixel_range(int(columns.min()), int(columns.max()), sx, width_all)
    enlarged = Image.fromarray(field).resize(
        (right - left, bottom - top),
        Image.Resampling.BICUBIC,
        box=(left / sx, top / sy, right / sx, bottom / sy),
    )
    value = np.asarray(enlarged) - np.float32(0.5)
    if min(value.shape) < 2:
        return
    slope = np.hypot(*np.gradient(value))
    distance = np.abs(value) / np.maximum(slope, np.float32(1e-4))
    part = canvas[top:bottom, left:right]
    for reach, strength, ink in (
        (width / 2 + HALO, HALO_STRENGTH, (0, 0, 0)),
        (width / 2, 1.0, colour),
    ):
        cover = np.clip(reach + 0.5 - distance, 0.0, 1.0) * strength
        part += cover[..., None].astype(np.float32) * (np.array(ink, np.float32) - part)


def hatch(canvas: NDArray[np.float32], mask: NDArray[np.bool_], colour: Colour) -> None:
    """Hatch a mask on a larger picture of the same field of view, in place.

    Args:
        canvas: (height, width, 3), 0..255.
        mask: Pixels of the region on the scan's own grid.
        colour: Colour of the strokes.
    """
    height, width = canvas.shape[:2]
    enlarged = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)
    y, x = np.ogrid[:height, :width]
    canvas[np.asarray(enlarged) & ((x + y) % HATCH < 2)] = colour


def write_line(
    draw: ImageDraw,
    position: tuple[float, float],
    text: str,
    colour: Colour,
    *,
    size: int,
    bold: bool = False,
    anchor: str = "la",
    halo: bool = False,
) -> float:
    """Write one line of text and return its width; a halo keeps it legible over an image."""
    face = font(size, bold=bold)
    stroke = 2 if halo else 0
    draw.text(
        position, text, colour, font=face, anchor=anchor, stroke_width=stroke, stroke_fill=(0, 0, 0)
    )
    return float(draw.textlength(text, font=face))


def wrap(draw: ImageDraw, text: str, *, size: int, width: float, bold: bool = False) -> list[str]:
    """Break text into lines no wider than ``width`` pixels; long words are broken too."""
    face = font(size, bold=bold)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if draw.textlength(longer, font=face) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and draw.textlength(lines[-1] + letter, font=face) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def _pixel_range(first: int, last: int, scale: float, length: int) -> tuple[int, int]:
    """Pixels of the canvas that an outline from first to last pixel of the mask can touch."""
    return max(int((first - 2) * scale), 0), min(int((last + 3) * scale) + 1, length)


def _blur(field: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    pad = [(0, 0), (0, 0)]
    pad[axis] = (1, 1)
    wide = np.moveaxis(np.pad(field, pad, mode="edge"), axis, 0)
    blurred = 0.25 * wide[:-2] + 0.5 * wide[1:-1] + 0.25 * wide[2:]
    back: NDArray[np.float32] = np.moveaxis(blurred, 0, axis)
    return back
