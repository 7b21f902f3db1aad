"""The same predictors where follow-up has a length: patients are censored, and may die first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.checks import NORMAL_95, Interval
from vbq.stats.imputation.pooling import pool_model
from vbq.stats.regression.likelihood import wald
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.survival.cox import fit_cox
from vbq.stats.survival.fine_gray import fit_fine_gray
from vbq.stats.survival.ipcw import horizon_outcome
from vbq.stats.survival.nonparametric import CumulativeIncidence, cumulative_incidence
from vbq.study.analysis.association import WALD, column_labels, tested_columns
from vbq.study.analysis.estimates import Contrast, TermTest
from vbq.study.analysis.imputed_tables import model_tables
from vbq.study.analysis.robustness.refit import too_few_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vbq.stats.regression.terms import Design, Floats
    from vbq.study.analysis.imputed_tables import Tables
    from vbq.study.cohort.cohort import Cohort

__all__ = ["Ratio", "TimeModel", "TimeToEvent", "time_to_event"]

HORIZON_RESAMPLES = 500  # of the horizon model, whose weights are estimated
BOOTSTRAP_COVARIANCE = f"bootstrap covariance ({HORIZON_RESAMPLES} resamples)"


@dataclass(frozen=True)
class Ratio:
    """One coefficient of a model of time.

    Attributes:
        column: Of the design.
        label: Of the predictor.
        compared: What the ratio compares.
        ratio: Hazard ratio, sub-distribution hazard ratio or odds ratio.
        interval: 95 %.
        p: Two-sided.
    """

    column: str
    label: str
    compared: str
    ratio: float
    interval: Interval
    p: float


@dataclass(frozen=True)
class TimeModel:
    """A model of the time to the event.

    Attributes:
        name: ``Cox, cause-specific``, ``Fine-Gray`` or ``event by N years (IPCW)``.
        n: Patients with a known follow-up; at a horizon those of whom it is known whether the
            event came by then.
        events: Events among them, at a horizon those by then.
        competing: Competing events among them, likewise.
        unknown: Patients censored before the horizon, who have no weight; 0 of other models.
        ratios: One a column; empty where it cannot be fitted.
        reason: Why not; empty where it can.
        coefficients: Logarithms of the ratios.
        covariance: Of the coefficients; at a horizon of bootstrap resamples.
        tests: Wald's, as those of an `Association`: a predictor's products are tested with it. Of
            imputed tables with the covariance pooled by Rubin's rules. ``method`` says so, and at a
            horizon that the covariance is the bootstrap's.
        contrasts: The ratios as they are reported: one a column, but of a spline a single one.
    """

    name: str
    n: int
    events: int
    competing: int
    unknown: int
    ratios: tuple[Ratio, ...]
    reason: str
    coefficients: tuple[float, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    tests: tuple[TermTest, ...] = ()
    contrasts: tuple[Contrast, ...] = ()

    def test(self, name: str) -> TermTest:
        """That of a predictor, or of an interaction: the two names with × between."""
        return {t.name: t for t in self.tests}[name]


@dataclass(frozen=True, eq=False)
class TimeToEvent:
    """Follow-up analysed as such.

    Attributes:
        unknown: Patients left out since their follow-up is not known.
        median_follow_up: Years, of all in it.
        quartiles: Likewise, the first and the third.
        event_free: Shortest and longest follow-up, in years, of those whom the main model counts
            as without the event; None if there are none, or nobody's is known.
        competing: Patients with a competing event, who are counted so in the main model.
        incidence: Cumulative incidence of the event (Aalen-Johansen).
        models: Cox; Fine-Gray where there are competing events; at the horizon if declared.
        short: Patients in it whom the main model leaves out, since they were followed for less than
            the plan's minimum without the event.
        imputations: Completed tables behind the models; 1 where nothing was imputed.
    """

    unknown: int
    median_follow_up: float
    quartiles: Interval
    event_free: Interval | None
    competing: int
    incidence: CumulativeIncidence
    models: tuple[TimeModel, ...]
    short: int = 0
    imputations: int = 1


def time_to_event(cohort: Cohort, design: Design, tables: Tables) -> TimeToEvent | None:
    """Models of time beside the main one; None where follow-up is not known of both outcomes.

    They take those too who were followed for less than the plan's minimum, whose missing values are
    completed with everybody's: the censored stand for nobody if only those without the event leave.

    Args:
        cohort: The patients.
        design: The main model.
        tables: What it was fitted to.

    Raises:
        InputError: follow-up times that mean nothing.
    """
    if cohort.follow_up_years is None or cohort.status is None:
        return None
    main = cohort.follow_up_years[tables.rows]
    free = main[(cohort.status[tables.rows] != 1) & ~np.isnan(main)]
    in_main = cohort.table.index
    if cohort.followed is not None and cohort.followed.timed[0] > cohort.timed[0]:
        cohort = cohort.followed
        tables = model_tables(cohort, [term.name for term in design.terms])
    assert cohort.follow_up_years is not None
    assert cohort.status is not None
    years, status = cohort.follow_up_years[tables.rows], cohort.status[tables.rows]
    known = ~np.isnan(years)
    short = ~cohort.table.index[tables.rows].isin(in_main)
    if np.unique(status[known] == 1).size < 2:
        return None
    kept, time, cause = tables.take(known), years[known], status[known]
    counts = _Counts(kept.n, int((cause == 1).sum()), int((cause == 2).sum()))
    models = [
        _model("Cox, cause-specific", lambda x: _of_cox(x, time, cause), design, kept, counts)
    ]
    if counts.competing:
        models.append(
            _model("Fine-Gray", lambda x: _of_fine_gray(x, time, cause), design, kept, counts)
        )
    if cohort.plan.horizon_years is not None:
        models.append(_by_horizon(cohort, design, kept, time, cause))
    first, median, third = (float(q) for q in np.quantile(time, [0.25, 0.5, 0.75]))
    return TimeToEvent(
        unknown=int((~known).sum()),
        median_follow_up=median,
        quartiles=(first, third),
        event_free=(float(free.min()), float(free.max())) if free.size else None,
        competing=int((status == 2).sum()),
        incidence=cumulative_incidence(time, cause),
        models=tuple(models),
        short=int((known & short).sum()),
        imputations=len(tables.tables),
    )


class _Counts(NamedTuple):
    """What a `TimeModel` says of its patients."""

    n: int
    events: int
    competing: int
    unknown: int = 0


def _model(
    name: str,
    fit: Callable[[Floats], tuple[Floats, Floats]],
    design: Design,
    tables: Tables,
    counts: _Counts,
    spread: str = "",
) -> TimeModel:
    reason = too_few_events(len(design.names), counts.n, counts.events)
    if reason:
        return TimeModel(name, *counts, (), reason)
    try:
        found = [fit(design.matrix(table)) for table in tables.tables]
        return _time_model(name, counts, design, found, tables.n, spread)
    except (InputError, RefusalError, UsageError) as error:
        return TimeModel(name, *counts, (), error.message)


def _by_horizon(
    cohort: Cohort, design: Design, tables: Tables, time: Floats, cause: NDArray[np.int8]
) -> TimeModel:
    horizon, seed = cohort.plan.horizon_years, cohort.plan.seed
    assert horizon is not None
    name = f"event by {horizon:g} years (IPCW)"
    try:
        at = horizon_outcome(time, cause, horizon)
    except (InputError, UsageError) as error:
        return TimeModel(name, tables.n, 0, 0, 0, (), error.message)
    deaths = int(((cause == 2) & (time <= horizon)).sum())
    counts = _Counts(tables.n - at.unknown, at.events, deaths, at.unknown)
    return _model(
        name,
        lambda x: _at_horizon(x, time, cause, horizon, seed),
        design,
        tables,
        counts,
        BOOTSTRAP_COVARIANCE,
    )


def _time_model(
    name: str,
    counts: _Counts,
    design: Design,
    found: list[tuple[Floats, Floats]],
    n: int,
    spread: str,
) -> TimeModel:
    """From the coefficients of every table; Wald intervals, of imputed ones by Rubin's rules."""
    from scipy import stats

    words = column_labels(design)
    method = f"{WALD}, {spread}" if spread else WALD
    if len(found) == 1:
        ((beta, covariance),) = found
        error = np.sqrt(np.diag(covariance))
        low, high = beta - NORMAL_95 * error, beta + NORMAL_95 * error
        p = 2 * stats.norm.sf(np.abs(beta / error))
    else:
        method = f"{WALD}, pooled {spread or 'covariance'}"
        pooled = pool_model(
            [b for b, _ in found], [v for _, v in found], names=design.names,
            df_complete=n - len(design.names),
        )  # fmt: skip
        beta, covariance = pooled.coefficients, pooled.covariance
        low = np.array([term.interval[0] for term in pooled.terms])
        high = np.array([term.interval[1] for term in pooled.terms])
        p = np.array([term.p for term in pooled.terms])
    return TimeModel(
        name,
        *counts,
        ratios=tuple(
            Ratio(column, label, compared, float(np.exp(beta[j])),
                  (float(np.exp(low[j])), float(np.exp(high[j]))), float(p[j]))
            for j, (_, column, label, compared) in enumerate(words)
        ),
        reason="",
        coefficients=tuple(float(value) for value in beta),
        covariance=tuple(tuple(float(value) for value in row) for row in covariance),
        tests=tuple(
            _together(of, [design.names.index(column) for column in columns], beta, covariance,
                      method)
            for of, columns in tested_columns(design).items()
        ),
    )  # fmt: skip


def _together(name: str, at: list[int], beta: Floats, covariance: Floats, method: str) -> TermTest:
    found = wald(beta[at], covariance[np.ix_(at, at)])
    return TermTest(name, found.df, found.chi2, found.p, method)


def _of_cox(x: Floats, time: Floats, cause: np.ndarray) -> tuple[Floats, Floats]:
    fitted = fit_cox(x, time, cause)
    return np.array([term.coefficient for term in fitted.terms]), fitted.covariance


def _of_fine_gray(x: Floats, time: Floats, cause: np.ndarray) -> tuple[Floats, Floats]:
    fitted = fit_fine_gray(x, time, cause)
    return np.array([term.coefficient for term in fitted.terms]), fitted.covariance


def _at_horizon(
    x: Floats, time: Floats, cause: np.ndarray, horizon: float, seed: int
) -> tuple[Floats, Floats]:
    """A weighted logistic regression; the covariance by the bootstrap, weights and all.

    The weights are estimated too, which the model's own covariance does not know.
    """

    def fit(rows: np.ndarray) -> Floats:
        at = horizon_outcome(time[rows], cause[rows], horizon)
        used = at.weights > 0
        made = fit_logistic(x[rows][used], at.outcome[used], weights=at.weights[used])
        return made.coefficients[1:]

    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(HORIZON_RESAMPLES):
        try:
            draws.append(fit(rng.integers(time.size, size=time.size)))
        except (InputError, UsageError):
            continue
    if len(draws) < 0.95 * HORIZON_RESAMPLES:
        raise RefusalError(
            f"The model could be fitted to only {len(draws)} of {HORIZON_RESAMPLES} resamples.",
            remedy="Declare fewer predictors.",
            code="unstable_procedure",
        )
    return fit(np.arange(time.size)), np.cov(np.array(draws), rowvar=False).reshape(x.shape[1], -1)
