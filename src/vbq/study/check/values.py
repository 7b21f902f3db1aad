"""Implausible values, and predictors that carry no information or too much of it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vbq.finding import Finding, any_refusal
from vbq.stats.performance.delong import auc
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.columns import coded
from vbq.study.plan.limits import limits_of
from vbq.study.plan.variable import Predictor, Variable
from vbq.tables.categories import CODES_OF_MISSING
from vbq.text import fixed, in_rows, number_of, percent

if TYPE_CHECKING:
    import pandas as pd

MISSING_VALUE_CODES = (
    9.0, 99.0, 999.0, 9999.0, -1.0, -9.0, -99.0, -999.0, -9999.0, 777.0, 888.0,
)  # fmt: skip
RARE = 5  # patients
COLLINEAR = 0.95  # absolute correlation
IMPLAUSIBLE_AUC = 0.98  # nothing measured before a fracture predicts it so well


def check_ranges(variables: tuple[Variable, ...], table: pd.DataFrame) -> list[Finding]:
    """Values outside the plan's range or, without one, outside what a patient can have.

    Args:
        variables: Variables with their types.
        table: Columns by name, as in a cohort.
    """
    findings = []
    for variable in variables:
        if variable.name not in table:
            continue
        values = table[variable.name].dropna()
        if variable.type == "continuous":
            findings += _out_of_range(variable, values) or _suspected_codes(variable, values)
        elif codes := CODES_OF_MISSING & set(map(str, variable.levels or ())):
            message = (
                f"{variable.column} has the category {', '.join(sorted(codes))}: if it codes a "
                "missing value, empty those cells."
            )
            findings.append(_caution("suspected_code", message, variable.column))
    return findings


def _caution(code: str, message: str, column: str) -> Finding:
    return Finding(code, "caution", message, {"column": column})


def _refusal(code: str, message: str, column: str) -> Finding:
    return Finding(code, "refuse", message, {"column": column})


def _row_numbers(values: pd.Series[Any]) -> tuple[int, ...]:
    return tuple(int(row) for row in values.index)


def _out_of_range(variable: Variable, values: pd.Series[Any]) -> list[Finding]:
    limits, unit, source = variable.range, variable.unit, "the range in the plan"
    known = limits_of(variable)
    if limits is None and known is not None:
        limits, unit, source = known[0], known[1], "the plausible range"
    if limits is None:
        return []
    low, high = limits
    outside = values[(values < low) | (values > high)]
    if outside.empty:
        return []
    rows = _row_numbers(outside)
    worst = outside.iloc[int((outside - (low + high) / 2).abs().to_numpy().argmax())]
    remedy = "Correct the cells" + ("." if variable.range else ", or state range: in the plan.")
    message = (
        f"{variable.column} {in_rows(rows)} is outside {source}, {low:g} to {high:g}"
        f"{f' {unit}' if unit else ''} (for example {worst:g}). {remedy}"
    )
    return [Finding("out_of_range", "refuse", message, {"column": variable.column, "rows": rows})]


def _suspected_codes(variable: Variable, values: pd.Series[Any]) -> list[Finding]:
    """A code such as 99 or 999 far away from all other values."""
    findings = []
    for code in MISSING_VALUE_CODES:
        coded_values = values[values == code]
        remaining = values[values != code]
        if coded_values.empty or len(remaining) < 4:
            continue
        lower, upper = remaining.quantile([0.25, 0.75])
        reach = 3 * max(upper - lower, 1e-9)
        above = code > max(upper + reach, remaining.max())
        below = code < min(lower - reach, remaining.min())
        if above or below:
            rows = _row_numbers(coded_values)
            message = (
                f"{variable.column} {in_rows(rows)} is {code:g}, far from all other values: if it "
                "codes a missing value, empty those cells."
            )
            findings.append(
                Finding(
                    "suspected_code", "caution", message, {"column": variable.column, "rows": rows}
                )
            )
    return findings


def check_predictors(cohort: Cohort) -> list[Finding]:
    """Predictors that are empty, constant, the outcome itself, or each other."""
    findings = []
    usable = []
    for predictor in cohort.plan.predictors:
        values = cohort.table[predictor.name]
        problems = _uninformative(predictor, values, cohort.n)
        problems += _outcome_in_disguise(cohort, predictor, values)
        findings += problems
        if any_refusal(problems):
            continue
        usable.append(predictor.name)
        findings += _few_distinct_values(predictor, values)
        findings += _no_logarithm(predictor, (cohort.followed or cohort).table[predictor.name])
        if predictor.type != "continuous":
            findings += _sparse_levels(cohort, predictor, values)
    return findings + _collinear(cohort, usable)


def _uninformative(predictor: Predictor, values: pd.Series[Any], n: int) -> list[Finding]:
    column, known = predictor.column, values.dropna()
    share = 1 - len(known) / n
    if share >= 0.9:
        message = (
            f"{column} is missing in {percent(share, 0)} of the patients ({n - len(known):,} of "
            f"{n:,}): too many to be imputed. Leave it out."
        )
        return [_refusal("mostly_missing", message, column)]
    if known.nunique() < 2:
        message = f"{column} is the same in all patients and predicts nothing. Leave it out."
        return [_refusal("constant", message, column)]
    if share > 0.5:
        message = (
            f"{column} is missing in {percent(share, 0)} of the patients: most of its values are "
            "imputed."
        )
        return [_caution("much_missing", message, column)]
    return []


def _outcome_in_disguise(
    cohort: Cohort, predictor: Predictor, values: pd.Series[Any]
) -> list[Finding]:
    """A predictor that separates the outcomes completely where it is known, or almost so."""
    known = values.notna().to_numpy()
    event = cohort.outcome[known] == 1
    if event.all() or not event.any():
        return []
    known_values = coded(predictor, values)[known]
    with_event, without = known_values[event], known_values[~event]
    if predictor.type == "continuous":
        perfect = bool(with_event.min() > without.max() or with_event.max() < without.min())
    else:
        perfect = not set(with_event.tolist()) & set(without.tolist())
    outcome = cohort.plan.outcome.column
    rare = min(with_event.size, without.size) < RARE
    if not perfect:
        return [] if rare else _implausibly_good(predictor, known_values, event, outcome)
    message = (
        f"{predictor.column} predicts {outcome} without a single error "
        f"({number_of(int(known.sum()), 'patient')}): it is the outcome, a consequence of it, or "
        "was measured after it. Leave it out."
    )
    report = _caution if rare else _refusal
    return [report("perfect_predictor", message, predictor.column)]


def _implausibly_good(
    predictor: Predictor, values: NDArray[np.float64], event: NDArray[np.bool_], outcome: str
) -> list[Finding]:
    """A predictor with too large an area under the ROC curve; categories ranked by their events."""
    if predictor.type != "continuous":
        shares = {code: event[values == code].mean() for code in set(values.tolist())}
        values = np.array([shares[code] for code in values.tolist()])
    area = auc(event, values).estimate
    area = max(area, 1 - area)
    if area <= IMPLAUSIBLE_AUC:
        return []
    message = (
        f"{predictor.column} predicts {outcome} almost without error (area under the ROC curve "
        f"{fixed(area, 3)}, {number_of(event.size, 'patient')}): it is probably a copy of the "
        "outcome, a consequence of it, or was measured after it. Leave it out unless it was known "
        "beforehand."
    )
    return [_caution("near_perfect_predictor", message, predictor.column)]


def _few_distinct_values(predictor: Predictor, values: pd.Series[Any]) -> list[Finding]:
    """Too few distinct values for a spline, or for a continuous variable."""
    column, distinct = predictor.column, values.nunique()
    if distinct < 3 * predictor.knots:
        message = (
            f"{column} has {distinct} distinct values, too few for a spline with "
            f"{predictor.knots} knots. Use transformation: linear."
        )
        return [_refusal("few_values", message, column)]
    if predictor.type == "continuous" and distinct <= 6:
        message = (
            f"{column} has {distinct} distinct numbers and is treated as continuous: if they are "
            "codes, state type: categorical."
        )
        return [_caution("codes", message, column)]
    return []


def _no_logarithm(predictor: Predictor, values: pd.Series[Any]) -> list[Finding]:
    if predictor.transformation != "log" or not (values <= 0).any():
        return []
    rows = _row_numbers(values[values <= 0])
    message = f"{predictor.column} {in_rows(rows)} is not above 0 and has no logarithm."
    return [Finding("no_logarithm", "refuse", message, {"column": predictor.column, "rows": rows})]


def _sparse_levels(cohort: Cohort, predictor: Predictor, values: pd.Series[Any]) -> list[Finding]:
    """Categories with very few patients, or in which none or all of them have the event."""
    findings = []
    codes = coded(predictor, values)
    for code, level in enumerate(predictor.levels or ()):
        outcome = cohort.outcome[codes == code]
        events, patients = int(outcome.sum()), number_of(outcome.size, "patient")
        category = f"{predictor.column} “{level}”"
        if outcome.size and events in (0, outcome.size):
            message = (
                f"{category}: {'all' if events else 'none'} of {patients} have the event, so the "
                "odds ratio is infinite; Firth's method will be used."
            )
            findings.append(_caution("separated", message, predictor.column))
        elif outcome.size < RARE:
            message = f"{category} has only {patients}. Merge it with another category."
            findings.append(_caution("rare_level", message, predictor.column))
    return findings


def _collinear(cohort: Cohort, names: list[str]) -> list[Finding]:
    """Pairs of predictors that carry the same information."""
    numeric = {
        name: cohort.table[name].to_numpy(dtype="float64")
        for name in names
        if cohort.plan.predictor(name).type in ("continuous", "binary")
    }
    findings = []
    for first, second in combinations(numeric, 2):
        known = np.isfinite(numeric[first]) & np.isfinite(numeric[second])
        x, y = numeric[first][known], numeric[second][known]
        if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
            continue
        r = float(np.corrcoef(x, y)[0, 1])
        if abs(r) > 1 - 1e-9:
            message = f"{first} and {second} carry the same information. Leave one of them out."
            findings.append(_refusal("same_predictor", message, first))
        elif abs(r) > COLLINEAR:
            message = (
                f"{first} and {second} are almost collinear (correlation {fixed(r, 2)}): their "
                "odds ratios will be imprecise. Consider only one of them."
            )
            findings.append(_caution("collinear", message, first))
    return findings
