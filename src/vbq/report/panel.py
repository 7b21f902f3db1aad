"""The text beside the picture: score, status, levels, flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from vbq.report.canvas import (
    BODY_COLOUR,
    CSF_COLOUR,
    DIM,
    INK,
    PAPER,
    ROI_COLOUR,
    STATUS_COLOUR,
    font,
)

if TYPE_CHECKING:
    from vbq.measure.measurement import Measurement
    from vbq.measure.reading import Reading

__all__ = ["PANEL_WIDTH", "draw_panel"]

PANEL_WIDTH = 430
MARGIN = 24
COLUMNS = (MARGIN, 150, 230, 310, PANEL_WIDTH - MARGIN)


def draw_panel(measurement: Measurement, index: int, height: int) -> Image.Image:
    """The panel, ``PANEL_WIDTH`` by ``height`` pixels; ``index`` is the slice shown."""
    reading = measurement.reading
    page = _Page(height)
    page.draw.text((MARGIN, 18), "VBQ", fill=DIM, font=_font(20))
    score = "–" if reading.score is None else f"{reading.score:.2f}"
    page.draw.text((MARGIN, 40), score, fill=INK, font=_font(64, bold=True))
    page.draw.text(
        (PANEL_WIDTH - MARGIN, 88),
        reading.status.upper(),
        fill=STATUS_COLOUR[reading.status],
        font=_font(24, bold=True),
        anchor="rm",
    )
    page.at = 132
    if reading.status != "refused":
        page.line(f"{reading.protocol.across_levels} of the level {reading.protocol.statistic}s ÷ "
                  f"CSF at {reading.csf.level if reading.csf else '–'}", DIM)  # fmt: skip
    count = measurement.scan.voxels.shape[0] if measurement.scan else 0
    page.line(f"slice {index + 1} of {count}, counted from the patient's right", DIM)
    page.at += 14
    if reading.levels:
        _levels(page, reading)
        page.at += 8
        for colour, words in (
            (BODY_COLOUR, "vertebral body"),
            (ROI_COLOUR, "region measured"),
            (CSF_COLOUR, "CSF measured"),
        ):
            page.draw.line([(MARGIN, page.at + 9), (MARGIN + 26, page.at + 9)], colour, 3)
            page.line(words, DIM, indent=36)
        page.at += 14
    _flags(page, reading)
    page.draw.text(
        (MARGIN, height - 34),
        f"Research use only · vbq {reading.software.version}",
        fill=DIM,
        font=_font(13),
    )
    return page.image


class _Page:
    """A panel being filled from top to bottom."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (PANEL_WIDTH, height), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.at = 0
        self.floor = height - 50

    def line(self, text: str, colour: tuple[int, int, int], *, indent: int = 0) -> None:
        """Write text, broken to the panel's width; stop before the foot."""
        width = PANEL_WIDTH - 2 * MARGIN - indent
        words, row = text.split(), ""
        rows = []
        for word in words:
            longer = f"{row} {word}".strip()
            if row and self.draw.textlength(longer, font=_font(14)) > width:
                rows.append(row)
                row = word
            else:
                row = longer
        for part in [*rows, row]:
            if self.at > self.floor - 20:
                return
            self.draw.text((MARGIN + indent, self.at), part, fill=colour, font=_font(14))
            self.at += 20


def _levels(page: _Page, reading: Reading) -> None:
    """A row per level: name, mean, SD, ratio to CSF."""
    heads = ("", "mean", "SD", "mm²", "÷ CSF")
    _row(page, heads, DIM)
    for level in reading.levels:
        ratio = reading.variants.get(level.level)
        cells = (
            level.level,
            f"{level.mean:.0f}",
            f"{level.sd:.0f}",
            f"{level.area_mm2:.0f}",
            "–" if ratio is None else f"{ratio:.2f}",
        )
        _row(page, cells, INK if level.used else DIM)
    if reading.csf is not None:
        csf = reading.csf
        cells = (f"CSF {csf.level}", f"{csf.mean:.0f}", f"{csf.sd:.0f}", f"{csf.area_mm2:.0f}", "")
        _row(page, cells, CSF_COLOUR)


def _row(page: _Page, cells: tuple[str, ...], colour: tuple[int, int, int]) -> None:
    for x, cell in zip(COLUMNS, cells, strict=True):
        anchor = "lt" if x == MARGIN else "rt"
        page.draw.text((x, page.at), cell, fill=colour, font=_font(15), anchor=anchor)
    page.at += 24


def _flags(page: _Page, reading: Reading) -> None:
    order = {"refuse": 0, "caution": 1, "note": 2}
    colours = {"refuse": STATUS_COLOUR["refused"], "caution": STATUS_COLOUR["caution"], "note": DIM}
    for flag in sorted(reading.flags, key=lambda f: order[f.severity]):
        page.line(flag.message, colours[flag.severity])
        page.at += 6


def _font(size: int, *, bold: bool = False):  # noqa: ANN202 - PIL's type, private to this file
    return font(size, bold=bold, oversize=1)
