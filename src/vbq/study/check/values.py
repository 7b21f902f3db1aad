"""Values that cannot be, and predictors that cannot predict."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from vbq.finding import Finding
from vbq.stats.performance.delong import auc
from vbq.study.cohort.columns import coded
from vbq.study.plan.limits import limits_of
from vbq.tables.categories import CODES_OF_MISSING
from vbq.text import in_rows, number_of, percent

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vbq.study.cohort.cohort import Cohort
    from vbq.study.plan.variable import Predictor, Variable

__all__ = ["check_predictors", "check_ranges"]

CODES = (9.0, 99.0, 999.0, 9999.0, -1.0, -9.0, -99.0, -999.0, -9999.0, 777.0, 888.0)
RARE = 5
ALIKE = 0.95  # correlation
TOO_GOOD = 0.98  # area under the ROC curve: nothing measured before a fracture tells it so well


def check_ranges(variables: tuple[Variable, ...], table: pd.DataFrame) -> list[Finding]:
    """Values outside the plan's range or, without one, outside what a patient can have.

    Args:
        variables: With their types.
        table: Columns by name, as in a cohort.
    """
    found = []
    for variable in variables:
        if variable.name not in table:
            continue
        values = table[variable.name].dropna()
        if variable.type == "continuous":
            found += _outside(variable, values) or _suspected(variable, values)
        elif codes := CODES_OF_MISSING & set(map(str, variable.levels or ())):
            message = (
                f"{variable.column} has the category {', '.join(sorted(codes))}: if it means "
                "missing, empty those cells."
            )
            found.append(Finding("suspected_code", "caution", message, {"column": variable.column}))
    return found


def _outside(variable: Variable, values: pd.Series[Any]) -> list[Finding]:
    limits, unit, whose = variable.range, variable.unit, "the range in the plan"
    known = limits_of(variable)
    if limits is None and known is not None:
        limits, unit, whose = known[0], known[1], "what a patient can have"
    if limits is None:
        return []
    low, high = limits
    wrong = values[(values < low) | (values > high)]
    if wrong.empty:
        return []
    rows = tuple(int(row) for row in wrong.index)
    worst = wrong.iloc[int((wrong - (low + high) / 2).abs().to_numpy().argmax())]
    remedy = "Correct the cells" + ("." if variable.range else ", or state range: in the plan.")
    message = (
        f"{variable.column} {in_rows(rows)} is outside {whose}, {low:g} to {high:g}"
        f"{f' {unit}' if unit else ''} (such as {worst:g}). {remedy}"
    )
    return [Finding("out_of_range", "refuse", message, {"column": variable.column, "rows": rows})]


def _suspected(variable: Variable, values: pd.Series[Any]) -> list[Finding]:
    """A code such as 99 or 999 that stands far off all other values."""
    found = []
    for code in CODES:
        there = values[values == code]
        others = values[values != code]
        if there.empty or len(others) < 4:
            continue
        lower, upper = others.quantile([0.25, 0.75])
        reach = 3 * max(upper - lower, 1e-9)
        beyond = code > max(upper + reach, others.max()) or code < min(lower - reach, others.min())
        if beyond:
            rows = tuple(int(row) for row in there.index)
            message = (
                f"{variable.column} {in_rows(rows)} is {code:g}, far from all other values: if it "
                "means missing, empty those cells."
            )
            found.append(
                Finding(
                    "suspected_code", "caution", message, {"column": variable.column, "rows": rows}
                )
            )
    return found


def check_predictors(cohort: Cohort) -> list[Finding]:
    """Predictors that are empty, constant, the outcome itself, or each other."""
    found = []
    usable = []
    for predictor in cohort.plan.predictors:
        values = cohort.table[predictor.name]
        stop = _useless(predictor, values, cohort.n) or _is_outcome(cohort, predictor, values)
        found += stop
        if any(finding.severity == "refuse" for finding in stop):
            continue
        usable.append(predictor.name)
        found += _shape(predictor, values)
        found += _no_logarithm(predictor, (cohort.followed or cohort).table[predictor.name])
        if predictor.type != "continuous":
            found += _thin_levels(cohort, predictor, values)
    return found + _alike(cohort, usable)


def _useless(predictor: Predictor, values: pd.Series[Any], n: int) -> list[Finding]:
    column, known = predictor.column, values.dropna()
    share = 1 - len(known) / n
    if share >= 0.9:
        message = (
            f"{column} is missing in {percent(share, 0)} of the patients ({n - len(known):,} of "
            f"{n:,}): there is nothing to impute it from. Leave it out."
        )
        return [Finding("mostly_missing", "refuse", message, {"column": column})]
    if known.nunique() < 2:
        message = f"{column} is the same in everybody: it predicts nothing. Leave it out."
        return [Finding("constant", "refuse", message, {"column": column})]
    if share > 0.5:
        message = (
            f"{column} is missing in {percent(share, 0)} of the patients: most of it is imputed."
        )
        return [Finding("much_missing", "caution", message, {"column": column})]
    return []


def _is_outcome(cohort: Cohort, predictor: Predictor, values: pd.Series[Any]) -> list[Finding]:
    """A predictor that tells the event without error where it is known, or almost."""
    known = values.notna().to_numpy()
    event = cohort.outcome[known] == 1
    if event.all() or not event.any():
        return []
    here = coded(predictor, values)[known]
    if predictor.type == "continuous":
        yes, no = here[event], here[~event]
        perfect = bool(yes.min() > no.max() or yes.max() < no.min())
    else:
        perfect = not set(here[event].tolist()) & set(here[~event].tolist())
    name = cohort.plan.outcome.column
    few = min(event.sum(), (~event).sum()) < RARE
    if not perfect:
        return [] if few else _almost(predictor, here, event, name)
    message = (
        f"{predictor.column} tells {name} without a single error"
        f" ({number_of(int(known.sum()), 'patient')}): it is the outcome, follows from it, or was "
        "measured after it. Leave it out."
    )
    code = "perfect_predictor"
    return [Finding(code, "caution" if few else "refuse", message, {"column": predictor.column})]


def _almost(
    predictor: Predictor, values: NDArray[np.float64], event: NDArray[np.bool_], outcome: str
) -> list[Finding]:
    """A predictor that orders the patients by their outcome too well; levels by their events."""
    if predictor.type != "continuous":
        shares = {code: event[values == code].mean() for code in set(values.tolist())}
        values = np.array([shares[code] for code in values.tolist()])
    area = auc(event, values).estimate
    area = max(area, 1 - area)
    if area <= TOO_GOOD:
        return []
    message = (
        f"{predictor.column} tells {outcome} almost without error (area under the ROC curve "
        f"{area:.3f}, {number_of(event.size, 'patient')}): it is probably a copy of the outcome, "
        "follows from it, or was measured after it. Leave it out unless it was known before."
    )
    return [Finding("near_perfect_predictor", "caution", message, {"column": predictor.column})]


def _shape(predictor: Predictor, values: pd.Series[Any]) -> list[Finding]:
    """A transformation that these values do not bear."""
    column, distinct = predictor.column, values.nunique()
    knots = predictor.knots
    if distinct < 3 * knots:
        message = (
            f"{column} has {distinct} different values, too few for a spline of {knots} knots. "
            "Use transformation: linear."
        )
        return [Finding("few_values", "refuse", message, {"column": column})]
    if predictor.type == "continuous" and distinct <= 6:
        message = (
            f"{column} has {distinct} different numbers and is taken as continuous: if they are "
            "codes, state type: categorical."
        )
        return [Finding("codes", "caution", message, {"column": column})]
    return []


def _no_logarithm(predictor: Predictor, values: pd.Series[Any]) -> list[Finding]:
    if predictor.transformation != "log" or not (values <= 0).any():
        return []
    rows = tuple(int(row) for row in values.index[values <= 0])
    message = f"{predictor.column} {in_rows(rows)} is not above 0: it has no logarithm."
    return [Finding("no_logarithm", "refuse", message, {"column": predictor.column, "rows": rows})]


def _thin_levels(cohort: Cohort, predictor: Predictor, values: pd.Series[Any]) -> list[Finding]:
    """Categories with hardly anybody, or in which nobody or everybody has the event."""
    found = []
    codes = coded(predictor, values)
    for code, level in enumerate(predictor.levels or ()):
        here = cohort.outcome[codes == code]
        events = int(here.sum())
        where = f"{predictor.column} “{level}”"
        if len(here) and events in (0, len(here)):
            message = (
                f"{where}: {'all' if events else 'none'} of {number_of(len(here), 'patient')} have "
                "the event; the odds ratio is infinite, and Firth's method will be used."
            )
            found.append(Finding("separated", "caution", message, {"column": predictor.column}))
        elif len(here) < RARE:
            message = f"{where} has {number_of(len(here), 'patient')}. Group it with another."
            found.append(Finding("rare_level", "caution", message, {"column": predictor.column}))
    return found


def _alike(cohort: Cohort, names: list[str]) -> list[Finding]:
    """Pairs of predictors that carry the same information."""
    numeric = {
        name: cohort.table[name].to_numpy(dtype="float64")
        for name in names
        if cohort.plan.predictor(name).type in ("continuous", "binary")
    }
    found = []
    for a, b in combinations(numeric, 2):
        both = np.isfinite(numeric[a]) & np.isfinite(numeric[b])
        x, y = numeric[a][both], numeric[b][both]
        if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
            continue
        r = float(np.corrcoef(x, y)[0, 1])
        if abs(r) > 1 - 1e-9:
            message = f"{a} and {b} say the same of everybody. Leave one out."
            found.append(Finding("same_predictor", "refuse", message, {"column": a}))
        elif abs(r) > ALIKE:
            message = (
                f"{a} and {b} are nearly the same (correlation {r:.2f}): their odds "
                "ratios will be uncertain. Consider one of them."
            )
            found.append(Finding("collinear", "caution", message, {"column": a}))
    return found
