"""The tables that models are fitted to: complete cases, or completed by imputation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.stats.checks import Floats
from vbq.stats.imputation import Column, Imputation, impute
from vbq.stats.imputation.matching import DONORS
from vbq.stats.regression.terms import Completed
from vbq.stats.survival.nonparametric import cumulative_hazard
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.columns import columns_of
from vbq.study.plan.plan import Plan
from vbq.study.plan.variable import Subgroup, Variable

# names that no variable of a plan can have, since theirs are stripped
OUTCOME = " outcome"
HAZARD = " cumulative hazard"
COMPETING = " competing event"
IMPUTATION_LABELS = {
    OUTCOME: "the outcome",
    HAZARD: "the cumulative hazard of the event at each patient's time",
    COMPETING: "whether a competing event occurred",
}
# observed values that an optional variable of the imputation needs: enough for every bootstrap
# sample to have donors
MIN_OBSERVED = 4 * DONORS


@dataclass(frozen=True, eq=False)
class Tables:
    """Completed tables of the same patients.

    Attributes:
        tables: One table, or one for each imputation.
        outcome: Shape (n,), 0 or 1.
        rows: Shape (n,), positions of the patients in the cohort.
        imputation: The imputation that completed them; None where nothing was imputed.
    """

    tables: tuple[Completed, ...]
    outcome: Floats
    rows: NDArray[np.intp]
    imputation: Imputation | None = None

    @property
    def n(self) -> int:
        """Number of patients."""
        return self.outcome.size

    @property
    def events(self) -> int:
        """Number of patients with the event."""
        return int(self.outcome.sum())

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Tables:
        """The same tables for some of their patients."""
        tables = tuple(
            {name: values[rows] for name, values in table.items()} for table in self.tables
        )
        return Tables(tables, self.outcome[rows], self.rows[rows], self.imputation)


def coded_table(cohort: Cohort) -> dict[str, Floats]:
    """Every variable as numbers, categories as their positions in ``levels``; NaN where missing."""
    return {column.name: column.values for column in columns_of(cohort)}


def imputation_columns(cohort: Cohort) -> tuple[Column, ...]:
    """The variables of the imputation model, so that it is as rich as the analyses that follow.

    Predictors, auxiliary variables, variables of subgroups, and the outcome (`OUTCOME`). With
    follow-up times also the cumulative hazard of the event at each patient's time, and whether a
    competing event occurred: without them the estimates of time-to-event models are biased towards
    no effect (White IR, Royston P. Stat Med 2009;28:1982-98, doi 10.1002/sim.3618).
    """
    names = [variable.name for variable in _imputed_variables(cohort.plan)]
    names += [subgroup.name for subgroup in _subgroup_variables(cohort)]
    return (
        *columns_of(cohort, names),
        Column(OUTCOME, "binary", cohort.outcome),
        *_follow_up_columns(cohort),
    )


def imputed_from(cohort: Cohort) -> tuple[str, ...]:
    """The variables of the imputation model in words; predictors and auxiliary ones summed up."""
    names = [column.name for column in imputation_columns(cohort)]
    return (
        "all predictors",
        *(["the auxiliary variables"] if cohort.plan.missing.auxiliary else []),
        *(f"{subgroup.label} (of the subgroups)" for subgroup in _subgroup_variables(cohort)),
        *(IMPUTATION_LABELS[name] for name in names if name in IMPUTATION_LABELS),
    )


def _imputed_variables(plan: Plan) -> tuple[Variable, ...]:
    return (*plan.predictors, *plan.missing.auxiliary)


def _subgroup_variables(cohort: Cohort) -> list[Subgroup]:
    """Variables of subgroups that are not imputed themselves, with enough observed values."""
    columns = {variable.column for variable in _imputed_variables(cohort.plan)}
    observed = cohort.table.notna().sum()
    return [
        subgroup
        for subgroup in cohort.plan.subgroups
        if subgroup.column not in columns and observed[subgroup.name] >= MIN_OBSERVED
    ]


def _follow_up_columns(cohort: Cohort) -> list[Column]:
    """Follow-up for the imputation model; the hazard at an unknown time is itself imputed."""
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
    """Interactions and splines of incomplete variables, which the imputation model lacks.

    Each variable is imputed from main effects of the others, which biases interactions and
    curvature towards none (Seaman SR et al. BMC Med Res Methodol 2012;12:46,
    doi 10.1186/1471-2288-12-46).
    """
    plan = cohort.plan
    label = {variable.name: variable.label for variable in plan.variables}
    incomplete = {name for name, column in cohort.table.items() if column.isna().any()}
    effects = [
        f"the interaction of {label[first]} and {label[second]}"
        for first, second in plan.interactions
        if {first, second} & incomplete
    ]
    effects += [
        f"the spline of {predictor.label}"
        for predictor in plan.predictors
        if predictor.name in incomplete and predictor.knots
    ]
    if plan.index is not None and plan.index in incomplete and plan.subgroups:
        effects.append(f"differences of {label[plan.index]} between subgroups")
    return tuple(effects)


def complete_cases(cohort: Cohort, names: Iterable[str]) -> Tables:
    """The patients in whom all these variables are known."""
    values = coded_table(cohort)
    known = np.ones(cohort.n, bool)
    for name in names:
        known &= ~np.isnan(values[name])
    table = {name: column[known] for name, column in values.items()}
    return Tables((table,), cohort.outcome[known], np.flatnonzero(known))


def model_tables(cohort: Cohort, names: Iterable[str]) -> Tables:
    """The tables for a model of these variables, by the plan's strategy for missing values.

    Returns:
        All patients, imputed if one of the variables is missing; or complete cases where the plan
        asks for them.

    Raises:
        InputError: a predictor has too few observed values.
    """
    complete = complete_cases(cohort, names)
    if complete.n == cohort.n or cohort.plan.missing.strategy == "complete_case":
        return complete
    return impute_cohort(cohort)


def impute_cohort(cohort: Cohort) -> Tables:
    """All patients, the missing values of predictors and auxiliary variables imputed by the plan.

    Variables that make subgroups only keep their missing values.

    Raises:
        InputError: a predictor has too few observed values.
    """
    plan = cohort.plan
    imputation = impute(
        imputation_columns(cohort),
        outcome=OUTCOME,
        imputations=plan.missing.imputations,
        seed=plan.seed,
    )
    observed = coded_table(cohort)
    imputed = {variable.name for variable in _imputed_variables(plan)}
    tables = tuple(
        observed | {name: v for name, v in imputation.completed(i).items() if name in imputed}
        for i in range(imputation.imputations)
    )
    return Tables(tables, cohort.outcome, np.arange(cohort.n), imputation)
