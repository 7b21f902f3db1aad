"""The flexible calibration curve, and its distance from the diagonal: ICI, E50, E90, Emax.

Austin PC, Steyerberg EW. Stat Med 2014;33:517-535, doi 10.1002/sim.5941 (loess curve).
Austin PC, Steyerberg EW. Stat Med 2019;38:4051-4065, doi 10.1002/sim.8281 (ICI, E50, E90, Emax).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from vbq.errors import UsageError
from vbq.stats.checks import Floats, check_confidence
from vbq.stats.performance.binary_outcome import outcome_and_probabilities
from vbq.stats.performance.loess import fit_loess
from vbq.stats.performance.lowess import lowess

POINTS = 101  # default number of points of the curve


@dataclass(frozen=True)
class CalibrationErrors:
    """Absolute differences between predicted probabilities and the calibration curve.

    Attributes:
        ici: Mean difference (integrated calibration index; ``Eavg`` in R's ``rms``).
        e50: Median difference.
        e90: 90th percentile of the differences.
        emax: Largest difference.
    """

    ici: float
    e50: float
    e90: float
    emax: float


@dataclass(frozen=True, eq=False)
class CalibrationCurve:
    """Observed as a function of predicted probability.

    Attributes:
        predicted: Shape (m,), predicted probabilities, within the range of the predictions.
        observed: Shape (m,), the curve. A local regression of 0s and 1s may leave [0, 1] at the
            ends; it is not truncated, so that ``errors`` are those of this curve.
        lower: Shape (m,), lower limit of the pointwise band, truncated at 0.
        upper: Shape (m,), upper limit of the pointwise band, truncated at 1.
        errors: Calibration errors over all subjects.
        confidence: Confidence level of the band at each point, not simultaneously.
    """

    predicted: Floats
    observed: Floats
    lower: Floats
    upper: Floats
    errors: CalibrationErrors
    confidence: float


def calibration_curve(
    outcome: ArrayLike,
    probability: ArrayLike,
    *,
    grid: ArrayLike | None = None,
    confidence: float = 0.95,
) -> CalibrationCurve:
    """The loess calibration curve with its pointwise confidence band.

    The band is curve ± z SE. The SE of the (linear) smoother uses the binomial variance c(1 - c) of
    each outcome about the curve c, not a common variance.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in [0, 1].
        grid: Shape (m,), predicted probabilities at which the curve is evaluated, within the range
            of the predictions; by default 101 equally spaced points over that range.
        confidence: Confidence level of the band, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities` and `fit_loess`.
    """
    check_confidence(confidence)
    y, p = outcome_and_probabilities(outcome, probability)
    curve = fit_loess(p, y)
    if grid is None:
        predicted = np.linspace(p.min(), p.max(), POINTS)
    else:
        predicted = np.asarray(grid, np.float64)
    observed, fitted = curve.predict(predicted), curve.predict(p)
    # where the curve reaches 0 or 1, outcomes still have a small variance
    risk = np.clip(fitted, 0.5 / y.size, 1 - 0.5 / y.size)
    half = float(ndtri((1 + confidence) / 2)) * curve.standard_errors(predicted, risk * (1 - risk))
    return CalibrationCurve(
        predicted=predicted,
        observed=observed,
        lower=np.clip(observed - half, 0, 1),
        upper=np.clip(observed + half, 0, 1),
        errors=_errors(p, fitted),
        confidence=confidence,
    )


def calibration_errors(
    outcome: ArrayLike, probability: ArrayLike, *, smoother: Literal["loess", "lowess"] = "loess"
) -> CalibrationErrors:
    """ICI, E50, E90 and Emax, without the curve.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in [0, 1].
        smoother: ``loess`` as in Austin & Steyerberg; ``lowess`` as in ``rms::val.prob``.

    Raises:
        UsageError, InputError, RefusalError: as `calibration_curve`.
    """
    y, p = outcome_and_probabilities(outcome, probability)
    if smoother == "loess":
        return _errors(p, fit_loess(p, y).predict(p))
    if smoother == "lowess":
        return _errors(p, lowess(p, y, p))
    raise UsageError(f"Unknown smoother {smoother!r}.", remedy="Give loess or lowess.")


def _errors(p: Floats, fitted: Floats) -> CalibrationErrors:
    error = np.abs(p - fitted)
    middle, high = np.quantile(error, [0.5, 0.9])
    return CalibrationErrors(float(error.mean()), float(middle), float(high), float(error.max()))
