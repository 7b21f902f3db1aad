"""Inverse probability of censoring weights for a binary outcome at a fixed time horizon.

Subjects censored before the horizon have an unknown outcome. Each subject with a known outcome is
weighted by the inverse of the probability of being followed that long, to represent those lost to
follow-up. The weights are valid where censoring does not depend on the risk.

Graf E, Schmoor C, Sauerbrei W, Schumacher M. Stat Med 1999;18:2529-2545,
doi 10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5.
Uno H, Cai T, Tian L, Wei LJ. J Am Stat Assoc 2007;102:527-537, doi 10.1198/016214507000000149.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats
from vbq.stats.survival.follow_up import censoring_survival, follow_up


@dataclass(frozen=True, eq=False)
class HorizonOutcome:
    """An outcome by a fixed time, with weights for censoring.

    Attributes:
        horizon: The time horizon.
        outcome: Shape (n,), 1 where the event of interest occurred by the horizon, otherwise 0,
            including subjects with a competing event; meaningless where the weight is 0.
        weights: Shape (n,), 0 where the outcome is unknown; they sum to n.
        events: Number of subjects with the event by the horizon.
        unknown: Number of subjects censored before the horizon.
    """

    horizon: float
    outcome: Floats
    weights: Floats
    events: int
    unknown: int


def horizon_outcome(
    time: ArrayLike, cause: ArrayLike, horizon: float, *, cause_of_interest: int = 1
) -> HorizonOutcome:
    """The outcome at a horizon, with inverse-probability-of-censoring weights.

    Args:
        time: Shape (n,), time to the first event of any kind or the end of follow-up.
        cause: Shape (n,), 0 where follow-up was censored, otherwise the code of the event.
        horizon: Time horizon, in the unit of ``time``, above 0.
        cause_of_interest: Code of the event that is the outcome.

    Raises:
        UsageError: the horizon is not above 0, or beyond the longest follow-up.
        InputError: missing values, negative times, or no event of interest by the horizon.
    """
    times, causes = follow_up(time, cause, cause_of_interest)
    if not 0 < horizon <= times.max():
        raise UsageError(
            f"A horizon of {horizon:g} lies outside follow-up, which ends at {times.max():g}.",
            remedy="Give a time to which some subjects were followed.",
            code="beyond_follow_up",
        )
    outcome = (causes == cause_of_interest) & (times <= horizon)
    if not outcome.any():
        raise InputError(
            f"No event (code {cause_of_interest}) occurred by the horizon of {horizon:g}.",
            remedy="Give a later horizon.",
            code="no_events",
        )
    known = (times >= horizon) | (causes > 0)
    followed = censoring_survival(times, causes, np.minimum(times, horizon))
    return HorizonOutcome(
        horizon=horizon,
        outcome=outcome.astype(np.float64),
        weights=np.where(known, 1 / np.where(known, followed, 1.0), 0.0),
        events=int(outcome.sum()),
        unknown=int((~known).sum()),
    )
