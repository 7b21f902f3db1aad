"""Predictions of one model for the patients it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from vbq.stats.checks import Interval
from vbq.stats.imputation.pooling import pool_auc
from vbq.stats.performance.delong import auc
from vbq.study.analysis.association import fit_each
from vbq.study.analysis.imputed_tables import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vbq.stats.regression.terms import Completed, Design, Floats

__all__ = ["Discrimination", "Prediction", "imputed_procedure", "predict"]


@dataclass(frozen=True)
class Discrimination:
    """Area under the ROC curve of a model in its own patients.

    Attributes:
        estimate: 0..1.
        interval: Its 95 % confidence interval; None where it has none.
        method: Of the interval.
    """

    estimate: float
    interval: Interval | None
    method: str


@dataclass(frozen=True, eq=False)
class Prediction:
    """A model's predictions in its own patients.

    Attributes:
        design: Its columns.
        coefficients: Shape (p + 1,), the intercept first; of imputed tables their mean.
        log_odds: Shape (tables, n).
        outcome: Shape (n,).
    """

    design: Design
    coefficients: Floats
    log_odds: Floats
    outcome: Floats

    @property
    def probability(self) -> Floats:
        """Shape (tables, n)."""
        risk: Floats = expit(self.log_odds)
        return risk

    def discrimination(self) -> Discrimination:
        """DeLong's; of imputed tables pooled by Rubin's rules on the logit scale."""
        areas = [auc(self.outcome, row) for row in self.log_odds]
        if len(areas) == 1:
            return Discrimination(areas[0].estimate, areas[0].interval, "DeLong")
        pooled = pool_auc([a.estimate for a in areas], [a.standard_error for a in areas])
        return Discrimination(pooled.auc, pooled.interval, "DeLong, pooled on the logit scale")


def predict(design: Design, tables: Tables) -> Prediction:
    """Fit a model, by Firth's likelihood where it is separated, and predict its own patients.

    Raises:
        InputError: it cannot be fitted.
    """
    models, _ = fit_each(design, tables)
    coefficients: Floats = np.mean([model.coefficients for model in models], axis=0)
    rows = [design.matrix(t) @ coefficients[1:] + coefficients[0] for t in tables.tables]
    return Prediction(design, coefficients, np.array(rows), tables.outcome)


def imputed_procedure(
    design: Design, outcome: str
) -> Callable[[Sequence[Completed]], Callable[[Completed], Floats]]:
    """Everything that is done to imputed tables to make a model, to be repeated on resamples."""

    def make(tables: Sequence[Completed]) -> Callable[[Completed], Floats]:
        y = tables[0][outcome]
        made = predict(design, Tables(tuple(tables), y, np.arange(y.size)))

        def probabilities(table: Completed) -> Floats:
            risk: Floats = expit(design.matrix(table) @ made.coefficients[1:]
                                 + made.coefficients[0])  # fmt: skip
            return risk

        return probabilities

    return make
