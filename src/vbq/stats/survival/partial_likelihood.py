"""The partial likelihood of proportional hazards, with any weights in the risk sets.

Each event is one row of risk weights over all subjects: 1 for those at risk in Cox's model (in
Efron's treatment of ties the tied events count in part), the probability of still being followed
for subjects with a competing event in Fine & Gray's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vbq.errors import InputError
from vbq.stats.checks import Interval, check_level, finite
from vbq.stats.regression.binary_data import check_rank

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["HazardRatio", "PartialFit", "RiskRows", "check_design", "hazard_ratios", "maximise"]

Floats = NDArray[np.float64]
RiskRows = Callable[[int, int], Floats]  # events from, to -> weights (to - from, n)

BLOCK = 1 << 22  # numbers of risk weights held at once
STEPS = 50
HALVINGS = 20
CONVERGED = 1e-13  # gain in log-likelihood, relative
RUNAWAY = 0.05  # SDs that a coefficient still moves though the likelihood no longer gains


@dataclass(frozen=True)
class HazardRatio:
    """One coefficient of a proportional-hazards model.

    Attributes:
        name: Of the predictor.
        coefficient: Log (sub-distribution) hazard ratio per unit.
        standard_error: Of the coefficient.
        hazard_ratio: Its exponential.
        interval: Wald interval of the hazard ratio.
        p: Wald p-value, two-sided.
    """

    name: str
    coefficient: float
    standard_error: float
    hazard_ratio: float
    interval: Interval
    p: float


@dataclass(frozen=True, eq=False)
class PartialFit:
    """Where a partial likelihood is largest.

    Attributes:
        coefficients: Shape (p,).
        information: Shape (p, p), observed.
        log_likelihood: At the coefficients.
        null_log_likelihood: With all coefficients 0.
        score_residuals: Shape (n, p), each subject's part of the gradient.
    """

    coefficients: Floats
    information: Floats
    log_likelihood: float
    null_log_likelihood: float
    score_residuals: Floats


def check_design(
    design: ArrayLike, n: int, names: Sequence[str] | None
) -> tuple[Floats, tuple[str, ...]]:
    """Predictors, shape (n, p), of full rank, and their names.

    Raises:
        InputError: missing values, wrong length, constant or collinear predictors, too few rows.
    """
    x = finite(design, "predictor values", dimensions=2)
    labels = tuple(f"x{j + 1}" for j in range(x.shape[1])) if names is None else tuple(names)
    if x.shape[0] != n or len(labels) != x.shape[1] or not labels:
        raise InputError(
            f"{x.shape[0]} rows of {x.shape[1]} predictors do not fit {n} subjects and "
            f"{len(labels)} names.",
            remedy="Give one row for each subject and one name for each predictor.",
            code="wrong_shape",
        )
    if n <= len(labels) + 1:
        raise InputError(
            f"{n} subjects are too few for {len(labels)} predictors.",
            remedy="Declare fewer predictors or add subjects.",
            code="too_few",
        )
    check_rank(np.column_stack([np.ones(n), x]), ("intercept", *labels))
    return x, labels


def maximise(x: Floats, events: NDArray[np.intp], risk: RiskRows) -> PartialFit:
    """Newton's method with step halving.

    Args:
        x: Shape (n, p), of full rank.
        events: Shape (e,), the subject of each event.
        risk: Weights of all subjects in the risk sets of the events.

    Raises:
        InputError: the likelihood has no maximum: a predictor, or a combination of them, orders the
            events perfectly, or so nearly that its numbers overflow.
    """
    spread = x.std(axis=0)
    z = (x - x.mean(axis=0)) / spread
    beta = np.zeros(x.shape[1])
    value, scores, information = _at(z, events, risk, beta)
    null, step = value, beta
    for _ in range(STEPS):
        step = np.linalg.lstsq(information, scores.sum(axis=0), rcond=None)[0]
        size, noise = 1.0, CONVERGED * (1 + abs(value))
        for _ in range(HALVINGS):
            trial = _at(z, events, risk, beta + size * step)
            # where the hazards of a whole risk set are lost to rounding, the likelihood is infinite
            if np.isfinite(trial[0]) and trial[0] >= value - noise:
                break
            size /= 2
        if not all(np.isfinite(part).all() for part in trial):
            raise _ordered()
        gain = trial[0] - value
        beta = beta + size * step
        value, scores, information = trial
        if abs(gain) <= noise:
            break
    if np.abs(step).max() > RUNAWAY or np.linalg.matrix_rank(information) < beta.size:
        raise _ordered()
    return PartialFit(
        coefficients=beta / spread,
        information=information * np.outer(spread, spread),
        log_likelihood=value,
        null_log_likelihood=null,
        score_residuals=scores * spread,
    )


def _ordered() -> InputError:
    return InputError(
        "The predictors order the events perfectly; hazard ratios are infinite.",
        remedy="Declare fewer predictors, or merge rare categories.",
        code="separation",
    )


def hazard_ratios(
    names: Sequence[str], coefficients: Floats, covariance: Floats, confidence: float
) -> tuple[HazardRatio, ...]:
    """Coefficients with Wald intervals and p-values."""
    check_level(confidence)
    reach = float(stats.norm.isf((1 - confidence) / 2))
    found = []
    for name, b, error in zip(names, coefficients, np.sqrt(np.diag(covariance)), strict=True):
        low, centre, high = (float(v) for v in np.exp([b - reach * error, b, b + reach * error]))
        p = 2 * float(stats.norm.sf(abs(b) / error))
        found.append(HazardRatio(name, float(b), float(error), centre, (low, high), p))
    return tuple(found)


def _at(
    z: Floats, events: NDArray[np.intp], risk: RiskRows, beta: Floats
) -> tuple[float, Floats, Floats]:
    """Log partial likelihood, score residuals (n, p) and information (p, p)."""
    n = z.shape[0]
    eta = z @ beta
    top = float(eta.max())
    hazard = np.exp(eta - top)
    value = float(eta[events].sum()) - top * events.size
    scores = np.zeros_like(z)
    information = np.zeros((z.shape[1], z.shape[1]))
    rows = max(1, BLOCK // n)
    for start in range(0, events.size, rows):
        stop = min(start + rows, events.size)
        share = risk(start, stop) * hazard
        total = share.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            value -= float(np.log(total).sum())
            share /= total[:, None]
        means = share @ z
        weight = share.sum(axis=0)
        np.add.at(scores, events[start:stop], z[events[start:stop]] - means)
        scores -= weight[:, None] * z - share.T @ means
        information += (z.T * weight) @ z - means.T @ means
    return value, scores, information
