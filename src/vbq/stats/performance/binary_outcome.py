"""A yes/no outcome with one score or predicted probability a subject, checked once for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import finite, paired

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["logit", "outcome_and_probabilities", "outcome_and_scores"]

Pair = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def outcome_and_scores(outcome: ArrayLike, scores: ArrayLike, *, name: str = "scores") -> Pair:
    """The outcome as 0.0 and 1.0, both of which occur, and the scores.

    Raises:
        UsageError: lengths differ, or they are not one-dimensional.
        InputError: values are missing, or the outcome is not 0/1.
        RefusalError: all subjects have the same outcome.
    """
    y, x = paired(outcome, scores, ("outcomes", name))
    if not ((y == 0) | (y == 1)).all():
        raise InputError(
            "The outcome has values other than 0 and 1.",
            remedy="Code the event as 1 and its absence as 0.",
            code="not_binary",
        )
    events = int(y.sum())
    if events in (0, y.size):
        raise RefusalError(
            f"{events} of {y.size} subjects have the event.",
            remedy="Predictions are judged on subjects with and without the event.",
            code="one_class",
        )
    return y, x


def outcome_and_probabilities(outcome: ArrayLike, probabilities: ArrayLike) -> Pair:
    """The outcome and probabilities within [0, 1].

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`; or InputError where a
            probability lies outside [0, 1].
    """
    y, p = outcome_and_scores(outcome, probabilities, name="predicted probabilities")
    if p.min() < 0 or p.max() > 1:
        raise InputError(
            f"Predicted probabilities reach from {p.min():g} to {p.max():g}.",
            remedy="Give probabilities between 0 and 1, not percentages or log-odds.",
            code="not_probabilities",
        )
    return y, p


def logit(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Log-odds of probabilities.

    Raises:
        RefusalError: one is exactly 0 or 1, whose log-odds are infinite.
    """
    p = finite(probabilities, "predicted probabilities")
    certain = int(np.count_nonzero((p <= 0) | (p >= 1)))
    if certain:
        raise RefusalError(
            f"{certain} of {p.size} predicted probabilities are exactly 0 or 1.",
            remedy="Certainty cannot be recalibrated; look for separation, or use Firth's fit.",
            code="certain_prediction",
        )
    return np.log(p) - np.log1p(-p)
