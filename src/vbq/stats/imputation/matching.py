"""Imputation of continuous columns: Bayesian linear regression and predictive mean matching.

A missing value is replaced by the observed value of a donor, drawn from those with the closest
predicted means; imputed values are therefore observed values, whatever their distribution.

Little RJA. J Bus Econ Stat 1988;6:287-296, doi 10.1080/07350015.1988.10509663.
Type 1 matching and 5 donors: Morris TP, White IR, Royston P. BMC Med Res Methodol 2014;14:75,
doi 10.1186/1471-2288-14-75; van Buuren 2018, algorithms 3.1 and 3.3.
"""

import numpy as np
from numpy.typing import NDArray

from vbq.stats.checks import Floats

DONORS = 5
RIDGE = 1e-5  # relative to the diagonal, as in mice: collinear predictors share a coefficient


def match_means(
    known: Floats,
    predictors_known: Floats,
    predictors_missing: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Impute by predictive mean matching, in m chains at once.

    Args:
        known: Shape (n,), the observed values, at least 1.
        predictors_known: Shape (m, n, p), the first column 1.
        predictors_missing: Shape (m, k, p), of the subjects to be imputed.
        rng: Random number generator.

    Returns:
        Shape (m, k), values from ``known``.
    """
    m, n, p = predictors_known.shape
    transposed = predictors_known.transpose(0, 2, 1)
    information = transposed @ predictors_known
    diagonal = np.einsum("mpp->mp", information)
    diagonal *= 1 + RIDGE  # a view: writes into `information`
    diagonal += diagonal == 0  # a constant predictor is all 0 and gets a coefficient of 0
    estimate = np.linalg.solve(information, (transposed @ known)[..., None])
    fitted = (predictors_known @ estimate)[..., 0]
    # a draw of the residual SD, then of the coefficients given it
    scale = np.sqrt(((known - fitted) ** 2).sum(axis=1) / rng.chisquare(max(n - p, 1), m))
    root = np.linalg.cholesky(information).transpose(0, 2, 1)
    noise = np.linalg.solve(root, rng.standard_normal((m, p, 1)))
    draw = estimate + scale[:, None, None] * noise
    # type 1 matching: donors by the estimate, recipients by the draw
    targets = (predictors_missing @ draw)[..., 0]
    return np.stack([known[_donors(*pair, rng)] for pair in zip(fitted, targets, strict=True)])


def _donors(fitted: Floats, targets: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """For each target, the row of one of the closest fitted means; ties in random order."""
    shuffled = rng.permutation(fitted.size)
    order = shuffled[np.argsort(fitted[shuffled], kind="stable")]
    donors = min(DONORS, fitted.size)
    # the closest means lie within `donors` places of the insertion point of the target
    start = np.searchsorted(fitted[order], targets) - donors
    window = np.clip(start, 0, max(fitted.size - 2 * donors, 0))[:, None]
    window = np.minimum(window + np.arange(min(2 * donors, fitted.size)), fitted.size - 1)
    candidates = order[window]
    distance = np.abs(fitted[candidates] - targets[:, None])
    closest = np.argpartition(distance, donors - 1, axis=1)[:, :donors]
    choice = closest[np.arange(targets.size), rng.integers(donors, size=targets.size)]
    chosen: NDArray[np.intp] = candidates[np.arange(targets.size), choice]
    return chosen
