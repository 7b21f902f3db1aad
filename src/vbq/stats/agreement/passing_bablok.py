"""Passing-Bablok regression: a robust line between two methods that are both measured with error.

Passing H, Bablok W. J Clin Chem Clin Biochem 1983;21:709-720, doi 10.1515/cclm.1983.21.11.709.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import RefusalError
from vbq.stats.checks import Floats, Interval, check_confidence, measurement_pairs


@dataclass(frozen=True)
class PassingBablok:
    """The line second = intercept + slope × first.

    Attributes:
        pairs: Number of pairs, n.
        slope: Shifted median of the slopes between all pairs of points; 1 means no proportional
            difference.
        slope_interval: Confidence interval of the slope; infinite on a side that too few points
            cannot bound.
        intercept: Intercept; 0 means no constant difference.
        intercept_interval: Confidence interval of the intercept.
        confidence: Confidence level of the intervals.
        linearity_statistic: Largest |cusum| divided by √(points below the line + 1).
        linearity_p: p-value of linearity (Kolmogorov); where it is small, a straight line does not
            fit and neither slope nor intercept can be interpreted.
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
    """Fit the line, which is the same when the methods are exchanged.

    No error distribution is assumed, only that the ratio of the error variances is the square of
    the slope. Intervals are asymptotic: at least 40 pairs are recommended. Time and memory grow
    with n².

    As in the paper, slopes of exactly -1 are excluded and the ranks of the interval are rounded;
    slopes between points with equal first measurements count as +∞; the median of an even number of
    slopes is taken at the mean of the two middle angles. R's mcr gives the same line but a slightly
    narrower interval, because it averages neighbouring ranks.

    Args:
        first: Shape (n,), measurements by one method.
        second: Shape (n,), measurements of the same subjects by the other, in the same order.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: lengths differ, fewer than three pairs, or the confidence level is out of range.
        InputError: a measurement is missing or not a number.
        RefusalError: the methods are not positively correlated, so no line relates them.
    """
    check_confidence(confidence)
    x, y = measurement_pairs(first, second, minimum=3, purpose="Regressions of two methods")
    n = x.size
    related = np.ptp(x) > 0 and np.ptp(y) > 0 and stats.kendalltau(x, y).statistic > 0
    slopes = _slopes(x, y)
    count, shift = slopes.size, int(np.count_nonzero(slopes < -1))
    slope = _shifted_median(slopes, shift) if related else math.inf
    if math.isinf(slope):
        raise RefusalError(
            "Passing-Bablok regression is undefined: the methods are not positively correlated.",
            remedy="Check that measurements are paired correctly and vary between subjects.",
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


def _slopes(x: Floats, y: Floats) -> Floats:
    """Slopes between all pairs of different points, ascending, without those of -1."""
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    parts = []
    for index in range(x.size - 1):
        dx, dy = x[index + 1 :] - x[index], y[index + 1 :] - y[index]
        slopes = np.full(dx.shape, np.inf)
        np.divide(dy, dx, out=slopes, where=dx > 0)
        parts.append(slopes[(dx > 0) | (dy != 0)])
    slopes = np.concatenate(parts)
    return np.sort(slopes[slopes != -1])


def _ranked(slopes: Floats, rank: int) -> float:
    """The slope with a rank, counted from 1; infinite beyond the last."""
    return float(slopes[rank - 1]) if rank <= slopes.size else math.inf


def _shifted_median(slopes: Floats, shift: int) -> float:
    """Median of the slopes, with ranks shifted upwards."""
    below = _ranked(slopes, (slopes.size + 1) // 2 + shift)
    above = _ranked(slopes, slopes.size // 2 + 1 + shift)
    return below if below == above else math.tan((math.atan(below) + math.atan(above)) / 2)


def _intercept(x: Floats, y: Floats, slope: float) -> float:
    return float(np.median(y - slope * x)) if math.isfinite(slope) else -slope


def _cusum(x: Floats, y: Floats, slope: float, intercept: float) -> float:
    """Statistic of the test of linearity: runs of points on one side of the line."""
    residual = y - intercept - slope * x
    # a point on the line, within rounding error, lies on neither side
    tolerance = 1e-12 * (np.abs(y).max() + abs(slope) * np.abs(x).max())
    above, below = residual > tolerance, residual < -tolerance
    n_above, n_below = int(above.sum()), int(below.sum())
    if not n_above or not n_below:
        return 0.0
    step_up, step_down = math.sqrt(n_below / n_above), -math.sqrt(n_above / n_below)
    scores = np.where(above, step_up, np.where(below, step_down, 0.0))
    order = np.argsort(x + slope * y, kind="stable")  # order of the projections on the line
    return float(np.abs(np.cumsum(scores[order])).max()) / math.sqrt(n_below + 1)
