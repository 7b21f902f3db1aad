"""The index in the cohort against that in controls, crude and adjusted, such as for age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError
from vbq.stats.checks import Floats
from vbq.stats.describe.adjusted_difference import AdjustedDifference, adjusted_difference
from vbq.stats.describe.group_tests import MeanDifference, welch_t_test
from vbq.stats.describe.summaries import Summary, summarise
from vbq.study.analysis.model_comparison import excludes
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.columns import coded
from vbq.study.plan.variable import Variable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ControlComparison:
    """Difference of the index between cohort and controls.

    Attributes:
        index: Name of the index predictor.
        cohort: Distribution of the index in the cohort.
        controls: Distribution of the index in the controls.
        crude: Welch's t test in all with a known index.
        adjusted_for: Variables adjusted for; empty where the plan names none.
        adjusted: Adjusted difference, cohort minus controls, in those with all variables known;
            None where it cannot be estimated.
        reason: Why it cannot be estimated; empty where it can.
        shown: Whether the interval of the adjusted difference excludes 0; False without one.
        unread: Controls whose index is unknown; they are in no comparison.
    """

    index: str
    cohort: Summary
    controls: Summary
    crude: MeanDifference
    adjusted_for: tuple[str, ...]
    adjusted: AdjustedDifference | None
    reason: str
    shown: bool
    unread: int


def compare_controls(cohort: Cohort) -> ControlComparison | None:
    """Compare the cohort with its controls; None where the plan has none.

    Raises:
        InputError: too few patients or controls with a known index.
    """
    plan = cohort.plan
    if cohort.controls is None or plan.controls is None or plan.index is None:
        return None
    patients = cohort.table[plan.index].to_numpy(np.float64)
    controls = cohort.controls[plan.index].to_numpy(np.float64)
    known_patients, known_controls = (v[~np.isnan(v)] for v in (patients, controls))
    adjusted, reason = _adjusted(cohort, cohort.controls, patients, controls)
    return ControlComparison(
        index=plan.index,
        cohort=summarise(known_patients),
        controls=summarise(known_controls),
        crude=welch_t_test(known_patients, known_controls),
        adjusted_for=plan.controls.adjust,
        adjusted=adjusted,
        reason=reason,
        shown=adjusted is not None and excludes(adjusted.interval, 0.0),
        unread=controls.size - known_controls.size,
    )


def _adjusted(
    cohort: Cohort, control_table: pd.DataFrame, patients: Floats, controls: Floats
) -> tuple[AdjustedDifference | None, str]:
    """The adjusted difference of the index, None where it cannot be estimated; the reason."""
    plan = cohort.plan
    assert plan.controls is not None
    declared = {variable.name: variable for variable in plan.variables}
    variables = [declared[name] for name in plan.controls.adjust]
    patient_covariates, labels = _covariates(cohort.table, variables)
    if not labels:
        return None, "There is nothing to adjust for."
    control_covariates, _ = _covariates(control_table, variables)
    covariates = np.concatenate([patient_covariates, control_covariates])
    values = np.concatenate([patients, controls])
    group = np.repeat([1.0, 0.0], [patients.size, controls.size])
    known = ~np.isnan(covariates).any(axis=1) & ~np.isnan(values)
    try:
        return adjusted_difference(values[known], group[known], covariates[known], names=labels), ""
    except InputError as error:
        return None, error.message


def _covariates(table: pd.DataFrame, variables: list[Variable]) -> tuple[Floats, list[str]]:
    """Covariates, shape (n, covariates), NaN where missing; and their names.

    Categories become indicators of all levels but the first.
    """
    columns: list[Floats] = [np.empty((len(table), 0))]
    labels = []
    for variable in variables:
        values = coded(variable, table[variable.name])
        if variable.type in ("continuous", "binary"):
            columns.append(values[:, None])
            labels.append(variable.name)
            continue
        _, *levels = variable.levels or ("",)
        indicators = values[:, None] == np.arange(1, len(levels) + 1)
        columns.append(np.where(np.isnan(values)[:, None], np.nan, indicators))
        labels += [f"{variable.name}={level}" for level in levels]
    return np.concatenate(columns, axis=1), labels
