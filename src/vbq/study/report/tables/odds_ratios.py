"""What each predictor says, alone and beside the others; imputed and in complete cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.study.report.report_table import ReportTable
from vbq.study.report.words import (
    NONE,
    fixed,
    n_events,
    p_value,
    percent,
    ratio,
    ratio_interval,
)

if TYPE_CHECKING:
    from vbq.study.analysis.association import Association, Estimate
    from vbq.study.analysis.document import Analysis

__all__ = ["complete_cases", "equation", "models", "whole_predictors"]

PROFILE = ("OR [95 % CI, profile likelihood]", "p (likelihood ratio)", "[95 % CI], p (Wald)")
POOLED = ("OR [95 % CI, Rubin's rules]", "p (Rubin, t)", "Missing information")
RUBIN = (
    "Rubin's rules with the degrees of freedom of Barnard and Rubin (1999); missing information is "
    "the share of what would be known that the missing values took."
)
ABBREVIATIONS = "OR: odds ratio. CI: confidence interval. n (events): patients, with the event."
SPLINE = (
    "Terms of a restricted cubic spline mean nothing one by one: see the test of the whole "
    "predictor and the figure of its effect."
)
PRODUCT = (
    "With an interaction in the model, the odds ratios of its two predictors hold where the other "
    "one is 0 or at its reference."
)


def models(analysis: Analysis) -> ReportTable:
    """Univariable and multivariable odds ratios side by side."""
    main = analysis.multivariable
    alone = {one.name: one for one in analysis.univariable}
    rows, marks = [], set()
    for estimate in main.estimates:
        crude = alone.get(estimate.predictor)
        before = (NONE,) * 4
        mark = ""
        if crude is not None and crude.association is not None:
            fitted = crude.association
            before = (
                n_events(fitted.n, fitted.events),
                *_cells(fitted.estimate(estimate.column)),
            )
            mark = " †" if fitted.separated else ""
        elif crude is not None:
            before = (NONE, f"not fitted: {crude.reason}", NONE, NONE)
        if mark:
            marks.add(mark)
            before = (before[0], before[1] + mark, *before[2:])
        rows.append((estimate.label, _compared(main, estimate), *before, *_cells(estimate)))
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
    for estimate in main.estimates:
        beside: tuple[str, ...] = ("not fitted", NONE, NONE)
        if other is not None:
            beside = _cells(other.estimate(estimate.column))
        rows.append((estimate.label, _compared(main, estimate), *_cells(estimate), *beside))
    complete = f"n = {other.n:,}, {other.events:,} events" if other else "cannot be fitted"
    imputed = f"n = {main.n:,}, {main.events:,} events, {main.imputations} imputations"
    lost = f"Complete cases leave out {percent(analysis.missing.lost)} of the patients."
    if analysis.missing.lost > 0.05:
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
    """All terms of a predictor tested together; None where each has one term only."""
    main = analysis.multivariable
    if all(test.df == 1 for test in main.tests) and not main.design.interactions:
        return None
    label = {term.name: term.label for term in main.design.terms}
    pooled = main.imputations > 1
    return ReportTable(
        name="whole_predictors",
        title="Each predictor of the multivariable model, all its terms tested together",
        header=("Predictor", "n (events)", "F" if pooled else "χ²", "df", "p", "Test"),
        rows=tuple(
            (
                " × ".join(label.get(name, name) for name in test.name.split(" × ")),
                n_events(main.n, main.events),
                fixed(test.statistic, 2),
                str(test.df),
                p_value(test.p),
                test.method,
            )
            for test in main.tests
        ),
        notes=("Of predictors in an interaction, the test is of their own terms only.",)
        if main.design.interactions
        else (),
    )


def equation(analysis: Analysis) -> ReportTable:
    """The multivariable model in full, so that a risk can be worked out from it."""
    main = analysis.multivariable
    slope = analysis.added_value.models["full"]["slope"].corrected
    error = main.covariance[0][0] ** 0.5
    rows = [("Intercept", "every predictor 0 or at its reference", fixed(main.intercept, 4),
             fixed(error, 4))]  # fmt: skip
    rows += [
        (e.label, _compared(main, e), fixed(e.coefficient, 4), fixed(e.standard_error, 4))
        for e in main.estimates
    ]
    knots = [
        f"Knots of {term.label}: {', '.join(f'{k * term.per:g}' for k in term.knots)} {term.unit}"
        for term in main.design.terms
        if term.knots
    ]
    return ReportTable(
        name="equation",
        title="The multivariable model in full",
        header=("Term", "Compared", "Coefficient (log odds ratio)", "Standard error"),
        rows=tuple(rows),
        notes=(
            (
                f"n = {main.n:,}, {main.events:,} events; {main.method}. Risk = 1 / (1 + "
                "exp(−sum)), the sum being the intercept and each coefficient times its predictor."
            ),
            f"Not shrunken: the calibration slope expected in new patients is {fixed(slope, 3)}.",
            *knots,
        ),
    )


def _headings(model: Association) -> tuple[str, ...]:
    return POOLED if model.imputations > 1 else PROFILE


def _cells(estimate: Estimate) -> tuple[str, str, str]:
    """Odds ratio with interval, p, and Wald's of both or the missing information."""
    shown = ratio_interval(estimate.odds_ratio, estimate.interval)
    if estimate.wald_interval is None:
        gone = estimate.missing_information
        return shown, p_value(estimate.p), NONE if gone is None else percent(gone, 0)
    low, high = (ratio(end) for end in estimate.wald_interval)
    return shown, p_value(estimate.p), f"[{low}–{high}], {p_value(estimate.wald_p)}"


def _compared(model: Association, estimate: Estimate) -> str:
    if not estimate.predictor:
        return estimate.column
    if model.design.term(estimate.predictor).kind == "spline":
        return f"spline term {estimate.column}"
    return estimate.compared


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
    if model.design.interactions:
        notes.append(PRODUCT)
    return notes
