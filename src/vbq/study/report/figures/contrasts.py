"""One odds ratio for each thing a reader asks of a predictor, splines included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.study.report.words import decimals_for, fixed

if TYPE_CHECKING:
    from vbq.stats.checks import Interval
    from vbq.study.analysis.association import Association
    from vbq.study.analysis.document import Analysis
    from vbq.study.analysis.terms import Term

__all__ = ["Contrast", "contrasts"]


@dataclass(frozen=True)
class Contrast:
    """A comparison of two values of a predictor.

    Attributes:
        predictor: Its name; empty for an interaction.
        label: In tables.
        compared: What with what.
        odds_ratio: Above 0.
        interval: 95 % confidence interval.
        p: Of the predictor; for a spline of all its columns.
    """

    predictor: str
    label: str
    compared: str
    odds_ratio: float
    interval: Interval
    p: float


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
            found.append(Contrast(e.predictor, e.label, e.compared, e.odds_ratio, e.interval, e.p))
        elif e.column == term.columns[0]:
            found.append(_quartiles(analysis, association, term))
    return tuple(found)


def _quartiles(analysis: Analysis, association: Association, term: Term) -> Contrast:
    summary = next(c for c in analysis.table_one if c.name == term.name).summaries[0]
    low, high = summary.quartiles
    step = np.diff(term.matrix(np.array([low, high])), axis=0)[0]
    at = [1 + association.design.names.index(column) for column in term.columns]
    beta = np.array(association.coefficients)[at]
    covariance = np.array(association.covariance)[np.ix_(at, at)]
    centre = float(step @ beta)
    half = float(stats.norm.ppf(0.975)) * float(np.sqrt(step @ covariance @ step))
    decimals = decimals_for(summary.sd)
    unit = f" {term.unit}" if term.unit else ""
    return Contrast(
        term.name,
        term.label,
        f"{fixed(high, decimals)} vs {fixed(low, decimals)}{unit}",
        float(np.exp(centre)),
        (float(np.exp(centre - half)), float(np.exp(centre + half))),
        next(t.p for t in association.tests if t.name == term.name),
    )
