"""One ratio for each question that a reader asks about a predictor, splines included."""

from collections.abc import Mapping, Sequence

import numpy as np

from vbq.stats.checks import NORMAL_95, Floats
from vbq.stats.describe.summaries import Summary
from vbq.stats.regression.terms import Design, Term
from vbq.study.analysis.association import WALD, Association, column_labels
from vbq.study.analysis.estimates import Contrast, TermTest
from vbq.study.analysis.time_to_event import BOOTSTRAP_COVARIANCE, TimeModel
from vbq.text import decimals_for, fixed


def contrasts(association: Association, observed: Mapping[str, Summary]) -> tuple[Contrast, ...]:
    """Contrasts of a logistic model, in the order of its columns.

    Every coefficient is a contrast, except those of a spline: they mean nothing one by one, so the
    quartiles of the observed values are compared, with a Wald interval (Harrell FE. Regression
    Modeling Strategies, 2nd ed. Springer 2015, section 5.1).

    Args:
        association: The fitted model.
        observed: Distribution of the observed values of each continuous predictor.
    """
    splines = {term.name: term for term in association.design.terms if term.kind == "spline"}
    reported: list[Contrast] = []
    for estimate in association.estimates:
        term = splines.get(estimate.predictor)
        if term is None:
            reported.append(
                Contrast(
                    predictor=estimate.predictor,
                    label=estimate.label,
                    compared=estimate.compared,
                    ratio=estimate.odds_ratio,
                    interval=estimate.interval,
                    p=estimate.p,
                    p_method=estimate.p_method,
                    interval_method=estimate.interval_method,
                )
            )
        elif estimate.column == term.columns[0]:
            reported.append(
                _quartile_contrast(
                    term, observed[term.name], association.design, association.coefficients[1:],
                    np.array(association.covariance)[1:, 1:], association.test(term.name),
                )
            )  # fmt: skip
    return tuple(reported)


def time_contrasts(
    model: TimeModel, design: Design, observed: Mapping[str, Summary], *, imputed: bool
) -> tuple[Contrast, ...]:
    """Contrasts of a time-to-event model, in the order of its columns; as `contrasts`.

    Args:
        model: The fitted model; without ratios it has no contrasts.
        design: Design of the model.
        observed: Distribution of the observed values of each continuous predictor.
        imputed: Whether the model is pooled over imputed tables.
    """
    method = "Rubin's rules" if imputed else WALD
    if model.kind == "horizon":
        method += f", {BOOTSTRAP_COVARIANCE}"
    predictors = {column: predictor for predictor, column, *_ in column_labels(design)}
    reported: list[Contrast] = []
    for ratio in model.ratios:
        name = predictors[ratio.column]
        term = design.term(name) if name else None
        if term is None or term.kind != "spline":
            reported.append(
                Contrast(
                    predictor=name,
                    label=ratio.label,
                    compared=ratio.compared,
                    ratio=ratio.ratio,
                    interval=ratio.interval,
                    p=ratio.p,
                    p_method=method,
                    interval_method=method,
                )
            )
        elif ratio.column == term.columns[0]:
            reported.append(
                _quartile_contrast(
                    term, observed[name], design, model.coefficients,
                    np.array(model.covariance), model.test(name),
                )
            )  # fmt: skip
    return tuple(reported)


def _quartile_contrast(
    term: Term,
    summary: Summary,
    design: Design,
    coefficients: Sequence[float],
    covariance: Floats,
    test: TermTest,
) -> Contrast:
    """Upper against lower quartile of a spline, from the coefficients of the whole design."""
    low, high = summary.quartiles
    step = np.diff(term.matrix(np.array([low, high])), axis=0)[0]
    columns = [design.names.index(column) for column in term.columns]
    log_ratio = float(step @ np.array(coefficients)[columns])
    half = NORMAL_95 * float(np.sqrt(step @ covariance[np.ix_(columns, columns)] @ step))
    decimals = decimals_for(summary.sd)
    unit = f" {term.unit}" if term.unit else ""
    return Contrast(
        predictor=term.name,
        label=term.label,
        compared=f"{fixed(high, decimals)} vs {fixed(low, decimals)}{unit}",
        ratio=float(np.exp(log_ratio)),
        interval=(float(np.exp(log_ratio - half)), float(np.exp(log_ratio + half))),
        p=test.p,
        p_method=f"{test.method}, df {test.df}",
        interval_method=WALD,
        quartiles=(low, high),
    )
