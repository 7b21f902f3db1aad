"""How many patients the printed standard errors of a model are worth.

In a logistic model the covariance of the coefficients is the inverse of the information, which
grows with the number of patients. The information one patient brings is computed for the printed
odds ratios, the printed share of events and predictors with the printed shares (yes/no) or an
assumed standard deviation (normal), taken as independent of one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Spread", "variance_of_one"]

NODES = 16  # of the quadrature of a normal predictor
MOST_POINTS = 300_000


@dataclass(frozen=True)
class Spread:
    """How a predictor is distributed.

    Attributes:
        share: Of a yes/no predictor; None of a continuous one.
        sd: Of a continuous one.
    """

    share: float | None = None
    sd: float = 1.0

    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """Values and their weights."""
        if self.share is not None:
            return np.array([0.0, 1.0]), np.array([1 - self.share, self.share])
        values, weights = np.polynomial.hermite_e.hermegauss(NODES)
        return self.sd * values, weights / weights.sum()


def variance_of_one(
    log_odds_ratios: Sequence[float], spreads: Sequence[Spread], event_share: float
) -> tuple[float, ...] | None:
    """Variance of each coefficient times the number of patients; None for too many predictors.

    Args:
        log_odds_ratios: Of the model.
        spreads: Of its predictors.
        event_share: 0..1.
    """
    values, weights = zip(*(spread.points() for spread in spreads), strict=True)
    if np.prod([float(v.size) for v in values]) > MOST_POINTS:
        return None
    x = np.array([(1.0, *point) for point in product(*values)])
    mass = np.prod(np.array(list(product(*weights))), axis=1)
    linear = x[:, 1:] @ np.asarray(log_odds_ratios)
    far = float(np.abs(linear).max()) + 40
    level = brentq(lambda a: float(mass @ expit(a + linear)) - event_share, -far, far)
    risk = expit(level + linear)
    information = x.T @ ((mass * risk * (1 - risk))[:, None] * x)
    return tuple(float(v) for v in np.diag(np.linalg.inv(information))[1:])
