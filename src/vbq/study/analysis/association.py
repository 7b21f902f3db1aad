"""Odds ratios of one model, from one table or pooled over imputed ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from vbq.errors import InputError
from vbq.stats.imputation.pooled_tests import pooled_wald_test
from vbq.stats.imputation.pooling import pool_model
from vbq.stats.regression.firth import fit_firth
from vbq.stats.regression.likelihood import coefficients, likelihood_ratio_test, wald
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.terms import Design
from vbq.study.analysis.estimates import Contrast, Estimate, IndexEvidence, TermTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.stats.imputation.pooling import PooledModel
    from vbq.stats.regression.binary_model import BinaryModel
    from vbq.study.analysis.imputed_tables import Tables

__all__ = [
    "WALD",
    "Association",
    "column_labels",
    "columns_test",
    "fit_association",
    "fit_each",
    "tested_columns",
]

WALD = "Wald"  # the method of a `TermTest` from the covariance alone

Method = Literal["maximum likelihood", "Firth's penalised likelihood"]


@dataclass(frozen=True)
class Association:
    """A fitted model.

    Attributes:
        design: Its columns.
        method: How it was fitted.
        separated: Why Firth's likelihood was taken; empty where it was not.
        n: Patients.
        events: Patients with the event.
        imputations: Tables pooled; 1 without imputation.
        intercept: Log odds where every column is 0.
        covariance: Of intercept and coefficients.
        estimates: One a column, in the order of the design.
        tests: One a predictor, of all columns that it has part in, and one an interaction. In an
            interaction a predictor's own column tests it where the other one is 0: at birth, where
            that is age.
        contrasts: Odds ratios as they are reported: one a column, but of a spline a single one.
        index: What the model says about the index; None where the index is not in it.
    """

    design: Design
    method: Method
    separated: str
    n: int
    events: int
    imputations: int
    intercept: float
    covariance: tuple[tuple[float, ...], ...]
    estimates: tuple[Estimate, ...]
    tests: tuple[TermTest, ...]
    contrasts: tuple[Contrast, ...] = ()
    index: IndexEvidence | None = None

    def estimate(self, column: str) -> Estimate:
        """That of a column."""
        return {e.column: e for e in self.estimates}[column]

    def test(self, name: str) -> TermTest:
        """That of a predictor, or of an interaction: the two names with × between."""
        return {t.name: t for t in self.tests}[name]

    @property
    def coefficients(self) -> tuple[float, ...]:
        """The intercept, then those of the columns."""
        return (self.intercept, *(e.coefficient for e in self.estimates))

    def wald(self, name: str, columns: Sequence[str]) -> TermTest:
        """Wald test of some columns together; of imputed tables with the pooled covariance."""
        at = [1 + self.design.names.index(column) for column in columns]
        found = wald(np.array(self.coefficients)[at], np.array(self.covariance)[np.ix_(at, at)])
        return TermTest(name, found.df, found.chi2, found.p, WALD)


def fit_each(design: Design, tables: Tables) -> tuple[list[BinaryModel], str]:
    """The model of every table: by maximum likelihood, or all by Firth's if any is separated.

    Returns:
        The models; why Firth's likelihood was taken, or an empty text.

    Raises:
        InputError: a model cannot be fitted.
    """
    matrices = [design.matrix(table) for table in tables.tables]
    try:
        return [fit_logistic(m, tables.outcome, names=design.names) for m in matrices], ""
    except InputError as error:
        if error.code != "separation":
            raise
        reason = error.message
    return [fit_firth(m, tables.outcome, names=design.names) for m in matrices], reason


def fit_association(design: Design, tables: Tables) -> Association:
    """Fit a model and say what each predictor contributes.

    One table: profile-likelihood intervals and likelihood-ratio p-values, with Wald's beside.
    Imputed tables: Rubin's rules with the degrees of freedom of Barnard and Rubin (1999), and the
    pooled Wald test D1 of Li, Raghunathan and Rubin (1991) for whole predictors.

    Raises:
        InputError: the model cannot be fitted.
    """
    models, separated = fit_each(design, tables)
    matrix = np.array([model.coefficients for model in models])
    df_complete = tables.n - matrix.shape[1]
    if len(models) == 1:
        covariance, estimates = models[0].covariance, _of_one(design, models[0])
    else:
        pooled = pool_model(
            matrix, [m.covariance for m in models], names=models[0].names, df_complete=df_complete
        )
        covariance, estimates = pooled.covariance, _of_many(design, pooled)
    return Association(
        design=design,
        method="Firth's penalised likelihood" if separated else "maximum likelihood",
        separated=separated,
        n=tables.n,
        events=tables.events,
        imputations=len(models),
        intercept=float(matrix[:, 0].mean()),
        covariance=tuple(tuple(float(v) for v in row) for row in covariance),
        estimates=tuple(estimates),
        tests=tuple(
            columns_test(name, columns, models) for name, columns in tested_columns(design).items()
        ),
    )


def column_labels(design: Design) -> list[tuple[str, str, str, str]]:
    """Predictor, column, label and comparison of every column."""
    found = [
        (term.name, column, term.label, compared)
        for term in design.terms
        for column, compared in zip(term.columns, term.comparisons, strict=True)
    ]
    for pair in design.interactions:
        label = " × ".join(design.term(name).label for name in pair)
        found += [("", column, label, column) for column in design.products(pair)]
    return found


def tested_columns(design: Design) -> dict[str, tuple[str, ...]]:
    """What `Association.tests` are of: the columns of each predictor and of each interaction."""
    terms = {term.name: design.columns_of(term.name) for term in design.terms}
    return terms | {" × ".join(pair): design.products(pair) for pair in design.interactions}


def _of_one(design: Design, model: BinaryModel) -> list[Estimate]:
    _, *rows = coefficients(model)
    return [
        Estimate(
            *words,
            coefficient=c.estimate,
            standard_error=c.standard_error,
            odds_ratio=c.odds_ratio,
            interval=c.odds_ratio_profile,
            interval_method="profile likelihood",
            p=c.likelihood_ratio_p,
            p_method="likelihood ratio",
            wald_interval=c.odds_ratio_wald,
            wald_p=c.wald_p,
        )
        for words, c in zip(column_labels(design), rows, strict=True)
    ]


def _of_many(design: Design, pooled: PooledModel) -> list[Estimate]:
    _, *rows = pooled.terms
    return [
        Estimate(
            *words,
            coefficient=c.estimate,
            standard_error=c.standard_error,
            odds_ratio=float(np.exp(c.estimate)),
            interval=(float(np.exp(c.interval[0])), float(np.exp(c.interval[1]))),
            interval_method="Rubin's rules",
            p=c.p,
            p_method="Rubin's rules (t, Barnard-Rubin df)",
            missing_information=c.missing_information,
        )
        for words, c in zip(column_labels(design), rows, strict=True)
    ]


def columns_test(name: str, columns: Sequence[str], models: Sequence[BinaryModel]) -> TermTest:
    """Whether columns say anything together in a model, given its fit to every table.

    One table: likelihood-ratio test; imputed ones: the pooled Wald test D1.

    Raises:
        InputError: the model without them cannot be fitted.
        RefusalError: there are too few patients for the pooled test.
    """
    if len(models) == 1:
        found = likelihood_ratio_test(models[0], columns)
        return TermTest(name, found.df, found.chi2, found.p, "likelihood ratio")
    at = [models[0].names.index(column) for column in columns]
    estimates = np.array([model.coefficients[at] for model in models])
    covariances = np.array([m.covariance[np.ix_(at, at)] for m in models])
    test = pooled_wald_test(estimates, covariances, df_complete=models[0].n - len(models[0].names))
    return TermTest(name, len(at), test.f, test.p, "pooled Wald (D1)")
