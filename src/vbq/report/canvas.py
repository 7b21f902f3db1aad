"""Colours, letters and lines of the overlay."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageFont

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageDraw import ImageDraw

__all__ = [
    "BODY_COLOUR",
    "CANAL_COLOUR",
    "CSF_COLOUR",
    "DIM",
    "INK",
    "OVERSIZE",
    "PAPER",
    "ROI_COLOUR",
    "STATUS_COLOUR",
    "UNUSED_COLOUR",
    "font",
    "outline",
]

OVERSIZE = 2  # drawn so many times larger than shown

# Okabe & Ito's palette, told apart also by colour-blind readers.
Colour = tuple[int, int, int]
BODY_COLOUR: Colour = (86, 180, 233)
ROI_COLOUR: Colour = (240, 228, 66)
CSF_COLOUR: Colour = (230, 110, 30)
CANAL_COLOUR: Colour = (150, 150, 150)
UNUSED_COLOUR: Colour = (170, 170, 170)
INK: Colour = (245, 245, 245)
DIM: Colour = (165, 165, 165)
PAPER: Colour = (14, 14, 16)
STATUS_COLOUR: dict[str, Colour] = {
    "ok": (0, 190, 140),
    "caution": (240, 180, 20),
    "refused": (240, 100, 60),
}


@lru_cache(maxsize=16)
def font(size: int, *, bold: bool = False, oversize: int = OVERSIZE) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib; its package is located, not imported."""
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return ImageFont.truetype(str(path), size * oversize)


def outline(
    draw: ImageDraw,
    mask: NDArray[np.bool_],
    colour: Colour,
    scale: tuple[float, float],
    *,
    width: int,
) -> None:
    """Draw the outline of a mask.

    Args:
        draw: Where to.
        mask: Shape (rows, columns).
        colour: RGB.
        scale: Canvas pixels for each (column, row).
        width: Line width in pixels of the finished picture.
    """
    from contourpy import contour_generator

    if not mask.any():
        return
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    top, left = rows[0] - 1, columns[0] - 1
    box = np.pad(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float), 1)
    for line in contour_generator(z=box).lines(0.5):
        points = (np.asarray(line) + (left + 0.5, top + 0.5)) * scale
        draw.line([tuple(p) for p in points.tolist()], fill=colour, width=width * OVERSIZE)
