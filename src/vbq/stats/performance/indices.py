"""Indices of predictive performance, for a batch of sets of predictions.

The indices of Harrell's ``rms::validate``: the area under the ROC curve and Somers' Dxy,
Nagelkerke's R² (after recalibration), Brier score, calibration intercept and slope, Emax (the
largest error implied by intercept and slope), and expected divided by observed events.

Harrell FE. Regression Modeling Strategies, 2nd ed. Springer 2015, ch. 5 and 10,
doi 10.1007/978-3-319-19425-7.
Nagelkerke NJD. Biometrika 1991;78:691-692, doi 10.1093/biomet/78.3.691.
"""

import numpy as np

from vbq.stats.checks import Floats
from vbq.stats.regression.batched_logistic import recalibrate_batch

INDICES = ("auc", "r2", "brier", "intercept", "slope", "expected_observed")


def performance_indices(log_odds: Floats, outcome: Floats, counts: Floats) -> Floats:
    """The indices of each set of predictions.

    Args:
        log_odds: Shape (b, n), predictions; a row of NaN gives NaN.
        outcome: Shape (n,), 0 or 1.
        counts: Shape (b, n), how often each subject is evaluated.

    Returns:
        Shape (b, 6), in the order of `INDICES`. A row in which an index is undefined (one outcome
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
        indices = np.column_stack(
            [batched_auc(log_odds, outcome, counts), r2, brier, calibration, expected / events]
        )
    indices[~np.isfinite(indices).all(axis=1)] = np.nan
    return indices


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
