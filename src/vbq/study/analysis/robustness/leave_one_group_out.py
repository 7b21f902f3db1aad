"""Internal-external validation: the main model without one site, scanner or field strength."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import Floats, Interval
from vbq.stats.imputation.pooling import pool, pool_auc
from vbq.stats.performance.brier import Brier
from vbq.stats.performance.calibration import CalibrationEstimate
from vbq.stats.performance.delong import Auc
from vbq.stats.regression.firth import fit_firth
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.terms import Design
from vbq.stats.validation.internal_external import SitePerformance, leave_one_site_out
from vbq.study.analysis.association import fit_each
from vbq.study.analysis.imputed_tables import Tables
from vbq.study.analysis.robustness.scanners import predictors_from, scanner_labels
from vbq.study.check.scanners import MIN_GROUP_SIZE, small_groups_label
from vbq.study.cohort.cohort import Cohort


@dataclass(frozen=True)
class Measure:
    """A measure of performance.

    Attributes:
        estimate: Value of the measure.
        interval: 95 % confidence interval; None where the method gives none.
    """

    estimate: float
    interval: Interval | None


@dataclass(frozen=True)
class HeldOutPerformance:
    """Performance in a site, scanner or field strength whose patients the model has not seen.

    Attributes:
        site: Name of the group; of the merged small groups their number.
        n: Number of patients.
        events: Patients with the event.
        auc: Area under the ROC curve; None, like all other measures, where there is a ``reason``.
        slope: Calibration slope.
        in_the_large: Calibration in the large.
        brier: Brier score.
        reason: Why the performance cannot be measured; empty where it can.
    """

    site: str
    n: int
    events: int
    auc: Measure | None = None
    slope: Measure | None = None
    in_the_large: Measure | None = None
    brier: Measure | None = None
    reason: str = ""


def leave_one_group_out(
    cohort: Cohort, design: Design, tables: Tables
) -> dict[str, tuple[HeldOutPerformance, ...]]:
    """Develop the main model without one group at a time, and validate it in that group.

    A predictor from the very column that names the groups is left out: a model cannot know the
    coefficient of a site that it has not seen. Firth's likelihood is used where the model is
    separated. Measures are pooled over imputed tables by Rubin's rules. Groups with fewer than 5
    patients are merged into one, and not reported if that has fewer than 5 patients either: no
    result may be that of a single patient.

    Returns:
        The performance in each group, by ``site``, ``scanner`` and ``field_strength`` as far as the
        plan names them.
    """
    performance = {}
    for key in map(str, cohort.scanners.columns):
        labels, known = scanner_labels(cohort, tables, key)
        patients = tables.take(known)
        model = design.without(predictors_from(cohort, key))
        groups = _merge_small(labels[known])
        if np.unique(groups).size < 2 or not model.terms:
            continue
        try:
            _, separated = fit_each(model, patients)
            procedure = _procedure(model, separated=bool(separated))
            by_table = [
                leave_one_site_out(model.matrix(table), patients.outcome, groups, procedure)
                for table in patients.tables
            ]
        except (InputError, RefusalError):
            continue
        performance[key] = tuple(
            _pooled(group) for group in zip(*by_table, strict=True) if group[0].n >= MIN_GROUP_SIZE
        )
    return performance


def _merge_small(groups: NDArray[np.str_]) -> NDArray[np.str_]:
    _, membership, counts = np.unique(groups, return_inverse=True, return_counts=True)
    small = counts < MIN_GROUP_SIZE
    return np.where(small[membership], small_groups_label(int(small.sum())), groups)


def _procedure(
    design: Design, *, separated: bool
) -> Callable[[Floats, Floats], Callable[[Floats], Floats]]:
    fit = fit_firth if separated else fit_logistic
    return lambda x, y: fit(x, y, names=design.names).probabilities


def _pooled(by_table: Sequence[SitePerformance]) -> HeldOutPerformance:
    """The performance in one group, pooled over the tables."""
    first = by_table[0]
    unmeasured = HeldOutPerformance(first.site, first.n, first.events)
    areas = [site.auc for site in by_table if site.auc]
    calibrations = [site.calibration for site in by_table if site.calibration]
    scores = [site.brier for site in by_table if site.brier]
    if reason := next((site.reason for site in by_table if site.reason), ""):
        return replace(unmeasured, reason=reason)
    try:
        area = _pooled_area(areas)
    except (InputError, RefusalError) as error:
        return replace(unmeasured, reason=error.message)
    return replace(
        unmeasured,
        auc=area,
        slope=_rubin([calibration.slope for calibration in calibrations]),
        in_the_large=_rubin([calibration.in_the_large for calibration in calibrations]),
        brier=_rubin(scores),
    )


def _pooled_area(areas: Sequence[Auc]) -> Measure:
    if len(areas) == 1:
        return Measure(areas[0].estimate, areas[0].interval)
    pooled = pool_auc([area.estimate for area in areas], [area.standard_error for area in areas])
    return Measure(pooled.auc, pooled.interval)


def _rubin(estimates: Sequence[CalibrationEstimate | Brier]) -> Measure:
    if len(estimates) == 1:
        return Measure(estimates[0].estimate, estimates[0].interval)
    pooled = pool([e.estimate for e in estimates], [e.standard_error**2 for e in estimates])
    return Measure(pooled.estimate, pooled.interval)
