"""The tables that models are fitted to: complete cases, or completed by imputation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.imputation import Column, Imputation, impute
from vbq.study.cohort.columns import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from vbq.study.analysis.terms import Completed, Floats
    from vbq.study.cohort.cohort import Cohort

__all__ = ["OUTCOME", "Tables", "coded", "complete_cases", "imputation_columns", "imputed"]

OUTCOME = " outcome"  # no column of a plan can bear this name: they are stripped


@dataclass(frozen=True, eq=False)
class Tables:
    """Completed tables of the same patients.

    Attributes:
        tables: One, or one for each imputation.
        outcome: Shape (n,), 0 or 1.
        rows: Shape (n,), which patients of the cohort.
        imputation: How they were completed; None where nothing was missing.
    """

    tables: tuple[Completed, ...]
    outcome: Floats
    rows: NDArray[np.intp]
    imputation: Imputation | None = None

    @property
    def n(self) -> int:
        """Patients."""
        return self.outcome.size

    @property
    def events(self) -> int:
        """Patients with the event."""
        return int(self.outcome.sum())

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Tables:
        """The same tables of some of their patients."""
        tables = tuple({name: v[rows] for name, v in table.items()} for table in self.tables)
        return Tables(tables, self.outcome[rows], self.rows[rows], self.imputation)


def coded(cohort: Cohort) -> dict[str, Floats]:
    """Every variable as numbers, categories as their places in ``levels``; NaN where missing."""
    return {column.name: column.values for column in columns_of(cohort)}


def imputation_columns(cohort: Cohort) -> tuple[Column, ...]:
    """Predictors, auxiliary variables and the outcome (`OUTCOME`), as the imputation takes them."""
    plan = cohort.plan
    names = [one.name for one in (*plan.predictors, *plan.missing.auxiliary)]
    return (*columns_of(cohort, names), Column(OUTCOME, "binary", cohort.outcome))


def complete_cases(cohort: Cohort, names: Iterable[str]) -> Tables:
    """The patients of whom all these variables are known."""
    values = coded(cohort)
    known = np.ones(cohort.n, bool)
    for name in names:
        known &= ~np.isnan(values[name])
    rows = np.flatnonzero(known)
    return Tables(({n: v[rows] for n, v in values.items()},), cohort.outcome[rows], rows)


def imputed(cohort: Cohort) -> Tables:
    """All patients, their missing predictors imputed as the plan says.

    Subgroup variables that are no predictors keep their missing values.

    Raises:
        InputError: a predictor has too few observed values.
    """
    plan = cohort.plan
    columns = imputation_columns(cohort)
    done = impute(columns, outcome=OUTCOME, imputations=plan.missing.imputations, seed=plan.seed)
    rest = coded(cohort)
    tables = tuple(
        rest | {n: v for n, v in done.completed(i).items() if n != OUTCOME}
        for i in range(done.imputations)
    )
    return Tables(tables, cohort.outcome, np.arange(cohort.n), done)
