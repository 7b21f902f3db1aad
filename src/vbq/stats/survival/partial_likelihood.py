"""The partial likelihood of proportional hazards, with arbitrary weights in the risk sets.

Each event has a row of risk weights over all subjects: in Cox's model 1 for those at risk (less for
tied events in Efron's method); in Fine & Gray's model also the probability of still being followed
for subjects with a competing event.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from vbq.errors import InputError
from vbq.stats.checks import Floats, Interval, check_confidence, finite_array, predictor_names
from vbq.stats.regression.binary_data import check_rank

RiskWeights = Callable[[int, int], Floats]  # events start:stop -> weights (stop - start, n)

BLOCK = 1 << 22  # number of risk weights held at once
STEPS = 50
HALVINGS = 20
CONVERGED = 1e-13  # relative gain in log-likelihood
DIVERGENT = 0.05  # step, in SDs, of a coefficient that moves without gain in likelihood


@dataclass(frozen=True)
class HazardRatio:
    """One coefficient of a proportional-hazards model.

    Attributes:
        name: Name of the predictor.
        coefficient: Log (sub-distribution) hazard ratio per unit.
        standard_error: Standard error of the coefficient.
        hazard_ratio: (Sub-distribution) hazard ratio per unit.
        interval: Wald interval of the hazard ratio.
        p: Two-sided Wald p-value.
    """

    name: str
    coefficient: float
    standard_error: float
    hazard_ratio: float
    interval: Interval
    p: float


@dataclass(frozen=True, eq=False)
class PartialFit:
    """The maximum of a partial likelihood.

    Attributes:
        coefficients: Shape (p,), log hazard ratios.
        information: Shape (p, p), observed information.
        log_likelihood: Log-likelihood at the coefficients.
        null_log_likelihood: Log-likelihood with all coefficients 0.
        score_residuals: Shape (n, p), each subject's contribution to the gradient.
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
        InputError: missing values, a wrong number of rows or names, constant or collinear
            predictors, or too few rows.
    """
    x = finite_array(design, "predictor values", dimensions=2)
    labels = predictor_names(names, x.shape[1])
    if x.shape[0] != n or len(labels) != x.shape[1] or not labels:
        raise InputError(
            f"{x.shape[0]} rows of {x.shape[1]} predictors do not match {n} subjects and "
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


def maximise(x: Floats, events: NDArray[np.intp], risk: RiskWeights) -> PartialFit:
    """Maximise the partial likelihood by Newton's method with step halving.

    Args:
        x: Shape (n, p), of full rank.
        events: Shape (e,), index of the subject with each event, ordered by time.
        risk: Function that gives the weights of all subjects in the risk sets of some events.

    Raises:
        InputError: the likelihood has no maximum: a predictor, or a combination of predictors,
            orders the events perfectly, or so nearly that the computation overflows.
    """
    spread = x.std(axis=0)
    z = (x - x.mean(axis=0)) / spread
    beta = np.zeros(x.shape[1])
    value, scores, information = _derivatives(z, events, risk, beta)
    null, step = value, beta
    for _ in range(STEPS):
        step = np.linalg.lstsq(information, scores.sum(axis=0), rcond=None)[0]
        size, noise = 1.0, CONVERGED * (1 + abs(value))
        for _ in range(HALVINGS):
            trial = _derivatives(z, events, risk, beta + size * step)
            # the likelihood is infinite where all hazards of a risk set underflow
            if np.isfinite(trial[0]) and trial[0] >= value - noise:
                break
            size /= 2
        if not all(np.isfinite(part).all() for part in trial):
            raise _separation()
        gain = trial[0] - value
        beta = beta + size * step
        value, scores, information = trial
        if abs(gain) <= noise:
            break
    if np.abs(step).max() > DIVERGENT or np.linalg.matrix_rank(information) < beta.size:
        raise _separation()
    return PartialFit(
        coefficients=beta / spread,
        information=information * np.outer(spread, spread),
        log_likelihood=value,
        null_log_likelihood=null,
        score_residuals=scores * spread,
    )


def _separation() -> InputError:
    return InputError(
        "The predictors order the events perfectly, so that hazard ratios are infinite.",
        remedy="Declare fewer predictors, or merge rare categories.",
        code="separation",
    )


def hazard_ratios(
    names: Sequence[str], coefficients: Floats, covariance: Floats, confidence: float
) -> tuple[HazardRatio, ...]:
    """Hazard ratios with Wald intervals and p-values.

    Args:
        names: p names of the predictors.
        coefficients: Shape (p,), log hazard ratios.
        covariance: Shape (p, p), of the coefficients.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: the confidence level is out of range.
    """
    check_confidence(confidence)
    z = float(stats.norm.isf((1 - confidence) / 2))
    ratios = []
    for name, b, error in zip(names, coefficients, np.sqrt(np.diag(covariance)), strict=True):
        low, centre, high = (float(v) for v in np.exp([b - z * error, b, b + z * error]))
        p = 2 * float(stats.norm.sf(abs(b) / error))
        ratios.append(HazardRatio(name, float(b), float(error), centre, (low, high), p))
    return tuple(ratios)


def _derivatives(
    z: Floats, events: NDArray[np.intp], risk: RiskWeights, beta: Floats
) -> tuple[float, Floats, Floats]:
    """Log partial likelihood, score residuals, shape (n, p), and information, shape (p, p)."""
    n = z.shape[0]
    eta = z @ beta
    largest = float(eta.max())
    hazard = np.exp(eta - largest)
    value = float(eta[events].sum()) - largest * events.size
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
