"""Category-free net reclassification improvement (NRI) and integrated discrimination improvement.

Pencina MJ, D'Agostino RB, Steyerberg EW. Stat Med 2011;30:11-21, doi 10.1002/sim.4085.
Pencina MJ et al. Stat Med 2008;27:157-172, doi 10.1002/sim.2929 (IDI).
Criticism: Hilden J, Gerds TA. Stat Med 2014;33:3405-3414, doi 10.1002/sim.5804.
Pepe MS, Fan J, Feng Z, Gerds T, Hilden J. Stat Biosci 2015;7:282-295,
doi 10.1007/s12561-014-9118-0.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from vbq.errors import RefusalError
from vbq.stats.checks import Floats, Interval, check_confidence
from vbq.stats.performance.binary_outcome import outcome_and_probabilities


@dataclass(frozen=True)
class Reclassification:
    """Reclassification of predicted probabilities by a second model.

    Attributes:
        nri: Category-free NRI, in [-2, 2]: ``nri_events + nri_non_events``, shares of two different
            groups.
        nri_events: Share of events moved up minus share moved down, in [-1, 1].
        nri_non_events: Share of non-events moved down minus share moved up, in [-1, 1].
        nri_standard_error: Standard error of ``nri``.
        nri_interval: Confidence interval of ``nri``.
        idi: Increase of the mean probability in events minus that in non-events.
        idi_standard_error: Standard error of ``idi``.
        idi_interval: Confidence interval of ``idi``.
        confidence: Confidence level of the intervals.
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
    """NRI and IDI of a second model compared with a first.

    Both reward miscalibration: making predictions more extreme at random can increase them, so that
    a useless predictor appears as an improvement, in new patients too (Hilden & Gerds 2014; Pepe
    2015). Their tests and intervals are not valid for nested models fitted in the same subjects.
    Report them only if a journal asks, together with the likelihood-ratio test, calibration and net
    benefit, and report both components of the NRI, not only their sum.

    Args:
        outcome: Shape (n,), 0 or 1.
        first: Shape (n,), probabilities from the reference model, in [0, 1].
        second: Shape (n,), probabilities from the model compared with it, in [0, 1].
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities`; RefusalError with
            fewer than two subjects with or without the event.
    """
    check_confidence(confidence)
    y, p_first = outcome_and_probabilities(outcome, first)
    _, p_second = outcome_and_probabilities(outcome, second)
    events = _improvement(p_second[y == 1] - p_first[y == 1])
    non_events = _improvement(p_first[y == 0] - p_second[y == 0])
    nri, idi = events.net_share + non_events.net_share, events.mean + non_events.mean
    nri_error = math.sqrt(events.net_share_variance + non_events.net_share_variance)
    idi_error = math.sqrt(events.mean_variance + non_events.mean_variance)
    z = float(ndtri((1 + confidence) / 2))
    return Reclassification(
        nri=nri,
        nri_events=events.net_share,
        nri_non_events=non_events.net_share,
        nri_standard_error=nri_error,
        nri_interval=(nri - z * nri_error, nri + z * nri_error),
        idi=idi,
        idi_standard_error=idi_error,
        idi_interval=(idi - z * idi_error, idi + z * idi_error),
        confidence=confidence,
    )


class _Improvement(NamedTuple):
    """Changes of probability in one outcome group, positive where in the right direction."""

    net_share: float  # share in the right direction minus share in the wrong one
    net_share_variance: float
    mean: float
    mean_variance: float


def _improvement(changes: Floats) -> _Improvement:
    n = changes.size
    if n < 2:
        raise RefusalError(
            "NRI and IDI need two subjects with and two without the event.",
            remedy="Add subjects.",
            code="too_few",
        )
    direction = np.sign(changes)
    net_share = float(direction.mean())
    return _Improvement(
        net_share=net_share,
        net_share_variance=(float(np.abs(direction).mean()) - net_share**2) / n,
        mean=float(changes.mean()),
        mean_variance=float(changes.var(ddof=1)) / n,
    )
