"""Passing-Bablok regression: a robust straight line between two methods that both err.

Passing H, Bablok W. J Clin Chem Clin Biochem 1983;21:709-720, doi 10.1515/cclm.1983.21.11.709.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import RefusalError
from vbq.stats.checks import Interval, check_level, method_pairs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PassingBablok", "passing_bablok"]


@dataclass(frozen=True)
class PassingBablok:
    """The line second = intercept + slope × first.

    Attributes:
        pairs: n.
        slope: Shifted median of the slopes between all pairs of points; 1 means no proportional
            difference.
        slope_interval: Its confidence interval; infinite on a side that so few points cannot
            bound.
        intercept: 0 means no constant difference.
        intercept_interval: Its confidence interval.
        confidence: Level of the intervals.
        linearity_statistic: Largest |cusum| over √(points below + 1).
        linearity_p: Its p-value (Kolmogorov); small where a straight line does not fit, and then
            neither slope nor intercept means anything.
    """

    pairs: int
    slope: float
    slope_interval: Interval
    intercept: float
    intercept_interval: Interval
    confidence: float
    linearity_statistic: float
    linearity_p: float


def passing_bablok(
    first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95
) -> PassingBablok:
    """Fit the line; the same line comes out with the methods exchanged.

    No distribution of the errors is assumed, only that the ratio of their variances is the square
    of the slope. Intervals are asymptotic: at least 40 pairs are advised. Time and memory grow
    with n².

    Slopes of exactly -1 are left out and the ranks of the interval rounded as in the paper; slopes
    between points of equal first measurement are taken as +∞; the median of an even number of
    slopes is the mean of the two middle angles. R's mcr gives the same line, but a slightly
    narrower interval, since it averages neighbouring ranks.

    Args:
        first: n measurements by one method.
        second: n measurements of the same subjects by the other, in the same order.
        confidence: Level of the intervals, in (0, 1).

    Raises:
        UsageError: lengths differ, fewer than three pairs, unknown level.
        InputError: a measurement is missing or not a number.
        RefusalError: the methods do not rise together, so no line relates them.
    """
    check_level(confidence)
    x, y = method_pairs(first, second)
    n = x.size
    related = np.ptp(x) > 0 and np.ptp(y) > 0 and stats.kendalltau(x, y).statistic > 0
    slopes = _slopes(x, y)
    count, shift = slopes.size, int(np.count_nonzero(slopes < -1))
    slope = _middle(slopes, shift) if related else math.inf
    if math.isinf(slope):
        raise RefusalError(
            "Passing-Bablok regression is undefined: the two methods do not rise together.",
            remedy="Check that the pairs belong together and vary between subjects.",
            code="not_related",
        )
    z = float(stats.norm.ppf((1 + confidence) / 2))
    first_rank = round((count - z * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)) / 2)
    last_rank = count - first_rank + 1
    low = _ranked(slopes, first_rank + shift) if first_rank >= 1 else -math.inf
    high = _ranked(slopes, last_rank + shift) if first_rank >= 1 else math.inf
    intercept = float(np.median(y - slope * x))
    statistic = _cusum(x, y, slope, intercept)
    return PassingBablok(
        pairs=n,
        slope=slope,
        slope_interval=(low, high),
        intercept=intercept,
        intercept_interval=(_intercept(x, y, high), _intercept(x, y, low)),
        confidence=confidence,
        linearity_statistic=statistic,
        linearity_p=float(stats.kstwobign.sf(statistic)),
    )


def _slopes(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slopes between all pairs of different points, ascending, without those of -1."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    found = []
    for index in range(x.size - 1):
        dx, dy = x[index + 1 :] - x[index], y[index + 1 :] - y[index]
        rising = np.full(dx.shape, np.inf)
        np.divide(dy, dx, out=rising, where=dx > 0)
        found.append(rising[(dx > 0) | (dy != 0)])
    slopes = np.concatenate(found)
    return np.sort(slopes[slopes != -1])


def _ranked(slopes: NDArray[np.float64], rank: int) -> float:
    """The slope of a rank from 1; beyond the last there is no bound."""
    return float(slopes[rank - 1]) if rank <= slopes.size else math.inf


def _middle(slopes: NDArray[np.float64], shift: int) -> float:
    """The median, counted from the shift upwards."""
    below = _ranked(slopes, (slopes.size + 1) // 2 + shift)
    above = _ranked(slopes, slopes.size // 2 + 1 + shift)
    return below if below == above else math.tan((math.atan(below) + math.atan(above)) / 2)


def _intercept(x: NDArray[np.float64], y: NDArray[np.float64], slope: float) -> float:
    return float(np.median(y - slope * x)) if math.isfinite(slope) else -slope


def _cusum(x: NDArray[np.float64], y: NDArray[np.float64], slope: float, intercept: float) -> float:
    """Statistic of the test of linearity: runs of points on one side, along the line."""
    residual = y - intercept - slope * x
    # a point on the line, but for rounding, lies on neither side
    on_line = 1e-12 * (np.abs(y).max() + abs(slope) * np.abs(x).max())
    above, below = residual > on_line, residual < -on_line
    ups, downs = int(above.sum()), int(below.sum())
    if not ups or not downs:
        return 0.0
    scores = np.where(above, math.sqrt(downs / ups), np.where(below, -math.sqrt(ups / downs), 0.0))
    along = np.argsort(x + slope * y, kind="stable")  # where the point's foot lies on the line
    return float(np.abs(np.cumsum(scores[along])).max()) / math.sqrt(downs + 1)
