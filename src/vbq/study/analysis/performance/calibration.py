"""The calibration curve of a model, also of one that predicts a few risks only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import RefusalError
from vbq.stats.checks import NORMAL_95
from vbq.stats.performance.calibration_curve import (
    CalibrationCurve,
    CalibrationErrors,
    calibration_curve,
    calibration_errors,
)

if TYPE_CHECKING:
    from vbq.stats.regression.terms import Floats

__all__ = ["observed_calibration_curve", "observed_calibration_errors"]

SAME = 12  # decimals: risks of the same predictors may differ in the last digit


def observed_calibration_curve(outcome: Floats, probability: Floats) -> CalibrationCurve:
    """The loess curve; of too few different risks for one, the observed share at each of them.

    A model of one or two categories predicts two or four risks: no smoother is needed, and none
    can be fitted.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in (0, 1).
    """
    try:
        return calibration_curve(outcome, probability)
    except RefusalError:
        return _stepwise(outcome, probability)


def observed_calibration_errors(outcome: Floats, probability: Floats) -> CalibrationErrors:
    """The errors of `observed_calibration_curve` alone."""
    try:
        return calibration_errors(outcome, probability)
    except RefusalError:
        return _stepwise(outcome, probability).errors


def _stepwise(outcome: Floats, probability: Floats) -> CalibrationCurve:
    """Observed shares with Wald limits, as the band of the loess curve has them."""
    risks, which, n = np.unique(
        np.round(probability, SAME), return_inverse=True, return_counts=True
    )
    share: Floats = np.bincount(which, outcome) / n
    half = NORMAL_95 * np.sqrt(share * (1 - share) / n)
    error = np.abs(risks - share)[which]
    middle, high = (float(q) for q in np.quantile(error, [0.5, 0.9]))
    return CalibrationCurve(
        predicted=risks,
        observed=share,
        lower=np.clip(share - half, 0, 1),
        upper=np.clip(share + half, 0, 1),
        errors=CalibrationErrors(float(error.mean()), middle, high, float(error.max())),
        confidence=0.95,
    )
