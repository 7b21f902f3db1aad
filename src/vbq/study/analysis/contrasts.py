"""One odds ratio for each thing a reader asks of a predictor, splines included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.checks import NORMAL_95
from vbq.study.analysis.association import WALD, column_words
from vbq.study.analysis.time_to_event import RESAMPLED
from vbq.text import decimals_for, fixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.stats.checks import Interval
    from vbq.stats.regression.terms import Design, Floats, Term
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.association import Association, TermTest
    from vbq.study.analysis.time_to_event import TimeModel

__all__ = ["Contrast", "contrasts", "time_contrasts"]


@dataclass(frozen=True)
class Contrast:
    """A comparison of two values of a predictor.

    Attributes:
        predictor: Its name; empty for an interaction.
        label: In tables.
        compared: What with what.
        odds_ratio: Above 0; a hazard ratio of a model of time.
        interval: 95 % confidence interval.
        p: Of the predictor; for a spline of all its columns.
        p_method: Name of the test.
        interval_method: How the interval was made.
    """

    predictor: str
    label: str
    compared: str
    odds_ratio: float
    interval: Interval
    p: float
    p_method: str
    interval_method: str


def contrasts(analysis: Analysis, association: Association) -> tuple[Contrast, ...]:
    """Every coefficient of a model, but of a spline its upper quartile against its lower.

    A spline's single coefficients mean nothing to a reader: as Harrell (Regression Modeling
    Strategies, 2015, section 5.1), the quartiles of the observed values are compared, with a Wald
    interval.
    """
    bent = {t.name: t for t in association.design.terms if t.kind == "spline"}
    found: list[Contrast] = []
    for e in association.estimates:
        term = bent.get(e.predictor)
        if term is None:
            found.append(
                Contrast(e.predictor, e.label, e.compared, e.odds_ratio, e.interval, e.p,
                         e.p_method, e.interval_method)
            )  # fmt: skip
        elif e.column == term.columns[0]:
            found.append(
                _quartiles(analysis, association.design, term, association.coefficients[1:],
                           np.array(association.covariance)[1:, 1:], association.test(term.name))
            )  # fmt: skip
    return tuple(found)


def time_contrasts(analysis: Analysis, model: TimeModel) -> tuple[Contrast, ...]:
    """As `contrasts`, of a model of time: hazard ratios, or odds ratios at its horizon."""
    design, followed = analysis.multivariable.design, analysis.time_to_event
    method = "Rubin's rules" if followed is not None and followed.imputations > 1 else WALD
    if "IPCW" in model.name:
        method += f", {RESAMPLED}"
    of = {column: predictor for predictor, column, *_ in column_words(design)}
    found: list[Contrast] = []
    for one in model.ratios:
        name = of[one.column]
        term = design.term(name) if name else None
        if term is None or term.kind != "spline":
            found.append(
                Contrast(name, one.label, one.compared, one.ratio, one.interval, one.p, method,
                         method)
            )  # fmt: skip
        elif one.column == term.columns[0]:
            found.append(
                _quartiles(analysis, design, term, model.coefficients,
                           np.array(model.covariance), model.test(name))
            )  # fmt: skip
    return tuple(found)


def _quartiles(
    analysis: Analysis,
    design: Design,
    term: Term,
    coefficients: Sequence[float],
    every: Floats,
    test: TermTest,
) -> Contrast:
    """Of a spline, from all coefficients of the design, their covariance, and its test."""
    summary = next(c for c in analysis.table_one if c.name == term.name).summaries[0]
    low, high = summary.quartiles
    step = np.diff(term.matrix(np.array([low, high])), axis=0)[0]
    at = [design.names.index(column) for column in term.columns]
    beta, covariance = np.array(coefficients)[at], every[np.ix_(at, at)]
    centre = float(step @ beta)
    half = NORMAL_95 * float(np.sqrt(step @ covariance @ step))
    decimals = decimals_for(summary.sd)
    unit = f" {term.unit}" if term.unit else ""
    return Contrast(
        term.name,
        term.label,
        f"{fixed(high, decimals)} vs {fixed(low, decimals)}{unit}",
        float(np.exp(centre)),
        (float(np.exp(centre - half)), float(np.exp(centre + half))),
        test.p,
        f"{test.method}, df {test.df}",
        WALD,
    )
