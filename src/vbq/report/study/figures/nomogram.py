"""Nomogram: the fitted model, to be read with a ruler.

Iasonos A et al. J Clin Oncol 2008;26:1364-1370, doi 10.1200/JCO.2007.12.9791.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.report.figure_style import INK, SOFT
from vbq.report.study.labels import outcome_label, people, settled, wrapped
from vbq.report.study.report_figure import PAGE_WIDTH, Drawing, inch_axes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from vbq.stats.regression.terms import Floats, Term
    from vbq.study.analysis.analysis import Analysis

__all__ = ["Scale", "draw_nomogram", "scales_of"]

RISKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
WORDS, ROW, SIZE = 1.9, 0.56, 8.0  # inches, inches, points
LETTER = 0.075  # inches
APART = 0.1  # inches between two labels
POINTS = 201


@dataclass(frozen=True)
class Scale:
    """One predictor of a nomogram.

    Attributes:
        words: Label and unit.
        ends: Points of its lowest and highest contribution, the lowest 0.
        ticks: Points and label of each tick.
    """

    words: str
    ends: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Scales:
    """All predictors; 100 points are the widest of them.

    Attributes:
        predictors: One a predictor.
        lowest: Log odds at 0 points.
        per_point: Log odds of a point.
    """

    predictors: tuple[Scale, ...]
    lowest: float
    per_point: float

    @property
    def most(self) -> float:
        """Highest total of points."""
        return sum(one.ends[1] for one in self.predictors)


def scales_of(analysis: Analysis) -> Scales:
    """Points of the main model within the observed range of each predictor."""
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
        least = float(contribution.min())
        ticks = _ticks(term, values, float(np.ptp(contribution)) / widest)
        at = (term.matrix(np.array([v for v, _ in ticks])) @ beta - least) / per_point
        unit = f" ({term.unit})" if term.unit else ""
        scales.append(
            Scale(
                f"{term.label}{unit}",
                (0.0, float(np.ptp(contribution)) / per_point),
                tuple((float(x), word) for x, (_, word) in zip(at, ticks, strict=True)),
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
    scales = scales_of(analysis)
    rows = len(scales.predictors) + 3
    height = ROW * rows + 0.2
    figure, axes = inch_axes(PAGE_WIDTH, height, simulated=analysis.simulated)
    room = PAGE_WIDTH - WORDS - 0.3
    hundred = [(float(v), f"{v:g}") for v in range(0, 101, 10)]
    _scale(axes, 0, "Points", (0, 100), hundred, room / 100)
    for i, one in enumerate(scales.predictors, 1):
        _scale(axes, i, one.words, one.ends, one.ticks, room / 100)
    most = scales.most
    totals = [(v, f"{v:g}") for v in _round(0, most, 10)]
    _scale(axes, rows - 2, "Total points", (0, most), totals, room / most)
    risks = [(float((logit(p) - scales.lowest) / scales.per_point), f"{100 * p:g}") for p in RISKS]
    inside = [(x, word) for x, word in risks if 0 <= x <= most]
    ends = (inside[0][0], inside[-1][0]) if inside else (0.0, most)
    name = f"Risk: {outcome_label(analysis)} (%)"
    _scale(axes, rows - 1, name, ends, inside, room / most)
    slope = settled(analysis.added_value.models["full"]["slope"])
    return Drawing(
        "nomogram",
        "Nomogram of the full model",
        f"{people(main.n, main.events)}. The points of each value are read off the uppermost scale "
        "and added; the risk stands below their total. Scales end at the lowest and highest "
        "observed value. Coefficients as fitted, not shrunken: the calibration slope corrected for "
        f"optimism is {slope}. Not validated in other patients.",
        figure,
    )


def _values(analysis: Analysis, term: Term) -> Floats:
    """Values between the observed ends; of categories all."""
    if term.kind == "categories":
        return np.arange(len(term.levels), dtype=np.float64)
    summary = next(c for c in analysis.table_one if c.name == term.name).summaries[0]
    return np.linspace(summary.minimum, summary.maximum, POINTS)


def _ticks(term: Term, values: Floats, share: float) -> list[tuple[float, str]]:
    """Values with their labels; as many as the scale has room for."""
    if term.kind == "categories":
        return [(float(i), level) for i, level in enumerate(term.levels)]
    most = max(1, min(9, round(14 * share)))
    return [(v, f"{v:.10g}".replace("-", "−")) for v in _round(values[0], values[-1], most)]


def _round(low: float, high: float, most: int) -> list[float]:
    """Round values from low to high; both ends where fewer than two are round."""
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    inside = [round(float(v), 10) for v in found if low <= v <= high]
    return inside if len(inside) > 1 else [float(f"{v:.3g}") for v in (low, high)]


def _scale(
    axes: Axes,
    row: int,
    words: str,
    ends: tuple[float, float],
    ticks: Sequence[tuple[float, str]],
    unit: float,
) -> None:
    """A scale with its words; labels that would touch go above it, then further down."""
    y = ROW * (row + 0.5) + 0.1
    axes.text(0.1, y, wrapped(words, 25), va="center", fontsize=SIZE + 0.5, color=INK)
    axes.plot([WORDS + unit * e for e in ends], [y, y], color=INK, linewidth=1)
    free: dict[float, float] = dict.fromkeys((0.15, -0.13, 0.28), -1.0)
    for at, word in sorted(ticks):
        x, half = WORDS + unit * at, LETTER * len(word) / 2
        lanes: Iterable[float] = [lane for lane, taken in free.items() if x - half > taken + APART]
        lane = next(iter(lanes), None)
        reach = 0.05 if lane is None or lane > 0 else -0.05
        axes.plot([x, x], [y, y + reach], color=SOFT, linewidth=0.8)
        if lane is not None:
            free[lane] = x + half
            axes.text(x, y + lane, word, ha="center", va="center", fontsize=SIZE, color=INK)
