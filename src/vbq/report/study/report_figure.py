"""A figure of a study: drawn once, then the same on the page, in Word and as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.report.figure_style import PALETTE, figure_bytes, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIMULATED = "SIMULATED PATIENTS"
BANNER = 0.3  # inches above a figure of fixed layout, where that is written
PAGE_WIDTH = 7.2  # inches: the width of a journal's page; a column and a half is 5.5


@dataclass(frozen=True)
class ReportFigure:
    """One figure, ready to be shown and to be sent to a journal.

    Attributes:
        name: Name of its files.
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
    figure: Figure


def panel_and_strip(width: float, height: float, strip: float) -> tuple[Figure, Axes, Axes]:
    """A figure in inches: axes above a strip that shares their horizontal scale.

    Args:
        width: Width of the figure.
        height: Height of the figure.
        strip: Share of the height that the strip takes, between 0 and 1.
    """
    figure = new_figure(width, height)
    ratios = {"height_ratios": [1 - strip, strip]}
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw=ratios)
    return figure, upper, lower


def inch_axes(width: float, height: float, *, simulated: bool) -> tuple[Figure, Axes]:
    """A figure with bare axes whose unit is the inch, from the upper left corner.

    Args:
        width: Width of figure and axes, inches.
        height: Height of the axes, inches.
        simulated: Leave room above the axes for the word that the patients are simulated.
    """
    total = height + (BANNER if simulated else 0)
    figure = new_figure(width, total, arranged=False)
    axes = figure.add_axes((0, 0, 1, height / total))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def report_figure(drawing: Drawing, *, simulated: bool) -> ReportFigure:
    """Write a drawing as SVG, PDF and PNG; figure and caption say if the patients are simulated."""
    caption = drawing.caption
    if simulated:
        drawing.figure.suptitle(SIMULATED, color=PALETTE[1], fontsize=10, fontweight="bold")
        caption = f"Simulated patients. {caption}"
    files = figure_bytes(drawing.figure, ("svg", "pdf", "png"))
    return ReportFigure(drawing.name, drawing.title, caption, **files)
