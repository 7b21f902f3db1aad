"""Indices of predictive performance, for many sets of predictions at once.

The indices of Harrell's ``rms::validate``: the area under the ROC curve and Somers' Dxy,
Nagelkerke's R² (after recalibration), Brier score, calibration intercept and slope, Emax (the
largest error that intercept and slope imply), and expected over observed events.

Harrell FE. Regression Modeling Strategies, 2nd ed. Springer 2015, ch. 5 and 10,
doi 10.1007/978-3-319-19425-7.
Nagelkerke NJD. Biometrika 1991;78:691-692, doi 10.1093/biomet/78.3.691.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.regression.batched_logistic import recalibrate_many

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["INDICES", "auc_many", "implied_emax", "performance_many"]

INDICES = ("auc", "r2", "brier", "intercept", "slope", "expected_observed")


def performance_many(log_odds: Floats, outcome: Floats, counts: Floats) -> Floats:
    """The indices of each set of predictions.

    Args:
        log_odds: Shape (b, n), predictions; a row of NaN gives NaN.
        outcome: Shape (n,), 0 or 1.
        counts: Shape (b, n), how often each subject is judged.

    Returns:
        Shape (b, 6) in the order of `INDICES`. Rows in which an index is undefined (one outcome
        only, constant predictions, perfect separation) are NaN throughout.
    """
    total = counts.sum(axis=1)
    events = counts @ outcome
    with np.errstate(over="ignore"):
        p = 1 / (1 + np.exp(-log_odds))
    brier = np.einsum("bn,bn,bn->b", counts, p - outcome, p - outcome) / total
    expected = np.einsum("bn,bn->b", counts, p)
    calibration, log_likelihood = recalibrate_many(log_odds, outcome, counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = events / total
        null = events * np.log(share) + (total - events) * np.log1p(-share)
        r2 = np.expm1(2 * (null - log_likelihood) / total) / np.expm1(2 * null / total)
        indices = np.column_stack(
            [auc_many(log_odds, outcome, counts), r2, brier, calibration, expected / events]
        )
    indices[~np.isfinite(indices).all(axis=1)] = np.nan
    return indices


def auc_many(log_odds: Floats, outcome: Floats, counts: Floats) -> Floats:
    """Areas under the ROC curves, shape (b,), ties counting half."""
    order = np.argsort(log_odds, axis=1)
    x = np.take_along_axis(log_odds, order, axis=1)
    with_event = np.take_along_axis(counts * outcome, order, axis=1)
    without = np.take_along_axis(counts * (1 - outcome), order, axis=1)
    # equal subjects may differ in the last digit, since a matrix product sums in its own order
    gap = np.diff(x, axis=1) > 1e-12 * np.maximum(np.abs(x[:, 1:]), 1)
    ties = not gap.all()
    up_to = np.cumsum(without, axis=1)
    below = up_to - without
    if ties:  # the first and the last of equal subjects stand for all of them
        below[:, 1:][~gap] = 0
        np.maximum.accumulate(below, axis=1, out=below)
        up_to[:, :-1][~gap] = np.inf
        up_to = np.minimum.accumulate(up_to[:, ::-1], axis=1)[:, ::-1]
    pairs = with_event.sum(axis=1) * without.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        areas: Floats = np.einsum("bn,bn->b", with_event, (below + up_to) / 2) / pairs
    return areas


def implied_emax(intercept: float, slope: float) -> float:
    """Largest |p - recalibrated p| over p from 0 to 1, for a calibration intercept and slope."""
    p = np.linspace(0, 1, 2001)[1:-1]
    log_odds = np.log(p) - np.log1p(-p)
    return float(np.abs(p - 1 / (1 + np.exp(-(intercept + slope * log_odds)))).max())
