"""Category-free net reclassification improvement (NRI) and integrated discrimination improvement.

Pencina MJ, D'Agostino RB, Steyerberg EW. Stat Med 2011;30:11-21, doi 10.1002/sim.4085.
Pencina MJ et al. Stat Med 2008;27:157-172, doi 10.1002/sim.2929 (IDI).
Against their use: Hilden J, Gerds TA. Stat Med 2014;33:3405-3414, doi 10.1002/sim.5804.
Pepe MS, Fan J, Feng Z, Gerds T, Hilden J. Stat Biosci 2015;7:282-295,
doi 10.1007/s12561-014-9118-0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from vbq.errors import RefusalError
from vbq.stats.checks import Interval, check_level
from vbq.stats.performance.binary_outcome import outcome_and_probabilities

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Reclassification", "reclassification"]


@dataclass(frozen=True)
class Reclassification:
    """How a second model moves predicted probabilities.

    Attributes:
        nri: Category-free NRI, in [-2, 2]: the sum of the next two, which have no common unit.
        nri_events: Share of events moved up less share moved down, in [-1, 1].
        nri_non_events: Share of non-events moved down less share moved up, in [-1, 1].
        nri_standard_error: Of ``nri``.
        nri_interval: Its confidence interval.
        idi: Rise of the mean probability in events less that in non-events.
        idi_standard_error: Of ``idi``.
        idi_interval: Its confidence interval.
        confidence: Level of the intervals.
    """

    nri: float
    nri_events: float
    nri_non_events: float
    nri_standard_error: float
    nri_interval: Interval
    idi: float
    idi_standard_error: float
    idi_interval: Interval
    confidence: float


def reclassification(
    outcome: ArrayLike, first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95
) -> Reclassification:
    """NRI and IDI of a second model over a first.

    Both reward a miscalibrated model: predictions made more extreme at random can raise them, so
    that a useless predictor comes out as an improvement, on new patients too (Hilden & Gerds 2014;
    Pepe 2015). Their tests and intervals are not valid for nested models fitted on the same
    subjects. Give them only where a journal asks, beside the likelihood-ratio test, calibration
    and net benefit, and give the two parts of the NRI, not their sum alone.

    Args:
        outcome: Shape (n,), 0 or 1.
        first: Shape (n,), probabilities of the model to be improved on.
        second: Shape (n,), of the model with the addition.
        confidence: Level of the intervals.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities`; RefusalError with
            fewer than two subjects of either outcome.
    """
    check_level(confidence)
    y, before = outcome_and_probabilities(outcome, first)
    _, after = outcome_and_probabilities(outcome, second)
    parts = []
    for group in (after[y == 1] - before[y == 1], before[y == 0] - after[y == 0]):
        n = group.size
        if n < 2:
            raise RefusalError(
                "NRI and IDI need two subjects with and two without the event.",
                remedy="Add subjects.",
                code="too_few",
            )
        right = np.sign(group)
        shift = float(right.mean())
        shift_variance = (float(np.abs(right).mean()) - shift**2) / n
        parts.append((shift, shift_variance, float(group.mean()), float(group.var(ddof=1)) / n))
    events, non_events = parts
    nri, idi = events[0] + non_events[0], events[2] + non_events[2]
    nri_error, idi_error = (math.sqrt(events[k] + non_events[k]) for k in (1, 3))
    z = float(ndtri((1 + confidence) / 2))
    return Reclassification(
        nri=nri,
        nri_events=events[0],
        nri_non_events=non_events[0],
        nri_standard_error=nri_error,
        nri_interval=(nri - z * nri_error, nri + z * nri_error),
        idi=idi,
        idi_standard_error=idi_error,
        idi_interval=(idi - z * idi_error, idi + z * idi_error),
        confidence=confidence,
    )
