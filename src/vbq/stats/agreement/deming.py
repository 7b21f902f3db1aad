"""Deming regression: a straight line between two methods that both err.

Deming WE. Statistical adjustment of data. Wiley 1943.
Linnet K. Estimation of the linear relationship between the measurements of two methods with
proportional errors. Stat Med 1990;9:1463-1473, doi 10.1002/sim.4780091210 (jackknife).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import Interval, check_level, method_pairs, rounding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Deming", "deming"]


@dataclass(frozen=True)
class Deming:
    """The line second = intercept + slope × first.

    Attributes:
        pairs: n.
        slope: 1 means no proportional difference.
        slope_se: Its jackknife standard error.
        slope_interval: Its confidence interval (t, n - 2 degrees of freedom).
        intercept: 0 means no constant difference.
        intercept_se: Its jackknife standard error.
        intercept_interval: Its confidence interval.
        error_ratio: Error variance of the first method over that of the second, as given.
        confidence: Level of the intervals.
    """

    pairs: int
    slope: float
    slope_se: float
    slope_interval: Interval
    intercept: float
    intercept_se: float
    intercept_interval: Interval
    error_ratio: float
    confidence: float


def deming(
    first: ArrayLike, second: ArrayLike, *, error_ratio: float = 1.0, confidence: float = 0.95
) -> Deming:
    """Fit the line that both methods' errors, of constant variance, leave most likely.

    Args:
        first: n measurements by one method.
        second: n measurements of the same subjects by the other, in the same order.
        error_ratio: Error variance of the first over that of the second, positive; 1 for two
            readings of one kind (orthogonal regression).
        confidence: Level of the intervals, in (0, 1).

    Raises:
        UsageError: lengths differ, fewer than three pairs, error ratio not positive, unknown level.
        InputError: a measurement is missing or not a number.
        RefusalError: the methods do not vary together, so no line relates them.
    """
    check_level(confidence)
    if not (math.isfinite(error_ratio) and error_ratio > 0):
        raise UsageError(
            f"An error ratio of {error_ratio:g} is not a positive number.",
            remedy="Give the error variance of the first method over that of the second.",
        )
    x, y = method_pairs(first, second)
    n = x.size
    every_but_one = ~np.eye(n, dtype=bool)
    whole = _line(x, y, error_ratio)
    left = np.array([_line(x[keep], y[keep], error_ratio) for keep in every_but_one])
    if not (np.isfinite(whole).all() and np.isfinite(left).all()):
        raise RefusalError(
            "Deming regression is undefined: the two methods do not vary together.",
            remedy="Check that the pairs belong together and vary between subjects.",
            code="not_related",
        )
    pseudo = n * np.array(whole) - (n - 1) * left
    slope_se, intercept_se = (pseudo.std(axis=0, ddof=1) / math.sqrt(n)).tolist()
    t = float(stats.t.ppf((1 + confidence) / 2, n - 2))
    slope, intercept = whole
    return Deming(
        pairs=n,
        slope=slope,
        slope_se=slope_se,
        slope_interval=(slope - t * slope_se, slope + t * slope_se),
        intercept=intercept,
        intercept_se=intercept_se,
        intercept_interval=(intercept - t * intercept_se, intercept + t * intercept_se),
        error_ratio=error_ratio,
        confidence=confidence,
    )


def _line(
    x: NDArray[np.float64], y: NDArray[np.float64], error_ratio: float
) -> tuple[float, float]:
    """Slope and intercept; NaN where the covariance is zero."""
    dx, dy = x - x.mean(), y - y.mean()
    sxx, syy, sxy = float(dx @ dx), float(dy @ dy), float(dx @ dy)
    if abs(sxy) <= x.size * rounding(x) * rounding(y):
        return math.nan, math.nan
    excess = error_ratio * syy - sxx
    slope = (excess + math.hypot(excess, 2 * math.sqrt(error_ratio) * sxy)) / (
        2 * error_ratio * sxy
    )
    return slope, float(y.mean() - slope * x.mean())
