"""Many logistic regressions at once: one for each column of resampling counts.

Maximum likelihood by Newton's method with step halving, as `vbq.stats.regression.logistic`, on all
resamples together. Only resamples that have not converged are worked on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    # coefficients (b, q) and which resamples they belong to (b,) give log-likelihood (b,),
    # score (b, q) and information (b, q, q)
    Likelihood = Callable[[Floats, NDArray[np.intp]], tuple[Floats, Floats, Floats]]

__all__ = ["fit_batch", "recalibrate_batch"]

STEPS = 25
HALVINGS = 12
CONVERGED = 1e-10  # gain of log-likelihood the last step promised; as for a single fit
# Smallest eigenvalue of the information, in a basis where predictors have mean square 1/n: an
# average p(1 - p). Below it the outcome is separated, or a category is missing from the resample.
SINGULAR = 1e-8
BLOCK = 1 << 14  # subjects handled at once


def fit_batch(basis: Floats, outcome: Floats, counts: Floats, start: Floats) -> Floats:
    """Coefficients of one logistic regression a resample.

    Args:
        basis: Shape (n, q), orthonormal columns that span the predictors and the intercept, as
            Q of a QR decomposition: predictors in very different units then cost no digits.
        outcome: Shape (n,), 0 or 1.
        counts: Shape (b, n), how often each subject occurs in each resample.
        start: Shape (q,), coefficients of the basis to start from, as those of all subjects.

    Returns:
        Shape (b, q), of the basis. NaN in the rows of resamples whose likelihood has no maximum.
    """
    sign = 2 * outcome - 1

    def likelihood(at: Floats, which: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
        b, q = at.shape
        value, score, information = np.zeros(b), np.zeros((b, q)), np.zeros((b, q, q))
        for first in range(0, outcome.size, BLOCK):
            rows = slice(first, first + BLOCK)
            part = basis[rows]
            v, residual, weight = _terms(at @ part.T, sign[rows], counts[which, rows])
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
        counts: Shape (b, n), how often each subject is judged.

    Returns:
        Intercept and slope, shape (b, 2), and the log-likelihood of the recalibrated
        predictions, shape (b,). NaN where the likelihood has no maximum.
    """
    total = counts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.einsum("bn,bn->b", counts, log_odds) / total
        u = log_odds - mean[:, None]
        scale = np.sqrt(np.einsum("bn,bn,bn->b", counts, u, u) / total)
        u /= scale[:, None]
    sign = 2 * outcome - 1
    usable = np.isfinite(scale) & (scale > 1e-9)
    root = np.sqrt(total)  # in the basis (1, u) / root the information is an average p(1 - p)

    def likelihood(at: Floats, which: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
        x, rows = u[which], root[which, None]
        value, residual, weight = _terms(
            at[:, :1] / rows + at[:, 1:] / rows * x, sign, counts[which]
        )
        score = np.stack([residual.sum(axis=1), np.einsum("bn,bn->b", residual, x)], axis=1)
        weighted = weight * x
        cross, square = weighted.sum(axis=1), np.einsum("bn,bn->b", weighted, x)
        information = np.stack([weight.sum(axis=1), cross, cross, square], axis=1)
        return value, score / rows, information.reshape(-1, 2, 2) / rows[:, :, None] ** 2

    found = np.full((total.size, 2), np.nan)
    value = np.full(total.size, np.nan)
    which = np.flatnonzero(usable)
    if which.size:
        start = np.stack([mean[which], scale[which]], axis=1) * root[which, None]
        found[which] = _maximise(lambda at, rows: likelihood(at, which[rows]), start)
        value[which] = likelihood(found[which], which)[0]
    slope = found[:, 1] / root / np.where(usable, scale, np.nan)
    return np.stack([found[:, 0] / root - slope * mean, slope], axis=1), value


def _terms(log_odds: Floats, sign: Floats, counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood (b,), residuals (b, n) and weights (b, n) of predictions (b, n)."""
    with np.errstate(over="ignore"):  # exp of over 709 is inf, and 1/inf the 0 that is meant
        odds_against = np.exp(-sign * log_odds)
    right = 1 / (1 + odds_against)
    wrong = 1 - right
    value = -np.einsum("bn,bn->b", counts, np.log1p(np.minimum(odds_against, 1e300)))
    residual = counts * wrong
    weight = residual * right
    residual *= sign
    return value, residual, weight


def _maximise(likelihood: Likelihood, start: Floats) -> Floats:
    """Newton's method; rows without a maximum become NaN."""
    at = start.copy()
    q = at.shape[1]
    converged = np.zeros(at.shape[0], dtype=bool)
    active = np.arange(at.shape[0])
    value, score, information = likelihood(at, active)
    ridge = SINGULAR * 1e-4 * np.eye(q)  # only lets a singular row be solved; it is rejected below
    for _ in range(STEPS):
        step = np.linalg.solve(information + ridge, score[:, :, None])[:, :, 0]
        promised = np.einsum("bq,bq->b", score, step)
        trial = at[active] + step
        new = likelihood(trial, active)
        size = np.ones(active.size)
        for _ in range(HALVINGS):
            worse = np.flatnonzero((new[0] < value) & (promised > CONVERGED))
            if not worse.size:
                break
            size[worse] /= 2
            trial[worse] = at[active[worse]] + size[worse, None] * step[worse]
            for kept, again in zip(new, likelihood(trial[worse], active[worse]), strict=True):
                kept[worse] = again
        at[active] = trial
        done = promised < CONVERGED
        sound = np.linalg.eigvalsh(new[2][done])[:, 0] > SINGULAR
        converged[active[done]] = sound
        active = active[~done]
        if not active.size:
            break
        value, score, information = (kept[~done] for kept in new)
    at[~converged] = np.nan
    return at
