"""What a table of characteristics prints: summaries, and differences of two groups.

Quartiles: Hyndman RJ, Fan Y. Am Stat 1996;50:361-365, definition 7 (R, NumPy).
Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611, doi 10.1214/aoms/1177704172; its interval:
Hollander M, Wolfe DA, Chicken E. Nonparametric Statistical Methods, 3rd ed. 2014, section 4.3.
Standardised differences: Austin PC. Stat Med 2009;28:3083-3107, doi 10.1002/sim.3697; of
categories: Yang D, Dalton JE. SAS Global Forum 2012, paper 335.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import InputError
from vbq.stats.checks import Interval, check_level, finite

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Shift",
    "Summary",
    "hodges_lehmann",
    "standardised_difference",
    "standardised_difference_of_shares",
    "summarise",
]


@dataclass(frozen=True)
class Summary:
    """A variable in one group.

    Attributes:
        n: Subjects.
        mean: Arithmetic mean.
        sd: Standard deviation (n - 1); None of a single subject.
        median: Median.
        quartiles: Lower and upper.
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
    """By how much the values of one group lie above those of another.

    Attributes:
        estimate: Median of all pairwise differences.
        interval: Those shifts the Mann-Whitney test does not reject.
        confidence: Level of the interval.
    """

    estimate: float
    interval: Interval
    confidence: float


def summarise(values: ArrayLike) -> Summary:
    """Mean, SD, median, quartiles and range.

    Raises:
        InputError: there is no value, or one is missing or not a number.
    """
    x = _some(values, "values")
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
    """Hodges and Lehmann's shift of the first group above the second.

    The interval inverts the Mann-Whitney test in its normal approximation, with the corrections
    for ties and for continuity. Memory grows with the product of the group sizes.

    Args:
        first: n values.
        second: m values.
        confidence: Level of the interval.

    Raises:
        UsageError: unknown level.
        InputError: a group is empty or too small for an interval of that level, or a value is
            missing or not a number.
    """
    check_level(confidence)
    x, y = _some(first, "values of the first group"), _some(second, "values of the second group")
    differences = np.unique(np.subtract.outer(x, y))
    estimate = float(np.median(np.subtract.outer(x, y)))
    z = float(stats.norm.isf((1 - confidence) / 2))
    # The statistic is constant between neighbouring differences and falls at each of them; a
    # limit is the difference at which it passes the quantile.
    gaps = (differences[:-1] + differences[1:]) / 2
    lower = _passing(x, y, differences, gaps, z)
    upper = _passing(x, y, differences, gaps, -z)
    return Shift(estimate, (lower, upper), confidence)


def _passing(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    differences: NDArray[np.float64],
    gaps: NDArray[np.float64],
    z: float,
) -> float:
    """The difference below which the standardised statistic exceeds z and above which it falls."""

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
    low, high = -1, gaps.size  # exceeds before gap `low`, not after gap `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if exceeds(float(gaps[middle])) else (low, middle)
    return float(differences[high])


def standardised_difference(first: ArrayLike, second: ArrayLike) -> float | None:
    """Difference of means over the root of the mean of both variances.

    None where neither group varies.

    Raises:
        InputError: fewer than two values in a group, or one is missing or not a number.
    """
    x = _some(first, "values of the first group", least=2)
    y = _some(second, "values of the second group", least=2)
    spread = math.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)
    return float(x.mean() - y.mean()) / spread if spread else None


def standardised_difference_of_shares(first: ArrayLike, second: ArrayLike) -> float | None:
    """The same of a category with k levels: the Mahalanobis distance of the shares.

    With two levels it is |p₁ - p₂| / √((p₁q₁ + p₂q₂)/2). None where neither group varies.

    Args:
        first: Shape (k,), subjects in each level in one group.
        second: Shape (k,), in the other; a level empty in both is left out.

    Raises:
        InputError: a count is missing, or a group is empty.
    """
    x, y = finite(first, "counts of the first group"), finite(second, "counts of the second group")
    if x.shape != y.shape or (x < 0).any() or (y < 0).any() or not (x.sum() and y.sum()):
        raise InputError(
            "Counts of the two groups do not fit one another, or a group is empty.",
            remedy="Give one count of 0 or more a level in each group.",
            code="bad_counts",
        )
    p, q = x[x + y > 0][1:] / x.sum(), y[x + y > 0][1:] / y.sum()
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    if not covariance.any():
        return None
    return math.sqrt(float((p - q) @ np.linalg.pinv(covariance) @ (p - q)))


def _some(values: ArrayLike, name: str, *, least: int = 1) -> NDArray[np.float64]:
    x = finite(values, name)
    if x.size < least:
        raise InputError(
            f"There are {x.size} {name}; at least {least} {'is' if least == 1 else 'are'} needed.",
            remedy="Leave the group or the variable out.",
            code="too_few",
        )
    return x
