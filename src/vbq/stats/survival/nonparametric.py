"""Kaplan-Meier: the probability of having had no event by a time.

Where another event (death) makes the one of interest impossible, one minus Kaplan-Meier overstates
its risk: use `cumulative_incidence`.

Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481, doi 10.1080/01621459.1958.10501452.
Limits on the scale log(-log): Kalbfleisch JD, Prentice RL. The statistical analysis of failure time
data, 2nd ed. Wiley 2002, section 1.4.
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

__all__ = ["KaplanMeier", "kaplan_meier"]


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """A survival curve, which falls at each time with an event.

    Attributes:
        times: Shape (k,), at which events occur, ascending.
        at_risk: Shape (k,), subjects followed until just before.
        events: Shape (k,).
        survival: Shape (k,), from each time on, in [0, 1].
        standard_errors: Shape (k,), Greenwood's.
        lower, upper: Shape (k,), limits on the scale log(-log); where the curve is 0 they are 0.
        n: Subjects.
        follow_up: Longest time; beyond it nothing is known.
        confidence: Level of the limits, which hold at one time each.
    """

    times: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    survival: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    n: int
    follow_up: float
    confidence: float

    def at(self, time: float) -> tuple[float, Interval]:
        """Survival at a time, with its limits.

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
            return 1.0, (1.0, 1.0)
        return float(self.survival[j]), (float(self.lower[j]), float(self.upper[j]))

    @property
    def median(self) -> float | None:
        """First time at which survival is at most one half; None where it stays above."""
        return self._first(self.survival)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """The same of the lower and upper limits (Brookmeyer & Crowley 1982)."""
        return self._first(self.lower), self._first(self.upper)

    def _first(self, curve: NDArray[np.float64]) -> float | None:
        reached = np.flatnonzero(curve <= 0.5 + 1e-12)
        return float(self.times[reached[0]]) if reached.size else None


def kaplan_meier(time: ArrayLike, event: ArrayLike, *, confidence: float = 0.95) -> KaplanMeier:
    """Kaplan-Meier's estimate.

    Args:
        time: Shape (n,), until the event or the end of follow-up, not negative.
        event: Shape (n,), 1 where it ended with the event, 0 where without.
        confidence: Level of the limits, in (0, 1).

    Raises:
        UsageError: lengths differ, unknown level.
        InputError: missing values, negative times, or no events.
    """
    check_level(confidence)
    times, causes = follow_up(time, event)
    happened = causes > 0
    moments = np.unique(times[happened])
    at_risk = times.size - np.searchsorted(np.sort(times), moments, side="left")
    ended = np.sort(times[happened])
    events = np.searchsorted(ended, moments, side="right") - np.searchsorted(ended, moments)
    survival = np.cumprod(1 - events / at_risk).astype(np.float64)
    alive = survival > 0
    with np.errstate(divide="ignore"):  # the last subject dies: the curve is 0, so is its error
        greenwood = np.cumsum(events / (at_risk * (at_risk - events).astype(np.float64)))
    errors = np.where(alive, survival * np.sqrt(np.where(alive, greenwood, 0)), 0.0)
    z = float(stats.norm.isf((1 - confidence) / 2))
    safe = np.where(alive, survival, 0.5)
    reach = z * np.sqrt(np.where(alive, greenwood, 0)) / -np.log(safe)
    lower, upper = (np.where(alive, safe ** np.exp(side * reach), 0.0) for side in (1, -1))
    return KaplanMeier(
        times=moments,
        at_risk=at_risk.astype(np.int64),
        events=events.astype(np.int64),
        survival=survival,
        standard_errors=errors,
        lower=lower,
        upper=upper,
        n=times.size,
        follow_up=float(times.max()),
        confidence=confidence,
    )
