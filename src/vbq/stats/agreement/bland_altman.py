"""Limits of agreement between two methods, readers or scans.

Bland JM, Altman DG. Lancet 1986;327:307-310, doi 10.1016/S0140-6736(86)90837-8.
Bland JM, Altman DG. Stat Methods Med Res 1999;8:135-160, doi 10.1177/096228029900800204.
Carkeet A. Optom Vis Sci 2015;92:e71-e80, doi 10.1097/OPX.0000000000000513.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import UsageError
from vbq.stats.checks import (
    NORMAL_95,
    Floats,
    Interval,
    check_confidence,
    measurement_pairs,
    rounding_error,
)


@dataclass(frozen=True)
class Trend:
    """A straight line fitted by least squares against the mean of the two measurements.

    Attributes:
        intercept: Value at a mean of 0.
        slope: Change per unit of the mean.
        interval: Confidence interval of the slope.
        p: Two-sided p-value that the slope is 0, t test.
    """

    intercept: float
    slope: float
    interval: Interval
    p: float


@dataclass(frozen=True)
class BlandAltman:
    """Bias and 95 % limits of agreement; differences are first minus second.

    Attributes:
        pairs: Number of pairs, n.
        bias: Mean difference.
        bias_interval: Confidence interval of the bias (t).
        sd: SD of the differences (n - 1).
        lower: Lower limit of agreement, bias - 1.96 SD.
        lower_interval: Confidence interval of the lower limit.
        upper: Upper limit of agreement, bias + 1.96 SD.
        upper_interval: Confidence interval of the upper limit.
        confidence: Confidence level of all intervals.
        method: Method for the intervals of the limits.
        bias_trend: Regression of differences on means: whether bias depends on magnitude.
        spread_trend: Regression of the absolute residuals of ``bias_trend`` on means: whether
            spread depends on magnitude (heteroscedasticity). Both trends are None with fewer than
            three pairs, or where all means or all differences are equal.
    """

    pairs: int
    bias: float
    bias_interval: Interval
    sd: float
    lower: float
    lower_interval: Interval
    upper: float
    upper_interval: Interval
    confidence: float
    method: Literal["exact", "approximate"]
    bias_trend: Trend | None
    spread_trend: Trend | None


def bland_altman(
    first: ArrayLike,
    second: ArrayLike,
    *,
    confidence: float = 0.95,
    method: Literal["exact", "approximate"] = "exact",
) -> BlandAltman:
    """Limits of agreement from one pair of measurements per subject.

    ``exact`` intervals of the limits come from the noncentral t distribution (Carkeet 2015). They
    are the default because they keep their level at every n. The ``approximate`` ones of Bland &
    Altman 1999 are symmetric and therefore miss the true limit on the outer side too often: in
    5.7 % of studies with 20 pairs and 4.4 % with 60, instead of 2.5 %. The two agree for large n.

    Args:
        first: Shape (n,), measurements.
        second: Shape (n,), measurements of the same subjects, in the same unit and order.
        confidence: Confidence level of all intervals, in (0, 1).
        method: Method for the intervals of the limits.

    Raises:
        UsageError: lengths differ, fewer than two pairs, or unknown method or confidence level.
        InputError: a measurement is missing or not a number.
    """
    check_confidence(confidence)
    if method not in ("exact", "approximate"):
        raise UsageError(f"Unknown method {method!r}.", remedy="Give exact or approximate.")
    x, y = measurement_pairs(first, second, minimum=2, purpose="Limits of agreement")
    n = x.size
    difference, mean = x - y, (x + y) / 2
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    t = float(stats.t.ppf((1 + confidence) / 2, n - 1))
    half = t * sd / math.sqrt(n)
    inner, outer = _exact_factors(n, confidence) if method == "exact" else _delta_factors(n, t)
    bias_trend, spread_trend = _trends(mean, difference, confidence)
    return BlandAltman(
        pairs=n,
        bias=bias,
        bias_interval=(bias - half, bias + half),
        sd=sd,
        lower=bias - NORMAL_95 * sd,
        lower_interval=(bias - outer * sd, bias - inner * sd),
        upper=bias + NORMAL_95 * sd,
        upper_interval=(bias + inner * sd, bias + outer * sd),
        confidence=confidence,
        method=method,
        bias_trend=bias_trend,
        spread_trend=spread_trend,
    )


def _exact_factors(n: int, confidence: float) -> Interval:
    """Distances of the ends of a limit's exact interval from the bias, in SDs.

    (limit - bias) √n / SD follows a noncentral t with n - 1 degrees of freedom and
    noncentrality 1.96 √n.
    """
    tail = (1 - confidence) / 2
    root = math.sqrt(n)
    limits = stats.nct.ppf(np.array([tail, 1 - tail]), n - 1, NORMAL_95 * root) / root
    return float(limits[0]), float(limits[1])


def _delta_factors(n: int, t: float) -> Interval:
    """Distances as `_exact_factors`, by the delta method.

    var(limit) = SD² (1/n + 1.96²/(2(n - 1))).
    """
    half = t * math.sqrt(1 / n + NORMAL_95**2 / (2 * (n - 1)))
    return NORMAL_95 - half, NORMAL_95 + half


def _trends(
    mean: Floats, difference: Floats, confidence: float
) -> tuple[Trend | None, Trend | None]:
    noise = rounding_error(mean)
    if mean.size < 3 or np.ptp(mean) <= noise or np.ptp(difference) <= noise:
        return None, None
    bias = _trend(mean, difference, confidence)
    residual = np.abs(difference - bias.intercept - bias.slope * mean)
    return bias, _trend(mean, residual, confidence)


def _trend(x: Floats, y: Floats, confidence: float) -> Trend:
    fit = stats.linregress(x, y)
    half = float(stats.t.ppf((1 + confidence) / 2, x.size - 2)) * fit.stderr
    return Trend(
        intercept=float(fit.intercept),
        slope=float(fit.slope),
        interval=(float(fit.slope - half), float(fit.slope + half)),
        p=float(fit.pvalue),
    )
