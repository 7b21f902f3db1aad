"""Measures of predictive performance, for a batch of sets of predictions.

The measures of Harrell's ``rms::validate``: the area under the ROC curve and Somers' Dxy,
Nagelkerke's R² (after recalibration), Brier score, calibration intercept and slope, Emax (the
largest error implied by intercept and slope), and expected divided by observed events.

Harrell FE. Regression Modeling Strategies, 2nd ed. Springer 2015, ch. 5 and 10,
doi 10.1007/978-3-319-19425-7.
Nagelkerke NJD. Biometrika 1991;78:691-692, doi 10.1093/biomet/78.3.691.
"""

from dataclasses import dataclass

import numpy as np

from vbq.stats.checks import Floats
from vbq.stats.regression.batched_logistic import recalibrate_batch

MEASURES = ("auc", "r2", "brier", "intercept", "slope", "expected_observed")
# Monte-Carlo error beyond which a calibration slope or intercept is not estimable: refits with next
# to no discrimination have slopes of any size, whose mean does not converge
MAX_MC_ERROR = 0.1


@dataclass(frozen=True)
class PerformanceMeasure:
    """One measure of performance before and after correction for optimism.

    Attributes:
        name: Name of the measure, such as ``auc``, ``brier``, ``r2`` (Nagelkerke), ``intercept`` or
            ``slope`` (of calibration).
        apparent: Value in the subjects in whom the model was developed.
        optimism: Expected excess of the apparent value over the value in new subjects.
        corrected: Apparent value minus optimism.
        monte_carlo_error: Standard error of the corrected value due to the finite number of
            resamples and, where there are any, of imputations; it does not include the sampling
            error of the subjects. None where it is unknown.
    """

    name: str
    apparent: float
    optimism: float
    corrected: float
    monte_carlo_error: float | None

    @property
    def expected(self) -> float | None:
        """The value expected in new subjects: the corrected one; None where not estimable.

        A calibration slope or intercept with a Monte-Carlo error above 0.1 is not estimable:
        another seed would give another value.
        """
        depends_on_seed = (self.monte_carlo_error or 0.0) > MAX_MC_ERROR
        is_calibration = self.name in {"slope", "intercept"}
        return None if is_calibration and depends_on_seed else self.corrected


def performance_measures(log_odds: Floats, outcome: Floats, counts: Floats) -> Floats:
    """The measures of each set of predictions.

    Args:
        log_odds: Shape (b, n), predictions; a row of NaN gives NaN.
        outcome: Shape (n,), 0 or 1.
        counts: Shape (b, n), how often each subject is evaluated.

    Returns:
        Shape (b, 6), in the order of `MEASURES`. A row in which a measure is undefined (one outcome
        only, constant predictions, perfect separation) is all NaN.
    """
    total = counts.sum(axis=1)
    events = counts @ outcome
    with np.errstate(over="ignore"):
        p = 1 / (1 + np.exp(-log_odds))
    brier = np.einsum("bn,bn,bn->b", counts, p - outcome, p - outcome) / total
    expected = np.einsum("bn,bn->b", counts, p)
    calibration, log_likelihood = recalibrate_batch(log_odds, outcome, counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = events / total
        null = events * np.log(share) + (total - events) * np.log1p(-share)
        r2 = np.expm1(2 * (null - log_likelihood) / total) / np.expm1(2 * null / total)
        measures = np.column_stack(
            [batched_auc(log_odds, outcome, counts), r2, brier, calibration, expected / events]
        )
    measures[~np.isfinite(measures).all(axis=1)] = np.nan
    return measures


def batched_auc(log_odds: Floats, outcome: Floats, counts: Floats) -> Floats:
    """Areas under the ROC curves of a batch of predictions, ties counting half.

    Args:
        log_odds: Shape (b, n), predictions.
        outcome: Shape (n,), 0 or 1.
        counts: Shape (b, n), how often each subject is evaluated.

    Returns:
        Shape (b,); NaN where only one outcome occurs.
    """
    order = np.argsort(log_odds, axis=1)
    x = np.take_along_axis(log_odds, order, axis=1)
    events = np.take_along_axis(counts * outcome, order, axis=1)
    non_events = np.take_along_axis(counts * (1 - outcome), order, axis=1)
    # predictions of identical subjects may differ in the last digit after a matrix product
    gap = np.diff(x, axis=1) > 1e-12 * np.maximum(np.abs(x[:, 1:]), 1)
    ties = not gap.all()
    cumulative = np.cumsum(non_events, axis=1)
    below = cumulative - non_events
    if ties:  # counts at the first and last of tied subjects apply to all of them
        below[:, 1:][~gap] = 0
        np.maximum.accumulate(below, axis=1, out=below)
        cumulative[:, :-1][~gap] = np.inf
        cumulative = np.minimum.accumulate(cumulative[:, ::-1], axis=1)[:, ::-1]
    pairs = events.sum(axis=1) * non_events.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        areas: Floats = np.einsum("bn,bn->b", events, (below + cumulative) / 2) / pairs
    return areas


def implied_emax(intercept: float, slope: float) -> float:
    """Largest |p - recalibrated p| over p in (0, 1), for a calibration intercept and slope."""
    p = np.linspace(0, 1, 2001)[1:-1]
    log_odds = np.log(p) - np.log1p(-p)
    return float(np.abs(p - 1 / (1 + np.exp(-(intercept + slope * log_odds)))).max())
