"""Measures of predictions over completed tables: taken in each table, then brought together.

Predictions averaged over imputations that know the outcome would know it too, and discriminate
better than the model does; no patient has such a prediction. Marshall A et al. BMC Med Res Methodol
2009;9:57, doi 10.1186/1471-2288-9-57; Wood AM et al. Biom J 2015;57:614-632,
doi 10.1002/bimj.201400004.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import RefusalError
from vbq.stats.imputation.pooling import pool
from vbq.stats.performance.calibration import Calibration, CalibrationEstimate, calibration
from vbq.stats.performance.calibration_curve import (
    CalibrationCurve,
    CalibrationErrors,
    calibration_curve,
)
from vbq.stats.performance.delong import AucDifference, compare_auc
from vbq.stats.performance.roc import RocCurve, roc_curve
from vbq.study.analysis.performance.calibration import (
    observed_calibration_curve,
    observed_calibration_errors,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.stats.regression.terms import Floats

__all__ = [
    "pooled_auc_difference",
    "pooled_calibration",
    "pooled_calibration_curve",
    "pooled_calibration_errors",
    "pooled_roc",
    "stack_tables",
]

POINTS = 101  # of the calibration curve


def stack_tables(outcome: Floats, tables: Floats) -> tuple[Floats, Floats]:
    """Outcome and predictions of all tables, (tables, n), one under the other."""
    return np.tile(outcome, len(tables)), tables.ravel()


def pooled_roc(outcome: Floats, tables: Floats) -> RocCurve:
    """The ROC curve; of several tables, (tables, n), that of all together.

    As many points as one table would give at most, and the counts of the patients, not of rows.
    """
    curve = roc_curve(*stack_tables(outcome, tables))
    if len(tables) == 1:
        return curve
    last = curve.thresholds.size - 1
    kept = np.unique(np.linspace(0, last, min(last, outcome.size) + 1).round().astype(np.intp))
    return RocCurve(
        thresholds=curve.thresholds[kept],
        sensitivity=curve.sensitivity[kept],
        specificity=curve.specificity[kept],
        events=curve.events // len(tables),
        non_events=curve.non_events // len(tables),
    )


def pooled_auc_difference(outcome: Floats, first: Floats, second: Floats) -> AucDifference:
    """Second less first area by DeLong; of several tables, (tables, n), pooled by Rubin's rules.

    Raises:
        RefusalError: as `compare_auc`.
    """
    found = [compare_auc(outcome, b, a) for a, b in zip(first, second, strict=True)]
    if len(found) == 1:
        return found[0]
    pooled = pool([f.difference for f in found], [f.standard_error**2 for f in found])
    return AucDifference(
        first=float(np.mean([f.first for f in found])),
        second=float(np.mean([f.second for f in found])),
        difference=pooled.estimate,
        standard_error=pooled.standard_error,
        interval=pooled.interval,
        statistic=pooled.statistic,
        df=pooled.df,
        p=pooled.p,
        confidence=pooled.confidence,
        method="DeLong, paired, pooled by Rubin's rules",
    )


def pooled_calibration(outcome: Floats, tables: Floats) -> Calibration:
    """Calibration; of several tables, (tables, n), coefficients pooled by Rubin's rules.

    O:E is the geometric mean; of Spiegelhalter's test the median, as no pooled one is established.

    Raises:
        RefusalError: as `calibration`.
    """
    found = [calibration(outcome, one) for one in tables]
    if len(found) == 1:
        return found[0]
    ratio = float(np.exp(np.mean([np.log(f.observed_expected) for f in found])))
    middle = sorted(found, key=lambda f: f.spiegelhalter_p)[len(found) // 2]
    low, high = (end / middle.observed_expected for end in middle.observed_expected_interval)
    return replace(
        middle,
        in_the_large=_rubin([f.in_the_large for f in found]),
        intercept=_rubin([f.intercept for f in found]),
        slope=_rubin([f.slope for f in found]),
        observed_expected=ratio,
        observed_expected_interval=(ratio * low, ratio * high),
    )


def pooled_calibration_errors(outcome: Floats, tables: Floats) -> CalibrationErrors:
    """ICI and the like, their means over the tables, (tables, n)."""
    return _mean_errors([observed_calibration_errors(outcome, one) for one in tables])


def pooled_calibration_curve(outcome: Floats, tables: Floats) -> CalibrationCurve:
    """The calibration curve; of several tables, (tables, n), mean curve and mean band."""
    if len(tables) == 1:
        return observed_calibration_curve(outcome, tables[0])
    at = np.linspace(tables.min(axis=1).max(), tables.max(axis=1).min(), POINTS)
    try:
        found = [calibration_curve(outcome, one, grid=at) for one in tables]
    except RefusalError:  # too few different risks for a smoother
        return observed_calibration_curve(outcome, tables[0])
    return CalibrationCurve(
        predicted=at,
        observed=np.mean([f.observed for f in found], axis=0),
        lower=np.mean([f.lower for f in found], axis=0),
        upper=np.mean([f.upper for f in found], axis=0),
        errors=_mean_errors([f.errors for f in found]),
        confidence=found[0].confidence,
    )


def _rubin(found: Sequence[CalibrationEstimate]) -> CalibrationEstimate:
    one = pool([f.estimate for f in found], [f.standard_error**2 for f in found])
    return CalibrationEstimate(one.estimate, one.standard_error, one.interval)


def _mean_errors(found: Sequence[CalibrationErrors]) -> CalibrationErrors:
    return CalibrationErrors(
        *(
            float(np.mean([getattr(f, name) for f in found]))
            for name in ("ici", "e50", "e90", "emax")
        )
    )
