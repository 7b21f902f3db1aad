"""The rows of a forest plot: words, odds ratios with their intervals, numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.report.figure_style import DOTTED, INK, PALETTE, SOFT, new_figure
from vbq.report.study.figures.odds_ratio_axis import odds_ratio_axis
from vbq.report.study.labels import wrapped
from vbq.report.study.report_figure import BANNER, PAGE_WIDTH
from vbq.text import p_value, ratio_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vbq.study.analysis.estimates import Contrast

__all__ = ["Row", "draw_rows"]

MARKS = (("s", PALETTE[0], "white"), ("o", PALETTE[1], PALETTE[1]))
LINE, HEAD, FOOT, MARGIN = 0.19, 0.4, 0.5, 0.12  # inches
LETTER = 0.071  # inches of a letter, on average
LETTERS = 34  # of a line of words
TICK = 0.4  # inches that a tick with its number needs
BEYOND = 6.0  # times the outermost odds ratio: intervals that reach further end in an arrow
SIZE = 8.5


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        words: What it is about.
        count: Patients and events; empty for none.
        found: One a series; None where there is none.
        heading: Whether it heads the rows below.
        p: Shown instead of those of ``found``; empty for none.
        otherwise: Shown where there is no odds ratio.
    """

    words: str
    count: str = ""
    found: tuple[Contrast | None, ...] = ()
    heading: bool = False
    p: str = ""
    otherwise: str = "not estimable"


def draw_rows(
    rows: Sequence[Row], *, series: Sequence[str], first: str, p_name: str = "p", simulated: bool
) -> Figure:
    """Draw them from top to bottom, as wide as a page.

    Args:
        rows: In order.
        series: Names of the models whose odds ratios stand beside one another.
        first: Heading of the words.
        p_name: Heading of the p-values.
        simulated: Leaves room above for the word.
    """
    lines = [max(1 + wrapped(r.words, LETTERS).count("\n"), len(r.found)) for r in rows]
    heights = [LINE * n + 0.1 for n in lines]
    foot = FOOT + (LINE if len(series) > 1 else 0)
    total = sum(heights) + HEAD + foot + (BANNER if simulated else 0)
    figure = new_figure(PAGE_WIDTH, total, arranged=False)
    widest = max(len(line) for r in rows for line in wrapped(r.words, LETTERS).split("\n"))
    left = MARGIN + LETTER * max(widest, len(first)) + 0.1
    counted = any(r.count for r in rows)
    start = left + (0.9 if counted else 0.0)
    end = PAGE_WIDTH - 2.55
    axes = figure.add_axes((start / PAGE_WIDTH, foot / total, (end - start) / PAGE_WIDTH,
                          sum(heights) / total))  # fmt: skip
    axes.set_ylim(sum(heights), 0)
    low, high = _reach(rows)
    odds_ratio_axis(axes.xaxis, low, high, int((end - start) / TICK))
    axes.set_xlim(low, high)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(1, color=SOFT, linewidth=0.9, linestyle=DOTTED, zorder=0)
    axes.set_xlabel("Odds ratio (95 % confidence interval)")

    def write(x: float, y: float, text: str, **more: Any) -> None:
        axes.annotate(
            text, (x / PAGE_WIDTH, y), xycoords=("figure fraction", "data"), va="center",
            fontsize=SIZE, color=INK, annotation_clip=False, **more,
        )  # fmt: skip

    ratios, p_at = end + 0.15, PAGE_WIDTH - MARGIN
    for x, text, side in (
        (MARGIN, first, "left"),
        (left, "n (events)" if counted else "", "left"),
        (ratios, "OR [95 % CI]", "left"),
        (p_at, p_name, "right"),
    ):
        write(x, -0.17, text, ha=side, fontweight="bold")
    y = 0.0
    for row, height in zip(rows, heights, strict=True):
        middle = y + height / 2
        weight = "bold" if row.heading else "normal"
        write(MARGIN, middle, wrapped(row.words, LETTERS), ha="left", fontweight=weight)
        write(left, middle, row.count, ha="left")
        write(p_at, middle, row.p, ha="right")
        for k, one in enumerate(row.found):
            at = middle + LINE * (k - (len(row.found) - 1) / 2)
            if one is None:
                write(ratios, at, row.otherwise, ha="left")
                continue
            _mark(axes, one, at, k, (low, high))
            write(ratios, at, ratio_interval(one.ratio, one.interval), ha="left")
            if not row.p:
                write(p_at, at, p_value(one.p), ha="right")
        y += height
    if len(series) > 1:
        handles = [
            axes.plot([], [], marker, color=edge, markerfacecolor=face, label=name)[0]
            for name, (marker, edge, face) in zip(series, _faces(), strict=False)
        ]
        figure.legend(handles=handles, loc="lower center", ncols=len(series), fontsize=SIZE)
    return figure


def _faces() -> list[tuple[str, str, str]]:
    """The first series filled, the second hollow: told apart without colour."""
    (square, blue, white), (circle, red, _) = MARKS
    return [(square, blue, blue), (circle, red, white)]


def _mark(axes: Axes, one: Contrast, y: float, series: int, ends: tuple[float, float]) -> None:
    marker, edge, face = _faces()[series]
    low, high = one.interval
    inside = (max(low, ends[0]), min(high, ends[1]))
    axes.plot(inside, [y, y], color=edge, linewidth=1.4, solid_capstyle="butt")
    for beyond, end, arrow in ((low < ends[0], ends[0], "<"), (high > ends[1], ends[1], ">")):
        if beyond:
            axes.plot([end], [y], arrow, color=edge, markersize=5, clip_on=False)
    if ends[0] <= one.ratio <= ends[1]:
        axes.plot([one.ratio], [y], marker, color=edge, markerfacecolor=face, markersize=6)


def _reach(rows: Sequence[Row]) -> tuple[float, float]:
    """What the axis shows: all odds ratios, 1, and intervals as far as they do not run off."""
    found = [one for row in rows for one in row.found if one is not None]
    # an odds ratio that is all but 0 or infinite does not set the scale
    ratios = [min(max(one.ratio, 1e-2), 1e2) for one in found] or [1.0]
    least, most = min(1.0, *ratios), max(1.0, *ratios)
    low = max(min([least, *(one.interval[0] for one in found)]), least / BEYOND)
    high = min(max([most, *(one.interval[1] for one in found)]), most * BEYOND)
    return min(low, 0.8) / 1.08, max(high, 1.25) * 1.08
