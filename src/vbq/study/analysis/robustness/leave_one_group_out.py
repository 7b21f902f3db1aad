"""The main model made without one site, scanner or field strength, and judged on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import Interval
from vbq.stats.imputation.pooling import pool, pool_auc
from vbq.stats.regression.firth import fit_firth
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.validation.internal_external import SitePerformance, leave_one_site_out
from vbq.study.analysis.association import fit_each
from vbq.study.analysis.robustness.scanners import predictors_from, scanner_labels
from vbq.study.check.scanners import MIN_GROUP_SIZE, small_groups_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vbq.stats.performance.brier import Brier
    from vbq.stats.performance.calibration import CalibrationEstimate
    from vbq.stats.regression.terms import Design, Floats
    from vbq.study.analysis.imputed_tables import Tables
    from vbq.study.cohort.cohort import Cohort

__all__ = ["HeldOutPerformance", "Measure", "leave_one_group_out"]


@dataclass(frozen=True)
class Measure:
    """A measure of performance with its 95 % interval, None where it has none."""

    estimate: float
    interval: Interval | None


@dataclass(frozen=True)
class HeldOutPerformance:
    """How a model made elsewhere does at one site, scanner or field strength.

    Attributes:
        site: Which, or how many of fewer than 5 patients.
        n: Patients.
        events: Patients with the event.
        auc: Area under the ROC curve; None, as all other measures, where ``reason`` says why.
        slope: Of calibration.
        in_the_large: Calibration in the large.
        brier: Brier score.
        reason: Why it cannot be judged; empty where it can.
    """

    site: str
    n: int
    events: int
    auc: Measure | None
    slope: Measure | None
    in_the_large: Measure | None
    brier: Measure | None
    reason: str


def leave_one_group_out(
    cohort: Cohort, design: Design, tables: Tables
) -> dict[str, tuple[HeldOutPerformance, ...]]:
    """Every site, scanner or field strength left out in turn; by the column that names them.

    A predictor that is this very column is left out of the model, which cannot know the
    coefficient of a site that it has not seen. Firth's likelihood is taken where the model is
    separated. Of imputed tables each makes its own models, whose measures are pooled by Rubin's
    rules. Places with fewer than 5 patients are left out together: none could be judged alone, and
    no row may be a single patient's, so that fewer than 5 at all such places are not left out.
    """
    found = {}
    for by in map(str, cohort.scanners.columns):
        column, known = scanner_labels(cohort, tables, by)
        kept, rest = tables.take(known), design.without(predictors_from(cohort, by))
        places = _small_together(column[known])
        if np.unique(places).size < 2 or not rest.terms:
            continue
        try:
            _, separated = fit_each(rest, kept)
            procedure = _procedure(rest, separated=bool(separated))
            runs = [
                leave_one_site_out(rest.matrix(table), kept.outcome, places, procedure)
                for table in kept.tables
            ]
        except (InputError, RefusalError):
            continue
        found[by] = tuple(
            _pooled(site) for site in zip(*runs, strict=True) if site[0].n >= MIN_GROUP_SIZE
        )
    return found


def _small_together(places: NDArray[np.str_]) -> NDArray[np.str_]:
    _, member, counts = np.unique(places, return_inverse=True, return_counts=True)
    small = counts < MIN_GROUP_SIZE
    return np.where(small[member], small_groups_label(int(small.sum())), places)


def _procedure(
    design: Design, *, separated: bool
) -> Callable[[Floats, Floats], Callable[[Floats], Floats]]:
    fit = fit_firth if separated else fit_logistic
    return lambda x, y: fit(x, y, names=design.names).probabilities


def _pooled(runs: Sequence[SitePerformance]) -> HeldOutPerformance:
    """One site, over the tables."""
    first = runs[0]
    at = (first.site, first.n, first.events)
    areas = [run.auc for run in runs if run.auc]
    right = [run.calibration for run in runs if run.calibration]
    scores = [run.brier for run in runs if run.brier]
    failed = next((run.reason for run in runs if run.reason), "")
    if failed:
        return HeldOutPerformance(*at, None, None, None, None, failed)
    if len(runs) == 1:
        area = Measure(areas[0].estimate, areas[0].interval)
    else:
        try:
            pooled = pool_auc([a.estimate for a in areas], [a.standard_error for a in areas])
        except (InputError, RefusalError) as error:
            return HeldOutPerformance(*at, None, None, None, None, error.message)
        area = Measure(pooled.auc, pooled.interval)
    slope, large, brier = (
        _rubin(one) for one in ([c.slope for c in right], [c.in_the_large for c in right], scores)
    )
    return HeldOutPerformance(*at, area, slope, large, brier, "")


def _rubin(found: Sequence[CalibrationEstimate | Brier]) -> Measure:
    if len(found) == 1:
        return Measure(found[0].estimate, found[0].interval)
    one = pool([f.estimate for f in found], [f.standard_error**2 for f in found])
    return Measure(one.estimate, one.interval)
