"""Performance on subjects left out of bootstrap resamples: the .632 and .632+ estimates.

Efron B, Tibshirani R. J Am Stat Assoc 1997;92:548-560, doi 10.1080/01621459.1997.10474007.
For the area under the ROC curve: Noma H et al. Stat Med 2021;40:5691-5701, doi 10.1002/sim.9148.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.performance.indices import INDICES, performance_many
from vbq.stats.resampling import bootstrap_counts, check_resamples
from vbq.stats.validation.optimism import resample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from vbq.stats.validation.optimism import Procedure

__all__ = ["Index632", "Validation632", "validate_632"]

LEFT_IN = 1 - np.exp(-1)  # .632, the share of subjects that a resample holds


@dataclass(frozen=True)
class Index632:
    """One index of performance by the .632 bootstrap.

    Attributes:
        name: One of ``auc``, ``r2``, ``brier``, ``intercept``, ``slope``, ``expected_observed``.
        apparent: On the subjects the model was made from.
        out_of_bag: Mean over refits, on the subjects left out of each.
        corrected: .368 apparent + .632 out_of_bag.
        corrected_plus: .632+, which leans further towards ``out_of_bag`` the more the model
            overfits. None where no value stands for a model without information (all but the
            area, 0.5, and the Brier score, that of the same predictions dealt out at random).
        monte_carlo_error: Standard error of ``corrected`` for the finite number of resamples.
    """

    name: str
    apparent: float
    out_of_bag: float
    corrected: float
    corrected_plus: float | None
    monte_carlo_error: float


@dataclass(frozen=True)
class Validation632:
    """Internal validation by the .632 bootstrap; fields as in `Validation`."""

    indices: tuple[Index632, ...]
    resamples: int
    failed: int
    seed: int

    def __getitem__(self, name: str) -> Index632:
        for index in self.indices:
            if index.name == name:
                return index
        raise KeyError(name)


def validate_632(
    design: ArrayLike,
    outcome: ArrayLike,
    procedure: Procedure | None = None,
    *,
    resamples: int = 2000,
    seed: int,
) -> Validation632:
    """Performance by the .632 and .632+ bootstrap.

    Each refit is judged on the subjects left out of its resample, about 37 %; the judgements are
    averaged over resamples.

    Args:
        design: Shape (n, p), what the procedure takes.
        outcome: Shape (n,), 0 or 1.
        procedure: As `validate_bootstrap`.
        resamples: At least 2.
        seed: Of the random numbers.

    Raises:
        UsageError, InputError, RefusalError: as `resample`.
    """
    check_resamples(resamples)
    y = np.asarray(outcome, dtype=np.float64)

    def splits() -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        for counts in bootstrap_counts(y.size, resamples, seed):
            yield counts, (counts == 0).astype(np.float64)

    result = resample(design, outcome, procedure, splits(), performance_many)
    out_of_bag = result.test.mean(axis=0)
    error = LEFT_IN * result.test.std(axis=0, ddof=1) / np.sqrt(len(result.test))
    p = 1 / (1 + np.exp(-result.log_odds))
    # mean squared error over all n² pairings of an outcome with a prediction
    dealt_out = float(y.mean() - 2 * y.mean() * p.mean() + (p**2).mean())
    uninformative = {"auc": 0.5, "brier": dealt_out}
    indices = []
    for j, name in enumerate(INDICES):
        apparent, left_out = float(result.apparent[j]), float(out_of_bag[j])
        plus = None
        if name in uninformative:
            plus = _plus(apparent, left_out, uninformative[name])
        corrected = float((1 - LEFT_IN) * apparent + LEFT_IN * left_out)
        indices.append(Index632(name, apparent, left_out, corrected, plus, float(error[j])))
    return Validation632(tuple(indices), len(result.test), result.failed, seed)


def _plus(apparent: float, left_out: float, uninformative: float) -> float:
    """.632+ of an index, better or worse when larger alike."""
    room, lost = uninformative - apparent, left_out - apparent
    # relative overfitting rate: 0 none, 1 as bad as no information
    rate = float(np.clip(lost / room, 0, 1)) if room else 0.0
    left_out = apparent + rate * room if rate == 1 else left_out
    weight = LEFT_IN / (1 - (1 - LEFT_IN) * rate)
    return float((1 - weight) * apparent + weight * left_out)
