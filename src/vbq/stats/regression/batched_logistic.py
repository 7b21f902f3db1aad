"""A batch of logistic regressions at once: one for each resample of the same subjects.

Maximum likelihood by Newton's method with step halving, as in `vbq.stats.regression.logistic`, for
all resamples together; only those that have not yet converged take further steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vbq.stats.checks import Floats

if TYPE_CHECKING:
    Likelihood = Callable[[Floats, NDArray[np.intp]], tuple[Floats, Floats, Floats]]

STEPS = 25
HALVINGS = 12
CONVERGED = 1e-10  # expected gain in log-likelihood of the last step; as for a single fit
# Smallest eigenvalue of the information, in a basis in which predictors have a mean square of 1/n:
# an average p(1 - p). Below it the outcome is separated, or a category is missing in the resample.
SINGULAR = 1e-8
BLOCK = 1 << 14  # number of subjects handled at once


def fit_batch(basis: Floats, outcome: Floats, counts: Floats, start: Floats) -> Floats:
    """Coefficients of one logistic regression per resample.

    Args:
        basis: Shape (n, q), orthonormal columns that span the predictors and the intercept (Q of a
            QR decomposition), so that predictors in very different units do not lose precision.
        outcome: Shape (n,), 0 or 1.
        counts: Shape (b, n), how often each subject occurs in each resample.
        start: Shape (q,), starting values in the basis, such as the coefficients in all subjects.

    Returns:
        Shape (b, q), coefficients in the basis; NaN for resamples whose likelihood has no maximum.
    """
    sign = 2 * outcome - 1

    def likelihood(beta: Floats, resamples: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
        b, q = beta.shape
        value, score, information = np.zeros(b), np.zeros((b, q)), np.zeros((b, q, q))
        for first in range(0, outcome.size, BLOCK):
            rows = slice(first, first + BLOCK)
            part = basis[rows]
            v, residual, weight = _terms(beta @ part.T, sign[rows], counts[resamples, rows])
            value += v
            score += residual @ part
            information += (weight[:, None, :] * part.T) @ part
        return value, score, information

    return _maximise(likelihood, np.tile(start, (counts.shape[0], 1)))


def recalibrate_batch(log_odds: Floats, outcome: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Calibration intercept and slope of each resample's predictions, with the log-likelihood.

    Args:
        log_odds: Shape (b, n), predictions; a row of NaN gives NaN.
        outcome: Shape (n,), 0 or 1.
        counts: Shape (b, n), how often each subject is evaluated.

    Returns:
        Intercept and slope, shape (b, 2), and the log-likelihood of the recalibrated predictions,
        shape (b,); NaN where the likelihood has no maximum.
    """
    total = counts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.einsum("bn,bn->b", counts, log_odds) / total
        u = log_odds - mean[:, None]
        scale = np.sqrt(np.einsum("bn,bn,bn->b", counts, u, u) / total)
        u /= scale[:, None]
    sign = 2 * outcome - 1
    usable = np.isfinite(scale) & (scale > 1e-9)
    root = np.sqrt(total)  # the information in the basis (1, u) / root is a mean of p(1 - p)

    def likelihood(beta: Floats, resamples: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
        x, rows = u[resamples], root[resamples, None]
        value, residual, weight = _terms(
            beta[:, :1] / rows + beta[:, 1:] / rows * x, sign, counts[resamples]
        )
        score = np.stack([residual.sum(axis=1), np.einsum("bn,bn->b", residual, x)], axis=1)
        weighted = weight * x
        cross, square = weighted.sum(axis=1), np.einsum("bn,bn->b", weighted, x)
        information = np.stack([weight.sum(axis=1), cross, cross, square], axis=1)
        return value, score / rows, information.reshape(-1, 2, 2) / rows[:, :, None] ** 2

    coefficients = np.full((total.size, 2), np.nan)
    value = np.full(total.size, np.nan)
    valid = np.flatnonzero(usable)
    if valid.size:
        start = np.stack([mean[valid], scale[valid]], axis=1) * root[valid, None]
        coefficients[valid] = _maximise(lambda beta, rows: likelihood(beta, valid[rows]), start)
        value[valid] = likelihood(coefficients[valid], valid)[0]
    slope = coefficients[:, 1] / root / np.where(usable, scale, np.nan)
    return np.stack([coefficients[:, 0] / root - slope * mean, slope], axis=1), value


def _terms(log_odds: Floats, sign: Floats, counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood (b,), residuals (b, n) and weights (b, n) of predictions (b, n)."""
    with np.errstate(over="ignore"):  # exp overflows to inf above 709, and 1/inf is the intended 0
        odds_against = np.exp(-sign * log_odds)
    p_observed = 1 / (1 + odds_against)
    p_other = 1 - p_observed
    value = -np.einsum("bn,bn->b", counts, np.log1p(np.minimum(odds_against, 1e300)))
    residual = counts * p_other
    weight = residual * p_observed
    residual *= sign
    return value, residual, weight


def _maximise(likelihood: Likelihood, start: Floats) -> Floats:
    """Newton's method with step halving; rows without a maximum become NaN."""
    beta = start.copy()
    q = beta.shape[1]
    converged = np.zeros(beta.shape[0], dtype=bool)
    active = np.arange(beta.shape[0])
    value, score, information = likelihood(beta, active)
    ridge = SINGULAR * 1e-4 * np.eye(q)  # lets singular rows be solved; they are rejected below
    for _ in range(STEPS):
        step = np.linalg.solve(information + ridge, score[:, :, None])[:, :, 0]
        expected_gain = np.einsum("bq,bq->b", score, step)
        trial = beta[active] + step
        new = likelihood(trial, active)
        size = np.ones(active.size)
        for _ in range(HALVINGS):
            worse = np.flatnonzero((new[0] < value) & (expected_gain > CONVERGED))
            if not worse.size:
                break
            size[worse] /= 2
            trial[worse] = beta[active[worse]] + size[worse, None] * step[worse]
            for part, halved in zip(new, likelihood(trial[worse], active[worse]), strict=True):
                part[worse] = halved
        beta[active] = trial
        finished = expected_gain < CONVERGED
        regular = np.linalg.eigvalsh(new[2][finished])[:, 0] > SINGULAR
        converged[active[finished]] = regular
        active = active[~finished]
        if not active.size:
            break
        value, score, information = (part[~finished] for part in new)
    beta[~converged] = np.nan
    return beta
