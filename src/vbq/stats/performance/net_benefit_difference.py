"""What a second model adds to the net benefit of a first, in the same subjects.

Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574, doi 10.1177/0272989X06295361.
Vickers AJ, Cronin AM, Elkin EB, Gonen M. BMC Med Inform Decis Mak 2008;8:53,
doi 10.1186/1472-6947-8-53 (resampling subjects, each with both predictions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import UsageError
from vbq.stats.checks import check_level
from vbq.stats.performance.binary_outcome import outcome_and_probabilities
from vbq.stats.performance.net_benefit import decision_thresholds

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["NetBenefitDifference", "net_benefit_difference"]


@dataclass(frozen=True, eq=False)
class NetBenefitDifference:
    """Net benefit of a second model less that of a first, by threshold.

    Attributes:
        thresholds: Shape (m,), probabilities at or above which a subject would be treated.
        difference: Shape (m,), in true positives a subject; above 0 the second model is better.
        lower: Shape (m,), lower limit of its paired bootstrap percentile interval.
        upper: Shape (m,), upper limit. Predictions are taken as given: on the subjects the models
            were made from, neither difference nor interval knows of their optimism.
        confidence: Level of the interval.
        resamples: Bootstrap resamples behind it.
        seed: Of the random numbers.
    """

    thresholds: NDArray[np.float64]
    difference: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    confidence: float
    resamples: int
    seed: int


def net_benefit_difference(
    outcome: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    thresholds: ArrayLike,
    *,
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
    copies: int = 1,
) -> NetBenefitDifference:
    """The difference of two decision curves, subjects being resampled with both predictions.

    Args:
        outcome: Shape (n,), 0 or 1.
        first: Shape (n,), probabilities of the model to be improved on, in [0, 1].
        second: Shape (n,), of the other.
        thresholds: Shape (m,), ascending, within (0, 1).
        seed: Of the random numbers.
        resamples: At least 2.
        confidence: Level of the interval.
        copies: Completed tables in which each subject stands, one under the other: a resample is
            of the subjects, not of all rows.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities`; UsageError for
            thresholds that are not ascending within (0, 1), or fewer than two resamples.
    """
    check_level(confidence)
    at = decision_thresholds(thresholds)
    if resamples < 2:
        raise UsageError(f"{resamples} resamples are too few.", remedy="Take 2000.")
    y, before = outcome_and_probabilities(outcome, first)
    _, after = outcome_and_probabilities(outcome, second)
    # a subject matters only by its outcome and the thresholds that each prediction reaches
    reached = [np.searchsorted(at, p, side="right") for p in (before, after)]
    shape = (at.size + 1, at.size + 1, 2)
    cell = np.ravel_multi_index((*reached, y.astype(np.intp)), shape)
    cells, counts = np.unique(cell, return_counts=True)
    left, right, event = (part[:, None] for part in np.unravel_index(cells, shape))
    place = np.arange(at.size)
    change = (right > place).astype(np.float64) - (left > place)
    gain = np.where(event == 1, change, -change * at / (1 - at))
    n = y.size // copies
    drawn = np.random.default_rng(seed).multinomial(n, counts / y.size, size=resamples)
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(drawn @ gain / n, [tail, 1 - tail], axis=0)
    return NetBenefitDifference(
        thresholds=at,
        difference=counts @ gain / y.size,
        lower=lower,
        upper=upper,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )
