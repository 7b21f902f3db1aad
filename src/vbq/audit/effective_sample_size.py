"""Effective sample size: how many patients the printed standard errors of a model correspond to.

In a logistic model the covariance of the coefficients is the inverse of the information, which
grows in proportion to the number of patients. The information of one patient is computed for the
printed odds ratios, the printed share of events and predictors with the printed shares (yes/no) or
an assumed standard deviation (normal), taken as independent of one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from vbq.stats.checks import Floats

NODES = 16  # nodes of the Gauss-Hermite quadrature over a normal predictor
MAXIMUM_POINTS = 300_000  # combinations of the values of all predictors


@dataclass(frozen=True)
class Distribution:
    """Distribution of a predictor.

    Attributes:
        share: Share of yes of a yes/no predictor, 0..1; None for a continuous predictor.
        sd: Standard deviation of a continuous predictor.
    """

    share: float | None = None
    sd: float = 1.0

    def points(self) -> tuple[Floats, Floats]:
        """Values with their weights, which sum to 1; each of shape (k,)."""
        if self.share is not None:
            return np.array([0.0, 1.0]), np.array([1 - self.share, self.share])
        values, weights = np.polynomial.hermite_e.hermegauss(NODES)
        return self.sd * values, weights / weights.sum()


def unit_variances(
    log_odds_ratios: Sequence[float], distributions: Sequence[Distribution], event_share: float
) -> tuple[float, ...] | None:
    """Variance of each coefficient times the number of patients.

    Args:
        log_odds_ratios: Coefficients of the model.
        distributions: Distributions of its predictors, in the same order.
        event_share: Share of patients with the event, 0..1.

    Returns:
        One variance for each coefficient; None if there are too many predictors.
    """
    values, weights = zip(*(d.points() for d in distributions), strict=True)
    if np.prod([float(v.size) for v in values]) > MAXIMUM_POINTS:
        return None
    x = np.array([(1.0, *point) for point in product(*values)])
    mass = np.prod(np.array(list(product(*weights))), axis=1)
    linear = x[:, 1:] @ np.asarray(log_odds_ratios)
    bound = float(np.abs(linear).max()) + 40
    intercept = brentq(lambda a: float(mass @ expit(a + linear)) - event_share, -bound, bound)
    risk = expit(intercept + linear)
    information = x.T @ ((mass * risk * (1 - risk))[:, None] * x)
    return tuple(float(v) for v in np.diag(np.linalg.inv(information))[1:])
