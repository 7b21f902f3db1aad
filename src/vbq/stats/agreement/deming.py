"""Deming regression: a straight line between two methods that are both measured with error.

Deming WE. Statistical adjustment of data. Wiley 1943.
Linnet K. Estimation of the linear relationship between the measurements of two methods with
proportional errors. Stat Med 1990;9:1463-1473, doi 10.1002/sim.4780091210 (jackknife).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import Floats, Interval, check_confidence, measurement_pairs, rounding_error


@dataclass(frozen=True)
class Deming:
    """The line second = intercept + slope × first.

    Attributes:
        pairs: Number of pairs, n.
        slope: Slope; 1 means no proportional difference.
        slope_se: Jackknife standard error of the slope.
        slope_interval: Confidence interval of the slope (t, n - 2 degrees of freedom).
        intercept: Intercept; 0 means no constant difference.
        intercept_se: Jackknife standard error of the intercept.
        intercept_interval: Confidence interval of the intercept.
        error_ratio: Error variance of the first method divided by that of the second, as given.
        confidence: Confidence level of the intervals.
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
    """Maximum-likelihood line between two methods with normal errors of constant variance.

    Args:
        first: Shape (n,), measurements by one method.
        second: Shape (n,), measurements of the same subjects by the other, in the same order.
        error_ratio: Error variance of the first method divided by that of the second, positive;
            1 for two measurements of the same kind (orthogonal regression).
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: lengths differ, fewer than three pairs, the error ratio is not positive, or the
            confidence level is out of range.
        InputError: a measurement is missing or not a number.
        RefusalError: the methods are uncorrelated, so no line relates them.
    """
    check_confidence(confidence)
    if not (math.isfinite(error_ratio) and error_ratio > 0):
        raise UsageError(
            f"An error ratio of {error_ratio:g} is not a positive number.",
            remedy="Give the error variance of the first method divided by that of the second.",
        )
    x, y = measurement_pairs(first, second, minimum=3, purpose="Regressions of two methods")
    n = x.size
    leave_one_out = ~np.eye(n, dtype=bool)
    line = _line(x, y, error_ratio)
    jackknife = np.array([_line(x[rows], y[rows], error_ratio) for rows in leave_one_out])
    if not (np.isfinite(line).all() and np.isfinite(jackknife).all()):
        raise RefusalError(
            "Deming regression is undefined: the methods are uncorrelated.",
            remedy="Check that measurements are paired correctly and vary between subjects.",
            code="not_related",
        )
    pseudo = n * np.array(line) - (n - 1) * jackknife
    slope_se, intercept_se = (pseudo.std(axis=0, ddof=1) / math.sqrt(n)).tolist()
    t = float(stats.t.ppf((1 + confidence) / 2, n - 2))
    slope, intercept = line
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


def _line(x: Floats, y: Floats, error_ratio: float) -> tuple[float, float]:
    """Slope and intercept; NaN where the covariance is 0."""
    dx, dy = x - x.mean(), y - y.mean()
    sxx, syy, sxy = float(dx @ dx), float(dy @ dy), float(dx @ dy)
    if abs(sxy) <= x.size * rounding_error(x) * rounding_error(y):
        return math.nan, math.nan
    excess = error_ratio * syy - sxx
    slope = (excess + math.hypot(excess, 2 * math.sqrt(error_ratio) * sxy)) / (
        2 * error_ratio * sxy
    )
    return slope, float(y.mean() - slope * x.mean())
