"""Draws for ordered columns: the proportional-odds model.

P(Y ≤ k | x) = expit(threshold[k] - x·β), fitted by Fisher scoring; thresholds and slopes are drawn
from the normal approximation of their posterior, the data being augmented.

McCullagh P. J R Stat Soc B 1980;42:109-142, doi 10.1111/j.2517-6161.1980.tb01109.x.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from vbq.stats.imputation.augmentation import augment
from vbq.stats.imputation.newton import draw_around_mode
from vbq.stats.imputation.polytomous import draw_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["draw_ordered"]


def draw_ordered(
    codes: NDArray[np.intp],
    predictors_known: NDArray[np.float64],
    predictors_missing: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Impute ordered categories, in m chains at once; arguments as `draw_categories`."""
    top = int(codes.max())  # K - 1, the number of thresholds
    y, x, w = augment(codes, predictors_known, top + 1)
    x = x[..., 1:]
    m, n, p = x.shape
    rows = np.arange(n)

    def likelihood(
        parameters: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        below, chance = _chances(x, parameters, top)
        inside = (chance > 0).all(axis=(1, 2))  # thresholds in order
        chance = np.maximum(chance, np.finfo(float).tiny)
        value = np.where(inside, (w * np.log(chance[:, rows, y])).sum(axis=1), -np.inf)
        # derivatives of each category's chance to the K - 1 thresholds and, last, to x·β
        density = below * (1 - below)
        slope = np.zeros((m, n, top + 1, top + 1))
        for k in range(top):
            slope[:, :, k, k] = density[..., k]
            slope[:, :, k + 1, k] = -density[..., k]
        slope[..., top] = -slope[..., :top].sum(axis=3)
        score = slope[:, rows, y] / chance[:, rows, y, None] * w[:, None]
        weighted = slope * (w[:, None] / chance)[..., None]
        spread = weighted.transpose(0, 1, 3, 2) @ slope  # (m, n, K, K): expected information
        gradient = np.concatenate(
            [
                score[..., :top].sum(axis=1),
                (score[..., top:].transpose(0, 2, 1) @ x)[:, 0],
            ],
            axis=1,
        )
        information = np.empty((m, top + p, top + p))
        information[:, :top, :top] = spread[..., :top, :top].sum(axis=1)
        information[:, :top, top:] = spread[..., :top, top].transpose(0, 2, 1) @ x
        information[:, top:, :top] = information[:, :top, top:].transpose(0, 2, 1)
        information[:, top:, top:] = x.transpose(0, 2, 1) @ (spread[..., top, top, None] * x)
        return value, gradient, information

    shares = np.bincount(y, weights=w)
    start = np.concatenate([logit(np.cumsum(shares)[:-1] / shares.sum()), np.zeros(p)])
    parameters = draw_around_mode(likelihood, np.tile(start, (m, 1)), rng)
    # two thresholds of a rare category may cross in a draw
    parameters[:, :top] = np.sort(parameters[:, :top], axis=1)
    return draw_from(_chances(predictors_missing[..., 1:], parameters, top)[1], rng)


def _chances(
    x: NDArray[np.float64], parameters: NDArray[np.float64], top: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cumulative chances (m, n, K - 1) and chances (m, n, K)."""
    eta = x @ parameters[:, top:, None]
    below = expit(parameters[:, None, :top] - eta)
    return below, np.diff(below, axis=2, prepend=0.0, append=1.0)
