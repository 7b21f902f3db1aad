"""A binary outcome with one score or predicted probability per subject: shared checks."""

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import Floats, check_binary, finite_array, paired_arrays

Pair = tuple["Floats", "Floats"]


def outcome_and_scores(outcome: ArrayLike, scores: ArrayLike, *, name: str = "scores") -> Pair:
    """The outcome as 0.0 and 1.0, both of which occur, and the scores; each of shape (n,).

    Args:
        outcome: Shape (n,), 0 or 1.
        scores: Shape (n,).
        name: What the scores are, in the plural, for messages.

    Raises:
        UsageError: lengths differ, or they are not one-dimensional.
        InputError: values are missing, or the outcome is not 0/1.
        RefusalError: all subjects have the same outcome.
    """
    y, x = paired_arrays(outcome, scores, ("outcomes", name))
    check_binary(y, "The outcome", "the event", "its absence")
    events = int(y.sum())
    if events in (0, y.size):
        raise RefusalError(
            f"{events} of {y.size} subjects have the event.",
            remedy="Give subjects with and without the event.",
            code="one_class",
        )
    return y, x


def outcome_and_probabilities(outcome: ArrayLike, probabilities: ArrayLike) -> Pair:
    """The outcome, and probabilities in [0, 1]; each of shape (n,).

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`; InputError where a
            probability lies outside [0, 1].
    """
    y, p = outcome_and_scores(outcome, probabilities, name="predicted probabilities")
    if p.min() < 0 or p.max() > 1:
        raise InputError(
            f"Predicted probabilities range from {p.min():g} to {p.max():g}.",
            remedy="Give probabilities between 0 and 1, not percentages or log-odds.",
            code="not_probabilities",
        )
    return y, p


def logit(probabilities: ArrayLike) -> Floats:
    """Log-odds of probabilities, shape (n,).

    Raises:
        RefusalError: a probability is exactly 0 or 1, so that its log-odds are infinite.
    """
    p = finite_array(probabilities, "predicted probabilities")
    extreme = int(np.count_nonzero((p <= 0) | (p >= 1)))
    if extreme:
        raise RefusalError(
            f"{extreme} of {p.size} predicted probabilities are exactly 0 or 1.",
            remedy="Look for separation of the outcome, or use Firth's fit.",
            code="certain_prediction",
        )
    return np.log(p) - np.log1p(-p)
