"""Times to an event, checked once for every method that uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError
from vbq.stats.checks import paired

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["censoring_survival", "follow_up"]


def follow_up(
    time: ArrayLike, cause: ArrayLike, of_interest: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Times and causes of n subjects.

    Args:
        time: Shape (n,), until the event or the end of follow-up, not negative, any unit.
        cause: Shape (n,), 0 where follow-up ended without an event, otherwise a whole number for
            the kind of event, 1, 2 …
        of_interest: The cause that has to occur.

    Raises:
        UsageError: lengths differ.
        InputError: a value is missing, a time negative, a cause not a whole number from 0 on, or
            the event never occurs.
    """
    times, causes = paired(time, cause, ("follow-up times", "event indicators"))
    if (times < 0).any():
        raise InputError(
            f"{int((times < 0).sum())} of {times.size} follow-up times are negative.",
            remedy="Count time from the start of follow-up.",
            code="negative_time",
        )
    if ((causes < 0) | (causes % 1 != 0)).any():
        raise InputError(
            "An event indicator is not a whole number from 0 on.",
            remedy="Give 0 for no event, and 1, 2 … for the kinds of event.",
            code="bad_cause",
        )
    if not (causes == of_interest).any():
        raise InputError(
            f"The event (code {of_interest}) occurs in none of {times.size} subjects.",
            remedy="Check how events are coded.",
            code="no_events",
        )
    return times, causes.astype(np.int64)


def censoring_survival(
    time: NDArray[np.float64], cause: NDArray[np.int64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probability of still being followed just before a time, by Kaplan-Meier of the censoring.

    At equal times events come before censoring, as everywhere in survival analysis.

    Args:
        time: Shape (n,).
        cause: Shape (n,), 0 where censored.
        at: Any shape.

    Returns:
        The shape of ``at``, in [0, 1].
    """
    ends, censored = np.unique(time[cause == 0], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), ends, side="right") + censored
    left = np.concatenate([[1.0], np.cumprod(1 - censored / at_risk)])
    followed: NDArray[np.float64] = left[np.searchsorted(ends, at, side="left")]
    return followed
