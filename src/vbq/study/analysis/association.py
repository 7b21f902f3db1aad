"""Odds ratios of a logistic model, from one table or pooled over imputed tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vbq.errors import InputError
from vbq.stats.imputation.pooled_tests import pooled_wald_test
from vbq.stats.imputation.pooling import PooledModel, pool_model
from vbq.stats.regression.binary_model import BinaryModel
from vbq.stats.regression.firth import fit_firth
from vbq.stats.regression.likelihood import coefficients, likelihood_ratio_test, wald
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.terms import Design
from vbq.study.analysis.estimates import Contrast, Estimate, IndexEvidence, TermTest
from vbq.study.analysis.imputed_tables import Tables

WALD = "Wald"  # method of a `TermTest` that rests on the covariance alone

Method = Literal["maximum likelihood", "Firth's penalised likelihood"]


@dataclass(frozen=True)
class Association:
    """A fitted logistic model.

    Attributes:
        design: The design of the model.
        method: Method of estimation.
        separated: Why Firth's penalised likelihood was used; empty where it was not.
        n: Number of patients.
        events: Patients with the event.
        imputations: Number of tables pooled; 1 without imputation.
        intercept: Log odds where every column is 0.
        covariance: Covariance of intercept and coefficients, in this order.
        estimates: One for each column, in the order of the design.
        tests: One for each predictor, of all columns it is part of, and one for each interaction.
            With an interaction, a predictor's own coefficient is its effect where the other
            predictor is 0: at birth, where that is age.
        contrasts: Odds ratios as reported: one for each column, but for a spline a single one.
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
        """The estimate of a column."""
        return {e.column: e for e in self.estimates}[column]

    def test(self, name: str) -> TermTest:
        """The test of a predictor, or of an interaction: the two names joined by ``×``."""
        return {t.name: t for t in self.tests}[name]

    @property
    def coefficients(self) -> tuple[float, ...]:
        """The intercept, then the coefficients of the columns."""
        return (self.intercept, *(e.coefficient for e in self.estimates))

    def wald(self, name: str, columns: Sequence[str]) -> TermTest:
        """Joint Wald test of some columns; for imputed tables with the pooled covariance."""
        positions = [1 + self.design.names.index(column) for column in columns]
        test = wald(
            np.array(self.coefficients)[positions],
            np.array(self.covariance)[np.ix_(positions, positions)],
        )
        return TermTest(name, test.df, test.chi2, test.p, WALD)


def fit_each(design: Design, tables: Tables) -> tuple[list[BinaryModel], str]:
    """Fit the model to every table: by maximum likelihood, or all by Firth's if one is separated.

    Returns:
        The models; why Firth's penalised likelihood was used, empty where it was not.

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
    """Fit a logistic model and test each of its predictors.

    One table: profile-likelihood intervals and likelihood-ratio p-values, with those of Wald.
    Imputed tables: Rubin's rules with the degrees of freedom of Barnard and Rubin (1999), and the
    pooled Wald test D1 of Li, Raghunathan and Rubin (1991) for all terms of a predictor.

    Raises:
        InputError: the model cannot be fitted.
    """
    models, separated = fit_each(design, tables)
    matrix = np.array([model.coefficients for model in models])
    df_complete = tables.n - matrix.shape[1]
    if len(models) == 1:
        covariance, estimates = models[0].covariance, _estimates(design, models[0])
    else:
        pooled = pool_model(
            matrix, [m.covariance for m in models], names=models[0].names, df_complete=df_complete
        )
        covariance, estimates = pooled.covariance, _pooled_estimates(design, pooled)
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
    """Predictor, column, label and comparison of every column, as the fields of `Estimate`."""
    labels = [
        (term.name, column, term.label, compared)
        for term in design.terms
        for column, compared in zip(term.columns, term.comparisons, strict=True)
    ]
    for pair in design.interactions:
        label = " × ".join(design.term(name).label for name in pair)
        labels += [("", column, label, column) for column in design.products(pair)]
    return labels


def tested_columns(design: Design) -> dict[str, tuple[str, ...]]:
    """The columns of each predictor and of each interaction, by the names of `TermTest`."""
    terms = {term.name: design.columns_of(term.name) for term in design.terms}
    return terms | {" × ".join(pair): design.products(pair) for pair in design.interactions}


def _estimates(design: Design, model: BinaryModel) -> list[Estimate]:
    _, *rows = coefficients(model)
    return [
        Estimate(
            *labels,
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
        for labels, c in zip(column_labels(design), rows, strict=True)
    ]


def _pooled_estimates(design: Design, pooled: PooledModel) -> list[Estimate]:
    _, *rows = pooled.terms
    return [
        Estimate(
            *labels,
            coefficient=c.estimate,
            standard_error=c.standard_error,
            odds_ratio=float(np.exp(c.estimate)),
            interval=(float(np.exp(c.interval[0])), float(np.exp(c.interval[1]))),
            interval_method="Rubin's rules",
            p=c.p,
            p_method="Rubin's rules (t, Barnard-Rubin df)",
            missing_information=c.missing_information,
        )
        for labels, c in zip(column_labels(design), rows, strict=True)
    ]


def columns_test(name: str, columns: Sequence[str], models: Sequence[BinaryModel]) -> TermTest:
    """Joint test of some columns of a model.

    Likelihood-ratio test for one table; pooled Wald test D1 for imputed tables.

    Args:
        name: Name of the test.
        columns: Columns tested.
        models: The model as fitted to each table.

    Raises:
        InputError: the model without them cannot be fitted.
        RefusalError: there are too few patients for the pooled test.
    """
    if len(models) == 1:
        test = likelihood_ratio_test(models[0], columns)
        return TermTest(name, test.df, test.chi2, test.p, "likelihood ratio")
    positions = [models[0].names.index(column) for column in columns]
    estimates = np.array([model.coefficients[positions] for model in models])
    covariances = np.array([m.covariance[np.ix_(positions, positions)] for m in models])
    df_complete = models[0].n - len(models[0].names)
    pooled = pooled_wald_test(estimates, covariances, df_complete=df_complete)
    return TermTest(name, len(positions), pooled.f, pooled.p, "pooled Wald (D1)", "F")
