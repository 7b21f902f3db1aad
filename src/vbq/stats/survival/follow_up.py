"""Follow-up times and events: the checks and quantities that the survival methods share."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import InputError
from vbq.stats.checks import Floats, paired_arrays


def follow_up(
    time: ArrayLike, cause: ArrayLike, cause_of_interest: int = 1
) -> tuple[Floats, NDArray[np.int64]]:
    """Times and causes of n subjects, checked.

    Args:
        time: Shape (n,), time to the event or the end of follow-up, not negative, in any unit.
        cause: Shape (n,), 0 where follow-up was censored, otherwise the code of the event, 1, 2 …
        cause_of_interest: Code that has to occur.

    Raises:
        UsageError: lengths differ.
        InputError: a value is missing, a time is negative, a cause is not a whole number of 0 or
            more, or the event never occurs.
    """
    times, causes = paired_arrays(time, cause, ("follow-up times", "event indicators"))
    if (times < 0).any():
        raise InputError(
            f"{int((times < 0).sum())} of {times.size} follow-up times are negative.",
            remedy="Count time from the start of follow-up.",
            code="negative_time",
        )
    if ((causes < 0) | (causes % 1 != 0)).any():
        raise InputError(
            "An event indicator is not a whole number of 0 or more.",
            remedy="Give 0 for no event, and 1, 2 … for the types of event.",
            code="bad_cause",
        )
    if not (causes == cause_of_interest).any():
        raise InputError(
            f"The event (code {cause_of_interest}) occurs in none of {times.size} subjects.",
            remedy="Check how events are coded.",
            code="no_events",
        )
    return times, causes.astype(np.int64)


def events_in_order(time: Floats, has_event: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Indices of the subjects with the event, in the order of their times."""
    events = np.flatnonzero(has_event)
    return events[np.argsort(time[events], kind="stable")]


def censoring_survival(time: Floats, cause: NDArray[np.int64], horizon: Floats) -> Floats:
    """Probability of being uncensored just before a time: Kaplan-Meier estimate of the censoring.

    At equal times, events precede censoring.

    Args:
        time: Shape (n,), follow-up times.
        cause: Shape (n,), 0 where censored.
        horizon: Times at which the probability is estimated, of any shape.

    Returns:
        The probabilities, of the shape of ``horizon``, in [0, 1].
    """
    ends, censored = np.unique(time[cause == 0], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), ends, side="right") + censored
    survival = np.concatenate([[1.0], np.cumprod(1 - censored / at_risk)])
    followed: Floats = survival[np.searchsorted(ends, horizon, side="left")]
    return followed
