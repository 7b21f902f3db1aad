"""Brier score and scaled Brier score with their intervals.

Brier GW. Mon Weather Rev 1950;78:1-3.
Steyerberg EW et al. Epidemiology 2010;21:128-138, doi 10.1097/EDE.0b013e3181c30fb2 (scaled score).
"""

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.special import ndtri

from vbq.stats.checks import Interval, check_confidence
from vbq.stats.performance.binary_outcome import outcome_and_probabilities


@dataclass(frozen=True)
class Brier:
    """Mean squared error of predicted probabilities.

    Attributes:
        estimate: Brier score, in [0, 1]; 0 is perfect.
        standard_error: Standard error of the score.
        interval: Normal confidence interval, truncated at 0.
        null: Score of predicting the observed share of events for every subject.
        scaled: Scaled score, 1 - estimate / null: 1 is perfect, 0 no better than the share of
            events, negative worse.
        scaled_interval: Confidence interval by the delta method, truncated at 1.
        confidence: Confidence level of the intervals.
    """

    estimate: float
    standard_error: float
    interval: Interval
    null: float
    scaled: float
    scaled_interval: Interval
    confidence: float


def brier(outcome: ArrayLike, probability: ArrayLike, *, confidence: float = 0.95) -> Brier:
    """The Brier score of predicted probabilities.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in [0, 1].
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities`.
    """
    check_confidence(confidence)
    y, p = outcome_and_probabilities(outcome, probability)
    squares = (y - p) ** 2
    score, share = float(squares.mean()), float(y.mean())
    null = share * (1 - share)
    # first-order influence of each subject on 1 - score / null
    influence = (score * (1 - 2 * share) * (y - share) / null - (squares - score)) / null
    root = math.sqrt(y.size)
    z = float(ndtri((1 + confidence) / 2))
    error = float(squares.std(ddof=1)) / root
    scaled, scaled_error = 1 - score / null, float(influence.std(ddof=1)) / root
    return Brier(
        estimate=score,
        standard_error=error,
        interval=(max(score - z * error, 0.0), score + z * error),
        null=null,
        scaled=scaled,
        scaled_interval=(scaled - z * scaled_error, min(scaled + z * scaled_error, 1.0)),
        confidence=confidence,
    )
