"""What all figures of the study share: style, files, and the word that says it is simulated.

matplotlib is loaded when the first figure is drawn. No figure belongs to a window or to any global
state, and the same analysis gives the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.report.agreement.figures import DPI, INK, SOFT, STYLE
from vbq.report.colours import GREEN, ORANGE, PURPLE, SKY_BLUE, VERMILLION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from vbq.report.colours import Colour

__all__ = [
    "BANNER",
    "DASHES",
    "FAINT",
    "INK",
    "LARGEST",
    "PALETTE",
    "SOFT",
    "Drawing",
    "Figure",
    "canvas",
    "files_of",
    "style",
    "two_panels",
]

FAINT = "#d9dce1"
SIMULATED = "SIMULATED PATIENTS"
BANNER = 0.3  # inches above a figure of fixed layout, where that is written
NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
LARGEST = 7.2  # inches: the width of a journal's page; a column and a half is 5.5


def _web(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


PALETTE = tuple(_web(c) for c in ((0, 114, 178), VERMILLION, GREEN, ORANGE, PURPLE, SKY_BLUE))
"""Okabe and Ito's; the first is their blue, which is legible as a thin line."""

DASHES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (8, 2)))
"""No line is told from another by its colour alone."""

PRINT: dict[Any, Any] = {
    "pdf.fonttype": 42,  # text stays text, which journals ask for
    "axes.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
}


@dataclass(frozen=True)
class Figure:
    """One figure, ready to be shown and to be sent to a journal.

    Attributes:
        name: Of its files.
        title: What it shows, in a few words.
        caption: How to read it: n, events, method, bands.
        svg: Vector file, its text drawn as outlines.
        pdf: Vector file, its text kept as text.
        png: 200 pixels an inch.
    """

    name: str
    title: str
    caption: str
    svg: bytes
    pdf: bytes
    png: bytes


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure before it is written to files."""

    name: str
    title: str
    caption: str
    canvas: Canvas


@contextmanager
def style() -> Iterator[None]:
    """Every figure is drawn and written within it."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE | PRINT):
        yield


def canvas(width: float, height: float) -> tuple[Canvas, Axes]:
    """A figure with one pair of axes, in inches."""
    from matplotlib.figure import Figure as Canvas

    made = Canvas(figsize=(width, height), layout="constrained")
    return made, made.add_subplot()


def two_panels(width: float, height: float, lower: float) -> tuple[Canvas, Axes, Axes]:
    """Axes above a lower strip that shares their horizontal scale; ``lower`` is its share."""
    from matplotlib.figure import Figure as Canvas

    made = Canvas(figsize=(width, height), layout="constrained")
    upper, strip = made.subplots(
        2, 1, sharex=True, gridspec_kw={"height_ratios": [1 - lower, lower]}
    )
    return made, upper, strip


def files_of(drawing: Drawing, *, simulated: bool) -> Figure:
    """Write a drawing as SVG, PDF and PNG; says above it where the patients are simulated."""
    made = drawing.canvas
    caption = drawing.caption
    if simulated:
        made.suptitle(SIMULATED, color=PALETTE[1], fontsize=10, fontweight="bold")
        caption = f"Simulated patients. {caption}"
    files = {}
    with warnings.catch_warnings():
        # a script that the font lacks shows as boxes; the page has the name in full
        warnings.filterwarnings("ignore", message="Glyph")
        for kind, metadata in (
            ("svg", {"Date": None}),
            ("pdf", {"CreationDate": None}),
            ("png", {"Software": None}),
        ):
            out = io.BytesIO()
            made.savefig(out, format=kind, dpi=DPI, metadata=metadata)
            files[kind] = out.getvalue()
    svg = NOT_XML.sub(b"", files["svg"])  # matplotlib repeats every text in a comment as it is
    return Figure(drawing.name, drawing.title, caption, svg, files["pdf"], files["png"])
