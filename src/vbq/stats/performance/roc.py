"""The ROC curve, its Youden point, and sensitivity and specificity at a threshold.

A subject is called positive where the score is at or above the threshold; high scores are taken
to speak for the event, never turned round silently.

Fawcett T. Pattern Recogn Lett 2006;27:861-874, doi 10.1016/j.patrec.2005.10.010.
Youden WJ. Cancer 1950;3:32-35.
Leeflang MMG et al. Clin Chem 2008;54:729-737, doi 10.1373/clinchem.2007.096032.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vbq.errors import UsageError
from vbq.stats.describe.proportion import Proportion, wilson
from vbq.stats.performance.binary_outcome import outcome_and_scores

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Accuracy", "RocCurve", "accuracy_at", "roc_curve", "youden_point"]


@dataclass(frozen=True, eq=False)
class RocCurve:
    """An empirical ROC curve, one point for each way the scores can be cut.

    Attributes:
        thresholds: Shape (m,), ascending from -inf to inf, each half-way between two neighbouring
            scores.
        sensitivity: Shape (m,), from 1 down to 0.
        specificity: Shape (m,), from 0 up to 1.
        events: Subjects with the event.
        non_events: Subjects without.
    """

    thresholds: NDArray[np.float64]
    sensitivity: NDArray[np.float64]
    specificity: NDArray[np.float64]
    events: int
    non_events: int


@dataclass(frozen=True)
class Accuracy:
    """Sensitivity and specificity where scores at or above the threshold are called positive."""

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
        score: Shape (n,), in any unit; higher speaks for the event.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`.
    """
    y, x = outcome_and_scores(outcome, score)
    values, place = np.unique(x, return_inverse=True)
    with_event = np.bincount(place, weights=y, minlength=values.size)
    without = np.bincount(place, minlength=values.size) - with_event
    below_with, below_without = (
        np.concatenate([[0], np.cumsum(count)]) for count in (with_event, without)
    )
    middle = values[:-1] + np.diff(values) / 2
    middle = np.where(middle > values[:-1], middle, values[1:])  # neighbours in floating point
    return RocCurve(
        thresholds=np.concatenate([[-np.inf], middle, [np.inf]]),
        sensitivity=1 - below_with / below_with[-1],
        specificity=below_without / below_without[-1],
        events=int(below_with[-1]),
        non_events=int(below_without[-1]),
    )


def accuracy_at(
    outcome: ArrayLike, score: ArrayLike, threshold: float, *, confidence: float = 0.95
) -> Accuracy:
    """Sensitivity and specificity at a threshold declared beforehand, with Wilson's intervals.

    Args:
        outcome: Shape (n,), 0 or 1.
        score: Shape (n,).
        threshold: In the unit of the score.
        confidence: Level of the intervals.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`; UsageError for a threshold
            that is not a number.
    """
    y, x = outcome_and_scores(outcome, score)
    if np.isnan(threshold):
        raise UsageError("The threshold is not a number.", remedy="Give one in the score's unit.")
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
    """The threshold with the largest sensitivity + specificity; of several, the lowest.

    A threshold chosen on the same subjects flatters itself: in small studies sensitivity and
    specificity come out too high by several points (Leeflang 2008), and the intervals, which take
    the threshold as given, are too narrow. It also weighs a missed fracture and a false alarm
    alike, which clinicians seldom do. Describe with it; decide by a threshold set beforehand.

    Args:
        outcome: Shape (n,), 0 or 1.
        score: Shape (n,).
        confidence: Level of the intervals.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`.
    """
    curve = roc_curve(outcome, score)
    # in whole subjects, so that equal sums compare equal
    sums = np.rint(curve.sensitivity * curve.events) * curve.non_events
    sums += np.rint(curve.specificity * curve.non_events) * curve.events
    best = float(curve.thresholds[int(np.argmax(sums))])
    return accuracy_at(outcome, score, best, confidence=confidence)
