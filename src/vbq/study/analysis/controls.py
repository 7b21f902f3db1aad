"""The cohort's index against that of controls, at equal age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vbq.errors import InputError
from vbq.stats.adjusted_difference import AdjustedDifference, adjusted_difference
from vbq.stats.descriptive import Summary, summarise
from vbq.stats.group_tests import MeanDifference, welch_t_test

if TYPE_CHECKING:
    from vbq.study.analysis.terms import Floats
    from vbq.study.cohort.cohort import Cohort

__all__ = ["ControlComparison", "compare_controls"]


@dataclass(frozen=True)
class ControlComparison:
    """Index of the cohort less that of the controls.

    Attributes:
        index: The index predictor.
        cohort: Its distribution in the cohort.
        controls: And in the controls.
        crude: Welch's t test, of all whose index is known.
        adjusted_for: Variables that were held equal.
        adjusted: Difference at equal values of them, of those in whom all are known; None where
            it cannot be had.
        reason: Why not; empty where there is one.
    """

    index: str
    cohort: Summary
    controls: Summary
    crude: MeanDifference
    adjusted_for: tuple[str, ...]
    adjusted: AdjustedDifference | None
    reason: str


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
    adjusted, reason = None, ""
    names = plan.controls.adjust
    try:
        covariates = np.concatenate(
            [_numbers(cohort.table, names), _numbers(cohort.controls, names)]
        )
        values = np.concatenate([ours, theirs])
        group = np.repeat([1.0, 0.0], [ours.size, theirs.size])
        known = ~np.isnan(covariates).any(axis=1) & ~np.isnan(values)
        adjusted = adjusted_difference(values[known], group[known], covariates[known], names=names)
    except InputError as error:
        reason = error.message
    return ControlComparison(
        index=plan.index,
        cohort=summarise(ours_known),
        controls=summarise(theirs_known),
        crude=welch_t_test(ours_known, theirs_known),
        adjusted_for=names,
        adjusted=adjusted,
        reason=reason,
    )


def _numbers(table: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    """Shape (n, covariates): categories as indicators of all but the first; NaN where missing."""
    columns: list[Floats] = []
    for name in names:
        column = table[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            columns.append(column.to_numpy(np.float64))
            continue
        codes = column.cat.codes.to_numpy(np.float64)
        codes[codes < 0] = np.nan
        others = range(1, len(column.cat.categories))
        columns.extend(np.where(np.isnan(codes), np.nan, codes == k) for k in others)
    return np.column_stack(columns)
