"""Nelson-Aalen: how much hazard each subject has been through.

Beside the event it is what an imputation for Cox's model needs to know of the follow-up: White IR,
Royston P. Stat Med 2009;28:1982-1998, doi 10.1002/sim.3618.

Nelson W. Technometrics 1972;14:945-966, doi 10.1080/00401706.1972.10488991.
Aalen O. Ann Stat 1978;6:701-726, doi 10.1214/aos/1176344247.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.survival.follow_up import follow_up

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["cumulative_hazard"]


def cumulative_hazard(
    time: ArrayLike, cause: ArrayLike, *, of_interest: int = 1
) -> NDArray[np.float64]:
    """The (cause-specific) cumulative hazard at each subject's own time.

    Args:
        time: Shape (n,), until the first event of any kind or the end of follow-up, not negative.
        cause: Shape (n,), 0 where follow-up ended without an event, otherwise the kind of event.
        of_interest: The kind whose hazard is wanted; other kinds count as the end of follow-up.

    Returns:
        Shape (n,), not negative, growing with time.

    Raises:
        UsageError: lengths differ.
        InputError: missing values, negative times, or the event never occurs.
    """
    times, causes = follow_up(time, cause, of_interest)
    moments, events = np.unique(times[causes == of_interest], return_counts=True)
    at_risk = times.size - np.searchsorted(np.sort(times), moments)
    total = np.concatenate([[0.0], np.cumsum(events / at_risk)])
    hazard: NDArray[np.float64] = total[np.searchsorted(moments, times, side="right")]
    return hazard
