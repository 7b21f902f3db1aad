"""The ROC curve, its Youden point, and sensitivity and specificity at a threshold.

A subject is positive where the score is at or above the threshold. Higher scores are taken to
indicate the event; the direction is never reversed silently.

Fawcett T. Pattern Recogn Lett 2006;27:861-874, doi 10.1016/j.patrec.2005.10.010.
Youden WJ. Cancer 1950;3:32-35.
Leeflang MMG et al. Clin Chem 2008;54:729-737, doi 10.1373/clinchem.2007.096032.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import UsageError
from vbq.stats.checks import Floats
from vbq.stats.describe.proportion import Proportion, wilson
from vbq.stats.performance.binary_outcome import outcome_and_scores


@dataclass(frozen=True, eq=False)
class RocCurve:
    """An empirical ROC curve, one point for each distinct threshold.

    Attributes:
        thresholds: Shape (m,), ascending from -inf to inf, each half-way between two neighbouring
            scores.
        sensitivity: Shape (m,), from 1 down to 0.
        specificity: Shape (m,), from 0 up to 1.
        events: Number of subjects with the event.
        non_events: Number of subjects without the event.
    """

    thresholds: Floats
    sensitivity: Floats
    specificity: Floats
    events: int
    non_events: int


@dataclass(frozen=True)
class Accuracy:
    """Sensitivity and specificity of a threshold.

    Attributes:
        threshold: Scores at or above it are positive, in the unit of the score.
        sensitivity: Proportion of positives among subjects with the event.
        specificity: Proportion of negatives among subjects without the event.
    """

    threshold: float
    sensitivity: Proportion
    specificity: Proportion

    @property
    def youden(self) -> float:
        """Youden's J, sensitivity + specificity - 1, in [-1, 1]."""
        return self.sensitivity.estimate + self.specificity.estimate - 1


def roc_curve(outcome: ArrayLike, score: ArrayLike) -> RocCurve:
    """The empirical ROC curve.

    Args:
        outcome: Shape (n,), 0 or 1.
        score: Shape (n,), in any unit; higher scores indicate the event.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`.
    """
    y, x = outcome_and_scores(outcome, score)
    values, index = np.unique(x, return_inverse=True)
    events = np.bincount(index, weights=y, minlength=values.size)
    non_events = np.bincount(index, minlength=values.size) - events
    events_below, non_events_below = (
        np.concatenate([[0], np.cumsum(count)]) for count in (events, non_events)
    )
    middle = values[:-1] + np.diff(values) / 2
    middle = np.where(middle > values[:-1], middle, values[1:])  # adjacent floating-point numbers
    return RocCurve(
        thresholds=np.concatenate([[-np.inf], middle, [np.inf]]),
        sensitivity=1 - events_below / events_below[-1],
        specificity=non_events_below / non_events_below[-1],
        events=int(events_below[-1]),
        non_events=int(non_events_below[-1]),
    )


def accuracy_at(
    outcome: ArrayLike, score: ArrayLike, threshold: float, *, confidence: float = 0.95
) -> Accuracy:
    """Sensitivity and specificity at a prespecified threshold, with Wilson's intervals.

    Args:
        outcome: Shape (n,), 0 or 1.
        score: Shape (n,), in any unit; higher scores indicate the event.
        threshold: Threshold in the unit of the score.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`; UsageError for a threshold
            that is not a number.
    """
    y, x = outcome_and_scores(outcome, score)
    if np.isnan(threshold):
        raise UsageError(
            "The threshold is not a number.", remedy="Give it in the unit of the score."
        )
    positive = x >= threshold
    events = int(y.sum())
    true_positives = int(y[positive].sum())
    true_negatives = int(np.count_nonzero(~positive & (y == 0)))
    return Accuracy(
        threshold=float(threshold),
        sensitivity=wilson(true_positives, events, confidence=confidence),
        specificity=wilson(true_negatives, y.size - events, confidence=confidence),
    )


def youden_point(outcome: ArrayLike, score: ArrayLike, *, confidence: float = 0.95) -> Accuracy:
    """The threshold that maximises sensitivity + specificity (the lowest of several).

    A threshold chosen in the same subjects is optimistic: in small studies sensitivity and
    specificity are several percentage points too high (Leeflang 2008), and the intervals, which
    treat the threshold as fixed, are too narrow. It also weighs missed fractures and false alarms
    equally, which is seldom clinically appropriate. Use it for description, and a prespecified
    threshold for decisions.

    Args:
        outcome: Shape (n,), 0 or 1.
        score: Shape (n,), in any unit; higher scores indicate the event.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`.
    """
    curve = roc_curve(outcome, score)
    # the unit is counts of subjects, so that equal sums compare equal
    sums = np.rint(curve.sensitivity * curve.events) * curve.non_events
    sums += np.rint(curve.specificity * curve.non_events) * curve.events
    best = float(curve.thresholds[int(np.argmax(sums))])
    return accuracy_at(outcome, score, best, confidence=confidence)
