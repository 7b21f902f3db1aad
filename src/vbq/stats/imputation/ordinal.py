"""Imputation of ordered columns: the proportional-odds model.

P(Y ≤ k | x) = expit(threshold[k] - x·β), fitted by Fisher scoring; thresholds and slopes are drawn
from the normal approximation of their posterior, on augmented data.

McCullagh P. J R Stat Soc B 1980;42:109-142, doi 10.1111/j.2517-6161.1980.tb01109.x.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from vbq.stats.checks import Floats
from vbq.stats.imputation.augmentation import augment
from vbq.stats.imputation.newton import draw_around_mode
from vbq.stats.imputation.polytomous import draw_category


def draw_ordered(
    codes: NDArray[np.intp],
    predictors_known: Floats,
    predictors_missing: Floats,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Impute ordered categories, in m chains at once.

    Args:
        codes: Shape (n,), 0 … K - 1, all of which occur, in ascending order of the categories.
        predictors_known: Shape (m, n, p + 1), the first column 1, the others standardised.
        predictors_missing: Shape (m, k, p + 1), of the subjects to be imputed.
        rng: Random number generator.

    Returns:
        Shape (m, k), codes.
    """
    cuts = int(codes.max())  # K - 1, the number of thresholds
    y, x, w = augment(codes, predictors_known, cuts + 1)
    x = x[..., 1:]
    m, n, columns = x.shape
    rows = np.arange(n)

    def likelihood(parameters: Floats) -> tuple[Floats, Floats, Floats]:
        cumulative, p = _probabilities(x, parameters, cuts)
        valid = (p > 0).all(axis=(1, 2))  # thresholds in ascending order
        p = np.maximum(p, np.finfo(float).tiny)
        value = np.where(valid, (w * np.log(p[:, rows, y])).sum(axis=1), -np.inf)
        # derivatives of the category probabilities by the K - 1 thresholds and, last, by x·β
        density = cumulative * (1 - cumulative)
        slope = np.zeros((m, n, cuts + 1, cuts + 1))
        for k in range(cuts):
            slope[:, :, k, k] = density[..., k]
            slope[:, :, k + 1, k] = -density[..., k]
        slope[..., cuts] = -slope[..., :cuts].sum(axis=3)
        score = slope[:, rows, y] / p[:, rows, y, None] * w[:, None]
        weighted = slope * (w[:, None] / p)[..., None]
        spread = weighted.transpose(0, 1, 3, 2) @ slope  # (m, n, K, K): expected information
        gradient = np.concatenate(
            [
                score[..., :cuts].sum(axis=1),
                (score[..., cuts:].transpose(0, 2, 1) @ x)[:, 0],
            ],
            axis=1,
        )
        information = np.empty((m, cuts + columns, cuts + columns))
        information[:, :cuts, :cuts] = spread[..., :cuts, :cuts].sum(axis=1)
        information[:, :cuts, cuts:] = spread[..., :cuts, cuts].transpose(0, 2, 1) @ x
        information[:, cuts:, :cuts] = information[:, :cuts, cuts:].transpose(0, 2, 1)
        information[:, cuts:, cuts:] = x.transpose(0, 2, 1) @ (spread[..., cuts, cuts, None] * x)
        return value, gradient, information

    shares = np.bincount(y, weights=w)
    start = np.concatenate([logit(np.cumsum(shares)[:-1] / shares.sum()), np.zeros(columns)])
    parameters = draw_around_mode(likelihood, np.tile(start, (m, 1)), rng)
    # the thresholds of a rare category may cross in a draw
    parameters[:, :cuts] = np.sort(parameters[:, :cuts], axis=1)
    return draw_category(_probabilities(predictors_missing[..., 1:], parameters, cuts)[1], rng)


def _probabilities(x: Floats, parameters: Floats, cuts: int) -> tuple[Floats, Floats]:
    """Cumulative and category probabilities, of shape (m, n, K - 1) and (m, n, K)."""
    eta = x @ parameters[:, cuts:, None]
    cumulative = expit(parameters[:, None, :cuts] - eta)
    return cumulative, np.diff(cumulative, axis=2, prepend=0.0, append=1.0)
