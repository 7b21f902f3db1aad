"""Performance in subjects outside the bootstrap resamples: the .632 and .632+ estimates.

Efron B, Tibshirani R. J Am Stat Assoc 1997;92:548-560, doi 10.1080/01621459.1997.10474007.
For the area under the ROC curve: Noma H et al. Stat Med 2021;40:5691-5701, doi 10.1002/sim.9148.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.stats.checks import Floats
from vbq.stats.performance.measures import MEASURES, performance_measures
from vbq.stats.resampling import bootstrap_counts, check_resamples
from vbq.stats.validation.optimism import Procedure, resample

IN_BAG = 1 - np.exp(-1)  # .632, the expected share of subjects in a resample


@dataclass(frozen=True)
class Measure632:
    """One measure of performance by the .632 bootstrap.

    Attributes:
        name: One of ``auc``, ``r2``, ``brier``, ``intercept``, ``slope``, ``expected_observed``.
        apparent: Value of the model in the subjects it was developed in.
        out_of_bag: Mean of the refits in the subjects outside each resample.
        corrected: .368 apparent + .632 out_of_bag.
        corrected_plus: .632+ estimate, closer to ``out_of_bag`` the more the model overfits. Only
            for the measures with a value that stands for no information: 0.5 for the area and, for
            the Brier score, that of the same predictions permuted at random. Otherwise None.
        monte_carlo_error: Standard error of ``corrected`` due to the finite number of resamples.
    """

    name: str
    apparent: float
    out_of_bag: float
    corrected: float
    corrected_plus: float | None
    monte_carlo_error: float


@dataclass(frozen=True)
class Validation632:
    """Internal validation by the .632 bootstrap.

    Attributes:
        measures: The measures; also by name, ``validation["auc"]``.
        resamples: Number of refits behind the means.
        failed: Number of refits excluded because the model could not be fitted or evaluated.
        seed: Seed of the random numbers.
    """

    measures: tuple[Measure632, ...]
    resamples: int
    failed: int
    seed: int

    def __getitem__(self, name: str) -> Measure632:
        for measure in self.measures:
            if measure.name == name:
                return measure
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

    Each refit is evaluated in the subjects outside its resample, about 37 %; the results are
    averaged over resamples.

    Args:
        design: Shape (n, p), input of the procedure.
        outcome: Shape (n,), 0 or 1.
        procedure: As in `validate_bootstrap`.
        resamples: Number of resamples, at least 2.
        seed: Seed of the random numbers.

    Raises:
        UsageError, InputError, RefusalError: as `resample`.
    """
    check_resamples(resamples)
    y = np.asarray(outcome, dtype=np.float64)

    def splits() -> Iterator[tuple[Floats, Floats]]:
        for counts in bootstrap_counts(y.size, resamples, seed):
            yield counts, (counts == 0).astype(np.float64)

    result = resample(design, outcome, procedure, splits(), performance_measures)
    out_of_bag = result.test.mean(axis=0)
    error = IN_BAG * result.test.std(axis=0, ddof=1) / np.sqrt(len(result.test))
    p = 1 / (1 + np.exp(-result.log_odds))
    # mean squared error over all n² pairings of an outcome with a prediction
    permuted = float(y.mean() - 2 * y.mean() * p.mean() + (p**2).mean())
    uninformative = {"auc": 0.5, "brier": permuted}
    measures = []
    for j, name in enumerate(MEASURES):
        apparent, test = float(result.apparent[j]), float(out_of_bag[j])
        plus = None
        if name in uninformative:
            plus = _plus(apparent, test, uninformative[name])
        corrected = float((1 - IN_BAG) * apparent + IN_BAG * test)
        measures.append(Measure632(name, apparent, test, corrected, plus, float(error[j])))
    return Validation632(tuple(measures), len(result.test), result.failed, seed)


def _plus(apparent: float, out_of_bag: float, uninformative: float) -> float:
    """.632+ estimate of a measure, whether higher or lower values are better."""
    largest_loss, loss = uninformative - apparent, out_of_bag - apparent
    # relative overfitting rate: 0 none, 1 as bad as no information
    rate = float(np.clip(loss / largest_loss, 0, 1)) if largest_loss else 0.0
    bounded = apparent + rate * largest_loss if rate == 1 else out_of_bag
    weight = IN_BAG / (1 - (1 - IN_BAG) * rate)
    return float((1 - weight) * apparent + weight * bounded)
