"""The calibration curve of a model, even of one that predicts only a few distinct risks."""

import numpy as np

from vbq.errors import RefusalError
from vbq.stats.checks import NORMAL_95, Floats
from vbq.stats.performance.calibration_curve import (
    CalibrationCurve,
    CalibrationErrors,
    calibration_curve,
    calibration_errors,
)

DECIMALS = 12  # risks that agree in so many decimals are the same


def observed_calibration_curve(outcome: Floats, probability: Floats) -> CalibrationCurve:
    """The loess curve; with too few distinct risks for it, the observed proportion at each.

    A model of one or two binary predictors predicts two or four risks: no smoother is needed, and
    none can be fitted.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in (0, 1).
    """
    try:
        return calibration_curve(outcome, probability)
    except RefusalError:
        return _stepwise(outcome, probability)


def observed_calibration_errors(outcome: Floats, probability: Floats) -> CalibrationErrors:
    """The errors of `observed_calibration_curve`, without the curve."""
    try:
        return calibration_errors(outcome, probability)
    except RefusalError:
        return _stepwise(outcome, probability).errors


def _stepwise(outcome: Floats, probability: Floats) -> CalibrationCurve:
    """Observed proportions with Wald limits, as in the band of the loess curve."""
    risks, groups, n = np.unique(
        np.round(probability, DECIMALS), return_inverse=True, return_counts=True
    )
    observed: Floats = np.bincount(groups, outcome) / n
    half = NORMAL_95 * np.sqrt(observed * (1 - observed) / n)
    error = np.abs(risks - observed)[groups]
    middle, high = (float(q) for q in np.quantile(error, [0.5, 0.9]))
    return CalibrationCurve(
        predicted=risks,
        observed=observed,
        lower=np.clip(observed - half, 0, 1),
        upper=np.clip(observed + half, 0, 1),
        errors=CalibrationErrors(float(error.mean()), middle, high, float(error.max())),
        confidence=0.95,
    )
