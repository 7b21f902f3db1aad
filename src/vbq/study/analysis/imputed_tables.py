"""The tables that models are fitted to: complete cases, or completed by imputation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.imputation import Column, Imputation, impute
from vbq.stats.imputation.matching import DONORS
from vbq.stats.survival.nonparametric import cumulative_hazard
from vbq.study.cohort.columns import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from vbq.stats.regression.terms import Completed, Floats
    from vbq.study.cohort.cohort import Cohort
    from vbq.study.plan.variable import Subgroup

__all__ = [
    "HAZARD",
    "IMPUTATION_LABELS",
    "MIN_OBSERVED",
    "OUTCOME",
    "Tables",
    "coded_table",
    "complete_cases",
    "imputation_columns",
    "impute_cohort",
    "imputed_from",
    "main_effects_only",
    "model_tables",
]

# no variable of a plan can bear these names: they are stripped
OUTCOME = " outcome"
HAZARD = " cumulative hazard"
COMPETING = " competing event"
IMPUTATION_LABELS = {
    OUTCOME: "the outcome",
    HAZARD: "the cumulative hazard of the event at each patient's time",
    COMPETING: "whether a competing event came",
}
# of what the plan does not ask to be imputed: enough for every bootstrap sample to have donors
MIN_OBSERVED = 4 * DONORS


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


def coded_table(cohort: Cohort) -> dict[str, Floats]:
    """Every variable as numbers, categories as their places in ``levels``; NaN where missing."""
    return {column.name: column.values for column in columns_of(cohort)}


def imputation_columns(cohort: Cohort) -> tuple[Column, ...]:
    """What the imputation takes, so that no analysis asks for more than it knew.

    Predictors, auxiliary variables, those that make subgroups, and the outcome (`OUTCOME`). Where
    there are follow-up times also the cumulative hazard of the event at each patient's own, and
    whether a competing event came: without them the models of time come out too weak (White &
    Royston 2009, doi 10.1002/sim.3618).
    """
    plan = cohort.plan
    names = [one.name for one in (*plan.predictors, *plan.missing.auxiliary)]
    names += [one.name for one in _parting(cohort)]
    return (
        *columns_of(cohort, names),
        Column(OUTCOME, "binary", cohort.outcome),
        *_follow_up(cohort),
    )


def imputed_from(cohort: Cohort) -> tuple[str, ...]:
    """What `imputation_columns` gives, in words; predictors and auxiliary variables as one each."""
    parting = [f"{one.label} (of the subgroups)" for one in _parting(cohort)]
    seen = [
        IMPUTATION_LABELS[one.name]
        for one in imputation_columns(cohort)
        if one.name in IMPUTATION_LABELS
    ]
    auxiliary = ["the auxiliary variables"] * bool(cohort.plan.missing.auxiliary)
    return ("all predictors", *auxiliary, *parting, *seen)


def _parting(cohort: Cohort) -> list[Subgroup]:
    """Variables of subgroups that the imputation would not see otherwise, and can use."""
    plan = cohort.plan
    seen = {one.column for one in (*plan.predictors, *plan.missing.auxiliary)}
    known = cohort.table.notna().sum()
    return [o for o in plan.subgroups if o.column not in seen and known[o.name] >= MIN_OBSERVED]


def _follow_up(cohort: Cohort) -> list[Column]:
    """Follow-up as the imputation takes it; unknown times are imputed with the rest."""
    years, status = cohort.follow_up_years, cohort.status
    if years is None or status is None:
        return []
    known = ~np.isnan(years)
    columns = []
    if known.sum() >= MIN_OBSERVED and (status[known] == 1).any():
        hazard = np.full(cohort.n, np.nan)
        hazard[known] = cumulative_hazard(years[known], status[known])
        columns.append(Column(HAZARD, "continuous", hazard))
    if (status == 2).any():
        columns.append(Column(COMPETING, "binary", (status == 2).astype(np.float64)))
    return columns


def main_effects_only(cohort: Cohort) -> tuple[str, ...]:
    """What the models have and the imputation has not: products and splines of incomplete values.

    Each variable is imputed from main effects of the others, which pulls products and curvature
    towards none (Seaman SR et al. BMC Med Res Methodol 2012;12:46, doi 10.1186/1471-2288-12-46).
    """
    plan = cohort.plan
    label = {one.name: one.label for one in plan.variables}
    gaps = {name for name, column in cohort.table.items() if column.isna().any()}
    found = [
        f"the product of {label[a]} and {label[b]}" for a, b in plan.interactions if {a, b} & gaps
    ]
    found += [
        f"the spline of {one.label}" for one in plan.predictors if one.name in gaps and one.knots
    ]
    if plan.index is not None and plan.index in gaps and plan.subgroups:
        found.append(f"differences of {label[plan.index]} between subgroups")
    return tuple(found)


def complete_cases(cohort: Cohort, names: Iterable[str]) -> Tables:
    """The patients of whom all these variables are known."""
    values = coded_table(cohort)
    known = np.ones(cohort.n, bool)
    for name in names:
        known &= ~np.isnan(values[name])
    rows = np.flatnonzero(known)
    return Tables(({n: v[rows] for n, v in values.items()},), cohort.outcome[rows], rows)


def model_tables(cohort: Cohort, names: Iterable[str]) -> Tables:
    """All patients, imputed where one of these variables is missing; or complete cases, if so said.

    Raises:
        InputError: a predictor has too few observed values.
    """
    complete = complete_cases(cohort, names)
    if complete.n == cohort.n or cohort.plan.missing.strategy == "complete_case":
        return complete
    return impute_cohort(cohort)


def impute_cohort(cohort: Cohort) -> Tables:
    """All patients, their missing predictors imputed as the plan says.

    Subgroup variables that are no predictors keep their missing values.

    Raises:
        InputError: a predictor has too few observed values.
    """
    plan = cohort.plan
    columns = imputation_columns(cohort)
    done = impute(columns, outcome=OUTCOME, imputations=plan.missing.imputations, seed=plan.seed)
    rest = coded_table(cohort)
    wanted = {one.name for one in (*plan.predictors, *plan.missing.auxiliary)}
    tables = tuple(
        rest | {n: v for n, v in done.completed(i).items() if n in wanted}
        for i in range(done.imputations)
    )
    return Tables(tables, cohort.outcome, np.arange(cohort.n), done)
