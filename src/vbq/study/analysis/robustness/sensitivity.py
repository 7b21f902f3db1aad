"""Whether the answer stands when the analysis is made otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import NORMAL_95
from vbq.stats.regression.measurement_error import Calibrated, Reliability, calibrate_regression
from vbq.stats.regression.terms import Term
from vbq.study.analysis.association import Association
from vbq.study.analysis.imputed_tables import complete_cases
from vbq.study.analysis.model_comparison import IndexComparison
from vbq.study.analysis.robustness.refit import refit
from vbq.study.analysis.robustness.scanners import predictors_from, scanner_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.stats.regression.terms import Design
    from vbq.study.analysis.imputed_tables import Tables
    from vbq.study.cohort.cohort import Cohort

__all__ = ["ErrorCorrection", "SensitivityAnalysis", "error_corrected", "sensitivity_analyses"]


@dataclass(frozen=True)
class SensitivityAnalysis:
    """The main model, made otherwise.

    Attributes:
        name: What is done otherwise.
        association: The model; None where it cannot be fitted.
        reason: Why not; empty where it can.
        comparison: Its index against that of the main model; None where the plan names no index,
            the model cannot be fitted, or the index has an interaction.
    """

    name: str
    association: Association | None
    reason: str
    comparison: IndexComparison | None = None


@dataclass(frozen=True)
class ErrorCorrection:
    """The index's odds ratio, had it been measured without error.

    Attributes:
        icc: Reliability used.
        interval: Its confidence interval, as the plan gives it; None if it was taken as known.
        source: Of the reliability.
        calibrated: Corrected coefficient; None where it cannot be had.
        reason: Why not; empty where it can.
    """

    icc: float
    interval: tuple[float, float] | None
    source: str
    calibrated: Calibrated | None
    reason: str


def sensitivity_analyses(
    cohort: Cohort, design: Design, tables: Tables
) -> tuple[SensitivityAnalysis, ...]:
    """Every variation that the cohort allows, in one order.

    Complete cases (if the main model is imputed); adjusted for field strength, scanner and site,
    where the main model is not; without flagged readings. Firth's likelihood is taken wherever a
    model is separated.
    """
    wanted: list[tuple[str, Design, Tables]] = []
    if tables.imputation:
        names = [term.name for term in design.terms]
        wanted.append(("complete cases", design, complete_cases(cohort, names)))
    for by in map(str, cohort.scanners.columns):
        if cohort.scanners[by].nunique() > 1 and not predictors_from(cohort, by):
            name = f"adjusted for {by.replace('_', ' ')}"
            wanted.append((name, *_adjusted(cohort, design, tables, by)))
    flagged = _flagged(cohort)
    if flagged is not None and 0 < flagged[tables.rows].sum() < tables.n:
        wanted.append(("without flagged readings", design, tables.take(~flagged[tables.rows])))
    return tuple(SensitivityAnalysis(name, *refit(one, patients)) for name, one, patients in wanted)


def _flagged(cohort: Cohort) -> NDArray[np.bool_] | None:
    if cohort.readings is None:
        return None
    return (cohort.readings["status"] == "caution").to_numpy()


def _adjusted(cohort: Cohort, design: Design, tables: Tables, by: str) -> tuple[Design, Tables]:
    """The model with a column of the scanners as one more category; unknown is left out."""
    column, known = scanner_labels(cohort, tables, by)
    levels, codes = np.unique(column[known], return_inverse=True)
    kept, name = tables.take(known), f"scanner {by}"
    with_it = tuple(dict(t) | {name: codes.astype(np.float64)} for t in kept.tables)
    words = tuple(str(level) for level in levels)
    term = Term(name, by.replace("_", " "), "", "categories", levels=words, reference=words[0])
    return replace(design, terms=(*design.terms, term)), replace(kept, tables=with_it)


def error_corrected(cohort: Cohort, main: Association, tables: Tables) -> ErrorCorrection | None:
    """Regression calibration with the plan's reliability; None where the plan has none.

    Of imputed tables the first says how much of the index the other predictors explain.

    Args:
        cohort: The patients.
        main: The main model.
        tables: What it was fitted to.
    """
    plan, design = cohort.plan, main.design
    given = plan.measurement_error
    if given is None or plan.index is None:
        return None
    error = (given.interval[1] - given.interval[0]) / (2 * NORMAL_95) if given.interval else 0.0
    bends = design.term(plan.index).kind != "linear"
    if bends or any(plan.index in pair for pair in design.interactions):
        reason = "Only an index that is linear and in no interaction is corrected."
        return ErrorCorrection(given.icc, given.interval, given.source, None, reason)
    column = design.names.index(plan.index)
    try:
        model = calibrate_regression(
            main.coefficients,
            main.covariance,
            design.matrix(tables.tables[0]),
            predictor=column,
            reliability=Reliability(given.icc, error),
        )
    except (InputError, RefusalError) as problem:
        return ErrorCorrection(given.icc, given.interval, given.source, None, problem.message)
    corrected = model.coefficients[column]
    return ErrorCorrection(given.icc, given.interval, given.source, corrected, "")
