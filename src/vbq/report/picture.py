"""The slice that was measured, with what was measured on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from vbq.report.colours import BODY, CSF, INK, MUTED, ROI, UNUSED
from vbq.report.drawing import hatch, outline, words
from vbq.report.png import png_bytes
from vbq.report.view import View, choose_view, crop_to_spine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.measure.measurement import Measurement

__all__ = ["LONGEST_SIDE", "draw_picture", "paint"]

LONGEST_SIDE = 1000  # pixels
SHORTEST_SIDE = 8
MARGIN = 12
LETTER = 22
LABEL = 19
SMALL = 15


def draw_picture(measurement: Measurement) -> bytes | None:
    """The slice, cropped to the spine, with outlines, level names, directions and scale, as PNG.

    Returns:
        ``None`` where the measurement has no scan.
    """
    view = choose_view(measurement)
    return None if view is None else png_bytes(paint(measurement, crop_to_spine(view, measurement)))


def paint(measurement: Measurement, view: View) -> Image.Image:
    """Draw the view at its true proportions, its longer side `LONGEST_SIDE` pixels long."""
    height_mm = view.image.shape[0] * view.pixel_mm[0]
    width_mm = view.image.shape[1] * view.pixel_mm[1]
    scale = LONGEST_SIDE / max(height_mm, width_mm)  # pixels per mm
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
    _scale_bar(draw, size, scale)
    return picture


Name = tuple[tuple[float, float], str, tuple[int, int, int], str]


def _outlines(canvas: NDArray[np.float32], measurement: Measurement, view: View) -> list[Name]:
    """Draw bodies and regions; returns the names to write beside them."""
    anatomy = measurement.anatomy
    names: list[Name] = []
    sy, sx = (canvas.shape[i] / view.image.shape[i] for i in (0, 1))
    elsewhere = {roi.name: roi.slice for roi in measurement.rois if roi.slice != view.index}
    bodies: dict[str, NDArray[np.bool_]] = {r.name: view.cut(r.mask) for r in measurement.rois}
    if anatomy is not None:
        labels = anatomy.labels[view.index]
        for vertebra in anatomy.vertebrae:
            mask = view.cut(labels == vertebra.level)
            if mask.any():
                outline(canvas, mask, BODY, width=1.1, smooth=True)
                bodies[vertebra.name] = mask
    for roi in measurement.rois:
        colour = CSF if roi.name == "CSF" else ROI if roi.used else UNUSED
        width = 2.0 if roi.used else 1.6
        outline(canvas, view.cut(roi.mask), colour, width=width, dashed=roi.slice != view.index)
        if roi.excluded is not None:
            hatch(canvas, view.cut(roi.excluded), UNUSED)
    left_out = {roi.name for roi in measurement.rois if roi.suspect}
    for name, mask in bodies.items():
        rows, columns = np.nonzero(mask)
        if not rows.size:
            continue
        text = f"{name} (slice {elsewhere[name]})" if name in elsewhere else name
        y = (float(rows.min()) + float(rows.max()) + 1) / 2 * sy
        if name == "CSF":
            x = (float(columns.max()) + 1) * sx + 10
            names.append(((x, y), text, CSF, "lm"))
        else:
            x = max(float(columns.min()) * sx - 10, MARGIN + LETTER)
            names.append(((x, y), text, INK, "rm"))
            if name in left_out:
                names.append(((x, y + LABEL + 3), "suspect", UNUSED, "rm"))
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
