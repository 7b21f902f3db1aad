"""Patients moved as little as possible until a logistic model of them prints what is wanted.

The patients keep their outcome and their yes/no predictors; the continuous predictors are shifted,
by least squares in units of their standard deviations, until the likelihood equations hold at the
wanted odds ratios, and standard errors, likelihood-ratio statistics and group means are met.
Gauss-Newton steps of least norm; all derivatives are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from vbq.errors import RefusalError
from vbq.stats.regression.logistic import log_likelihood, maximise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["TargetModel", "first_step_size", "shift_to_target"]

STEPS = 50
MET = 1e-9
LONGEST = 0.5  # of a step, as its root mean square in SDs


@dataclass(frozen=True, eq=False)
class TargetModel:
    """What the model is to print; columns are counted from 0.

    Attributes:
        coefficients: Shape (p,), log odds ratios.
        standard_errors: Of some of them.
        chi2: Likelihood-ratio statistics of some of them.
        means: Of a column: without and with the event, in all patients.
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
        design: Shape (n, p), where the patients start.
        outcome: Shape (n,), 0 or 1.
        modelled: Shape (n,), the patients whom the model is of.
        moving: Columns that may move, with their standard deviations.
        target: What is wanted.

    Returns:
        The design; the model's intercept.

    Raises:
        RefusalError: it is not met in 50 steps.
    """
    x = design.copy()
    intercept = _level(x, outcome, modelled, target)
    for _ in range(STEPS):
        excess, slope = _equations(x, outcome, modelled, intercept, target)
        if np.abs(excess).max() < MET:
            return x, intercept
        up, shift = _step(excess, slope, moving, x.shape)
        size = float(np.sqrt(np.mean(shift**2)))
        share = min(1.0, LONGEST / size)
        intercept += share * up
        for (column, sd), move in zip(moving.items(), shift.T, strict=True):
            x[:, column] += share * sd * move
    raise RefusalError(
        "No patients were found of whom the model prints the published figures.",
        remedy="Take another seed.",
        code="not_reproduced",
    )


def first_step_size(
    design: Floats,
    outcome: Floats,
    modelled: NDArray[np.bool_],
    moving: dict[int, float],
    target: TargetModel,
) -> float:
    """Root mean square, in SDs, of the first step that `shift_to_target` would take."""
    intercept = _level(design, outcome, modelled, target)
    excess, slope = _equations(design, outcome, modelled, intercept, target)
    return float(np.sqrt(np.mean(_step(excess, slope, moving, design.shape)[1] ** 2)))


def _level(x: Floats, y: Floats, modelled: NDArray[np.bool_], target: TargetModel) -> float:
    """The intercept that fits best where the patients start."""
    offset, ones = x[modelled] @ target.coefficients, np.ones(int(modelled.sum()))
    fitted = maximise(ones[:, None], y[modelled], offset=offset, weights=ones)
    return float(fitted.coefficients[0])


def _step(
    excess: Floats, slope: Floats, moving: dict[int, float], shape: tuple[int, ...]
) -> tuple[float, Floats]:
    """Change of the intercept, and shifts of shape (n, moving columns) in SDs."""
    by_cell = slope[:, 1:].reshape(-1, *shape)[:, :, list(moving)] * np.array(list(moving.values()))
    jacobian = np.column_stack([slope[:, 0], by_cell.reshape(len(excess), -1)])
    step = -np.linalg.lstsq(jacobian, excess)[0]
    return float(step[0]), step[1:].reshape(shape[0], len(moving))


def _equations(
    x: Floats, y: Floats, modelled: NDArray[np.bool_], intercept: float, target: TargetModel
) -> tuple[Floats, Floats]:
    """What is left of each equation, and its derivatives by the intercept and every cell.

    Shapes (equations,) and (equations, 1 + n·p).
    """
    n, p = x.shape
    whole = np.column_stack([np.ones(n), x])
    beta = np.concatenate([[intercept], target.coefficients])
    risk = expit(whole @ beta)
    weight = modelled * risk * (1 - risk)
    residual = modelled * (y - risk)
    bent = weight * (1 - 2 * risk)
    left: list[float] = []
    slopes: list[Floats] = []

    def equation(value: float, by_intercept: float, by_cell: Floats) -> None:
        left.append(value)
        slopes.append(np.concatenate([[by_intercept], by_cell.ravel()]))

    for k in range(p + 1):  # the likelihood equations
        by_cell = -np.outer(weight * whole[:, k], target.coefficients)
        if k:
            by_cell[:, k - 1] += residual
        equation(float(whole[:, k] @ residual), -float(whole[:, k] @ weight), by_cell)
    covariance = np.linalg.inv(whole.T @ (weight[:, None] * whole))
    turned = whole @ covariance
    for k, wanted in target.standard_errors.items():
        c = turned[:, k + 1]
        variance = float(covariance[k + 1, k + 1])
        by_cell = -2 * np.outer(weight * c, covariance[k + 1, 1:])
        by_cell -= np.outer(bent * c**2, target.coefficients)
        equation(
            float(np.log(variance / wanted**2)), -float(bent @ c**2) / variance, by_cell / variance
        )
    ones = np.ones(int(modelled.sum()))
    inside = whole[modelled]
    full = log_likelihood(inside @ beta, y[modelled], ones)
    for k, wanted in target.chi2.items():
        kept = np.delete(np.arange(p + 1), k + 1)
        held = maximise(inside[:, kept], y[modelled], offset=0 * ones, weights=ones)
        without = np.insert(held.coefficients, k + 1, 0.0)
        other = modelled * (y - expit(whole @ without))
        by_cell = np.outer(residual, beta[1:]) - np.outer(other, without[1:])
        equation(
            2 * (full - held.log_likelihood) / wanted - 1,
            2 * float(residual.sum()) / wanted,
            2 * by_cell / wanted,
        )
    for k, means in target.means.items():
        for group, mean in enumerate(means):
            rows = y == group
            by_cell = np.zeros((n, p))
            by_cell[rows, k] = 1 / rows.sum()
            equation(float(x[rows, k].mean()) - mean, 0.0, by_cell)
    return np.array(left), np.array(slopes)
