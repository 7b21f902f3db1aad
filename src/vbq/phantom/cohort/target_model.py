"""Shifting patients as little as possible until a logistic model of them has target estimates.

Outcome and binary predictors stay fixed. The continuous predictors are shifted, by least squares
in units of their standard deviations, until the likelihood equations hold at the target odds ratios
and the target standard errors, likelihood-ratio statistics and group means are met. The equations
are solved by Gauss-Newton steps of minimum norm with exact derivatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from vbq.errors import RefusalError
from vbq.stats.regression.logistic import log_likelihood, maximise

if TYPE_CHECKING:
    Floats = NDArray[np.float64]

MAX_STEPS = 50
TOLERANCE = 1e-9
MAX_STEP_SIZE = 0.5  # root mean square of the shifts, in SDs


@dataclass(frozen=True, eq=False)
class TargetModel:
    """Estimates that the logistic model is to have; columns are numbered from 0.

    Attributes:
        coefficients: Log odds ratios, shape (p,).
        standard_errors: Standard errors of coefficients, by column.
        chi2: Likelihood-ratio chi-square statistics, by column.
        means: Mean without and with the event in all patients, by column.
    """

    coefficients: Floats
    standard_errors: dict[int, float]
    chi2: dict[int, float]
    means: dict[int, tuple[float, float]]


def shift_to_target(
    design: Floats,
    outcome: Floats,
    modelled: NDArray[np.bool_],
    moving: dict[int, float],
    target: TargetModel,
) -> tuple[Floats, float]:
    """Shift the moving columns until the target is met.

    Args:
        design: Predictors of the patients, shape (n, p).
        outcome: 0 or 1, shape (n,).
        modelled: Patients in the model, shape (n,).
        moving: Standard deviation of each column that may be shifted, by column.
        target: Target estimates.

    Returns:
        The shifted design; the intercept of the model.

    Raises:
        RefusalError: The target is not met within 50 steps.
    """
    x = design.copy()
    intercept = _fit_intercept(x, outcome, modelled, target)
    for _ in range(MAX_STEPS):
        residuals, jacobian = _estimating_equations(x, outcome, modelled, intercept, target)
        if np.abs(residuals).max() < TOLERANCE:
            return x, intercept
        intercept_step, shifts = _gauss_newton_step(residuals, jacobian, moving, x.shape)
        share = min(1.0, MAX_STEP_SIZE / _root_mean_square(shifts))
        intercept += share * intercept_step
        for (column, sd), shift in zip(moving.items(), shifts.T, strict=True):
            x[:, column] += share * sd * shift
    raise RefusalError(
        "The patients drawn with this seed cannot be shifted to the published estimates.",
        remedy="Choose another seed.",
        code="not_reproduced",
    )


def first_step_size(
    design: Floats,
    outcome: Floats,
    modelled: NDArray[np.bool_],
    moving: dict[int, float],
    target: TargetModel,
) -> float:
    """Root mean square, in SDs, of the shifts in the first step of `shift_to_target`."""
    intercept = _fit_intercept(design, outcome, modelled, target)
    residuals, jacobian = _estimating_equations(design, outcome, modelled, intercept, target)
    return _root_mean_square(_gauss_newton_step(residuals, jacobian, moving, design.shape)[1])


def _root_mean_square(shifts: Floats) -> float:
    return float(np.sqrt(np.mean(shifts**2)))


def _fit_intercept(x: Floats, y: Floats, modelled: NDArray[np.bool_], target: TargetModel) -> float:
    """Maximum-likelihood intercept, the coefficients being those of the target."""
    offset, unit = x[modelled] @ target.coefficients, np.ones(int(modelled.sum()))
    fit = maximise(unit[:, None], y[modelled], offset=offset, weights=unit)
    return float(fit.coefficients[0])


def _gauss_newton_step(
    residuals: Floats, jacobian: Floats, moving: dict[int, float], shape: tuple[int, ...]
) -> tuple[float, Floats]:
    """Change of the intercept, and shifts in SDs, shape (n, moving columns)."""
    by_cell = jacobian[:, 1:].reshape(-1, *shape)[:, :, list(moving)]
    scaled = by_cell * np.array(list(moving.values()))
    free = np.column_stack([jacobian[:, 0], scaled.reshape(len(residuals), -1)])
    step = -np.linalg.lstsq(free, residuals)[0]
    return float(step[0]), step[1:].reshape(shape[0], len(moving))


def _estimating_equations(
    x: Floats, y: Floats, modelled: NDArray[np.bool_], intercept: float, target: TargetModel
) -> tuple[Floats, Floats]:
    """Residual of each equation, and its derivatives by the intercept and by every cell of x.

    Shapes (equations,) and (equations, 1 + n·p).
    """
    n, p = x.shape
    matrix = np.column_stack([np.ones(n), x])
    beta = np.concatenate([[intercept], target.coefficients])
    risk = expit(matrix @ beta)
    weight = modelled * risk * (1 - risk)
    residual = modelled * (y - risk)
    weight_slope = weight * (1 - 2 * risk)  # derivative of the weight by the linear predictor
    residuals: list[float] = []
    jacobian: list[Floats] = []

    def add_equation(value: float, by_intercept: float, by_cell: Floats) -> None:
        residuals.append(value)
        jacobian.append(np.concatenate([[by_intercept], by_cell.ravel()]))

    for k in range(p + 1):  # likelihood equations
        by_cell = -np.outer(weight * matrix[:, k], target.coefficients)
        if k:
            by_cell[:, k - 1] += residual
        add_equation(float(matrix[:, k] @ residual), -float(matrix[:, k] @ weight), by_cell)
    covariance = np.linalg.inv(matrix.T @ (weight[:, None] * matrix))
    projected = matrix @ covariance
    for k, standard_error in target.standard_errors.items():
        c = projected[:, k + 1]
        variance = float(covariance[k + 1, k + 1])
        by_cell = -2 * np.outer(weight * c, covariance[k + 1, 1:])
        by_cell -= np.outer(weight_slope * c**2, target.coefficients)
        add_equation(
            float(np.log(variance / standard_error**2)),
            -float(weight_slope @ c**2) / variance,
            by_cell / variance,
        )
    unit = np.ones(int(modelled.sum()))
    in_model = matrix[modelled]
    full = log_likelihood(in_model @ beta, y[modelled], unit)
    for k, chi2 in target.chi2.items():
        columns = np.delete(np.arange(p + 1), k + 1)
        reduced = maximise(in_model[:, columns], y[modelled], offset=0 * unit, weights=unit)
        reduced_beta = np.insert(reduced.coefficients, k + 1, 0.0)
        reduced_residual = modelled * (y - expit(matrix @ reduced_beta))
        by_cell = np.outer(residual, beta[1:]) - np.outer(reduced_residual, reduced_beta[1:])
        add_equation(
            2 * (full - reduced.log_likelihood) / chi2 - 1,
            2 * float(residual.sum()) / chi2,
            2 * by_cell / chi2,
        )
    for k, means in target.means.items():
        for group, mean in enumerate(means):
            rows = y == group
            by_cell = np.zeros((n, p))
            by_cell[rows, k] = 1 / rows.sum()
            add_equation(float(x[rows, k].mean()) - mean, 0.0, by_cell)
    return np.array(residuals), np.array(jacobian)
