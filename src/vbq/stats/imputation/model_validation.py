"""Optimism of a model developed in imputed data, imputation being part of the procedure.

Bootstrap first, then impute each bootstrap sample ("MI boot"), so that what the imputation learns
from the outcome is validated as well. Imputing once and resampling the completed data would let
each sample draw on the subjects it is tested on.

Schomaker M, Heumann C. Stat Med 2018;37:2252-2266, doi 10.1002/sim.7654.
Musoro JZ et al. BMC Med Res Methodol 2014;14:116, doi 10.1186/1471-2288-14-116.
Wahl S et al. BMC Med Res Methodol 2016;16:144, doi 10.1186/s12874-016-0239-7.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.checks import Floats
from vbq.stats.imputation.chained_equations import Imputation, impute
from vbq.stats.imputation.columns import Column
from vbq.stats.performance.measures import PerformanceMeasure
from vbq.stats.regression.terms import Completed

# all completed tables of a sample -> (one completed table -> probabilities of the outcome, (n,))
ImputedProcedure = Callable[[Sequence[Completed]], Callable[[Completed], Floats]]
# outcome (n,), probabilities (m, n) -> measures of each of m completed tables (m, k)
ImputedMeasures = Callable[[Floats, Floats], Floats]
Pool = Callable[[Floats], Floats]  # measures (m, k) -> pooled measures (k,)

MAX_FAILED = 0.05  # share of samples without a model beyond which the others are not representative


@dataclass(frozen=True)
class PooledValidation:
    """Internal validation of a model developed in imputed data.

    Attributes:
        measures: Measures of performance by name.
        bootstraps: Number of bootstrap samples.
        failed: Number of samples excluded because no model could be fitted.
        tables: Number of completed tables of the subjects.
        imputations: Number of imputations of each sample.
        seed: Seed of the random numbers.
    """

    measures: Mapping[str, PerformanceMeasure]
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

    Each procedure, applied to the completed tables of the subjects, gives the apparent performance.
    Each bootstrap sample of the incomplete table is imputed, the procedure is applied to it, and
    the resulting model is measured in the imputed sample and in the completed tables of the
    subjects. All procedures share the same samples and imputations, so that they can be compared.

    Args:
        columns: The columns of the incomplete table.
        subjects: Completed tables of the subjects, from which the estimates come: at least 2, 50 as
            a rule. They enter the apparent performance and the test of every sample, so that their
            imputation error counts twice and does not average out over the samples.
        outcome: Name of the complete 0/1 column that is predicted.
        procedures: Procedures by name; each makes one model from the m completed tables of a sample
            (selection, fit, pooling).
        names: Names of the k measures.
        measure: Function that measures performance in each completed table.
        pool: Function that pools the measures over the tables; by default the mean.
        bootstraps: Number of bootstrap samples, at least 2.
        imputations: Number of imputations of each sample, at least 1; fewer than for the subjects
            suffice, because the imputations of the samples are independent and average out.
        iterations: Number of iterations of each imputation.
        seed: Seed of the random numbers; the same seed gives the same result.

    Returns:
        One validation per procedure, by name.

    Raises:
        UsageError: fewer than 2 samples or completed tables, no measures or no procedures;
            otherwise as `impute`.
        InputError: as `impute`, or a procedure fails in the subjects themselves.
        RefusalError: a measure is undefined in the subjects, or a procedure failed in more than
            5 % of the samples.
    """
    if bootstraps < 2 or len(subjects) < 2 or not names or not procedures:
        raise UsageError(
            f"No validation is possible with {bootstraps} bootstrap samples, {len(subjects)} "
            f"completed tables, {len(names)} measures and {len(procedures)} procedures.",
            remedy="Give at least 2 samples (200 as a rule), 2 tables, one measure and one "
            "procedure.",
            code="bad_count",
        )
    original = _Tables(subjects, outcome)
    apparent = {
        name: measure(original.outcome, original.probabilities(procedure(subjects)))
        for name, procedure in procedures.items()
    }
    if not all(np.isfinite(measures).all() for measures in apparent.values()):
        raise RefusalError(
            "A measure of performance is undefined in the imputed subjects.",
            remedy="Omit it, or inspect the model's predictions.",
            code="undefined_measure",
        )
    refits = {name: _Refits(procedure) for name, procedure in procedures.items()}
    impute_sample = partial(impute, outcome=outcome, imputations=imputations, iterations=iterations)
    for sample in _imputed_samples(columns, impute_sample, bootstraps, seed):
        if isinstance(sample, str):
            for refit in refits.values():
                refit.reason = sample
            continue
        tables = _Tables(sample, outcome)
        for refit in refits.values():
            refit.add(tables, original, measure)
    return {
        name: PooledValidation(
            measures=refit.corrected(names, apparent[name], pool, bootstraps),
            bootstraps=bootstraps,
            failed=bootstraps - len(refit.test),
            tables=len(subjects),
            imputations=imputations,
            seed=seed,
        )
        for name, refit in refits.items()
    }


def _imputed_samples(
    columns: Sequence[Column], impute_sample: Callable[..., Imputation], bootstraps: int, seed: int
) -> Iterator[Sequence[Completed] | str]:
    """The completed tables of each bootstrap sample, or why it cannot be imputed."""
    # a separate stream: the subjects' own imputation may have used the seed itself
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    n = columns[0].values.size if columns else 0
    for _ in range(bootstraps):
        rows = rng.integers(n, size=n)
        sample = [column.take(rows) for column in columns]
        try:
            imputation = impute_sample(sample, seed=int(rng.integers(2**63)))
        except (InputError, RefusalError) as error:
            yield error.message
        else:
            yield [imputation.completed(i) for i in range(imputation.imputations)]


class _Tables:
    """Completed tables of the same subjects, stacked so that they are predicted at once."""

    def __init__(self, tables: Sequence[Completed], outcome: str) -> None:
        self.tables = tables
        self.outcome = tables[0][outcome]
        self._stacked = {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}
        self._shape = (len(tables), self.outcome.size)

    def probabilities(self, predict: Callable[[Completed], Floats]) -> Floats:
        """Predicted probabilities, shape (m, n)."""
        return predict(self._stacked).reshape(self._shape)


@dataclass
class _Refits:
    """A procedure and the performance of its refits on the bootstrap samples.

    Attributes:
        procedure: The procedure.
        training: Measures of each refit in its own sample, each of shape (imputations, k).
        test: Measures of each refit in the original subjects, each of shape (tables, k).
        reason: Why the last failed sample failed.
    """

    procedure: ImputedProcedure
    training: list[Floats] = field(default_factory=list)
    test: list[Floats] = field(default_factory=list)
    reason: str = ""

    def add(self, sample: _Tables, original: _Tables, measure: ImputedMeasures) -> None:
        """Apply the procedure to a sample and measure the refit in it and in the subjects."""
        try:
            predict = self.procedure(sample.tables)
            training = measure(sample.outcome, sample.probabilities(predict))
            test = measure(original.outcome, original.probabilities(predict))
        except (InputError, RefusalError) as error:
            self.reason = error.message
            return
        if np.isfinite(training).all() and np.isfinite(test).all():
            self.training.append(training)
            self.test.append(test)
        else:
            self.reason = "A measure was undefined."

    def corrected(
        self, names: Sequence[str], apparent: Floats, pool: Pool, bootstraps: int
    ) -> dict[str, PerformanceMeasure]:
        """The k optimism-corrected measures by name, from apparent ones of shape (tables, k).

        Raises:
            RefusalError: more than 5 % of the samples failed.
        """
        used = len(self.test)
        if bootstraps - used > MAX_FAILED * bootstraps or used < 2:
            raise RefusalError(
                f"No model could be fitted in {bootstraps - used} of {bootstraps} bootstrap "
                f"samples; the last reason: {self.reason}",
                remedy="Declare fewer predictors, or a penalised fit such as Firth's.",
                code="unstable_procedure",
            )
        pairs = zip(self.training, self.test, strict=True)
        optimism = np.array([pool(training) - pool(test) for training, test in pairs])
        # contribution of each completed table to `corrected`, which contains its error twice
        tables = apparent + sum(self.test) / used
        mean = optimism.mean(axis=0)
        variance = optimism.var(axis=0, ddof=1) / used + tables.var(axis=0, ddof=1) / len(tables)
        pooled = pool(apparent)
        rows = zip(pooled, mean, pooled - mean, np.sqrt(variance), strict=True)
        return {
            name: PerformanceMeasure(name, *(float(value) for value in row))
            for name, row in zip(names, rows, strict=True)
        }
