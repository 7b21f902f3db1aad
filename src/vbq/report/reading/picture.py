"""The measured slices with their outlines, level names, directions and scale."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vbq.measure.measurement import Measurement
from vbq.report import colours
from vbq.report.colours import INK, MUTED, Colour
from vbq.report.reading.drawing import hatch, outline, write_line
from vbq.report.reading.png import png_bytes
from vbq.report.reading.view import View, choose_views, crop_to_spine

LONGEST_SIDE = 1000  # pixels
SHORTEST_SIDE = 8
PANELS_IN_A_ROW, SIDE_IN_ROWS, GAP = 3, 760, 6  # panels; pixels; pixels
MARGIN = 12
LETTER = 22
LABEL = 19
SMALL = 15


def draw_picture(measurement: Measurement) -> bytes | None:
    """The measured slices, cropped to the spine, as PNG; None if the measurement has no scan."""
    views = [crop_to_spine(view, measurement) for view in choose_views(measurement)]
    return png_bytes(paint_all(measurement, views)) if views else None


def paint_all(measurement: Measurement, views: Sequence[View]) -> Image.Image:
    """One picture of all views (at least one), side by side; more than three are put in rows."""
    side = LONGEST_SIDE if len(views) <= PANELS_IN_A_ROW else SIDE_IN_ROWS
    panels = [paint(measurement, view, side, numbered=len(views) > 1) for view in views]
    width, height = panels[0].size
    down = math.ceil(len(panels) / PANELS_IN_A_ROW)
    across = math.ceil(len(panels) / down)
    size = (across * (width + GAP) - GAP, down * (height + GAP) - GAP)
    picture = Image.new("RGB", size, (0, 0, 0))
    for number, panel in enumerate(panels):
        row, column = divmod(number, across)
        picture.paste(panel, (column * (width + GAP), row * (height + GAP)))
    return picture


def paint(
    measurement: Measurement, view: View, side: int = LONGEST_SIDE, *, numbered: bool = False
) -> Image.Image:
    """Draw the view at its true proportions with the ROIs measured on it.

    Args:
        measurement: The measurement.
        view: The view to draw.
        side: Length of its longer side, pixels.
        numbered: Write the number of the slice on it.
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
    for name in names:
        write_line(
            draw, name.position, name.text, name.colour, size=LABEL, bold=True,
            anchor=name.anchor, halo=True,
        )  # fmt: skip
    _directions(draw, size, view.letters, [name.position for name in names])
    if numbered:
        corner = (size[0] - MARGIN, MARGIN)
        write_line(draw, corner, f"slice {view.index}", INK, size=LABEL, anchor="ra", halo=True)
    _scale_bar(draw, size, scale)
    return picture


class Name(NamedTuple):
    """Text to write beside an outline.

    Attributes:
        position: Column and row in the picture.
        text: Name of the level, or a remark on it.
        colour: Colour of the text.
        anchor: Where the position is in the text, as Pillow writes it.
    """

    position: tuple[float, float]
    text: str
    colour: Colour
    anchor: str


def _outlines(canvas: NDArray[np.float32], measurement: Measurement, view: View) -> list[Name]:
    """Draw vertebral bodies and the ROIs of this slice; return the names to write beside them.

    A level measured on another slice is named there.
    """
    sy, sx = (canvas.shape[i] / view.image.shape[i] for i in (0, 1))
    rois = [roi for roi in measurement.rois if roi.slice == view.index]
    on_other_slices = {roi.name for roi in measurement.rois} - {roi.name for roi in rois}
    named = {roi.name: view.cut(roi.mask) for roi in rois}
    if measurement.anatomy is not None:
        labels = measurement.anatomy.labels[view.index]
        for vertebra in measurement.anatomy.vertebrae:
            mask = view.cut(labels == vertebra.level)
            if mask.any():
                outline(canvas, mask, colours.BODY, width=1.1, smooth=True)
                named |= {} if vertebra.name in on_other_slices else {vertebra.name: mask}
    for roi in rois:
        colour = colours.CSF if roi.name == "CSF" else colours.ROI if roi.used else colours.UNUSED
        outline(canvas, view.cut(roi.mask), colour, width=2.0 if roi.used else 1.6)
        if roi.excluded is not None:
            hatch(canvas, view.cut(roi.excluded), colours.UNUSED)
    suspect = {roi.name for roi in rois if roi.suspect}
    drawn_by_hand = {roi.name for roi in rois if roi.source == "drawn"}
    names: list[Name] = []
    for text, mask in named.items():
        rows, columns = np.nonzero(mask)
        y = (float(rows.min()) + float(rows.max()) + 1) / 2 * sy
        if text == "CSF":
            name = Name(((float(columns.max()) + 1) * sx + 10, y), text, colours.CSF, "lm")
        else:
            x = max(float(columns.min()) * sx - 10, MARGIN + LETTER)
            name = Name((x, y), text, INK, "rm")
        names.append(name)
        remarks = [("suspect", colours.UNUSED)] if text in suspect else []
        remarks += [("drawn", name.colour)] if text in drawn_by_hand else []
        for line, (remark, colour) in enumerate(remarks, start=1):
            below = (name.position[0], y + line * (LABEL + 3))
            names.append(Name(below, remark, colour, name.anchor))
    return names


def _directions(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    letters: str,
    names: list[tuple[float, float]],
) -> None:
    """Patient directions, in the middle of each edge or, if a name is in the way, beside it."""
    width, height = size
    left, right, top, bottom = tuple(letters)
    crowded = {
        edge: any(abs(y - edge_y) < 40 and abs(x - width / 2) < 110 for x, y in names)
        for edge, edge_y in ((top, MARGIN), (bottom, height - MARGIN))
    }
    for position, letter, anchor in (
        ((MARGIN, height / 2), left, "lm"),
        ((width - MARGIN, height / 2), right, "rm"),
        ((width * (0.25 if crowded[top] else 0.5), MARGIN), top, "ma"),
        ((width * (0.75 if crowded[bottom] else 0.5), height - MARGIN), bottom, "md"),
    ):
        write_line(draw, position, letter, INK, size=LETTER, bold=True, anchor=anchor, halo=True)


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
        tick_x = x + tick * 10 * scale
        draw.line([(tick_x, y), (tick_x, y - (9 if end else 5))], INK if end else MUTED, 2)
    write_line(
        draw,
        (x + length / 2, y - 12),
        f"{centimetres} cm",
        INK,
        size=SMALL,
        anchor="md",
        halo=True,
    )
