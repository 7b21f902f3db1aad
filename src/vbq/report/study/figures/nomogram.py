"""Nomogram: the fitted model as scales from which a risk can be read with a ruler.

Iasonos A et al. J Clin Oncol 2008;26:1364-1370, doi 10.1200/JCO.2007.12.9791.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.report.figure_style import INK, SOFT
from vbq.report.study.labels import corrected_measure, outcome_label, patients_and_events, wrapped
from vbq.report.study.report_figure import PAGE_WIDTH, Drawing, inch_axes
from vbq.stats.checks import Floats
from vbq.stats.regression.terms import Term
from vbq.study.analysis.analysis import Analysis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RISKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
LABEL_WIDTH, ROW, SIZE = 1.9, 0.56, 8.0  # inches, inches, points
LETTER = 0.075  # inches
GAP = 0.1  # inches between two labels
POINTS = 201


@dataclass(frozen=True)
class Scale:
    """One predictor of a nomogram.

    Attributes:
        label: Label and unit.
        ends: Points at its lowest and highest contribution; the lowest is 0.
        ticks: Points and label of each tick.
    """

    label: str
    ends: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Scales:
    """The scales of all predictors; the widest of them is 100 points.

    Attributes:
        predictors: One scale for each predictor.
        lowest: Log odds at 0 points.
        per_point: Log odds per point.
    """

    predictors: tuple[Scale, ...]
    lowest: float
    per_point: float

    @property
    def highest_total(self) -> float:
        """Highest total of points."""
        return sum(scale.ends[1] for scale in self.predictors)


def nomogram_scales(analysis: Analysis) -> Scales:
    """The scales of the main model over the observed range of each predictor."""
    main = analysis.multivariable
    contributions = []
    start = 1
    for term in main.design.terms:
        stop = start + len(term.columns)
        beta = np.array(main.coefficients[start:stop])
        values = _values(analysis, term)
        contributions.append((term, beta, values, term.matrix(values) @ beta))
        start = stop
    widest = max(float(np.ptp(c)) for *_, c in contributions)
    per_point = widest / 100
    scales = []
    for term, beta, values, contribution in contributions:
        lowest = float(contribution.min())
        ticks = _ticks(term, values, float(np.ptp(contribution)) / widest)
        points = (term.matrix(np.array([v for v, _ in ticks])) @ beta - lowest) / per_point
        unit = f" ({term.unit})" if term.unit else ""
        scales.append(
            Scale(
                f"{term.label}{unit}",
                (0.0, float(np.ptp(contribution)) / per_point),
                tuple((float(x), label) for x, (_, label) in zip(points, ticks, strict=True)),
            )
        )
    lowest = main.intercept + sum(float(c.min()) for *_, c in contributions)
    return Scales(tuple(scales), lowest, per_point)


def draw_nomogram(analysis: Analysis) -> Drawing | None:
    """Points of each predictor, their total, and the risk; None for a model with interactions."""
    from scipy.special import logit

    main = analysis.multivariable
    if main.design.interactions:
        return None
    scales = nomogram_scales(analysis)
    rows = len(scales.predictors) + 3
    height = ROW * rows + 0.2
    figure, axes = inch_axes(PAGE_WIDTH, height, simulated=analysis.simulated)
    room = PAGE_WIDTH - LABEL_WIDTH - 0.3
    hundred = tuple((float(v), f"{v:g}") for v in range(0, 101, 10))
    _draw_scale(axes, 0, Scale("Points", (0, 100), hundred), room / 100)
    for i, scale in enumerate(scales.predictors, 1):
        _draw_scale(axes, i, scale, room / 100)
    total = scales.highest_total
    totals = tuple((v, f"{v:g}") for v in _round_values(0, total, 10))
    _draw_scale(axes, rows - 2, Scale("Total points", (0, total), totals), room / total)
    risks = [(float((logit(p) - scales.lowest) / scales.per_point), f"{100 * p:g}") for p in RISKS]
    inside = tuple((x, label) for x, label in risks if 0 <= x <= total)
    ends = (inside[0][0], inside[-1][0]) if inside else (0.0, total)
    risk = Scale(f"Risk of {outcome_label(analysis)} (%)", ends, inside)
    _draw_scale(axes, rows - 1, risk, room / total)
    slope = corrected_measure(analysis.added_value.models["full"]["slope"])
    return Drawing(
        "nomogram",
        "Nomogram of the full model",
        f"{patients_and_events(main.n, main.events)}. The points for each value are read from the "
        "top scale and added; the risk is read below their total. Scales end at the lowest and "
        "highest observed values. Coefficients as fitted, not shrunken: the calibration slope "
        f"corrected for optimism is {slope}. Not validated in other patients.",
        figure,
    )


def _values(analysis: Analysis, term: Term) -> Floats:
    """Values between the observed extremes; all levels of categories."""
    if term.kind == "categories":
        return np.arange(len(term.levels), dtype=np.float64)
    summary = next(c for c in analysis.table_one if c.name == term.name).summaries[0]
    return np.linspace(summary.minimum, summary.maximum, POINTS)


def _ticks(term: Term, values: Floats, share: float) -> list[tuple[float, str]]:
    """Values with their labels, as many as the scale has room for."""
    if term.kind == "categories":
        return [(float(i), level) for i, level in enumerate(term.levels)]
    intervals = max(1, min(9, round(14 * share)))
    ticks = _round_values(values[0], values[-1], intervals)
    return [(value, f"{value:.10g}".replace("-", "−")) for value in ticks]


def _round_values(low: float, high: float, intervals: int) -> list[float]:
    """Round values from low to high; both ends if fewer than two are round."""
    from matplotlib.ticker import MaxNLocator

    values = MaxNLocator(intervals, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    inside = [round(float(v), 10) for v in values if low <= v <= high]
    return inside if len(inside) > 1 else [float(f"{v:.3g}") for v in (low, high)]


def _draw_scale(axes: Axes, row: int, scale: Scale, inches_per_point: float) -> None:
    """A scale with its label; tick labels that would touch move above it, then further down."""
    y = ROW * (row + 0.5) + 0.1
    axes.text(0.1, y, wrapped(scale.label, 25), va="center", fontsize=SIZE + 0.5, color=INK)
    ends = [LABEL_WIDTH + inches_per_point * end for end in scale.ends]
    axes.plot(ends, [y, y], color=INK, linewidth=1)
    # x from which each row of tick labels is free, by its offset from y
    free_from: dict[float, float] = dict.fromkeys((0.15, -0.13, 0.28), -1.0)
    for points, label in sorted(scale.ticks):
        x, half = LABEL_WIDTH + inches_per_point * points, LETTER * len(label) / 2
        offsets = (offset for offset, free in free_from.items() if x - half > free + GAP)
        offset = next(offsets, None)
        length = 0.05 if offset is None or offset > 0 else -0.05
        axes.plot([x, x], [y, y + length], color=SOFT, linewidth=0.8)
        if offset is not None:
            free_from[offset] = x + half
            axes.text(x, y + offset, label, ha="center", va="center", fontsize=SIZE, color=INK)
