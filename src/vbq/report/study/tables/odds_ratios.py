"""What each predictor says, alone and beside the others; imputed and in complete cases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vbq.report.model_labels import predictor_scale
from vbq.report.study.labels import settled
from vbq.report.study.report_table import ReportTable
from vbq.study.analysis.association import WALD
from vbq.study.check.checks import TOLERABLE_LOSS
from vbq.text import NO_VALUE, fixed, n_events, p_value, percent, ratio, ratio_interval

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.association import Association
    from vbq.study.analysis.estimates import Contrast, Estimate, TermTest

__all__ = ["PRODUCT", "QUARTILES", "complete_cases", "equation", "models", "whole_predictors"]

PROFILE = ("OR [95 % CI, profile likelihood]", "p (likelihood ratio)", "[95 % CI], p (Wald)")
POOLED = ("OR [95 % CI, Rubin's rules]", "p (Rubin, t)", "Missing information")
RUBIN = (
    "Rubin's rules with the degrees of freedom of Barnard and Rubin (1999); missing information is "
    "the share of what would be known that the missing values took."
)
ABBREVIATIONS = "OR: odds ratio. CI: confidence interval. n (events): patients, with the event."
QUARTILES = (
    "Restricted cubic spline: the upper quartile of the observed values against the lower, with a "
    "Wald interval; p of all its terms together, products included."
)
SPLINE = (
    f"‡ {QUARTILES} Its terms mean nothing one by one; their coefficients are in the equation, and "
    "whether it bends is tested among the whole predictors."
)
PRODUCTS_TOO = "Of predictors in an interaction, the test is of their own terms and the products."
POOLED_WALD = "Non-linearity: Wald's test with the covariance pooled by Rubin's rules."
BENT_PRODUCT = (
    "A product with a spline has no odds ratio of its own: see its test among the whole predictors."
)
PRODUCT = (
    "With an interaction in the model, the ratios of its two predictors hold where the other one "
    "is 0 or at its reference."
)


def models(analysis: Analysis) -> ReportTable:
    """Univariable and multivariable odds ratios side by side."""
    main = analysis.multivariable
    alone = {one.name: one for one in analysis.univariable}
    rows, marks = [], set()
    for estimate in _shown(main):
        crude = alone.get(estimate.predictor)
        before = (NO_VALUE,) * 4
        mark = ""
        if crude is not None and crude.association is not None:
            fitted = crude.association
            before = (
                n_events(fitted.n, fitted.events),
                *_cells(fitted, fitted.estimate(estimate.column)),
            )
            mark = " †" if fitted.separated else ""
        elif crude is not None:
            before = (NO_VALUE, f"not fitted: {crude.reason}", NO_VALUE, NO_VALUE)
        if mark:
            marks.add(mark)
            before = (before[0], before[1] + mark, *before[2:])
        compared, cells = _compared(main, estimate), _cells(main, estimate)
        rows.append((estimate.label, compared, *before, *cells))
    of = f"n = {main.n:,}, {main.events:,} events"
    how = f", {main.imputations} imputations" if main.imputations > 1 else ""
    notes = [ABBREVIATIONS, "Univariable: patients of whom the predictor is known. It chose none."]
    notes += _legend(main)
    if marks:
        notes.append("† Separated: Firth's penalised likelihood.")
    return ReportTable(
        name="odds_ratios",
        title="Odds ratios of the event: each predictor alone, and all together",
        groups=(("", 2), ("Univariable", 4), (f"Multivariable ({of}{how})", 3)),
        header=("Predictor", "Compared", "n (events)", *PROFILE, *_headings(main)),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def complete_cases(analysis: Analysis) -> ReportTable | None:
    """The main model imputed and in complete cases side by side; None without imputation."""
    main, other = analysis.multivariable, analysis.complete_case
    if main.imputations == 1:
        return None
    rows = []
    for estimate in _shown(main):
        beside: tuple[str, ...] = ("not fitted", NO_VALUE, NO_VALUE)
        if other is not None:
            beside = _cells(other, other.estimate(estimate.column))
        compared, cells = _compared(main, estimate), _cells(main, estimate)
        rows.append((estimate.label, compared, *cells, *beside))
    complete = f"n = {other.n:,}, {other.events:,} events" if other else "cannot be fitted"
    imputed = f"n = {main.n:,}, {main.events:,} events, {main.imputations} imputations"
    lost = f"Complete cases leave out {percent(analysis.missing.lost)} of the patients."
    if analysis.missing.lost > TOLERABLE_LOSS:
        lost += " That is no main result: it is shown for comparison."
    separated = [f"Complete cases: {other.method}."] if other and other.separated else []
    return ReportTable(
        name="imputed_and_complete_cases",
        title="The same model after imputation and in complete cases",
        groups=(("", 2), (f"Imputed ({imputed})", 3), (f"Complete cases ({complete})", 3)),
        header=("Predictor", "Compared", *POOLED, *PROFILE),
        rows=tuple(rows),
        notes=(lost, ABBREVIATIONS, *_legend(main), *separated),
    )


def whole_predictors(analysis: Analysis) -> ReportTable | None:
    """All terms of a predictor tested together, and whether effects bend; None without either."""
    main = analysis.multivariable
    label = {term.name: term.label for term in main.design.terms}
    several = any(test.df > 1 for test in main.tests) or main.design.interactions
    tests = [
        (" × ".join(label.get(name, name) for name in test.name.split(" × ")), test)
        for test in main.tests
        if several
    ]
    tests += _bends(analysis)
    if not tests:
        return None
    pooled = main.imputations > 1
    return ReportTable(
        name="whole_predictors",
        title="Each predictor of the multivariable model, all its terms tested together"
        if several
        else "Whether effects bend",
        header=("Predictor", "n (events)", "Statistic", "df", "p", "Test"),
        rows=tuple(
            (
                name,
                n_events(main.n, main.events),
                f"{'F' if pooled and test.method != WALD else 'χ²'} {fixed(test.statistic, 2)}",
                str(test.df),
                p_value(test.p),
                test.method,
            )
            for name, test in tests
        ),
        notes=tuple(
            note
            for note, needed in (
                (PRODUCTS_TOO, bool(main.design.interactions)),
                (POOLED_WALD, pooled and any(test.method == WALD for _, test in tests)),
            )
            if needed
        ),
    )


def _bends(analysis: Analysis) -> list[tuple[str, TermTest]]:
    """Tests of non-linearity: of the splines of the model, and of the index were it one."""
    main, effect = analysis.multivariable, analysis.curves.effect
    found = []
    for test in analysis.nonlinearity:
        term = main.design.term(test.name)
        found.append((f"{term.label}: non-linearity ({len(term.knots)} knots)", test))
    if effect is None:
        return found
    term, knots = main.design.term(effect.index), len(effect.knots)
    interacts = any(effect.index in pair for pair in main.design.interactions)
    if interacts or len(term.knots) != knots:  # else the figure shows the spline of the model
        how = f"{knots} knots{', no interaction of it' if interacts else ''}, as in the figure"
        found.append((f"{term.label}: non-linearity ({how})", effect.nonlinear))
    return found


def equation(analysis: Analysis) -> ReportTable:
    """The multivariable model in full, so that a risk can be worked out from it."""
    main = analysis.multivariable
    slope = settled(analysis.added_value.models["full"]["slope"])
    error = main.covariance[0][0] ** 0.5
    rows = [
        (
            "Intercept",
            "every predictor 0 or at its reference",
            _significant(main.intercept),
            _significant(error),
        )
    ]
    rows += [
        (e.label, e.compared, _significant(e.coefficient), _significant(e.standard_error))
        for e in main.estimates
    ]
    return ReportTable(
        name="equation",
        title="The multivariable model in full",
        header=("Term", "Compared", "Coefficient (log odds ratio)", "Standard error"),
        rows=tuple(rows),
        notes=(
            (
                f"n = {main.n:,}, {main.events:,} events; {main.method}. Risk = 1 / (1 + "
                "exp(−sum)), the sum being the intercept and each coefficient times its term: a "
                "number, 1 at a level and else 0, or the product of two terms."
            ),
            f"Not shrunken: the calibration slope expected in new patients is {slope}.",
            *(text for text in map(predictor_scale, main.design.terms) if text),
        ),
    )


def _headings(model: Association) -> tuple[str, ...]:
    return POOLED if model.imputations > 1 else PROFILE


def _shown(model: Association) -> list[Estimate]:
    """The estimates that have a row: one of a spline, which stands for all its terms."""
    bent = {column for term in model.design.terms if term.knots for column in term.columns[1:]}
    return [one for one in model.estimates if one.column not in bent]


def _cells(model: Association, estimate: Estimate) -> tuple[str, str, str]:
    """Odds ratio with interval, p, and Wald's of both or the missing information."""
    contrast = _quartiles(model, estimate)
    if contrast is not None:
        shown = ratio_interval(contrast.ratio, contrast.interval)
        return f"{shown} ‡", p_value(contrast.p), NO_VALUE
    if estimate.column in _bent_products(model):
        return NO_VALUE, NO_VALUE, NO_VALUE
    shown = ratio_interval(estimate.odds_ratio, estimate.interval)
    if estimate.wald_interval is None:
        gone = estimate.missing_information
        return shown, p_value(estimate.p), NO_VALUE if gone is None else percent(gone, 0)
    low, high = (ratio(end) for end in estimate.wald_interval)
    return shown, p_value(estimate.p), f"[{low}–{high}], {p_value(estimate.wald_p)}"


def _compared(model: Association, estimate: Estimate) -> str:
    contrast = _quartiles(model, estimate)
    return contrast.compared if contrast is not None else estimate.compared


def _quartiles(model: Association, estimate: Estimate) -> Contrast | None:
    """What stands for a spline; None of what is none."""
    name = estimate.predictor
    if not name or model.design.term(name).kind != "spline":
        return None
    return next(one for one in model.contrasts if one.predictor == name)


def _bent_products(model: Association) -> set[str]:
    bent = {term.name for term in model.design.terms if term.kind == "spline"}
    pairs = [pair for pair in model.design.interactions if bent & set(pair)]
    return {column for pair in pairs for column in model.design.products(pair)}


def _significant(value: float) -> str:
    """Four decimals, and four significant digits where the value is small."""
    small = value and abs(value) < 0.1
    return fixed(value, 3 - math.floor(math.log10(abs(value))) if small else 4)


def _legend(model: Association) -> list[str]:
    notes = []
    if model.imputations > 1:
        notes.append(RUBIN)
    if model.separated:
        notes.append(
            f"{model.separated} The model was fitted by Firth's penalised likelihood; intervals "
            "and p-values are of the penalised likelihood."
        )
    if any(term.kind == "spline" for term in model.design.terms):
        notes.append(SPLINE)
    if _bent_products(model):
        notes.append(BENT_PRODUCT)
    if model.design.interactions:
        notes.append(PRODUCT)
    return notes
