"""Contents of a table of characteristics: summaries, and differences between two groups.

Quartiles: Hyndman RJ, Fan Y. Am Stat 1996;50:361-365, definition 7 (R, NumPy).
Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611, doi 10.1214/aoms/1177704172; its interval:
Hollander M, Wolfe DA, Chicken E. Nonparametric Statistical Methods, 3rd ed. 2014, section 4.3.
Standardised differences: Austin PC. Stat Med 2009;28:3083-3107, doi 10.1002/sim.3697; of
categories: Yang D, Dalton JE. SAS Global Forum 2012, paper 335.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import InputError
from vbq.stats.checks import Floats, Interval, check_confidence, finite_array


@dataclass(frozen=True)
class Summary:
    """Summary of a variable in one group.

    Attributes:
        n: Number of subjects.
        mean: Arithmetic mean.
        sd: Standard deviation (n - 1); None for a single subject.
        median: Median.
        quartiles: Lower and upper quartile.
        minimum: Smallest value.
        maximum: Largest value.
    """

    n: int
    mean: float
    sd: float | None
    median: float
    quartiles: Interval
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Shift:
    """Shift of the values of one group above those of another.

    Attributes:
        estimate: Median of all pairwise differences.
        interval: Confidence interval: the shifts that the Mann-Whitney test does not reject.
        confidence: Confidence level of the interval.
    """

    estimate: float
    interval: Interval
    confidence: float


def summarise(values: ArrayLike) -> Summary:
    """Mean, SD, median, quartiles and range.

    Args:
        values: Shape (n,), n ≥ 1.

    Raises:
        InputError: there is no value, or a value is missing or not a number.
    """
    x = _values(values, "values")
    lower, median, upper = (float(q) for q in np.quantile(x, [0.25, 0.5, 0.75]))
    return Summary(
        n=x.size,
        mean=float(x.mean()),
        sd=float(x.std(ddof=1)) if x.size > 1 else None,
        median=median,
        quartiles=(lower, upper),
        minimum=float(x.min()),
        maximum=float(x.max()),
    )


def hodges_lehmann(first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95) -> Shift:
    """Hodges-Lehmann estimate of the shift of the first group above the second.

    The interval inverts the Mann-Whitney test (normal approximation, corrected for ties and for
    continuity). Memory grows with the product of the group sizes.

    Args:
        first: Shape (n,), values of the first group.
        second: Shape (m,), values of the second group.
        confidence: Confidence level of the interval, in (0, 1).

    Raises:
        UsageError: the confidence level is out of range.
        InputError: a group is empty or too small for an interval of that level, or a value is
            missing or not a number.
    """
    check_confidence(confidence)
    x, y = (
        _values(first, "values of the first group"),
        _values(second, "values of the second group"),
    )
    differences = np.unique(np.subtract.outer(x, y))
    estimate = float(np.median(np.subtract.outer(x, y)))
    z = float(stats.norm.isf((1 - confidence) / 2))
    # The statistic is constant between neighbouring differences and falls at each of them; a
    # limit is the difference at which it crosses the quantile.
    midpoints = (differences[:-1] + differences[1:]) / 2
    lower = _crossing(x, y, differences, midpoints, z)
    upper = _crossing(x, y, differences, midpoints, -z)
    return Shift(estimate, (lower, upper), confidence)


def _crossing(x: Floats, y: Floats, differences: Floats, midpoints: Floats, z: float) -> float:
    """The difference at which the standardised statistic falls below z."""

    def exceeds(shift: float) -> bool:
        ranks = stats.rankdata(np.concatenate([x - shift, y]))
        total = ranks.size
        _, ties = np.unique(ranks, return_counts=True)
        spread = (total + 1) - float(np.sum(ties**3 - ties)) / (total * (total - 1))
        excess = ranks[: x.size].sum() - x.size * (x.size + 1) / 2 - x.size * y.size / 2
        return bool(excess - math.copysign(0.5, z) > z * math.sqrt(x.size * y.size / 12 * spread))

    ends = exceeds(float(differences[0]) - 1), exceeds(float(differences[-1]) + 1)
    if ends != (True, False):
        raise InputError(
            f"Groups of {x.size} and {y.size} are too small for an interval of the shift.",
            remedy="Report the estimate without an interval, or add subjects.",
            code="too_few",
        )
    low, high = -1, midpoints.size  # exceeds up to midpoint `low`, not from `high` on
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if exceeds(float(midpoints[middle])) else (low, middle)
    return float(differences[high])


def standardised_difference(first: ArrayLike, second: ArrayLike) -> float | None:
    """Standardised mean difference: difference of means / √(mean of the two variances).

    Args:
        first: Shape (n,), values of the first group.
        second: Shape (m,), values of the second group.

    Returns:
        The difference in SDs; None where neither group varies.

    Raises:
        InputError: a group has fewer than two values, or a value is missing or not a number.
    """
    x = _values(first, "values of the first group", minimum=2)
    y = _values(second, "values of the second group", minimum=2)
    spread = math.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)
    return float(x.mean() - y.mean()) / spread if spread else None


def standardised_difference_of_shares(first: ArrayLike, second: ArrayLike) -> float | None:
    """Standardised difference of a category with k levels: Mahalanobis distance of the shares.

    With two levels it is |p₁ - p₂| / √((p₁q₁ + p₂q₂)/2).

    Args:
        first: Shape (k,), number of subjects at each level in the first group.
        second: Shape (k,), likewise in the second; a level empty in both is ignored.

    Returns:
        The difference, not negative; None where neither group varies.

    Raises:
        InputError: a count is missing, or a group is empty.
    """
    x, y = (
        finite_array(first, "counts of the first group"),
        finite_array(second, "counts of the second group"),
    )
    if x.shape != y.shape or (x < 0).any() or (y < 0).any() or not (x.sum() and y.sum()):
        raise InputError(
            "The counts of the two groups do not match, or a group is empty.",
            remedy="Give one count of 0 or more per level in each group.",
            code="bad_counts",
        )
    p, q = x[x + y > 0][1:] / x.sum(), y[x + y > 0][1:] / y.sum()
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    if not covariance.any():
        return None
    return math.sqrt(float((p - q) @ np.linalg.pinv(covariance) @ (p - q)))


def _values(values: ArrayLike, name: str, *, minimum: int = 1) -> Floats:
    x = finite_array(values, name)
    if x.size < minimum:
        verb = "is" if minimum == 1 else "are"
        raise InputError(
            f"There are {x.size} {name}; at least {minimum} {verb} needed.",
            remedy="Omit the group or the variable.",
            code="too_few",
        )
    return x
