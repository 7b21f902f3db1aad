"""Predictions of a model for the patients in whom it was developed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from vbq.stats.checks import Floats, Interval
from vbq.stats.imputation.pooling import pool_auc
from vbq.stats.performance.delong import auc
from vbq.stats.regression.terms import Completed, Design
from vbq.study.analysis.association import fit_each
from vbq.study.analysis.imputed_tables import Tables


@dataclass(frozen=True)
class Discrimination:
    """Apparent area under the ROC curve of a model.

    Attributes:
        estimate: Area, 0..1.
        interval: 95 % confidence interval; None where the method gives none.
        method: Method of the interval.
    """

    estimate: float
    interval: Interval | None
    method: str


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions of a model for the patients in whom it was developed.

    Attributes:
        design: Design of the model.
        coefficients: Shape (p + 1,), the intercept first; means over imputed tables.
        log_odds: Shape (tables, n), predicted log odds of each patient in each table.
        outcome: Shape (n,), 0 or 1.
    """

    design: Design
    coefficients: Floats
    log_odds: Floats
    outcome: Floats

    @property
    def probability(self) -> Floats:
        """Predicted risks, shape (tables, n)."""
        risk: Floats = expit(self.log_odds)
        return risk

    def discrimination(self) -> Discrimination:
        """The area by DeLong; for imputed tables pooled by Rubin's rules on the logit scale."""
        areas = [auc(self.outcome, row) for row in self.log_odds]
        if len(areas) == 1:
            return Discrimination(areas[0].estimate, areas[0].interval, "DeLong")
        pooled = pool_auc([a.estimate for a in areas], [a.standard_error for a in areas])
        return Discrimination(pooled.auc, pooled.interval, "DeLong, pooled on the logit scale")


def predict(design: Design, tables: Tables) -> Prediction:
    """Fit a model, by Firth's likelihood where it is separated, and predict the same patients.

    Raises:
        InputError: the model cannot be fitted.
    """
    models, _ = fit_each(design, tables)
    coefficients: Floats = np.mean([model.coefficients for model in models], axis=0)
    rows = [design.matrix(t) @ coefficients[1:] + coefficients[0] for t in tables.tables]
    return Prediction(design, coefficients, np.array(rows), tables.outcome)


def imputed_procedure(
    design: Design, outcome: str
) -> Callable[[Sequence[Completed]], Callable[[Completed], Floats]]:
    """The modelling procedure for imputed tables, to be repeated on resamples.

    Args:
        design: Design of the model.
        outcome: Name of the outcome in the tables.
    """

    def develop(tables: Sequence[Completed]) -> Callable[[Completed], Floats]:
        y = tables[0][outcome]
        intercept, *slopes = predict(
            design, Tables(tuple(tables), y, np.arange(y.size))
        ).coefficients

        def probabilities(table: Completed) -> Floats:
            risk: Floats = expit(design.matrix(table) @ np.array(slopes) + intercept)
            return risk

        return probabilities

    return develop
