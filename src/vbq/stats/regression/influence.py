"""Which subjects move a logistic model, and which predictors stand in each other's way.

Pregibon D. Ann Stat 1981;9:705-724, doi 10.1214/aos/1176345513.
Variance inflation in generalised linear models: Davis CE et al. Stat Med 1986;5:117-124.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.stats.regression.binary_model import BinaryModel
    from vbq.stats.regression.logistic import Logistic

__all__ = ["Influence", "influence", "variance_inflation"]


@dataclass(frozen=True, eq=False)
class Influence:
    """What each subject does to a model.

    Attributes:
        leverage: Shape (n,), 0 to 1, how unusual the predictors are; their sum is the number of
            coefficients.
        residual: Shape (n,), Pearson's: (outcome - risk) / √(risk (1 - risk)).
        cooks_distance: Shape (n,), how far all coefficients together move without the subject, by
            one Newton step. No cut-off is right for all models: look at the largest.
    """

    leverage: NDArray[np.float64]
    residual: NDArray[np.float64]
    cooks_distance: NDArray[np.float64]


def influence(fit: Logistic) -> Influence:
    """Leverage, residual and Cook's distance of each subject."""
    data = fit.data
    risk = fit.probabilities()
    weight = data.weights * risk * (1 - risk)
    leverage = weight * np.einsum("ij,jk,ik->i", data.design, fit.covariance, data.design)
    residual = np.sqrt(data.weights) * (data.outcome - risk) / np.sqrt(risk * (1 - risk))
    distance = (residual / (1 - leverage)) ** 2 * leverage / fit.coefficients.size
    return Influence(leverage, residual, distance)


def variance_inflation(fit: BinaryModel) -> NDArray[np.float64]:
    """Variance inflation factors, from the correlations of the coefficients.

    How many times larger the variance of a coefficient is than if its predictor were unrelated to
    the others, given the weights of the fit. The indicators of one category inflate each other by
    construction.

    Returns:
        Shape (p,), 1 or more, in the order of the predictors (the intercept has none).
    """
    covariance = fit.covariance[1:, 1:]
    factors: NDArray[np.float64] = np.diag(covariance) * np.diag(np.linalg.inv(covariance))
    return factors
