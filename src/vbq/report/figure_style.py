"""The one style of all figures: fonts, colours, sizes, and how they become files.

matplotlib is loaded when the first figure is drawn. No figure belongs to a window or to any global
state, and the same data give the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vbq.report.colours import (
    BLUE,
    GREEN,
    ORANGE,
    PAGE_INK,
    PAGE_MUTED,
    PURPLE,
    SKY_BLUE,
    VERMILLION,
    hex_colour,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, FAINT = hex_colour(PAGE_INK), hex_colour(PAGE_MUTED), "#d9dce1"
DOTTED, DASHED = (0, (1, 2)), (0, (5, 3))  # reference lines; limits
MANY_POINTS = 500  # above it a scatter plot is stored as pixels in vector files too
DPI = 200

PALETTE = tuple(map(hex_colour, (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY_BLUE)))
"""Okabe and Ito's colours; the first is their blue, which is legible as a thin line."""

DASHES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (8, 2)))
"""One for each colour of `PALETTE`, so that no line is told from another by colour alone."""

STYLE: dict[Any, Any] = {
    "font.size": 9,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same figure on every machine
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "pdf.fonttype": 42,  # text stays text, which journals ask for
    "svg.hashsalt": "vbq",  # the same identifiers in every run
    "text.parse_math": False,  # a $ in a name from a table is a $
    "xtick.color": SOFT,
    "ytick.color": SOFT,
}
METADATA: dict[str, dict[str, None]] = {  # without the time and the version of matplotlib
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
}
NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@contextmanager
def style() -> Iterator[None]:
    """The style, within which every figure is drawn and written; also a decorator."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        yield


def new_figure(width: float, height: float, *, arranged: bool = True) -> Figure:
    """An empty figure of a width and height in inches.

    Args:
        width: Width of the figure.
        height: Height of the figure.
        arranged: Let matplotlib place the axes; else they are placed where they are added.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained" if arranged else None)


def single_panel(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of a width and height in inches, and its one pair of axes."""
    figure = new_figure(width, height)
    return figure, figure.add_subplot()


@style()
def figure_bytes(figure: Figure, formats: tuple[str, ...] = ("svg", "png")) -> dict[str, bytes]:
    """The content of the figure's files by format: ``"svg"``, ``"pdf"`` or ``"png"``."""
    files = {}
    with warnings.catch_warnings():
        # a script that the font lacks shows as boxes; the page has the name in full
        warnings.filterwarnings("ignore", message="Glyph")
        for kind in formats:
            out = io.BytesIO()
            figure.savefig(out, format=kind, dpi=DPI, metadata=METADATA[kind])
            files[kind] = out.getvalue()
    if "svg" in files:  # matplotlib repeats every text in a comment as it is
        files["svg"] = NOT_XML.sub(b"", files["svg"])
    return files
