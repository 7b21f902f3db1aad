"""Aalen-Johansen: the probability of one kind of event by a time, where others compete.

Aalen OO, Johansen S. Scand J Stat 1978;5:141-150. Its variance by the delta method:
Marubini E, Valsecchi MG. Analysing survival data from clinical trials and observational studies.
Wiley 1995, section 10.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import UsageError
from vbq.stats.checks import Interval, check_level
from vbq.stats.survival.follow_up import follow_up

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CumulativeIncidence", "cumulative_incidence"]


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """The cumulative incidence of one cause.

    Attributes:
        cause: Its code.
        times: Shape (k,), at which it occurs, ascending.
        incidence: Shape (k,), from each time on, in [0, 1].
        standard_errors: Shape (k,).
        lower, upper: Shape (k,), limits on the scale log(-log).
        n: Subjects.
        events: Subjects with this cause.
        competing: Subjects with another.
        follow_up: Longest time.
        confidence: Level of the limits.
    """

    cause: int
    times: NDArray[np.float64]
    incidence: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    n: int
    events: int
    competing: int
    follow_up: float
    confidence: float

    def at(self, time: float) -> tuple[float, Interval]:
        """Incidence by a time, with its limits.

        Raises:
            UsageError: the time is negative or beyond the longest follow-up.
        """
        if not 0 <= time <= self.follow_up:
            raise UsageError(
                f"Nobody was followed at time {time:g}; follow-up ends at {self.follow_up:g}.",
                remedy="Ask about a time within follow-up.",
                code="beyond_follow_up",
            )
        j = int(np.searchsorted(self.times, time, side="right")) - 1
        if j < 0:
            return 0.0, (0.0, 0.0)
        return float(self.incidence[j]), (float(self.lower[j]), float(self.upper[j]))


def cumulative_incidence(
    time: ArrayLike, cause: ArrayLike, *, of_interest: int = 1, confidence: float = 0.95
) -> CumulativeIncidence:
    """Aalen & Johansen's estimate.

    Args:
        time: Shape (n,), until the first event of any kind or the end of follow-up, not negative.
        cause: Shape (n,), 0 where follow-up ended without an event, otherwise the kind of event.
        of_interest: The kind whose incidence is wanted.
        confidence: Level of the limits, in (0, 1).

    Raises:
        UsageError: lengths differ, unknown level.
        InputError: missing values, negative times, or the event never occurs.
    """
    check_level(confidence)
    times, causes = follow_up(time, cause, of_interest)
    mine = causes == of_interest
    moments = np.unique(times[causes > 0])
    at_risk = (times.size - np.searchsorted(np.sort(times), moments)).astype(np.float64)
    every, own = (_counts(times[which], moments) for which in (causes > 0, mine))
    survival = np.concatenate([[1.0], np.cumprod(1 - every / at_risk)])[:-1]  # just before
    incidence = np.cumsum(survival * own / at_risk)
    variance = np.array(
        [
            _variance(incidence[: j + 1], survival[: j + 1], at_risk, every, own)
            for j in range(moments.size)
        ]
    )
    shown = own > 0
    incidence, errors = incidence[shown], np.sqrt(variance[shown])
    z = float(stats.norm.isf((1 - confidence) / 2))
    inside = incidence < 1 - 1e-12
    safe = np.where(inside, incidence, 0.5)
    reach = z * errors / (safe * -np.log(safe))
    lower, upper = (np.where(inside, safe ** np.exp(side * reach), 1.0) for side in (1, -1))
    return CumulativeIncidence(
        cause=of_interest,
        times=moments[shown],
        incidence=incidence,
        standard_errors=errors,
        lower=lower,
        upper=upper,
        n=times.size,
        events=int(mine.sum()),
        competing=int(((causes > 0) & ~mine).sum()),
        follow_up=float(times.max()),
        confidence=confidence,
    )


def _counts(times: NDArray[np.float64], moments: NDArray[np.float64]) -> NDArray[np.float64]:
    ranked = np.sort(times)
    high, low = (np.searchsorted(ranked, moments, side=side) for side in ("right", "left"))
    return (high - low).astype(np.float64)


def _variance(
    incidence: NDArray[np.float64],
    survival: NDArray[np.float64],
    at_risk: NDArray[np.float64],
    every: NDArray[np.float64],
    own: NDArray[np.float64],
) -> float:
    """Variance of the last incidence; the others' arrays are cut to its length."""
    n, d, c = (array[: incidence.size] for array in (at_risk, every, own))
    ahead = incidence[-1] - incidence
    left = n - d
    # where nobody is left, the incidence no longer changes and `ahead` is 0
    first = np.where(left > 0, ahead**2 * d / (n * np.maximum(left, 1)), 0.0)
    second = survival**2 * c * (n - c) / n**3
    third = -2 * ahead * survival * c / n**2
    return max(0.0, float((first + second + third).sum()))
