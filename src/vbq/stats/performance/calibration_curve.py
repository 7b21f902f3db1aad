"""The flexible calibration curve, and how far it lies from the diagonal: ICI, E50, E90, Emax.

Austin PC, Steyerberg EW. Stat Med 2014;33:517-535, doi 10.1002/sim.5941 (loess curve).
Austin PC, Steyerberg EW. Stat Med 2019;38:4051-4065, doi 10.1002/sim.8281 (ICI, E50, E90, Emax).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from vbq.errors import UsageError
from vbq.stats.checks import check_level
from vbq.stats.performance.binary_outcome import outcome_and_probabilities
from vbq.stats.performance.loess import fit_loess
from vbq.stats.performance.lowess import lowess

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["CalibrationCurve", "CalibrationErrors", "calibration_curve", "calibration_errors"]

POINTS = 101  # of the curve, where none are asked for


@dataclass(frozen=True)
class CalibrationErrors:
    """Distances between a subject's predicted probability and the curve's observed one.

    Attributes:
        ici: Mean (integrated calibration index; ``Eavg`` in R's ``rms``).
        e50: Median.
        e90: 90th percentile.
        emax: Largest.
    """

    ici: float
    e50: float
    e90: float
    emax: float


@dataclass(frozen=True, eq=False)
class CalibrationCurve:
    """Observed against predicted probability.

    Attributes:
        predicted: Shape (m,), within the range of the predictions.
        observed: Shape (m,), the curve. A local regression of 0s and 1s may leave [0, 1] at the
            ends; it is not cut off, so that the errors below belong to it.
        lower: Shape (m,), lower limit of the pointwise band, cut off at 0.
        upper: Shape (m,), upper limit, cut off at 1.
        errors: Over all subjects.
        confidence: Level of the band at each point, not of the whole curve.
    """

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    errors: CalibrationErrors
    confidence: float


def calibration_curve(
    outcome: ArrayLike,
    probability: ArrayLike,
    *,
    at: ArrayLike | None = None,
    confidence: float = 0.95,
) -> CalibrationCurve:
    """The loess calibration curve with its pointwise band.

    The band is curve ± z SE, where the SE of the (linear) smoother is taken with the binomial
    variance c(1 - c) of each outcome about the curve c, not with one variance for all.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in [0, 1].
        at: Shape (m,), where the curve is wanted, within the range of the predictions; by default
            at 101 points over that range.
        confidence: Level of the band.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities` and `fit_loess`.
    """
    check_level(confidence)
    y, p = outcome_and_probabilities(outcome, probability)
    curve = fit_loess(p, y)
    grid = np.linspace(p.min(), p.max(), POINTS) if at is None else np.asarray(at, np.float64)
    observed, fitted = curve.predict(grid), curve.predict(p)
    # a curve at or beyond 0 or 1 still rests on outcomes that vary, if rarely
    inside = np.clip(fitted, 0.5 / y.size, 1 - 0.5 / y.size)
    half = float(ndtri((1 + confidence) / 2)) * curve.standard_errors(grid, inside * (1 - inside))
    return CalibrationCurve(
        predicted=grid,
        observed=observed,
        lower=np.clip(observed - half, 0, 1),
        upper=np.clip(observed + half, 0, 1),
        errors=_errors(p, fitted),
        confidence=confidence,
    )


def calibration_errors(
    outcome: ArrayLike, probability: ArrayLike, *, smoother: Literal["loess", "lowess"] = "loess"
) -> CalibrationErrors:
    """ICI, E50, E90 and Emax alone.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in [0, 1].
        smoother: ``loess`` as Austin & Steyerberg define them; ``lowess`` as ``rms::val.prob``.

    Raises:
        UsageError, InputError, RefusalError: as `calibration_curve`.
    """
    y, p = outcome_and_probabilities(outcome, probability)
    if smoother == "loess":
        return _errors(p, fit_loess(p, y).predict(p))
    if smoother == "lowess":
        return _errors(p, lowess(p, y, p))
    raise UsageError(f"There is no smoother {smoother!r}.", remedy="Give loess or lowess.")


def _errors(p: NDArray[np.float64], fitted: NDArray[np.float64]) -> CalibrationErrors:
    error = np.abs(p - fitted)
    middle, high = np.quantile(error, [0.5, 0.9])
    return CalibrationErrors(float(error.mean()), float(middle), float(high), float(error.max()))
