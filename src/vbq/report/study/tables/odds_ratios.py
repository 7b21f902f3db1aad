"""Odds ratios of every predictor, univariable and multivariable, and the full model."""

from typing import NamedTuple

from vbq.report.model_labels import predictor_scale
from vbq.report.study.labels import STATISTIC_SYMBOLS, corrected_measure, sample_size
from vbq.report.study.report_table import ReportTable
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.association import Association
from vbq.study.analysis.estimates import Contrast, Estimate, TermTest
from vbq.study.analysis.univariable import UnivariableModel
from vbq.study.check.checks import TOLERABLE_LOSS
from vbq.text import (
    NO_VALUE,
    coefficient,
    fixed,
    n_events,
    p_value,
    percent,
    ratio_interval,
    ratio_limits,
)

PROFILE = ("OR [95 % CI, profile likelihood]", "p (likelihood ratio)", "[95 % CI], p (Wald)")
POOLED = ("OR [95 % CI, Rubin's rules]", "p (Rubin, t)", "Missing information")
RUBIN = (
    "Rubin's rules with the degrees of freedom of Barnard and Rubin (1999). Missing information: "
    "fraction of the information on an estimate that is lost to missing values."
)
ABBREVIATIONS = "OR: odds ratio. CI: confidence interval. n (events): patients (with the event)."
UNIVARIABLE = (
    "Univariable: all patients in whom the predictor is known; not used to select predictors."
)
QUARTILES = (
    "Restricted cubic spline: the upper quartile of the observed values versus the lower quartile, "
    "with a Wald interval; p is from the joint test of all its terms, interactions included."
)
SPLINE = (
    f"‡ {QUARTILES} Single terms of a spline have no meaning of their own; their coefficients are "
    "given with the full model, and nonlinearity is tested in the table of joint tests."
)
INTERACTION_TESTS = (
    "For predictors in an interaction, the test is of their own terms and of the interaction."
)
POOLED_WALD = "Nonlinearity: Wald test with the covariance pooled by Rubin's rules."
SPLINE_INTERACTION = (
    "An interaction with a spline has no single odds ratio; it is tested in the table of joint "
    "tests."
)
CONDITIONAL = (
    "With an interaction in the model, the ratio of each of its predictors holds where the other "
    "predictor is 0 or at its reference."
)


class Cells(NamedTuple):
    """What a model says about one predictor.

    Attributes:
        ratio: Odds ratio with its interval.
        p: p-value.
        supplement: Wald interval and p-value or, if pooled, the missing information.
    """

    ratio: str
    p: str
    supplement: str


EMPTY = Cells(NO_VALUE, NO_VALUE, NO_VALUE)


def odds_ratios(analysis: Analysis) -> ReportTable:
    """Univariable and multivariable odds ratios side by side."""
    main = analysis.multivariable
    univariable = {single.name: single for single in analysis.univariable}
    rows = [
        (
            estimate.label,
            _compared(main, estimate),
            *_univariable_cells(univariable.get(estimate.predictor), estimate),
            *_cells(main, estimate),
        )
        for estimate in _estimates_with_a_row(main)
    ]
    notes = [ABBREVIATIONS, UNIVARIABLE, *_model_notes(main)]
    if any(s.association is not None and s.association.separated for s in analysis.univariable):
        notes.append("† Separated: Firth's penalised likelihood.")
    imputed = f", {main.imputations} imputations" if main.imputations > 1 else ""
    multivariable = f"Multivariable ({sample_size(main.n, main.events)}{imputed})"
    return ReportTable(
        name="odds_ratios",
        title="Univariable and multivariable odds ratios of the event",
        groups=(("", 2), ("Univariable", 4), (multivariable, 3)),
        header=("Predictor", "Compared", "n (events)", *PROFILE, *_headings(main)),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def complete_cases(analysis: Analysis) -> ReportTable | None:
    """The main model imputed and in complete cases side by side; None without imputation."""
    main, complete = analysis.multivariable, analysis.complete_case
    if main.imputations == 1:
        return None
    rows = []
    for estimate in _estimates_with_a_row(main):
        cells = Cells("not fitted", NO_VALUE, NO_VALUE)
        if complete is not None:
            cells = _cells(complete, complete.estimate(estimate.column))
        compared = _compared(main, estimate)
        rows.append((estimate.label, compared, *_cells(main, estimate), *cells))
    lost = f"The complete-case analysis excludes {percent(analysis.missing.lost)} of the patients."
    if analysis.missing.lost > TOLERABLE_LOSS:
        lost += " It is shown for comparison and is not a main result."
    notes = [lost, ABBREVIATIONS, *_model_notes(main)]
    if complete is not None and complete.separated:
        notes.append(f"Complete cases: {complete.method}.")
    imputed = f"{sample_size(main.n, main.events)}, {main.imputations} imputations"
    fitted = sample_size(complete.n, complete.events) if complete else "could not be fitted"
    return ReportTable(
        name="imputed_and_complete_cases",
        title="The multivariable model after imputation and in complete cases",
        groups=(("", 2), (f"Imputed ({imputed})", 3), (f"Complete cases ({fitted})", 3)),
        header=("Predictor", "Compared", *POOLED, *PROFILE),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def joint_tests(analysis: Analysis) -> ReportTable | None:
    """Joint tests of each predictor's terms, and tests of nonlinearity; None without either."""
    main = analysis.multivariable
    labels = {term.name: term.label for term in main.design.terms}
    tests: list[tuple[str, TermTest]] = []
    title = "Tests of nonlinearity"
    if main.design.interactions or any(test.df > 1 for test in main.tests):
        title = "Joint test of all terms of each predictor in the multivariable model"
        for test in main.tests:
            names = test.name.split(" × ")
            tests.append((" × ".join(labels.get(name, name) for name in names), test))
    tests += _nonlinearity(analysis)
    if not tests:
        return None
    pooled = main.imputations > 1
    notes = []
    if main.design.interactions:
        notes.append(INTERACTION_TESTS)
    if pooled and any(test.distribution == "chi-squared" for _, test in tests):
        notes.append(POOLED_WALD)
    return ReportTable(
        name="whole_predictors",
        title=title,
        header=("Predictor", "n (events)", "Statistic", "df", "p", "Test"),
        rows=tuple(
            (
                name,
                n_events(main.n, main.events),
                f"{STATISTIC_SYMBOLS[test.distribution]} {fixed(test.statistic, 2)}",
                str(test.df),
                p_value(test.p),
                test.method,
            )
            for name, test in tests
        ),
        notes=tuple(notes),
    )


def joint_test_of(test: TermTest, *, interactions: bool = True) -> str:
    """``joint test of 3 terms, interactions included``, in place of what a ratio compares."""
    return f"joint test of {test.df} terms{', interactions included' if interactions else ''}"


def _nonlinearity(analysis: Analysis) -> list[tuple[str, TermTest]]:
    """Tests of nonlinearity of the splines in the model, and of the index as a spline."""
    main, effect = analysis.multivariable, analysis.curves.effect
    tests = []
    for test in analysis.nonlinearity:
        term = main.design.term(test.name)
        tests.append((f"{term.label}: nonlinearity ({len(term.knots)} knots)", test))
    if effect is None:
        return tests
    term, knots = main.design.term(effect.index), len(effect.knots)
    interacts = any(effect.index in pair for pair in main.design.interactions)
    if interacts or len(term.knots) != knots:  # else the figure shows the spline of the model
        without = ", without its interactions" if interacts else ""
        label = f"{term.label}: nonlinearity ({knots} knots{without}, as in the figure)"
        tests.append((label, effect.nonlinear))
    return tests


def full_model(analysis: Analysis) -> ReportTable:
    """Intercept and all coefficients, so that a risk can be calculated from them."""
    main = analysis.multivariable
    slope = corrected_measure(analysis.added_value.models["full"]["slope"])
    intercept_error = main.covariance[0][0] ** 0.5
    intercept = (
        "Intercept", "all predictors 0 or at their reference", coefficient(main.intercept),
        coefficient(intercept_error),
    )  # fmt: skip
    predictors = (
        (e.label, e.compared, coefficient(e.coefficient), coefficient(e.standard_error))
        for e in main.estimates
    )
    return ReportTable(
        name="equation",
        title="Full specification of the multivariable model",
        header=("Term", "Compared", "Coefficient (log odds ratio)", "Standard error"),
        rows=(intercept, *predictors),
        notes=(
            (
                f"{sample_size(main.n, main.events)}; {main.method}. Risk = 1 / (1 + exp(−sum)), "
                "where the sum is the intercept plus each coefficient times its term: a number, an "
                "indicator of a level (1 or 0), or the product of two terms."
            ),
            f"Not shrunken: the calibration slope expected in new patients is {slope}.",
            *(text for text in map(predictor_scale, main.design.terms) if text),
        ),
    )


def _headings(model: Association) -> tuple[str, ...]:
    return POOLED if model.imputations > 1 else PROFILE


def _estimates_with_a_row(model: Association) -> list[Estimate]:
    """All estimates but those of splines, of which the first stands for all terms."""
    nonlinear = {column for term in model.design.terms if term.knots for column in term.columns[1:]}
    return [estimate for estimate in model.estimates if estimate.column not in nonlinear]


def _univariable_cells(
    single: UnivariableModel | None, estimate: Estimate
) -> tuple[str, str, str, str]:
    """Patients with events, and the cells of the univariable model of a predictor."""
    if single is None:
        return (NO_VALUE, *EMPTY)
    if single.association is None:
        return (NO_VALUE, f"not fitted: {single.reason}", NO_VALUE, NO_VALUE)
    model = single.association
    ratio, p, supplement = _cells(model, model.estimate(estimate.column))
    if model.separated:
        ratio += " †"
    return (n_events(model.n, model.events), ratio, p, supplement)


def _cells(model: Association, estimate: Estimate) -> Cells:
    contrast = _quartile_contrast(model, estimate)
    if contrast is not None:
        ratio = ratio_interval(contrast.ratio, contrast.interval)
        return Cells(f"{ratio} ‡", p_value(contrast.p), NO_VALUE)
    if estimate.column in model.design.spline_columns:  # one column of an interaction with a spline
        return EMPTY
    ratio, p = ratio_interval(estimate.odds_ratio, estimate.interval), p_value(estimate.p)
    if estimate.wald_interval is not None:
        wald = f"[{ratio_limits(estimate.wald_interval)}], {p_value(estimate.wald_p)}"
        return Cells(ratio, p, wald)
    missing = estimate.missing_information
    return Cells(ratio, p, NO_VALUE if missing is None else percent(missing, 0))


def _compared(model: Association, estimate: Estimate) -> str:
    contrast = _quartile_contrast(model, estimate)
    return contrast.compared if contrast is not None else estimate.compared


def _quartile_contrast(model: Association, estimate: Estimate) -> Contrast | None:
    """The contrast that stands for the terms of a spline; None for other predictors."""
    name = estimate.predictor
    if not name or model.design.term(name).kind != "spline":
        return None
    return next(contrast for contrast in model.contrasts if contrast.predictor == name)


def _model_notes(model: Association) -> list[str]:
    notes = []
    if model.imputations > 1:
        notes.append(RUBIN)
    if model.separated:
        notes.append(
            f"{model.separated} The model was fitted by Firth's penalised likelihood; intervals "
            "and p-values are based on the penalised likelihood."
        )
    if any(term.kind == "spline" for term in model.design.terms):
        notes.append(SPLINE)
    design = model.design
    if any(design.spline_columns.intersection(design.products(p)) for p in design.interactions):
        notes.append(SPLINE_INTERACTION)
    if design.interactions:
        notes.append(CONDITIONAL)
    return notes
