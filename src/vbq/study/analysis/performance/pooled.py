"""Performance over completed tables: measured in each table, then pooled.

Imputations use the outcome. Predictions averaged over them would know it too, and discriminate
better than the model does; no new patient has such a prediction. Marshall A et al. BMC Med Res
Methodol 2009;9:57, doi 10.1186/1471-2288-9-57; Wood AM et al. Biom J 2015;57:614-632,
doi 10.1002/bimj.201400004.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vbq.errors import RefusalError
from vbq.stats.checks import Floats
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

POINTS = 101  # points of the calibration curve


def stack_tables(outcome: Floats, tables: Floats) -> tuple[Floats, Floats]:
    """Outcome, shape (n,), and predictions, shape (tables, n), of all tables in one long table."""
    return np.tile(outcome, len(tables)), tables.ravel()


def pooled_roc(outcome: Floats, tables: Floats) -> RocCurve:
    """The ROC curve of predictions of shape (tables, n); of several tables stacked.

    It has at most as many points as a single table would give, and the counts of patients.
    """
    curve = roc_curve(*stack_tables(outcome, tables))
    if len(tables) == 1:
        return curve
    last = curve.thresholds.size - 1
    points = np.unique(np.linspace(0, last, min(last, outcome.size) + 1).round().astype(np.intp))
    return RocCurve(
        thresholds=curve.thresholds[points],
        sensitivity=curve.sensitivity[points],
        specificity=curve.specificity[points],
        events=curve.events // len(tables),
        non_events=curve.non_events // len(tables),
    )


def pooled_auc_difference(outcome: Floats, first: Floats, second: Floats) -> AucDifference:
    """Second minus first area by DeLong, pooled over tables by Rubin's rules.

    Args:
        outcome: Shape (n,), 0 or 1.
        first: Shape (tables, n), risks predicted by the first model.
        second: Shape (tables, n), risks predicted by the second model.

    Raises:
        RefusalError: as `compare_auc`.
    """
    differences = [compare_auc(outcome, b, a) for a, b in zip(first, second, strict=True)]
    if len(differences) == 1:
        return differences[0]
    pooled = pool([d.difference for d in differences], [d.standard_error**2 for d in differences])
    return AucDifference(
        first=float(np.mean([d.first for d in differences])),
        second=float(np.mean([d.second for d in differences])),
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
    """Calibration of predictions, shape (tables, n), coefficients pooled by Rubin's rules.

    The observed-to-expected ratio is the geometric mean. Spiegelhalter's test is that of the table
    with the median p-value, since no pooled test is established.

    Raises:
        RefusalError: as `calibration`.
    """
    by_table = [calibration(outcome, risks) for risks in tables]
    if len(by_table) == 1:
        return by_table[0]
    ratio = float(np.exp(np.mean([np.log(c.observed_expected) for c in by_table])))
    median = sorted(by_table, key=lambda c: c.spiegelhalter_p)[len(by_table) // 2]
    low, high = (end / median.observed_expected for end in median.observed_expected_interval)
    return replace(
        median,
        in_the_large=_rubin([c.in_the_large for c in by_table]),
        intercept=_rubin([c.intercept for c in by_table]),
        slope=_rubin([c.slope for c in by_table]),
        observed_expected=ratio,
        observed_expected_interval=(ratio * low, ratio * high),
    )


def pooled_calibration_errors(outcome: Floats, tables: Floats) -> CalibrationErrors:
    """ICI, E50, E90 and Emax of predictions, shape (tables, n): means over the tables."""
    return _mean_errors([observed_calibration_errors(outcome, risks) for risks in tables])


def pooled_calibration_curve(outcome: Floats, tables: Floats) -> CalibrationCurve:
    """The calibration curve of predictions, shape (tables, n); mean curve and band over tables."""
    if len(tables) == 1:
        return observed_calibration_curve(outcome, tables[0])
    grid = np.linspace(tables.min(axis=1).max(), tables.max(axis=1).min(), POINTS)
    try:
        curves = [calibration_curve(outcome, risks, grid=grid) for risks in tables]
    except RefusalError:  # too few distinct risks for a smoother
        return observed_calibration_curve(outcome, tables[0])
    return CalibrationCurve(
        predicted=grid,
        observed=np.mean([c.observed for c in curves], axis=0),
        lower=np.mean([c.lower for c in curves], axis=0),
        upper=np.mean([c.upper for c in curves], axis=0),
        errors=_mean_errors([c.errors for c in curves]),
        confidence=curves[0].confidence,
    )


def _rubin(estimates: Sequence[CalibrationEstimate]) -> CalibrationEstimate:
    pooled = pool([e.estimate for e in estimates], [e.standard_error**2 for e in estimates])
    return CalibrationEstimate(pooled.estimate, pooled.standard_error, pooled.interval)


def _mean_errors(errors: Sequence[CalibrationErrors]) -> CalibrationErrors:
    names = ("ici", "e50", "e90", "emax")
    return CalibrationErrors(
        *(float(np.mean([getattr(error, name) for error in errors])) for name in names)
    )
