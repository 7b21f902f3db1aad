"""The slices that were measured, each with what was measured on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from vbq.report.colours import BODY, CSF, INK, MUTED, ROI, UNUSED
from vbq.report.reading.drawing import hatch, outline, words
from vbq.report.reading.png import png_bytes
from vbq.report.reading.view import View, choose_views, crop_to_spine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.measure.measurement import Measurement

__all__ = ["LONGEST_SIDE", "draw_picture", "paint", "paint_all"]

LONGEST_SIDE = 1000  # pixels
SHORTEST_SIDE = 8
IN_A_ROW, SIDE_IN_ROWS, GAP = 3, 760, 6  # panels; pixels
MARGIN = 12
LETTER = 22
LABEL = 19
SMALL = 15


def draw_picture(measurement: Measurement) -> bytes | None:
    """The slices, cropped to the spine, with outlines, level names, directions and scale, as PNG.

    Returns:
        ``None`` where the measurement has no scan.
    """
    views = [crop_to_spine(view, measurement) for view in choose_views(measurement)]
    return png_bytes(paint_all(measurement, views)) if views else None


def paint_all(measurement: Measurement, views: Sequence[View]) -> Image.Image:
    """One picture of all views, at least one, side by side; more than three in rows."""
    side = LONGEST_SIDE if len(views) <= IN_A_ROW else SIDE_IN_ROWS
    panels = [paint(measurement, view, side, alone=len(views) == 1) for view in views]
    width, height = panels[0].size
    down = math.ceil(len(panels) / IN_A_ROW)
    across = math.ceil(len(panels) / down)
    size = (across * (width + GAP) - GAP, down * (height + GAP) - GAP)
    picture = Image.new("RGB", size, (0, 0, 0))
    for number, panel in enumerate(panels):
        row, column = divmod(number, across)
        picture.paste(panel, (column * (width + GAP), row * (height + GAP)))
    return picture


def paint(
    measurement: Measurement, view: View, side: int = LONGEST_SIDE, *, alone: bool = True
) -> Image.Image:
    """Draw the view at its true proportions with the regions measured on it.

    Args:
        measurement: What was measured.
        view: What to draw.
        side: Length of its longer side, pixels.
        alone: Whether there is no other: else its slice is written on it.
    """
    height_mm = view.image.shape[0] * view.pixel_mm[0]
    width_mm = view.image.shape[1] * view.pixel_mm[1]
    scale = side / max(height_mm, width_mm)  # pixels per mm
    size = (
        max(round(width_mm * scale), SHORTEST_SIDE),
        max(round(height_mm * scale), SHORTEST_SIDE),
    )
    enlarged = Image.fromarray(view.image).resize(size, Image.Resampling.BICUBIC)
    grey = np.clip(np.asarray(enlarged) * 255, 0, 255).astype(np.float32)
    canvas = np.repeat(grey[..., None], 3, axis=2)
    names = _outlines(canvas, measurement, view) if view.plane == "sagittal" else []

    picture = Image.fromarray(np.rint(canvas).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for at, text, colour, anchor in names:
        words(draw, at, text, colour, size=LABEL, bold=True, anchor=anchor, halo=True)
    _directions(draw, size, view.letters, [at for at, *_ in names])
    if not alone:
        at = (size[0] - MARGIN, MARGIN)
        words(draw, at, f"slice {view.index}", INK, size=LABEL, anchor="ra", halo=True)
    _scale_bar(draw, size, scale)
    return picture


Name = tuple[tuple[float, float], str, tuple[int, int, int], str]


def _outlines(canvas: NDArray[np.float32], measurement: Measurement, view: View) -> list[Name]:
    """Draw bodies, and regions of this slice; returns the names to write beside them.

    A level measured on another slice is named there.
    """
    sy, sx = (canvas.shape[i] / view.image.shape[i] for i in (0, 1))
    here = [roi for roi in measurement.rois if roi.slice == view.index]
    elsewhere = {roi.name for roi in measurement.rois} - {roi.name for roi in here}
    named = {roi.name: view.cut(roi.mask) for roi in here}
    if measurement.anatomy is not None:
        labels = measurement.anatomy.labels[view.index]
        for vertebra in measurement.anatomy.vertebrae:
            mask = view.cut(labels == vertebra.level)
            if mask.any():
                outline(canvas, mask, BODY, width=1.1, smooth=True)
                named |= {} if vertebra.name in elsewhere else {vertebra.name: mask}
    for roi in here:
        colour = CSF if roi.name == "CSF" else ROI if roi.used else UNUSED
        outline(canvas, view.cut(roi.mask), colour, width=2.0 if roi.used else 1.6)
        if roi.excluded is not None:
            hatch(canvas, view.cut(roi.excluded), UNUSED)
    left_out = {roi.name for roi in here if roi.suspect}
    by_hand = {roi.name for roi in here if roi.source == "drawn"}
    names: list[Name] = []
    for name, mask in named.items():
        rows, columns = np.nonzero(mask)
        y = (float(rows.min()) + float(rows.max()) + 1) / 2 * sy
        if name == "CSF":
            at, anchor, colour = ((float(columns.max()) + 1) * sx + 10, y), "lm", CSF
        else:
            at, anchor, colour = (
                (max(float(columns.min()) * sx - 10, MARGIN + LETTER), y),
                "rm",
                INK,
            )
        names.append((at, name, colour, anchor))
        below = [(UNUSED, "suspect")] if name in left_out else []
        below += [(colour, "drawn")] if name in by_hand else []
        for line, (ink, text) in enumerate(below, start=1):
            names.append(((at[0], y + line * (LABEL + 3)), text, ink, anchor))
    return names


def _directions(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    letters: str,
    names: list[tuple[float, float]],
) -> None:
    """Patient directions, in the middle of each edge or, where a name is there, beside it."""
    width, height = size
    left, right, top, bottom = tuple(letters)
    crowded = {
        edge: any(abs(y - at) < 40 and abs(x - width / 2) < 110 for x, y in names)
        for edge, at in ((top, MARGIN), (bottom, height - MARGIN))
    }
    for at, letter, anchor in (
        ((MARGIN, height / 2), left, "lm"),
        ((width - MARGIN, height / 2), right, "rm"),
        ((width * (0.25 if crowded[top] else 0.5), MARGIN), top, "ma"),
        ((width * (0.75 if crowded[bottom] else 0.5), height - MARGIN), bottom, "md"),
    ):
        words(draw, at, letter, INK, size=LETTER, bold=True, anchor=anchor, halo=True)


def _scale_bar(draw: ImageDraw.ImageDraw, size: tuple[int, int], scale: float) -> None:
    """A bar of 5 cm (1 cm in a small field of view) with a tick at each centimetre."""
    width, height = size
    centimetres = 5 if 50 * scale < 0.45 * width else 1
    length = centimetres * 10 * scale
    if length > 0.8 * width:
        return
    x, y = MARGIN, height - MARGIN - 2
    draw.line([(x - 1, y + 1), (x + length + 1, y + 1)], (0, 0, 0), 5)
    draw.line([(x, y), (x + length, y)], INK, 2)
    for tick in range(centimetres + 1):
        end = tick in {0, centimetres}
        at = x + tick * 10 * scale
        draw.line([(at, y), (at, y - (9 if end else 5))], INK if end else MUTED, 2)
    words(
        draw,
        (x + length / 2, y - 12),
        f"{centimetres} cm",
        INK,
        size=SMALL,
        anchor="md",
        halo=True,
    )
