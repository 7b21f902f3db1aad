"""Optimism of a model that was made from imputed data, the imputation being part of the model.

Bootstrap first, then impute each bootstrap sample ("MI boot"): what the imputation learns from the
outcome is then part of what is validated. Imputing once and resampling the completed data would
let each sample see the subjects it is tested on.

Schomaker M, Heumann C. Stat Med 2018;37:2252-2266, doi 10.1002/sim.7654.
Musoro JZ et al. BMC Med Res Methodol 2014;14:116, doi 10.1186/1471-2288-14-116.
Wahl S et al. BMC Med Res Methodol 2016;16:144, doi 10.1186/s12874-016-0239-7.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.imputation import Column, impute

if TYPE_CHECKING:
    from vbq.stats.imputation import Imputation

__all__ = [
    "Completed",
    "ImputedProcedure",
    "PooledValidation",
    "ValidatedMeasure",
    "validate_imputed",
]

Floats = NDArray[np.float64]
Completed = Mapping[str, Floats]  # a completed table: shape (n,) for each column
# all completed tables of one sample -> (one completed table -> probabilities of the outcome, (n,))
ImputedProcedure = Callable[[Sequence[Completed]], Callable[[Completed], Floats]]
ImputedMeasure = Callable[[Floats, Floats], float]  # outcome (n,), probabilities (n,)

MOST_FAILED = 0.05  # of samples without a model, beyond which the rest no longer stand for all


@dataclass(frozen=True)
class ValidatedMeasure:
    """One measure of performance, corrected for optimism.

    Attributes:
        apparent: The model on the subjects it was made from, mean over the imputations.
        optimism: Mean over the bootstrap of (on the sample - on the subjects).
        corrected: ``apparent - optimism``.
        monte_carlo_error: Standard error of the optimism for the finite number of samples.
    """

    apparent: float
    optimism: float
    corrected: float
    monte_carlo_error: float


@dataclass(frozen=True)
class PooledValidation:
    """Performance of a model made from imputed data.

    Attributes:
        measures: By name.
        bootstraps: Samples drawn.
        failed: Those on which no model could be made; left out.
        imputations: In the subjects and in each sample.
        seed: Of all draws.
    """

    measures: Mapping[str, ValidatedMeasure]
    bootstraps: int
    failed: int
    imputations: int
    seed: int


def validate_imputed(
    columns: Sequence[Column],
    *,
    outcome: str,
    procedures: Mapping[str, ImputedProcedure],
    measures: Mapping[str, ImputedMeasure],
    bootstraps: int = 200,
    imputations: int = 5,
    iterations: int = 10,
    seed: int,
) -> dict[str, PooledValidation]:
    """Optimism-corrected performance with imputation inside the bootstrap.

    The subjects are imputed, and each procedure applied to them gives the apparent performance.
    Then, for each bootstrap sample of the incomplete table: impute it, apply the procedure to it,
    and measure the resulting model on the imputed sample and on the imputed subjects. All
    procedures see the same samples and imputations, which is what their comparison asks for.

    Args:
        columns: The incomplete table.
        outcome: Its complete 0/1 column that is predicted.
        procedures: By name; each makes one model from the m completed tables of a sample:
            selection, fit, pooling.
        measures: Each of (outcome, probabilities), by name.
        bootstraps: Samples, at least 2.
        imputations: m, at least 1; fewer than for the estimates will do, since the mean over the
            bootstrap averages their noise away.
        iterations: Of each imputation.
        seed: The same seed gives the same answer.

    Returns:
        One validation a procedure, by its name.

    Raises:
        UsageError: fewer than 2 bootstraps, no measures or no procedures; else as `impute`.
        InputError: as `impute`, or a procedure fails on the subjects themselves.
        RefusalError: a measure of the subjects is undefined, or a procedure failed on more than
            5 % of the samples.
    """
    if bootstraps < 2 or not measures or not procedures:
        raise UsageError(
            f"{bootstraps} bootstrap samples, {len(measures)} measures and {len(procedures)} "
            "procedures validate nothing.",
            remedy="Give at least 2 samples, 200 as a rule, one measure and one procedure.",
            code="bad_count",
        )
    root = np.random.default_rng(seed)
    n = columns[0].values.size if columns else 0

    def completed(rows: NDArray[np.intp]) -> list[Completed]:
        sample = [column.take(rows) for column in columns]
        done: Imputation = impute(
            sample,
            outcome=outcome,
            imputations=imputations,
            iterations=iterations,
            seed=int(root.integers(2**63)),
        )
        return [done.completed(i) for i in range(imputations)]

    def measured(predict: Callable[[Completed], Floats], tables: Sequence[Completed]) -> Floats:
        """Each measure, mean over the tables."""
        chances = [(table[outcome], predict(table)) for table in tables]
        return np.array([np.mean([one(*c) for c in chances]) for one in measures.values()])

    subjects = completed(np.arange(n))
    apparent = {name: measured(make(subjects), subjects) for name, make in procedures.items()}
    if not all(np.isfinite(found).all() for found in apparent.values()):
        raise RefusalError(
            "A measure of performance is undefined on the imputed subjects.",
            remedy="Leave it out, or look at the model's predictions.",
            code="undefined_measure",
        )
    differences: dict[str, list[Floats]] = {name: [] for name in procedures}
    why = dict.fromkeys(procedures, "")
    for _ in range(bootstraps):
        rows = root.integers(n, size=n)
        try:
            sample = completed(rows)
        except (InputError, RefusalError) as error:
            why = dict.fromkeys(procedures, error.message)
            continue
        for name, make in procedures.items():
            try:
                predict = make(sample)
                difference = measured(predict, sample) - measured(predict, subjects)
            except (InputError, RefusalError) as error:
                why[name] = error.message
                continue
            if np.isfinite(difference).all():
                differences[name].append(difference)
            else:
                why[name] = "A measure was undefined."
    return {
        name: PooledValidation(
            measures=_corrected(tuple(measures), apparent[name], differences[name], bootstraps,
                                why[name]),
            bootstraps=bootstraps,
            failed=bootstraps - len(differences[name]),
            imputations=imputations,
            seed=seed,
        )
        for name in procedures
    }  # fmt: skip


def _corrected(
    names: tuple[str, ...],
    apparent: Floats,
    differences: list[Floats],
    bootstraps: int,
    why: str,
) -> dict[str, ValidatedMeasure]:
    failed = bootstraps - len(differences)
    if failed > MOST_FAILED * bootstraps or len(differences) < 2:
        raise RefusalError(
            f"No model could be made on {failed} of {bootstraps} bootstrap samples; the last: "
            f"{why}",
            remedy="Declare fewer predictors, or a penalised fit such as Firth's.",
            code="unstable_procedure",
        )
    optimism = np.mean(differences, axis=0)
    noise = np.std(differences, axis=0, ddof=1) / math.sqrt(len(differences))
    return {
        name: ValidatedMeasure(
            float(apparent[j]),
            float(optimism[j]),
            float(apparent[j] - optimism[j]),
            float(noise[j]),
        )
        for j, name in enumerate(names)
    }
