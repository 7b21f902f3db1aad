"""Calibration of predicted probabilities: calibration in the large, intercept, slope, O:E.

Cox DR. Biometrika 1958;45:562-565, doi 10.1093/biomet/45.3-4.562 (intercept and slope).
Spiegelhalter DJ. Stat Med 1986;5:421-433, doi 10.1002/sim.4780050506.
Debray TPA et al. BMJ 2017;356:i6460, doi 10.1136/bmj.i6460 (interval of O:E).
Van Calster B et al. BMC Med 2019;17:230, doi 10.1186/s12916-019-1466-7.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from vbq.errors import RefusalError
from vbq.stats.checks import Floats, Interval, check_confidence
from vbq.stats.performance.binary_outcome import logit, outcome_and_probabilities
from vbq.stats.regression.binary_model import not_converged
from vbq.stats.regression.logistic import maximise


@dataclass(frozen=True)
class CalibrationEstimate:
    """A coefficient of a recalibration model.

    Attributes:
        estimate: Estimate of the coefficient.
        standard_error: Standard error of the coefficient.
        interval: Wald interval of the coefficient.
    """

    estimate: float
    standard_error: float
    interval: Interval


@dataclass(frozen=True)
class Calibration:
    """Calibration of predicted probabilities.

    Attributes:
        n: Number of subjects.
        events: Number of subjects with the event.
        in_the_large: Calibration in the large: intercept with the slope fixed at 1. Ideally 0;
            above 0 risks are underestimated.
        intercept: Calibration intercept, estimated jointly with the slope.
        slope: Calibration slope: regression of the outcome on the predicted log-odds. Ideally 1;
            below 1 predictions are too extreme, as in an overfitted model.
        observed_expected: Number of events divided by the sum of the probabilities (O:E).
        observed_expected_interval: Confidence interval of O:E, on the log scale, E taken as known.
        spiegelhalter_z: Spiegelhalter's statistic, standard normal if all probabilities are right.
        spiegelhalter_p: Two-sided p-value of Spiegelhalter's statistic.
        confidence: Confidence level of all intervals.
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

    In the subjects to which a maximum-likelihood model was fitted, the intercept is always 0 and
    the slope 1: calibration has to be assessed in new subjects or by resampling.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in (0, 1).
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities`; RefusalError where a
            probability is exactly 0 or 1, all are equal, or they separate the outcome perfectly.
    """
    check_confidence(confidence)
    y, p = outcome_and_probabilities(outcome, probability)
    log_odds = logit(p)
    if np.ptp(log_odds) == 0:
        raise RefusalError(
            "All predicted probabilities are equal, so that the calibration slope is undefined.",
            remedy="Report the observed and the predicted share of events.",
            code="constant_prediction",
        )
    events, non_events = log_odds[y == 1], log_odds[y == 0]
    if events.min() >= non_events.max() or events.max() <= non_events.min():
        raise RefusalError(
            "The predictions separate subjects with the event from those without, so that the "
            "calibration slope is infinite.",
            remedy="Evaluate the model in more subjects.",
            code="separation",
        )
    z = float(ndtri((1 + confidence) / 2))
    constant = np.ones((y.size, 1))
    (in_the_large,) = _coefficients(constant, y, log_odds, z)
    intercept, slope = _coefficients(np.column_stack([constant, log_odds]), y, np.zeros(y.size), z)
    observed, expected = float(y.sum()), float(p.sum())
    half = z * math.sqrt((1 - observed / y.size) / observed)
    ratio = observed / expected
    spiegelhalter_z = _spiegelhalter(y, p)
    return Calibration(
        n=y.size,
        events=int(observed),
        in_the_large=in_the_large,
        intercept=intercept,
        slope=slope,
        observed_expected=ratio,
        observed_expected_interval=(ratio * math.exp(-half), ratio * math.exp(half)),
        spiegelhalter_z=spiegelhalter_z,
        spiegelhalter_p=2 * float(ndtr(-abs(spiegelhalter_z))),
        confidence=confidence,
    )


def _coefficients(x: Floats, y: Floats, offset: Floats, z: float) -> list[CalibrationEstimate]:
    fit = maximise(x, y, offset=offset, weights=np.ones(y.size))
    if not fit.converged:
        raise not_converged(fit.iterations)
    errors = np.sqrt(np.diag(fit.covariance))
    return [
        CalibrationEstimate(b, se, (b - z * se, b + z * se))
        for b, se in zip(fit.coefficients.tolist(), errors.tolist(), strict=True)
    ]


def _spiegelhalter(y: Floats, p: Floats) -> float:
    """Spiegelhalter's z statistic; undefined where all p are 0.5."""
    weight = 1 - 2 * p
    return float((y - p) @ weight) / math.sqrt(float((weight**2) @ (p * (1 - p))))
