"""The cohort's index against that of controls, at equal age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError
from vbq.stats.describe.adjusted_difference import AdjustedDifference, adjusted_difference
from vbq.stats.describe.group_tests import MeanDifference, welch_t_test
from vbq.stats.describe.summaries import Summary, summarise
from vbq.study.analysis.model_comparison import excludes
from vbq.study.cohort.columns import coded

if TYPE_CHECKING:
    import pandas as pd

    from vbq.stats.regression.terms import Floats
    from vbq.study.cohort.cohort import Cohort
    from vbq.study.plan.variable import Variable

__all__ = ["ControlComparison", "compare_controls"]


@dataclass(frozen=True)
class ControlComparison:
    """Index of the cohort less that of the controls.

    Attributes:
        index: The index predictor.
        cohort: Its distribution in the cohort.
        controls: And in the controls.
        crude: Welch's t test, of all whose index is known.
        adjusted_for: Variables that were held equal; empty where the plan adjusts for nothing.
        adjusted: Difference at equal values of them, of those in whom all are known; None where
            it cannot be had.
        reason: Why not; empty where there is one.
        shown: Whether the interval of the adjusted difference excludes 0; False without one.
        unread: Controls whose index is not known: they are in no comparison.
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
        InputError: too few have a value of the index.
    """
    plan = cohort.plan
    if cohort.controls is None or plan.controls is None or plan.index is None:
        return None
    ours = cohort.table[plan.index].to_numpy(np.float64)
    theirs = cohort.controls[plan.index].to_numpy(np.float64)
    ours_known, theirs_known = ours[~np.isnan(ours)], theirs[~np.isnan(theirs)]
    adjusted, reason = _adjusted(cohort, cohort.controls, ours, theirs)
    return ControlComparison(
        index=plan.index,
        cohort=summarise(ours_known),
        controls=summarise(theirs_known),
        crude=welch_t_test(ours_known, theirs_known),
        adjusted_for=plan.controls.adjust,
        adjusted=adjusted,
        reason=reason,
        shown=adjusted is not None and excludes(adjusted.interval, 0.0),
        unread=theirs.size - theirs_known.size,
    )


def _adjusted(
    cohort: Cohort, controls: pd.DataFrame, ours: Floats, theirs: Floats
) -> tuple[AdjustedDifference | None, str]:
    """The difference at equal values of what the plan adjusts for; why not, where there is none."""
    plan = cohort.plan
    assert plan.controls is not None
    of = {variable.name: variable for variable in plan.variables}
    variables = [of[name] for name in plan.controls.adjust]
    first, labels = _covariates(cohort.table, variables)
    if not labels:
        return None, "There is nothing to adjust for."
    covariates = np.concatenate([first, _covariates(controls, variables)[0]])
    values = np.concatenate([ours, theirs])
    group = np.repeat([1.0, 0.0], [ours.size, theirs.size])
    known = ~np.isnan(covariates).any(axis=1) & ~np.isnan(values)
    try:
        return adjusted_difference(values[known], group[known], covariates[known], names=labels), ""
    except InputError as error:
        return None, error.message


def _covariates(table: pd.DataFrame, variables: list[Variable]) -> tuple[Floats, list[str]]:
    """Shape (n, covariates), and their names: of categories all but the first, as indicators.

    NaN where missing.
    """
    columns: list[Floats] = [np.empty((len(table), 0))]
    labels = []
    for variable in variables:
        values = coded(variable, table[variable.name])
        if variable.type in ("continuous", "binary"):
            columns.append(values[:, None])
            labels.append(variable.name)
            continue
        _, *others = variable.levels or ("",)
        indicators = values[:, None] == np.arange(1, len(others) + 1)
        columns.append(np.where(np.isnan(values)[:, None], np.nan, indicators))
        labels += [f"{variable.name}={level}" for level in others]
    return np.concatenate(columns, axis=1), labels
