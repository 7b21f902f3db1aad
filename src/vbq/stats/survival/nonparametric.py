"""Nonparametric estimates from censored follow-up, with and without competing events.

- Kaplan-Meier: survival, the probability of having had no event by a time. Where another event
  (death) precludes the event of interest, one minus Kaplan-Meier overestimates its risk.
- Aalen-Johansen: cumulative incidence, the probability of one kind of event by a time in the
  presence of the others.
- Nelson-Aalen: cumulative hazard.

Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481, doi 10.1080/01621459.1958.10501452.
Limits on the log(-log) scale: Kalbfleisch JD, Prentice RL. The statistical analysis of failure time
data, 2nd ed. Wiley 2002, section 1.4.
Aalen OO, Johansen S. Scand J Stat 1978;5:141-150. Its variance by the delta method:
Marubini E, Valsecchi MG. Analysing survival data from clinical trials and observational studies.
Wiley 1995, section 10.3.
Nelson W. Technometrics 1972;14:945-966, doi 10.1080/00401706.1972.10488991.
Aalen O. Ann Stat 1978;6:701-726, doi 10.1214/aos/1176344247.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from vbq.errors import UsageError
from vbq.stats.checks import Floats, Interval, check_confidence
from vbq.stats.survival.follow_up import follow_up


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """A survival curve: a step function that falls at each event time.

    Attributes:
        times: Shape (k,), event times, ascending.
        at_risk: Shape (k,), subjects under observation just before each time.
        events: Shape (k,), events at each time.
        survival: Shape (k,), from each time on, in [0, 1].
        standard_errors: Shape (k,), Greenwood's.
        lower: Shape (k,), lower limit on the log(-log) scale; 0 where the curve is 0.
        upper: Shape (k,), upper limit, likewise.
        n: Subjects.
        follow_up: Longest follow-up; the curve is undefined beyond it.
        confidence: Confidence level of the limits, which are pointwise.
    """

    times: Floats
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    survival: Floats
    standard_errors: Floats
    lower: Floats
    upper: Floats
    n: int
    follow_up: float
    confidence: float

    def estimate_at(self, time: float) -> tuple[float, Interval]:
        """Survival at a time, with its confidence limits.

        Raises:
            UsageError: the time is negative or beyond the longest follow-up.
        """
        j = _step(self.times, time, self.follow_up)
        if j is None:
            return 1.0, (1.0, 1.0)
        return float(self.survival[j]), (float(self.lower[j]), float(self.upper[j]))

    @property
    def median(self) -> float | None:
        """Median survival: first time at which survival is at most 0.5; None if never reached."""
        return self._median(self.survival)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """Confidence limits of the median (Brookmeyer & Crowley 1982); None if never reached."""
        return self._median(self.lower), self._median(self.upper)

    def _median(self, curve: Floats) -> float | None:
        reached = np.flatnonzero(curve <= 0.5 + 1e-12)
        return float(self.times[reached[0]]) if reached.size else None


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """The cumulative incidence of one cause in the presence of competing events.

    Attributes:
        cause: Code of the cause.
        times: Shape (k,), at which it occurs, ascending.
        incidence: Shape (k,), from each time on, in [0, 1].
        standard_errors: Shape (k,).
        lower: Shape (k,), lower limit on the log(-log) scale.
        upper: Shape (k,), upper limit on the log(-log) scale.
        n: Subjects.
        events: Subjects with this cause.
        competing: Subjects with a competing event.
        follow_up: Longest follow-up.
        confidence: Confidence level of the limits, which are pointwise.
    """

    cause: int
    times: Floats
    incidence: Floats
    standard_errors: Floats
    lower: Floats
    upper: Floats
    n: int
    events: int
    competing: int
    follow_up: float
    confidence: float

    def estimate_at(self, time: float) -> tuple[float, Interval]:
        """Cumulative incidence by a time, with its confidence limits.

        Raises:
            UsageError: the time is negative or beyond the longest follow-up.
        """
        j = _step(self.times, time, self.follow_up)
        if j is None:
            return 0.0, (0.0, 0.0)
        return float(self.incidence[j]), (float(self.lower[j]), float(self.upper[j]))


def kaplan_meier(time: ArrayLike, event: ArrayLike, *, confidence: float = 0.95) -> KaplanMeier:
    """The Kaplan-Meier estimate of survival.

    Args:
        time: Shape (n,), time to the event or the end of follow-up, not negative.
        event: Shape (n,), 1 where follow-up ended with the event, 0 where it was censored.
        confidence: Confidence level of the limits, in (0, 1).

    Raises:
        UsageError: lengths differ, or the confidence level is out of range.
        InputError: missing values, negative times, or no events.
    """
    check_confidence(confidence)
    times, causes = follow_up(time, event)
    has_event = causes > 0
    event_times = np.unique(times[has_event])
    at_risk = times.size - np.searchsorted(np.sort(times), event_times, side="left")
    events = _counts(times[has_event], event_times)
    survival = np.cumprod(1 - events / at_risk).astype(np.float64)
    positive = survival > 0
    with np.errstate(divide="ignore"):  # the last subject dies: the curve and its error are 0
        greenwood = np.cumsum(events / (at_risk * (at_risk - events).astype(np.float64)))
    spread = np.sqrt(np.where(positive, greenwood, 0))
    z = float(stats.norm.isf((1 - confidence) / 2))
    inner = np.where(positive, survival, 0.5)
    lower, upper = _log_log_limits(inner, z * spread / -np.log(inner), positive, 0.0)
    return KaplanMeier(
        times=event_times,
        at_risk=at_risk.astype(np.int64),
        events=events.astype(np.int64),
        survival=survival,
        standard_errors=np.where(positive, survival * spread, 0.0),
        lower=lower,
        upper=upper,
        n=times.size,
        follow_up=float(times.max()),
        confidence=confidence,
    )


def cumulative_incidence(
    time: ArrayLike, cause: ArrayLike, *, cause_of_interest: int = 1, confidence: float = 0.95
) -> CumulativeIncidence:
    """The Aalen-Johansen estimate of cumulative incidence.

    Args:
        time: Shape (n,), time to the first event of any kind or the end of follow-up, not negative.
        cause: Shape (n,), 0 where follow-up was censored, otherwise the code of the event.
        cause_of_interest: Code of the event whose incidence is estimated.
        confidence: Confidence level of the limits, in (0, 1).

    Raises:
        UsageError: lengths differ, or the confidence level is out of range.
        InputError: missing values, negative times, or the event never occurs.
    """
    check_confidence(confidence)
    times, causes = follow_up(time, cause, cause_of_interest)
    has_event = causes == cause_of_interest
    event_times = np.unique(times[causes > 0])
    at_risk = (times.size - np.searchsorted(np.sort(times), event_times)).astype(np.float64)
    any_event = _counts(times[causes > 0], event_times)
    event = _counts(times[has_event], event_times)
    survival = np.concatenate([[1.0], np.cumprod(1 - any_event / at_risk)])[:-1]  # just before
    incidence = np.cumsum(survival * event / at_risk)
    variance = np.array(
        [
            _variance(incidence[: j + 1], survival[: j + 1], at_risk, any_event, event)
            for j in range(event_times.size)
        ]
    )
    jumps = event > 0
    incidence, errors = incidence[jumps], np.sqrt(variance[jumps])
    z = float(stats.norm.isf((1 - confidence) / 2))
    below_one = incidence < 1 - 1e-12
    inner = np.where(below_one, incidence, 0.5)
    lower, upper = _log_log_limits(inner, z * errors / (inner * -np.log(inner)), below_one, 1.0)
    return CumulativeIncidence(
        cause=cause_of_interest,
        times=event_times[jumps],
        incidence=incidence,
        standard_errors=errors,
        lower=lower,
        upper=upper,
        n=times.size,
        events=int(has_event.sum()),
        competing=int(((causes > 0) & ~has_event).sum()),
        follow_up=float(times.max()),
        confidence=confidence,
    )


def cumulative_hazard(time: ArrayLike, cause: ArrayLike, *, cause_of_interest: int = 1) -> Floats:
    """The Nelson-Aalen estimate of the (cause-specific) hazard accumulated by each subject.

    Together with the event indicator it is what an imputation model for a Cox regression needs to
    contain of the follow-up: White IR, Royston P. Stat Med 2009;28:1982-1998, doi 10.1002/sim.3618.

    Args:
        time: Shape (n,), time to the first event of any kind or the end of follow-up, not negative.
        cause: Shape (n,), 0 where follow-up was censored, otherwise the code of the event.
        cause_of_interest: Code of the event whose hazard is estimated; other events count as
            censoring.

    Returns:
        Shape (n,), the cumulative hazard at each subject's own time, not negative.

    Raises:
        UsageError: lengths differ.
        InputError: missing values, negative times, or the event never occurs.
    """
    times, causes = follow_up(time, cause, cause_of_interest)
    event_times, events = np.unique(times[causes == cause_of_interest], return_counts=True)
    at_risk = times.size - np.searchsorted(np.sort(times), event_times)
    total = np.concatenate([[0.0], np.cumsum(events / at_risk)])
    hazard: Floats = total[np.searchsorted(event_times, times, side="right")]
    return hazard


def _step(event_times: Floats, time: float, longest: float) -> int | None:
    """Index of the last event time not after ``time``; None before the first.

    Raises:
        UsageError: the time is negative or beyond the longest follow-up.
    """
    if not 0 <= time <= longest:
        raise UsageError(
            f"No subject was followed at time {time:g}; follow-up ends at {longest:g}.",
            remedy="Give a time within follow-up.",
            code="beyond_follow_up",
        )
    j = int(np.searchsorted(event_times, time, side="right")) - 1
    return j if j >= 0 else None


def _counts(times: Floats, event_times: Floats) -> Floats:
    """How many of ``times`` equal each event time."""
    ordered = np.sort(times)
    high, low = (np.searchsorted(ordered, event_times, side=side) for side in ("right", "left"))
    return (high - low).astype(np.float64)


def _log_log_limits(
    estimate: Floats, half_width: Floats, defined: NDArray[np.bool_], undefined: float
) -> tuple[Floats, Floats]:
    """Limits of a probability in (0, 1), symmetric on the scale log(-log)."""
    lower, upper = (
        np.where(defined, estimate ** np.exp(side * half_width), undefined) for side in (1, -1)
    )
    return lower, upper


def _variance(
    incidence: Floats, survival: Floats, at_risk: Floats, any_event: Floats, event: Floats
) -> float:
    """Variance of the last incidence; the counts are cut to its length."""
    n, d, c = (array[: incidence.size] for array in (at_risk, any_event, event))
    remaining = incidence[-1] - incidence
    surviving = n - d
    # where nobody survives, the incidence no longer changes and `remaining` is 0
    first = np.where(surviving > 0, remaining**2 * d / (n * np.maximum(surviving, 1)), 0.0)
    second = survival**2 * c * (n - c) / n**3
    third = -2 * remaining * survival * c / n**2
    return max(0.0, float((first + second + third).sum()))
