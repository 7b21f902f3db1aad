"""Flow chart from the study table to the patients analysed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vbq.report.figure_style import INK, SOFT
from vbq.report.study.labels import outcome_label, source_table_size, wrapped
from vbq.report.study.report_figure import Drawing, inch_axes
from vbq.study.analysis.analysis import Analysis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, NARROW = 5.8, 3.1  # inches; narrow if no one was excluded
CENTRE, SIDE = 1.55, 4.4  # positions of the boxes, inches from the left
BOX, SMALL, GAP, LINE = 2.7, 2.5, 0.34, 0.17
LETTERS = 34
SIZE = 8.5


@dataclass(frozen=True)
class _Box:
    """A step, and the patients excluded before it."""

    text: str
    excluded: str = ""


def draw_flow(analysis: Analysis) -> Drawing:
    """One box for each step, exclusions with their reasons to the right, the outcome at the end."""
    boxes = _boxes(analysis)
    main, name = analysis.multivariable, outcome_label(analysis)
    ends = tuple(
        f"{wrapped(group, 17)}\nn = {n:,}"
        for group, n in ((f"With {name}", main.events), (f"Without {name}", main.n - main.events))
    )
    heights = [_height(box.text) for box in boxes]
    gaps = [0.0, *(max(GAP, _height(b.excluded) + 0.16 if b.excluded else 0) for b in boxes[1:])]
    last = max(_height(end) for end in ends)
    total = sum(heights) + sum(gaps) + GAP + last + 0.16
    width = WIDTH if any(box.excluded for box in boxes) else NARROW
    figure, axes = inch_axes(width, total, simulated=analysis.simulated)
    y = 0.08
    for i, (box, height, gap) in enumerate(zip(boxes, heights, gaps, strict=True)):
        if i:
            _arrow(axes, (CENTRE, y), (CENTRE, y + gap))
        if box.excluded:
            _arrow(axes, (CENTRE, y + gap / 2), (SIDE - SMALL / 2, y + gap / 2))
            _box(axes, SIDE, y + gap / 2, SMALL, box.excluded)
        y += gap
        _box(axes, CENTRE, y + height / 2, BOX, box.text)
        y += height
    for x, end in ((CENTRE - BOX / 4, ends[0]), (CENTRE + BOX / 4, ends[1])):
        _arrow(axes, (x, y), (x, y + GAP))
        _box(axes, x, y + GAP + last / 2, BOX / 2 - 0.08, end, last)
    return Drawing(
        "flow",
        "Participant flow",
        f"From {source_table_size(analysis)} in the study table to {main.n:,} patients analysed, "
        f"{main.events:,} of whom had the event ({name}).",
        figure,
    )


def _boxes(analysis: Analysis) -> list[_Box]:
    """The steps of the flow, then the handling of missing values."""
    boxes = [
        _Box(
            f"{wrapped(step.name, LETTERS, 6)}\nn = {step.n:,} ({step.events:,} with the event)",
            f"{wrapped(f'Excluded: {step.reason}', LETTERS - 4, 6)}\nn = {step.removed:,}"
            if step.reason
            else "",
        )
        for step in analysis.flow
    ]
    before, main = analysis.flow[-1].n, analysis.multivariable
    analysed = f"Analysed\nn = {main.n:,} ({main.events:,} with the event)"
    incomplete = round(analysis.missing.lost * before)
    if main.n < before:
        boxes.append(_Box(analysed, f"Excluded: a predictor is missing\nn = {before - main.n:,}"))
    elif incomplete:
        boxes.append(_Box(f"{analysed}\nvalues imputed in {incomplete:,}"))
    else:
        boxes.append(_Box(f"{analysed}\nno predictor missing"))
    timed = analysis.time_to_event
    if timed is not None and timed.short:
        last = boxes.pop()
        curve = timed.incidence
        line = f"analyses of time: n = {curve.n:,} ({curve.events:,})"
        boxes.append(replace(last, text=f"{last.text}\n{line}"))
    return boxes


def _height(text: str) -> float:
    return LINE * (1 + text.count("\n")) + 0.14


def _box(
    axes: Axes, x: float, y: float, width: float, text: str, height: float | None = None
) -> None:
    from matplotlib.patches import Rectangle

    height = height or _height(text)
    corner = (x - width / 2, y - height / 2)
    axes.add_patch(
        Rectangle(corner, width, height, facecolor="white", edgecolor=INK, linewidth=0.9)
    )
    axes.text(x, y, text, ha="center", va="center", fontsize=SIZE, color=INK, linespacing=1.35)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "", end, start,
        arrowprops={"arrowstyle": "-|>", "color": SOFT, "linewidth": 0.9, "shrinkA": 0,
                    "shrinkB": 0, "mutation_scale": 9},
    )  # fmt: skip
