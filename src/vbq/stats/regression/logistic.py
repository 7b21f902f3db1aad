"""Logistic regression by maximum likelihood.

McCullagh P, Nelder JA. Generalized Linear Models, 2nd ed. Chapman & Hall 1989, ch. 2 and 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from vbq.stats.checks import Floats
from vbq.stats.regression.binary_data import binary_data
from vbq.stats.regression.binary_model import BinaryModel, Maximum, not_converged
from vbq.stats.regression.separation import find_separation

CONVERGED = 1e-10  # expected gain in log-likelihood of the next step, which is still taken
# In a fit converged by this criterion every separated subject of weight 1 has |log-odds| above
# -log(1e-10), which is 23. If all are below 20, there is no need to search for separation.
EXTREME = 20.0
STEPS = 100


@dataclass(frozen=True, eq=False)
class Logistic(BinaryModel):
    """Logistic regression fitted by maximum likelihood."""

    penalised = False

    def constrained(
        self, columns: list[int], values: list[float], start: Floats | None = None
    ) -> Maximum:
        """Maximise the likelihood with some coefficients fixed; see `BinaryModel.constrained`."""
        data = self.data
        fixed = data.design[:, columns] @ np.asarray(values)
        free = np.delete(np.arange(self.coefficients.size), columns)
        best = maximise(
            data.design[:, free],
            data.outcome,
            offset=data.offset + fixed,
            weights=data.weights,
            start=(self.quadratic_constrained(columns, values) if start is None else start)[free],
        )
        if not best.converged:
            raise not_converged(best.iterations)
        coefficients = np.empty(self.coefficients.size)
        coefficients[columns], coefficients[free] = values, best.coefficients
        return replace(best, coefficients=coefficients)


def fit_logistic(
    design: ArrayLike,
    outcome: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    offset: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Logistic:
    """Fit log-odds = intercept + design · coefficients + offset by maximum likelihood.

    Args:
        design: Shape (n, p), the predictors without the intercept, in any units.
        outcome: Shape (n,), 0 or 1.
        names: p names of the predictors.
        offset: Shape (n,), known part of the log-odds.
        weights: Shape (n,), not negative: number of subjects that each row represents.

    Raises:
        UsageError: shapes do not match, or names repeat.
        InputError: as `binary_data`; with the code ``separation`` if predictors separate the
            outcome, so that odds ratios are infinite; or with the code ``not_converged``.
    """
    data = binary_data(design, outcome, names=names, offset=offset, weights=weights)
    best = maximise(data.design, data.outcome, offset=data.offset, weights=data.weights)
    used = data.weights > 0
    largest = np.abs(data.design @ best.coefficients + data.offset)[used].max()
    extreme = largest > EXTREME + min(0.0, float(np.log(data.weights[used].min())))
    if extreme or not best.converged:
        separation = find_separation(data.design[used], data.outcome[used], data.names)
        if separation is not None:
            raise separation.error()
    if not best.converged:
        raise not_converged(best.iterations)
    null = maximise(data.design[:, :1], data.outcome, offset=data.offset, weights=data.weights)
    return Logistic.from_maximum(data, best, null)


def maximise(
    x: Floats,
    outcome: Floats,
    *,
    offset: Floats,
    weights: Floats,
    start: Floats | None = None,
) -> Maximum:
    """Maximise the likelihood by Newton's method with step halving.

    The steps are taken in an orthonormal basis of the columns of ``x``, so that predictors in very
    different units, or far from 0, do not lose precision.

    Args:
        x: Shape (n, q), of full rank, including the intercept if there is one; q may be 0.
        outcome: Shape (n,), 0 or 1.
        offset: Shape (n,), known part of the log-odds.
        weights: Shape (n,), not negative.
        start: Shape (q,), starting values of the coefficients; by default 0.
    """
    q, r = np.linalg.qr(x * (weights > 0)[:, None])
    beta = (
        np.zeros(x.shape[1]) if start is None else r @ start
    )  # coefficients in the orthonormal basis
    log_odds = q @ beta + offset
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
            # too far from the maximum for any curvature, which is at most a quarter of the largest
            # weight: this step always gains (Böhning D, Lindsay BG. Ann Inst Stat Math
            # 1988;40:641-663)
            step = 4 * score / weights.max()
        log_odds = q @ (beta + step) + offset
        new = log_likelihood(log_odds, outcome, weights)
        while not (new >= value or converged) and np.abs(step).max() > CONVERGED:
            step /= 2
            log_odds = q @ (beta + step) + offset
            new = log_likelihood(log_odds, outcome, weights)
        beta, value = beta + step, new
    if converged:
        risk = expit(log_odds)
        try:
            root = _inverse_root(q, weights * risk * (1 - risk))
        except np.linalg.LinAlgError:  # the last step diverged, usually because of separation
            converged = False
    inverse = np.linalg.inv(r)
    root = inverse @ root
    return Maximum(inverse @ beta, root @ root.T, value, steps, converged)


def log_likelihood(log_odds: Floats, outcome: Floats, weights: Floats) -> float:
    """Bernoulli log-likelihood, accurate for extreme log-odds; all arguments of shape (n,)."""
    return float(weights @ (outcome * log_odds - np.logaddexp(0, log_odds)))


def _inverse_root(x: Floats, weights: Floats) -> Floats:
    """A matrix M with M Mᵀ = (xᵀ diag(weights) x)⁻¹."""
    factor = np.linalg.cholesky(x.T @ (weights[:, None] * x))
    inverse: Floats = np.linalg.inv(factor).T
    return inverse
