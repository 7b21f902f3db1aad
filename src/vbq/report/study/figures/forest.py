"""Forest plots: rows of labels, odds ratios with their intervals, and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.report.figure_style import DOTTED, INK, PALETTE, SOFT, new_figure
from vbq.report.study.figures.odds_ratio_axis import odds_ratio_axis
from vbq.report.study.labels import wrapped
from vbq.report.study.report_figure import BANNER, PAGE_WIDTH
from vbq.study.analysis.estimates import Contrast
from vbq.text import NOT_ESTIMABLE, p_value, ratio_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = (("s", PALETTE[0], PALETTE[0]), ("o", PALETTE[1], "white"))
"""Marker, edge and face of each series; filled and hollow, so that colour alone tells nothing."""

LINE, HEAD, FOOT, MARGIN = 0.19, 0.4, 0.5, 0.12  # inches
LETTER = 0.071  # inches of a letter, on average
LETTERS = 34  # longest line of a label
TICK = 0.4  # inches that a tick with its number needs
MAX_REACH = 6.0  # times the outermost odds ratio: intervals that reach further end in an arrow
SIZE = 8.5


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        label: Name of the row.
        count: Patients and events; empty for none.
        contrasts: One for each series; None if there is none.
        heading: Whether it heads the rows below.
        p: Shown instead of the p-values of ``contrasts``; empty for none.
        no_ratio: Shown in place of an odds ratio that is None.
    """

    label: str
    count: str = ""
    contrasts: tuple[Contrast | None, ...] = ()
    heading: bool = False
    p: str = ""
    no_ratio: str = NOT_ESTIMABLE

    @property
    def lines(self) -> int:
        """Lines of text that the row needs."""
        return max(1 + wrapped(self.label, LETTERS).count("\n"), len(self.contrasts))


def draw_forest_plot(
    rows: Sequence[Row],
    *,
    series: Sequence[str],
    heading: str,
    p_heading: str = "p",
    simulated: bool,
) -> Figure:
    """Draw the rows from top to bottom, across the width of a page.

    Args:
        rows: In order.
        series: Names of the models whose odds ratios are drawn in the same row.
        heading: Heading of the labels.
        p_heading: Heading of the p-values.
        simulated: Leave room above for the banner.
    """
    heights = [LINE * row.lines + 0.1 for row in rows]
    foot = FOOT + (LINE if len(series) > 1 else 0)
    total = sum(heights) + HEAD + foot + (BANNER if simulated else 0)
    figure = new_figure(PAGE_WIDTH, total, arranged=False)
    longest = max(len(line) for r in rows for line in wrapped(r.label, LETTERS).split("\n"))
    count_x = MARGIN + LETTER * max(longest, len(heading)) + 0.1
    with_counts = any(row.count for row in rows)
    start, end = count_x + (0.9 if with_counts else 0.0), PAGE_WIDTH - 2.55
    axes = figure.add_axes(
        (start / PAGE_WIDTH, foot / total, (end - start) / PAGE_WIDTH, sum(heights) / total)
    )
    limits = _axis_limits(rows)
    _prepare(axes, limits, height=sum(heights), ticks=int((end - start) / TICK))

    def write(x: float, y: float, text: str, **style: Any) -> None:
        axes.annotate(
            text, (x / PAGE_WIDTH, y), xycoords=("figure fraction", "data"), va="center",
            fontsize=SIZE, color=INK, annotation_clip=False, **style,
        )  # fmt: skip

    ratio_x, p_x = end + 0.15, PAGE_WIDTH - MARGIN
    for x, text, side in (
        (MARGIN, heading, "left"),
        (count_x, "n (events)" if with_counts else "", "left"),
        (ratio_x, "OR [95 % CI]", "left"),
        (p_x, p_heading, "right"),
    ):
        write(x, -0.17, text, ha=side, fontweight="bold")
    y = 0.0
    for row, height in zip(rows, heights, strict=True):
        middle = y + height / 2
        weight = "bold" if row.heading else "normal"
        write(MARGIN, middle, wrapped(row.label, LETTERS), ha="left", fontweight=weight)
        write(count_x, middle, row.count, ha="left")
        write(p_x, middle, row.p, ha="right")
        for k, contrast in enumerate(row.contrasts):
            line_y = middle + LINE * (k - (len(row.contrasts) - 1) / 2)
            if contrast is None:
                write(ratio_x, line_y, row.no_ratio, ha="left")
                continue
            _mark(axes, contrast, line_y, k, limits)
            write(ratio_x, line_y, ratio_interval(contrast.ratio, contrast.interval), ha="left")
            if not row.p:
                write(p_x, line_y, p_value(contrast.p), ha="right")
        y += height
    if len(series) > 1:
        handles = [
            axes.plot([], [], marker, color=edge, markerfacecolor=face, label=name)[0]
            for name, (marker, edge, face) in zip(series, MARKERS, strict=False)
        ]
        figure.legend(handles=handles, loc="lower center", ncols=len(series), fontsize=SIZE)
    return figure


def _prepare(axes: Axes, limits: tuple[float, float], *, height: float, ticks: int) -> None:
    axes.set_ylim(height, 0)
    odds_ratio_axis(axes.xaxis, *limits, ticks)
    axes.set_xlim(*limits)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(1, color=SOFT, linewidth=0.9, linestyle=DOTTED, zorder=0)
    axes.set_xlabel("Odds ratio (95 % confidence interval)")


def _mark(
    axes: Axes, contrast: Contrast, y: float, series: int, limits: tuple[float, float]
) -> None:
    """An odds ratio with its interval, which ends in an arrow where it leaves the axis."""
    marker, edge, face = MARKERS[series]
    low, high = contrast.interval
    start, end = limits
    axes.plot(
        (max(low, start), min(high, end)), [y, y], color=edge, linewidth=1.4,
        solid_capstyle="butt",
    )  # fmt: skip
    for leaves, x, arrow in ((low < start, start, "<"), (high > end, end, ">")):
        if leaves:
            axes.plot([x], [y], arrow, color=edge, markersize=5, clip_on=False)
    if start <= contrast.ratio <= end:
        axes.plot([contrast.ratio], [y], marker, color=edge, markerfacecolor=face, markersize=6)


def _axis_limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Range of the axis: all odds ratios, 1, and intervals unless they run off."""
    contrasts = [c for row in rows for c in row.contrasts if c is not None]
    # an odds ratio that is all but 0 or infinite does not set the scale
    ratios = [min(max(c.ratio, 1e-2), 1e2) for c in contrasts] or [1.0]
    lowest, highest = min(1.0, *ratios), max(1.0, *ratios)
    low = max(min([lowest, *(c.interval[0] for c in contrasts)]), lowest / MAX_REACH)
    high = min(max([highest, *(c.interval[1] for c in contrasts)]), highest * MAX_REACH)
    return min(low, 0.8) / 1.08, max(high, 1.25) * 1.08
