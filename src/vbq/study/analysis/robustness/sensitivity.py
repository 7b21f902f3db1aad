"""Sensitivity analyses: whether the result holds under other assumptions."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import NORMAL_95
from vbq.stats.regression.measurement_error import Calibrated, Reliability, calibrate_regression
from vbq.stats.regression.terms import Design, Term
from vbq.study.analysis.association import Association
from vbq.study.analysis.imputed_tables import Tables, complete_cases
from vbq.study.analysis.model_comparison import IndexComparison
from vbq.study.analysis.robustness.refit import refit
from vbq.study.analysis.robustness.scanners import predictors_from, scanner_labels
from vbq.study.cohort.cohort import Cohort


@dataclass(frozen=True)
class SensitivityAnalysis:
    """The main model under another assumption.

    Attributes:
        name: What differs from the main analysis.
        association: The model; None where it cannot be fitted.
        reason: Why it cannot be fitted; empty where it can.
        comparison: The index in this model against that in the main model; None where the plan
            names no index, the model cannot be fitted, or the index has an interaction.
    """

    name: str
    association: Association | None
    reason: str
    comparison: IndexComparison | None = None


@dataclass(frozen=True)
class ErrorCorrection:
    """The odds ratio of the index corrected for its measurement error.

    Attributes:
        icc: Reliability of the index, an intraclass correlation.
        interval: Confidence interval of the reliability as the plan gives it; None if it is taken
            as known.
        source: Source of the reliability.
        calibrated: Corrected coefficient; None where it cannot be estimated.
        reason: Why it cannot be estimated; empty where it can.
    """

    icc: float
    interval: tuple[float, float] | None
    source: str
    calibrated: Calibrated | None
    reason: str


def sensitivity_analyses(
    cohort: Cohort, design: Design, tables: Tables
) -> tuple[SensitivityAnalysis, ...]:
    """Every sensitivity analysis that the cohort allows, in a fixed order.

    Complete cases, if the main model is imputed; adjustment for site, scanner and field strength,
    where the main model is not adjusted for it; without flagged readings. Firth's likelihood is
    used wherever a model is separated.
    """
    analyses: list[tuple[str, Design, Tables]] = []
    if tables.imputation:
        names = [term.name for term in design.terms]
        analyses.append(("complete cases", design, complete_cases(cohort, names)))
    for key in map(str, cohort.scanners.columns):
        if cohort.scanners[key].nunique() > 1 and not predictors_from(cohort, key):
            name = f"adjusted for {key.replace('_', ' ')}"
            analyses.append((name, *_adjusted(cohort, design, tables, key)))
    flagged = _flagged(cohort)
    if flagged is not None and 0 < flagged[tables.rows].sum() < tables.n:
        analyses.append(("without flagged readings", design, tables.take(~flagged[tables.rows])))
    return tuple(
        SensitivityAnalysis(name, *refit(model, patients)) for name, model, patients in analyses
    )


def _flagged(cohort: Cohort) -> NDArray[np.bool_] | None:
    if cohort.readings is None:
        return None
    return (cohort.readings["status"] == "caution").to_numpy()


def _adjusted(cohort: Cohort, design: Design, tables: Tables, key: str) -> tuple[Design, Tables]:
    """The design with site, scanner or field strength added, for those in whom it is known."""
    labels, known = scanner_labels(cohort, tables, key)
    levels, codes = np.unique(labels[known], return_inverse=True)
    patients, name = tables.take(known), f"scanner {key}"
    extended = tuple(dict(table) | {name: codes.astype(np.float64)} for table in patients.tables)
    categories = tuple(str(level) for level in levels)
    term = Term(
        name, key.replace("_", " "), "", "categories", levels=categories, reference=categories[0]
    )
    return replace(design, terms=(*design.terms, term)), replace(patients, tables=extended)


def error_corrected(cohort: Cohort, main: Association, tables: Tables) -> ErrorCorrection | None:
    """Regression calibration of the index with the reliability that the plan declares.

    With imputed tables, the first of them gives the share of the index that the other predictors
    explain.

    Args:
        cohort: The patients.
        main: The main model.
        tables: Tables to which it was fitted.

    Returns:
        The correction; None where the plan declares no measurement error, or no index.
    """
    plan, design = cohort.plan, main.design
    declared = plan.measurement_error
    if declared is None or plan.index is None:
        return None
    uncorrected = ErrorCorrection(declared.icc, declared.interval, declared.source, None, "")
    standard_error = 0.0
    if declared.interval:
        low, high = declared.interval
        standard_error = (high - low) / (2 * NORMAL_95)
    nonlinear = design.term(plan.index).kind != "linear"
    if nonlinear or any(plan.index in pair for pair in design.interactions):
        reason = "Only an index that is linear and in no interaction is corrected."
        return replace(uncorrected, reason=reason)
    column = design.names.index(plan.index)
    try:
        model = calibrate_regression(
            main.coefficients,
            main.covariance,
            design.matrix(tables.tables[0]),
            predictor=column,
            reliability=Reliability(declared.icc, standard_error),
        )
    except (InputError, RefusalError) as error:
        return replace(uncorrected, reason=error.message)
    return replace(uncorrected, calibrated=model.coefficients[column])
