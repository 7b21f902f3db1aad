"""Calibration and decision curves corrected for optimism by the bootstrap.

The curves are corrected point by point, in the same way as the measures of performance.

Calibration, as ``rms::calibrate``: Harrell FE. Regression Modeling Strategies, 2nd ed. Springer
2015, ch. 10. Net benefit: Vickers AJ et al. BMC Med Inform Decis Mak 2008;8:53,
doi 10.1186/1472-6947-8-53.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.stats.checks import Floats, finite_array
from vbq.stats.performance.lowess import lowess
from vbq.stats.performance.net_benefit import decision_thresholds
from vbq.stats.validation.optimism import Procedure, Resampled, resample_bootstrap

# how inexactly a refit may reproduce the extreme predictions
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class ValidatedCurve:
    """A curve before and after correction for optimism.

    Attributes:
        at: Shape (m,), predicted probabilities, or thresholds.
        apparent: Shape (m,), the curve in the subjects the model was developed in.
        corrected: Shape (m,), apparent - optimism.
        monte_carlo_error: Shape (m,), standard error of ``corrected`` due to the finite number of
            resamples.
        resamples: Number of refits behind the means.
        failed: Number of refits excluded because the model could not be fitted or evaluated.
        seed: Seed of the random numbers.
    """

    at: Floats
    apparent: Floats
    corrected: Floats
    monte_carlo_error: Floats
    resamples: int
    failed: int
    seed: int


def validated_calibration_curve(
    design: ArrayLike,
    outcome: ArrayLike,
    probabilities: ArrayLike,
    procedure: Procedure | None = None,
    *,
    resamples: int = 500,
    seed: int,
) -> ValidatedCurve:
    """The lowess calibration curve of a modelling procedure, corrected for optimism.

    A refit contributes to a point only if the point is within the range of its predictions.

    Args:
        design: Shape (n, p), input of the procedure.
        outcome: Shape (n,), 0 or 1.
        probabilities: Shape (m,), where the curve is evaluated: predicted probabilities within the
            range of the model's predictions.
        procedure: As in `validate_bootstrap`.
        resamples: Number of resamples, at least 2.
        seed: Seed of the random numbers.

    Raises:
        UsageError, InputError, RefusalError: as `resample`; RefusalError where a point is outside
            the range of the model's predictions.
    """
    points = finite_array(probabilities, "predicted probabilities")

    def measure(log_odds: Floats, y: Floats, counts: Floats) -> Floats:
        values = np.full((counts.shape[0], points.size), np.nan)
        for row, x, count in zip(values, log_odds, counts, strict=True):
            if np.isnan(x).any():
                continue
            repeats = count.astype(np.intp)
            p = np.repeat(1 / (1 + np.exp(-x)), repeats)
            clipped = np.clip(points, p.min(), p.max())
            in_range = np.abs(points - clipped) <= ROUNDING
            row[in_range] = lowess(p, np.repeat(y, repeats), clipped[in_range])
        return values

    result = resample_bootstrap(design, outcome, procedure, measure, resamples=resamples, seed=seed)
    return _corrected_curve(points, result, seed)


def validated_decision_curve(
    design: ArrayLike,
    outcome: ArrayLike,
    thresholds: ArrayLike,
    procedure: Procedure | None = None,
    *,
    resamples: int = 2000,
    seed: int,
) -> ValidatedCurve:
    """Net benefit of a modelling procedure, corrected for optimism.

    Args:
        design: Shape (n, p), input of the procedure.
        outcome: Shape (n,), 0 or 1.
        thresholds: Shape (m,), ascending, within (0, 1).
        procedure: As in `validate_bootstrap`.
        resamples: Number of resamples, at least 2.
        seed: Seed of the random numbers.

    Raises:
        UsageError, InputError, RefusalError: as `resample`; UsageError for thresholds that are not
            ascending within (0, 1).
    """
    points = decision_thresholds(thresholds)
    odds = points / (1 - points)

    def measure(log_odds: Floats, y: Floats, counts: Floats) -> Floats:
        gain = counts[:, :, None] * (y[:, None] - (1 - y[:, None]) * odds)
        with np.errstate(invalid="ignore"):
            treated = log_odds[:, :, None] >= np.log(odds)
        benefit: Floats = np.einsum("bnm,bnm->bm", treated, gain) / counts.sum(axis=1)[:, None]
        benefit[np.isnan(log_odds).any(axis=1)] = np.nan
        return benefit

    result = resample_bootstrap(design, outcome, procedure, measure, resamples=resamples, seed=seed)
    return _corrected_curve(points, result, seed)


def _corrected_curve(points: Floats, result: Resampled, seed: int) -> ValidatedCurve:
    """The curve at the points, shape (m,), whose ordinates are the measures of the resampling."""
    return ValidatedCurve(
        at=points,
        apparent=result.apparent,
        corrected=result.apparent - result.optimism,
        monte_carlo_error=result.monte_carlo_error,
        resamples=len(result.training),
        failed=result.failed,
        seed=seed,
    )
