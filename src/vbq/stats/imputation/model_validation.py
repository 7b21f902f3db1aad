"""Optimism of a model that was made from imputed data, the imputation being part of the model.

Bootstrap first, then impute each bootstrap sample ("MI boot"): what the imputation learns from the
outcome is then part of what is validated. Imputing once and resampling the completed data would
let each sample see the subjects it is tested on.

Schomaker M, Heumann C. Stat Med 2018;37:2252-2266, doi 10.1002/sim.7654.
Musoro JZ et al. BMC Med Res Methodol 2014;14:116, doi 10.1186/1471-2288-14-116.
Wahl S et al. BMC Med Res Methodol 2016;16:144, doi 10.1186/s12874-016-0239-7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.imputation.chained_equations import impute

if TYPE_CHECKING:
    from vbq.stats.imputation.columns import Column

__all__ = [
    "Completed",
    "ImputedMeasures",
    "ImputedProcedure",
    "PooledValidation",
    "ValidatedMeasure",
    "validate_imputed",
]

Floats = NDArray[np.float64]
Completed = Mapping[str, Floats]  # a completed table: shape (n,) for each column
# all completed tables of one sample -> (one completed table -> probabilities of the outcome, (n,))
ImputedProcedure = Callable[[Sequence[Completed]], Callable[[Completed], Floats]]
# outcome (n,), probabilities (m, n) -> measures of each of m completed tables (m, k)
ImputedMeasures = Callable[[Floats, Floats], Floats]
Pool = Callable[[Floats], Floats]  # measures (m, k) -> those of all tables together (k,)

MOST_FAILED = 0.05  # of samples without a model, beyond which the rest no longer stand for all


@dataclass(frozen=True)
class ValidatedMeasure:
    """One measure of performance, corrected for optimism.

    Attributes:
        apparent: The model on the subjects it was made from, pooled over their completed tables.
        optimism: Mean over the bootstrap of (on the sample - on the subjects).
        corrected: ``apparent - optimism``.
        monte_carlo_error: Standard error of ``corrected`` for the finite number of samples and of
            completed tables; it says nothing about the number of subjects.
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
        tables: Completed tables of the subjects.
        imputations: In each sample.
        seed: Of all draws.
    """

    measures: Mapping[str, ValidatedMeasure]
    bootstraps: int
    failed: int
    tables: int
    imputations: int
    seed: int


def _mean(measures: Floats) -> Floats:
    mean: Floats = measures.mean(axis=0)
    return mean


def validate_imputed(
    columns: Sequence[Column],
    subjects: Sequence[Completed],
    *,
    outcome: str,
    procedures: Mapping[str, ImputedProcedure],
    names: Sequence[str],
    measure: ImputedMeasures,
    pool: Pool = _mean,
    bootstraps: int = 200,
    imputations: int = 5,
    iterations: int = 10,
    seed: int,
) -> dict[str, PooledValidation]:
    """Optimism-corrected performance with imputation inside the bootstrap.

    Each procedure applied to the completed tables of the subjects gives the apparent performance.
    Then, for each bootstrap sample of the incomplete table: impute it, apply the procedure to it,
    and measure the resulting model on the imputed sample and on the completed tables of the
    subjects. All procedures see the same samples and imputations, which is what their comparison
    asks for.

    Args:
        columns: The incomplete table.
        subjects: Its completed tables, those the estimates come from: at least 2, 50 as a rule.
            They are in the apparent performance and in the test of every sample, so that the luck
            of their imputation counts twice and no number of samples averages it away.
        outcome: The complete 0/1 column that is predicted.
        procedures: By name; each makes one model from the m completed tables of a sample:
            selection, fit, pooling.
        names: Of the k measures.
        measure: What is measured, in each completed table.
        pool: How it is pooled over the tables; by default the mean.
        bootstraps: Samples, at least 2.
        imputations: Of each sample, at least 1; fewer than of the subjects will do, since these
            are drawn anew for each sample, and the mean over the samples averages their noise.
        iterations: Of each imputation.
        seed: The same seed gives the same answer.

    Returns:
        One validation a procedure, by its name.

    Raises:
        UsageError: fewer than 2 bootstraps or completed tables, no measures or no procedures; else
            as `impute`.
        InputError: as `impute`, or a procedure fails on the subjects themselves.
        RefusalError: a measure of the subjects is undefined, or a procedure failed on more than
            5 % of the samples.
    """
    if bootstraps < 2 or len(subjects) < 2 or not names or not procedures:
        raise UsageError(
            f"{bootstraps} bootstrap samples, {len(subjects)} completed tables, {len(names)} "
            f"measures and {len(procedures)} procedures validate nothing.",
            remedy="Give at least 2 samples, 200 as a rule, 2 tables, one measure and one "
            "procedure.",
            code="bad_count",
        )
    everyone = _Tables(subjects, outcome)
    apparent = {
        name: measure(everyone.outcome, everyone.probabilities(make(subjects)))
        for name, make in procedures.items()
    }
    if not all(np.isfinite(found).all() for found in apparent.values()):
        raise RefusalError(
            "A measure of performance is undefined on the imputed subjects.",
            remedy="Leave it out, or look at the model's predictions.",
            code="undefined_measure",
        )
    samples = _imputed_samples(columns, outcome, bootstraps, imputations, iterations, seed)
    found = {}
    for name, models in _models_of(samples, outcome, procedures, measure, everyone).items():
        used = len(models.there)
        if bootstraps - used > MOST_FAILED * bootstraps or used < 2:
            raise RefusalError(
                f"No model could be made on {bootstraps - used} of {bootstraps} bootstrap samples; "
                f"the last: {models.why}",
                remedy="Declare fewer predictors, or a penalised fit such as Firth's.",
                code="unstable_procedure",
            )
        pairs = zip(models.here, models.there, strict=True)
        optimism = np.array([pool(here) - pool(there) for here, there in pairs])
        # what each completed table adds to `corrected`
        twice = apparent[name] + sum(models.there) / used
        measures = _corrected(pool(apparent[name]), optimism, twice)
        found[name] = PooledValidation(
            measures=dict(zip(names, measures, strict=True)),
            bootstraps=bootstraps,
            failed=bootstraps - used,
            tables=len(subjects),
            imputations=imputations,
            seed=seed,
        )
    return found


def _imputed_samples(
    columns: Sequence[Column],
    outcome: str,
    bootstraps: int,
    imputations: int,
    iterations: int,
    seed: int,
) -> Iterator[Sequence[Completed] | str]:
    """The completed tables of each bootstrap sample; where it cannot be imputed, why."""
    # a stream of its own: that of the bare seed may have completed the subjects
    root = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    n = columns[0].values.size if columns else 0
    for _ in range(bootstraps):
        rows = root.integers(n, size=n)
        try:
            done = impute(
                [column.take(rows) for column in columns],
                outcome=outcome,
                imputations=imputations,
                iterations=iterations,
                seed=int(root.integers(2**63)),
            )
        except (InputError, RefusalError) as error:
            yield error.message
        else:
            yield [done.completed(i) for i in range(imputations)]


@dataclass
class _Models:
    """What a procedure made of the bootstrap samples, judged.

    Attributes:
        here: Measures on the sample itself, one a model.
        there: Measures on the subjects.
        why: The last that could not be made or judged.
    """

    here: list[Floats] = field(default_factory=list)
    there: list[Floats] = field(default_factory=list)
    why: str = ""


def _models_of(
    samples: Iterable[Sequence[Completed] | str],
    outcome: str,
    procedures: Mapping[str, ImputedProcedure],
    measure: ImputedMeasures,
    everyone: _Tables,
) -> dict[str, _Models]:
    """Every procedure on every sample."""
    found = {name: _Models() for name in procedures}
    for tables in samples:
        if isinstance(tables, str):
            for models in found.values():
                models.why = tables
            continue
        sample = _Tables(tables, outcome)
        for name, models in found.items():
            try:
                predict = procedures[name](tables)
                here = measure(sample.outcome, sample.probabilities(predict))
                there = measure(everyone.outcome, everyone.probabilities(predict))
            except (InputError, RefusalError) as error:
                models.why = error.message
                continue
            if np.isfinite(here).all() and np.isfinite(there).all():
                models.here.append(here)
                models.there.append(there)
            else:
                models.why = "A measure was undefined."
    return found


class _Tables:
    """Completed tables of the same subjects, one below the other, to be predicted at once."""

    def __init__(self, tables: Sequence[Completed], outcome: str) -> None:
        self.outcome = tables[0][outcome]
        self._stacked = {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}
        self._shape = (len(tables), self.outcome.size)

    def probabilities(self, predict: Callable[[Completed], Floats]) -> Floats:
        """Shape (m, n)."""
        return predict(self._stacked).reshape(self._shape)


def _corrected(apparent: Floats, optimism: Floats, twice: Floats) -> list[ValidatedMeasure]:
    """From shapes (k,), (samples, k) and (tables, k)."""
    mean = optimism.mean(axis=0)
    variance = sum(one.var(axis=0, ddof=1) / len(one) for one in (optimism, twice))
    return [
        ValidatedMeasure(*(float(value) for value in row))
        for row in zip(apparent, mean, apparent - mean, np.sqrt(variance), strict=True)
    ]
