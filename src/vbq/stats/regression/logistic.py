"""Logistic regression by maximum likelihood.

McCullagh P, Nelder JA. Generalized Linear Models, 2nd ed. Chapman & Hall 1989, ch. 2 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from vbq.stats.regression.binary_data import binary_data
from vbq.stats.regression.binary_model import BinaryModel, Maximum, not_converged
from vbq.stats.regression.separation import find_separation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Logistic", "fit_logistic", "log_likelihood", "maximise"]

CONVERGED = 1e-10  # gain of log-likelihood that the next step promises; that step is still taken
# A fit converged by that measure leaves no separated subject of weight 1 with |log-odds| below
# -log(1e-10), which is 23. So where all are below 20, the search for separation is spared.
EXTREME = 20.0
STEPS = 100


@dataclass(frozen=True, eq=False)
class Logistic(BinaryModel):
    """Logistic regression fitted by maximum likelihood."""

    penalised = False

    def constrained(
        self, columns: list[int], values: list[float], start: NDArray[np.float64] | None = None
    ) -> Maximum:
        """See `BinaryModel.constrained`."""
        data = self.data
        held = data.design[:, columns] @ np.asarray(values)
        free = np.delete(np.arange(self.coefficients.size), columns)
        best = maximise(
            data.design[:, free],
            data.outcome,
            offset=data.offset + held,
            weights=data.weights,
            start=(self.follow(columns, values) if start is None else start)[free],
        )
        if not best.converged:
            raise not_converged(best.iterations)
        everywhere = np.empty(self.coefficients.size)
        everywhere[columns], everywhere[free] = values, best.coefficients
        return Maximum(
            everywhere, best.covariance, best.log_likelihood, best.iterations, converged=True
        )


def fit_logistic(
    design: ArrayLike,
    outcome: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    offset: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Logistic:
    """Fits log-odds = intercept + design · coefficients + offset.

    Args:
        design: Shape (n, p), the predictors without the intercept, in any units.
        outcome: Shape (n,), 0 or 1.
        names: p names of the predictors.
        offset: Shape (n,), a part of the log-odds known beforehand.
        weights: Shape (n,), not negative: how many subjects each row stands for.

    Raises:
        UsageError: shapes do not fit one another, or names repeat.
        InputError: as `binary_data`; or ``separation``: predictors tell the outcome without error,
            so that odds ratios are infinite; or ``not_converged``.
    """
    data = binary_data(design, outcome, names=names, offset=offset, weights=weights)
    best = maximise(data.design, data.outcome, offset=data.offset, weights=data.weights)
    used = data.weights > 0
    farthest = np.abs(data.design @ best.coefficients + data.offset)[used].max()
    extreme = farthest > EXTREME + min(0.0, float(np.log(data.weights[used].min())))
    if extreme or not best.converged:
        separation = find_separation(data.design[used], data.outcome[used], data.names)
        if separation is not None:
            raise separation.error()
    if not best.converged:
        raise not_converged(best.iterations)
    null = maximise(data.design[:, :1], data.outcome, offset=data.offset, weights=data.weights)
    return Logistic(
        data=data,
        coefficients=best.coefficients,
        covariance=best.covariance,
        log_likelihood=best.log_likelihood,
        null_log_likelihood=null.log_likelihood,
        iterations=best.iterations,
    )


def maximise(
    x: NDArray[np.float64],
    outcome: NDArray[np.float64],
    *,
    offset: NDArray[np.float64],
    weights: NDArray[np.float64],
    start: NDArray[np.float64] | None = None,
) -> Maximum:
    """Newton's method (iteratively reweighted least squares) with step halving.

    The steps are taken in an orthonormal basis of the columns of ``x``, so that predictors in
    very different units, or far from 0, cost no digits.

    Args:
        x: Shape (n, q), full rank; with the intercept where there is one. q may be 0.
        outcome: Shape (n,), 0 or 1.
        offset: Shape (n,).
        weights: Shape (n,), not negative.
        start: Shape (q,), coefficients to start from; 0 where not given.
    """
    q, r = np.linalg.qr(x * (weights > 0)[:, None])
    at = np.zeros(x.shape[1]) if start is None else r @ start
    log_odds = q @ at + offset
    value = log_likelihood(log_odds, outcome, weights)
    root = np.zeros_like(r)
    converged, steps = False, 0
    while not converged and steps < STEPS:
        steps += 1
        risk = expit(log_odds)
        score = q.T @ (weights * (outcome - risk))
        try:
            root = _inverse_root(q, weights * risk * (1 - risk))
            step = root @ (root.T @ score)
            converged = bool(score @ step < CONVERGED)
        except np.linalg.LinAlgError:
            # too far off to see any curvature, which is at most a quarter of the largest weight:
            # this step always climbs (Böhning D, Lindsay BG. Ann Inst Stat Math 1988;40:641-663)
            step = 4 * score / weights.max()
        log_odds = q @ (at + step) + offset
        new = log_likelihood(log_odds, outcome, weights)
        while not (new >= value or converged) and np.abs(step).max() > CONVERGED:
            step /= 2
            log_odds = q @ (at + step) + offset
            new = log_likelihood(log_odds, outcome, weights)
        at, value = at + step, new
    if converged:
        risk = expit(log_odds)
        try:
            root = _inverse_root(q, weights * risk * (1 - risk))
        except np.linalg.LinAlgError:  # the last step left for infinity: separation, as a rule
            converged = False
    back = np.linalg.inv(r)
    root = back @ root
    return Maximum(back @ at, root @ root.T, value, steps, converged)


def log_likelihood(
    log_odds: NDArray[np.float64], outcome: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """Bernoulli log-likelihood, exact however extreme the log-odds."""
    return float(weights @ (outcome * log_odds - np.logaddexp(0, log_odds)))


def _inverse_root(x: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix M with M Mᵀ = (xᵀ diag(weights) x)⁻¹."""
    factor = np.linalg.cholesky(x.T @ (weights[:, None] * x))
    inverse: NDArray[np.float64] = np.linalg.inv(factor).T
    return inverse
