"""Sheets of overlays, to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

if TYPE_CHECKING:
    from pathlib import Path

COLOURS = ((0, 0, 0), (255, 80, 80), (80, 255, 80), (80, 120, 255), (255, 255, 0), (0, 255, 255))
TILE = 420


def overlay(image: np.ndarray, segmented: np.ndarray) -> np.ndarray:
    """Outlines of every class on a normalised image."""
    picture = np.repeat((image * 255).astype(np.uint8)[..., None], 3, axis=2)
    for k, colour in enumerate(COLOURS[1:], 1):
        mask = segmented == k
        picture[mask & ~ndimage.binary_erosion(mask)] = colour
    return picture


def sheet(pairs: list[tuple[np.ndarray, np.ndarray]], path: Path, columns: int = 4) -> None:
    """Image and class map pairs side by side, each fitted to one tile."""
    rows = -(-len(pairs) // columns)
    canvas = Image.new("RGB", (columns * TILE, rows * TILE))
    for i, (image, segmented) in enumerate(pairs):
        tile = Image.fromarray(overlay(image, segmented))
        scale = (TILE - 4) / max(tile.size)
        size = (round(tile.width * scale), round(tile.height * scale))
        canvas.paste(
            tile.resize(size, Image.Resampling.BICUBIC), (i % columns * TILE, i // columns * TILE)
        )
    canvas.save(path)
