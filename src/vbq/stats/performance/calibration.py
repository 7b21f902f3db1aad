"""Whether predicted probabilities are right: calibration in the large, intercept, slope, O:E.

Cox DR. Biometrika 1958;45:562-565, doi 10.1093/biomet/45.3-4.562 (intercept and slope).
Spiegelhalter DJ. Stat Med 1986;5:421-433, doi 10.1002/sim.4780050506.
Debray TPA et al. BMJ 2017;356:i6460, doi 10.1136/bmj.i6460 (interval of O:E).
Van Calster B et al. BMC Med 2019;17:230, doi 10.1186/s12916-019-1466-7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from vbq.errors import RefusalError
from vbq.stats.checks import Interval, check_level
from vbq.stats.performance.binary_outcome import logit, outcome_and_probabilities
from vbq.stats.regression.binary_model import not_converged
from vbq.stats.regression.logistic import maximise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Calibration", "CalibrationEstimate", "calibration"]


@dataclass(frozen=True)
class CalibrationEstimate:
    """A coefficient of a recalibration model, with its standard error and Wald interval."""

    estimate: float
    standard_error: float
    interval: Interval


@dataclass(frozen=True)
class Calibration:
    """How observed events compare with predicted probabilities.

    Attributes:
        n: Subjects.
        events: Subjects with the event.
        in_the_large: Intercept with the slope held at 1; 0 is right, above 0 risks are
            predicted too low.
        intercept: Intercept beside the slope.
        slope: Of the outcome on the predicted log-odds; 1 is right, below 1 predictions are too
            extreme, as those of an overfitted model are.
        observed_expected: Events over the sum of probabilities (O:E).
        observed_expected_interval: Its interval, on the log scale, E taken as known.
        spiegelhalter_z: Standard normal where all probabilities are right.
        spiegelhalter_p: Its two-sided p-value.
        confidence: Level of all intervals.
    """

    n: int
    events: int
    in_the_large: CalibrationEstimate
    intercept: CalibrationEstimate
    slope: CalibrationEstimate
    observed_expected: float
    observed_expected_interval: Interval
    spiegelhalter_z: float
    spiegelhalter_p: float
    confidence: float


def calibration(
    outcome: ArrayLike, probability: ArrayLike, *, confidence: float = 0.95
) -> Calibration:
    """Calibration of predicted probabilities.

    On the subjects a maximum likelihood model was fitted to, the intercept is 0 and the slope 1
    whatever the model is worth: only new subjects, or resampling, can tell.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), within (0, 1).
        confidence: Level of the intervals, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities`; RefusalError where a
            probability is exactly 0 or 1, all are equal, or they separate the outcome perfectly.
    """
    check_level(confidence)
    y, p = outcome_and_probabilities(outcome, probability)
    log_odds = logit(p)
    if np.ptp(log_odds) == 0:
        raise RefusalError(
            "All predicted probabilities are equal; they have no calibration slope.",
            remedy="Report the observed share of events beside the predicted one.",
            code="constant_prediction",
        )
    with_event, without = log_odds[y == 1], log_odds[y == 0]
    if with_event.min() >= without.max() or with_event.max() <= without.min():
        raise RefusalError(
            "The predictions separate those with the event from those without; the calibration "
            "slope is infinite.",
            remedy="Judge the model on more subjects.",
            code="separation",
        )
    z = float(ndtri((1 + confidence) / 2))
    ones = np.ones((y.size, 1))
    (large,) = _coefficients(ones, y, log_odds, z)
    intercept, slope = _coefficients(np.column_stack([ones, log_odds]), y, np.zeros(y.size), z)
    events, expected = float(y.sum()), float(p.sum())
    half = z * math.sqrt((1 - events / y.size) / events)
    ratio = events / expected
    return Calibration(
        n=y.size,
        events=int(events),
        in_the_large=large,
        intercept=intercept,
        slope=slope,
        observed_expected=ratio,
        observed_expected_interval=(ratio * math.exp(-half), ratio * math.exp(half)),
        **_spiegelhalter(y, p),
        confidence=confidence,
    )


def _coefficients(
    x: NDArray[np.float64], y: NDArray[np.float64], offset: NDArray[np.float64], z: float
) -> list[CalibrationEstimate]:
    fit = maximise(x, y, offset=offset, weights=np.ones(y.size))
    if not fit.converged:
        raise not_converged(fit.iterations)
    errors = np.sqrt(np.diag(fit.covariance))
    return [
        CalibrationEstimate(b, se, (b - z * se, b + z * se))
        for b, se in zip(fit.coefficients.tolist(), errors.tolist(), strict=True)
    ]


def _spiegelhalter(y: NDArray[np.float64], p: NDArray[np.float64]) -> dict[str, float]:
    """Z and its p-value; all p = 0.5 exactly is excluded, since probabilities vary."""
    lean = 1 - 2 * p
    z = float((y - p) @ lean) / math.sqrt(float((lean**2) @ (p * (1 - p))))
    return {"spiegelhalter_z": z, "spiegelhalter_p": 2 * float(ndtr(-abs(z)))}
