"""Whether the answer stands when the analysis is made otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import NORMAL_95
from vbq.stats.internal_external import SitePerformance, leave_one_site_out
from vbq.stats.measurement_error import Calibrated, Reliability, calibrate_regression
from vbq.study.analysis.association import Association, associate
from vbq.study.analysis.completed import Tables, complete_cases
from vbq.study.analysis.terms import Design, Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from vbq.study.cohort.cohort import Cohort

__all__ = ["ErrorCorrection", "Variation", "error_corrected", "scanner_left_out", "variations"]


@dataclass(frozen=True)
class Variation:
    """The main model, made otherwise.

    Attributes:
        name: What is done otherwise.
        association: The model; None where it cannot be fitted.
        reason: Why not; empty where it can.
    """

    name: str
    association: Association | None
    reason: str


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


def variations(cohort: Cohort, design: Design, tables: Tables) -> tuple[Variation, ...]:
    """Every variation that the cohort allows, in one order.

    Complete cases (if the main model is imputed); adjusted for field strength, scanner and site;
    without flagged readings; Firth's likelihood is taken wherever a model is separated.
    """
    wanted: list[tuple[str, Callable[[], Association]]] = []
    if tables.imputation:
        names = [term.name for term in design.terms]
        wanted.append(("complete cases", partial(associate, design, complete_cases(cohort, names))))
    for by in cohort.scanners.columns:
        if cohort.scanners[by].nunique() > 1:
            name = f"adjusted for {str(by).replace('_', ' ')}"
            wanted.append((name, partial(_adjusted, cohort, design, tables, str(by))))
    flagged = _flagged(cohort)
    if flagged is not None and 0 < flagged[tables.rows].sum() < tables.n:
        clean = ~flagged[tables.rows]
        wanted.append(("without flagged readings", partial(associate, design, tables.take(clean))))
    found = []
    for name, fit in wanted:
        try:
            found.append(Variation(name, fit(), ""))
        except InputError as error:
            found.append(Variation(name, None, error.message))
    return tuple(found)


def _flagged(cohort: Cohort) -> np.ndarray | None:
    if cohort.readings is None:
        return None
    return (cohort.readings["status"] == "caution").to_numpy()


def _adjusted(cohort: Cohort, design: Design, tables: Tables, by: str) -> Association:
    """The model with a column of the scanners as one more category; unknown is left out."""
    column = cohort.scanners[by].iloc[tables.rows]
    known = column.notna().to_numpy()
    levels = sorted(column.dropna().unique())
    codes = np.array([levels.index(v) if k else -1 for v, k in zip(column, known, strict=True)])
    kept = tables.take(known)
    name = f"scanner {by}"
    with_it = tuple(dict(t) | {name: codes[known].astype(np.float64)} for t in kept.tables)
    words = tuple(f"{v:g} T" if isinstance(v, float) else str(v) for v in levels)
    term = Term(name, by.replace("_", " "), "", "categories", levels=words, reference=words[0])
    wider = Design((*design.terms, term), design.interactions)
    return associate(wider, Tables(with_it, kept.outcome, kept.rows, kept.imputation))


def scanner_left_out(
    cohort: Cohort, design: Design, tables: Tables
) -> dict[str, tuple[SitePerformance, ...]]:
    """The model made without one site, scanner or field strength, judged on it; by column.

    Of imputed tables the first stands for all, which says how the model travels and is not
    for reporting an interval.
    """
    found = {}
    for by in cohort.scanners.columns:
        column = cohort.scanners[by].iloc[tables.rows]
        known = column.notna().to_numpy()
        if column.nunique() < 2:
            continue
        kept = tables.take(known)
        labels = [f"{v:g} T" if isinstance(v, float) else str(v) for v in column[known]]
        try:
            found[str(by)] = leave_one_site_out(
                design.matrix(kept.tables[0]), kept.outcome, np.array(labels)
            )
        except (InputError, RefusalError):
            continue
    return found


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
    except RefusalError as problem:
        return ErrorCorrection(given.icc, given.interval, given.source, None, problem.message)
    corrected = model.coefficients[column]
    return ErrorCorrection(given.icc, given.interval, given.source, corrected, "")
