"""Firth's penalised logistic regression: finite odds ratios where the outcome is separated.

The penalised log-likelihood is the log-likelihood plus half the log-determinant of the information
(Jeffreys' prior). Intervals and tests come from it, with the penalty of the full model even where
coefficients are fixed. The penalty biases predicted risks towards one half; FLIC and FLAC correct
that.

Firth D. Biometrika 1993;80:27-38, doi 10.1093/biomet/80.1.27.
Heinze G, Schemper M. Stat Med 2002;21:2409-2419, doi 10.1002/sim.1047.
FLIC, FLAC: Puhr R, Heinze G, Nold M, Lusa L, Geroldinger A. Stat Med 2017;36:2302-2317,
doi 10.1002/sim.7273.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from vbq.stats.checks import Floats
from vbq.stats.regression.binary_data import BinaryData, binary_data
from vbq.stats.regression.binary_model import BinaryModel, Maximum, not_converged
from vbq.stats.regression.logistic import log_likelihood, maximise

# Steps use the information without the curvature of the penalty and converge only linearly: the
# expected gain must be far smaller than with Newton steps.
CONVERGED = 1e-20
STEPS = 500
NOISE = 1e-11  # relative rounding error of a penalised log-likelihood


@dataclass(frozen=True, eq=False)
class Firth(BinaryModel):
    """Logistic regression fitted by Firth's penalised likelihood.

    ``log_likelihood`` and ``null_log_likelihood`` are the penalised ones, both with the penalty of
    the full model. With one or two events the penalised likelihood may have several maxima when a
    coefficient is fixed; a profile follows the maximum that is continuous with the estimate.
    """

    penalised = True

    def constrained(
        self, columns: list[int], values: list[float], start: Floats | None = None
    ) -> Maximum:
        """Maximise the likelihood with some coefficients fixed; see `BinaryModel.constrained`."""
        if start is None:
            start = self.quadratic_constrained(columns, values)
        coefficients = np.array(start)
        coefficients[columns] = values
        free = np.ones(coefficients.size, dtype=bool)
        free[columns] = False
        return _maximise(self.data, coefficients, free)


def fit_firth(
    design: ArrayLike,
    outcome: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    offset: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Firth:
    """Fit log-odds = intercept + design · coefficients + offset; the outcome may be separated.

    Args:
        design: Shape (n, p), the predictors without the intercept, in any units.
        outcome: Shape (n,), 0 or 1.
        names: p names of the predictors.
        offset: Shape (n,), known part of the log-odds.
        weights: Shape (n,), not negative: number of subjects that each row represents.

    Raises:
        UsageError: shapes do not match, or names repeat.
        InputError: as `binary_data`, or with the code ``not_converged``.
    """
    data = binary_data(design, outcome, names=names, offset=offset, weights=weights)
    columns = data.design.shape[1]
    free = np.ones(columns, dtype=bool)
    best = _maximise(data, np.zeros(columns), free)
    free[1:] = False
    null = _maximise(data, np.zeros(columns), free)
    return Firth.from_maximum(data, best, null)


def flic_coefficients(fit: Firth) -> Floats:
    """Firth's coefficients with an intercept by maximum likelihood (FLIC).

    The mean predicted risk then equals the observed share of events; odds ratios remain Firth's.

    Returns:
        Shape (p + 1,), the intercept first.
    """
    data = fit.data
    known = data.offset + data.design[:, 1:] @ fit.coefficients[1:]
    best = maximise(data.design[:, :1], data.outcome, offset=known, weights=data.weights)
    return np.concatenate([best.coefficients, fit.coefficients[1:]])


def flac_coefficients(fit: Firth) -> Floats:
    """Coefficients of Firth's regression with an added covariate (FLAC).

    Firth's penalty is equivalent to pseudo-subjects with half of each subject's leverage for either
    outcome. A covariate that distinguishes them from the subjects keeps predicted risks unbiased.

    Returns:
        Shape (p + 1,), the intercept first.
    """
    data = fit.data
    _, leverage = _information(data.design, data.weights, fit.probabilities())
    n = data.outcome.size
    design = np.tile(data.design, (3, 1))
    pseudo = np.repeat([0.0, 1.0, 1.0], n)
    best = maximise(
        np.column_stack([design, pseudo]),
        np.concatenate([data.outcome, data.outcome, 1 - data.outcome]),
        offset=np.tile(data.offset, 3),
        weights=np.concatenate([data.weights, leverage / 2, leverage / 2]),
    )
    return best.coefficients[:-1]


def _maximise(data: BinaryData, start: Floats, free: NDArray[np.bool_]) -> Maximum:
    """Maximise the penalised likelihood over the free coefficients; the others keep their values.

    Raises:
        InputError: it does not converge.
    """
    x, y, w = data.design, data.outcome, data.weights
    # the free coefficients move in an orthonormal basis of their columns
    q, r = np.linalg.qr(x[:, free])
    inverse = np.linalg.inv(r)
    full, scale = np.linalg.qr(x)
    constant = float(np.log(np.abs(np.diag(scale))).sum())
    fixed = data.offset + x[:, ~free] @ start[~free]
    beta = r @ start[free]
    value, score, information = _penalised(full, q, q @ beta + fixed, y, w)
    steps = 0
    while steps < STEPS and np.isfinite(value):
        steps += 1
        step = np.linalg.solve(information, score)
        gain = float(score @ step)
        trial = _penalised(full, q, q @ (beta + step) + fixed, y, w)
        while not trial[0] >= value - NOISE * abs(value) and gain > CONVERGED:
            step, gain = step / 2, gain / 2
            trial = _penalised(full, q, q @ (beta + step) + fixed, y, w)
        beta = beta + step
        value, score, information = trial
        if gain < CONVERGED:
            coefficients = start.copy()
            coefficients[free] = inverse @ beta
            covariance = inverse @ np.linalg.inv(information) @ inverse.T
            return Maximum(coefficients, covariance, value + constant, steps, converged=True)
    raise not_converged(steps)


def _penalised(
    full: Floats,
    free: Floats,
    log_odds: Floats,
    outcome: Floats,
    weights: Floats,
) -> tuple[float, Floats, Floats]:
    """Penalised log-likelihood, its score and the augmented information of the free columns.

    The augmented information, as in R's ``logistf``, is that of the data with the pseudo-subjects
    to which the penalty is equivalent (see `flac_coefficients`). The value is -∞ where the
    information is singular.

    Args:
        full: Shape (n, p + 1), orthonormal basis of all columns.
        free: Shape (n, q), orthonormal basis of the free columns.
        log_odds: Shape (n,).
        outcome: Shape (n,), 0 or 1.
        weights: Shape (n,), not negative.
    """
    risk = expit(log_odds)
    try:
        half_log_determinant, leverage = _information(full, weights, risk)
    except np.linalg.LinAlgError:
        q = free.shape[1]
        return -np.inf, np.zeros(q), np.eye(q)
    value = log_likelihood(log_odds, outcome, weights) + half_log_determinant
    score = free.T @ (weights * (outcome - risk) + leverage * (0.5 - risk))
    augmented = (weights + leverage) * risk * (1 - risk)
    return value, score, free.T @ (augmented[:, None] * free)


def _information(x: Floats, weights: Floats, risk: Floats) -> tuple[float, Floats]:
    """Half the log-determinant of the information, and each subject's leverage.

    Raises:
        LinAlgError: the information is singular.
    """
    rows = np.sqrt(weights * risk * (1 - risk))[:, None] * x
    factor = np.linalg.cholesky(rows.T @ rows)
    leverage = np.square(np.linalg.solve(factor, rows.T)).sum(axis=0)
    return float(np.log(np.diag(factor)).sum()), leverage
