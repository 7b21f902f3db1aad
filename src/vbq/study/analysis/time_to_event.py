"""Time-to-event analysis of the predictors: censored follow-up, and competing events."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.checks import NORMAL_95, Floats, Interval
from vbq.stats.imputation.pooling import pool_model
from vbq.stats.regression.likelihood import wald
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.terms import Design
from vbq.stats.survival.cox import fit_cox
from vbq.stats.survival.fine_gray import fit_fine_gray
from vbq.stats.survival.ipcw import horizon_outcome
from vbq.stats.survival.nonparametric import CumulativeIncidence, cumulative_incidence
from vbq.study.analysis.association import WALD, column_labels, tested_columns
from vbq.study.analysis.estimates import Contrast, TermTest
from vbq.study.analysis.imputed_tables import Tables, model_tables
from vbq.study.analysis.robustness.refit import too_few_events
from vbq.study.cohort.cohort import Cohort

HORIZON_RESAMPLES = 500  # bootstrap resamples of the horizon model, whose weights are estimated
BOOTSTRAP_COVARIANCE = f"bootstrap covariance ({HORIZON_RESAMPLES} resamples)"


TimeModelKind = Literal["cox", "fine_gray", "horizon"]
"""Cause-specific Cox; Fine-Gray; logistic model of the event by a horizon, weighted (IPCW)."""


@dataclass(frozen=True)
class Ratio:
    """One coefficient of a time-to-event model, as a ratio.

    Attributes:
        column: Name of the column in the design.
        label: Label of the predictor.
        compared: What the ratio compares, such as ``per 10 years``.
        ratio: Hazard ratio, subdistribution hazard ratio or, at the horizon, odds ratio.
        interval: 95 % confidence interval of the ratio.
        p: Two-sided p-value.
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
        kind: Kind of model.
        name: ``Cox, cause-specific``, ``Fine-Gray`` or ``event by N years (IPCW)``.
        n: Patients with known follow-up; at a horizon those in whom it is known whether the event
            occurred by then.
        events: Patients with the event among them; at a horizon by then.
        competing: Patients with a competing event among them; at a horizon by then.
        unknown: Patients censored before the horizon, whose weight is 0; 0 in other models.
        ratios: One for each column; empty where the model cannot be fitted.
        reason: Why the model cannot be fitted; empty where it can.
        coefficients: Logarithms of the ratios.
        covariance: Covariance of the coefficients; at a horizon from bootstrap resamples.
        tests: Wald tests, as those of an `Association`: a predictor is tested with its
            interactions. For imputed tables with the covariance pooled by Rubin's rules.
        contrasts: The ratios as reported: one for each column, but for a spline a single one.
    """

    kind: TimeModelKind
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
        """The test of a predictor, or of an interaction: the two names joined by ``×``."""
        return {t.name: t for t in self.tests}[name]


@dataclass(frozen=True, eq=False)
class TimeToEvent:
    """The time-to-event analysis of a study.

    Attributes:
        unknown: Patients excluded because their follow-up is unknown.
        median_follow_up: Median follow-up of the patients analysed, in years.
        quartiles: First and third quartile of their follow-up, in years.
        event_free: Shortest and longest follow-up, in years, of the patients whom the main model
            counts as without the event; None if there are none with known follow-up.
        competing: Patients with a competing event, whom the main model counts as without the event.
        incidence: Cumulative incidence of the event (Aalen-Johansen).
        models: Cox; Fine-Gray where there are competing events; at the horizon if declared.
        short: Patients analysed whom the main model excludes, since they were followed without the
            event for less than the plan's minimum.
        imputations: Number of completed tables behind the models; 1 where nothing was imputed.
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
    """Time-to-event models of the predictors of the main model.

    They include the patients followed for less than the plan's minimum, whose missing values are
    imputed together with those of all others: excluding only patients without the event would make
    the censoring informative.

    Args:
        cohort: The patients.
        design: Design of the main model.
        tables: Tables to which the main model was fitted.

    Returns:
        The analysis; None where follow-up is not known in patients both with and without the event.

    Raises:
        InputError: invalid follow-up times.
    """
    if cohort.follow_up_years is None or cohort.status is None:
        return None
    main_years = cohort.follow_up_years[tables.rows]
    event_free = main_years[(cohort.status[tables.rows] != 1) & ~np.isnan(main_years)]
    main_rows = cohort.table.index
    if cohort.followed is not None and cohort.followed.timed[0] > cohort.timed[0]:
        cohort = cohort.followed
        tables = model_tables(cohort, [term.name for term in design.terms])
    assert cohort.follow_up_years is not None
    assert cohort.status is not None
    years, status = cohort.follow_up_years[tables.rows], cohort.status[tables.rows]
    known = ~np.isnan(years)
    short = ~cohort.table.index[tables.rows].isin(main_rows)
    if np.unique(status[known] == 1).size < 2:
        return None
    followed = _Followed(design, tables.take(known), years[known], status[known])
    competing = int((followed.cause == 2).sum())
    counts = _Counts(followed.tables.n, int((followed.cause == 1).sum()), competing)
    models = [_time_model("cox", "Cox, cause-specific", _cox, followed, counts)]
    if competing:
        models.append(_time_model("fine_gray", "Fine-Gray", _fine_gray, followed, counts))
    if cohort.plan.horizon_years is not None:
        models.append(_horizon_model(followed, cohort.plan.horizon_years, cohort.plan.seed))
    first, median, third = (float(q) for q in np.quantile(followed.time, [0.25, 0.5, 0.75]))
    return TimeToEvent(
        unknown=int((~known).sum()),
        median_follow_up=median,
        quartiles=(first, third),
        event_free=(float(event_free.min()), float(event_free.max())) if event_free.size else None,
        competing=int((status == 2).sum()),
        incidence=cumulative_incidence(followed.time, followed.cause),
        models=tuple(models),
        short=int((known & short).sum()),
        imputations=len(tables.tables),
    )


class _Followed(NamedTuple):
    """What every time-to-event model of a study is fitted to.

    Attributes:
        design: Design of the models.
        tables: Completed tables of the patients with known follow-up.
        time: Shape (n,), follow-up in years.
        cause: Shape (n,): 1 event, 2 competing event, 0 censored.
    """

    design: Design
    tables: Tables
    time: Floats
    cause: NDArray[np.int8]


class _Counts(NamedTuple):
    """The counts of a `TimeModel`."""

    n: int
    events: int
    competing: int
    unknown: int = 0


class _Fit(NamedTuple):
    """Log ratios, shape (columns,), and their covariance, shape (columns, columns)."""

    coefficients: Floats
    covariance: Floats


Procedure = Callable[[Floats, Floats, NDArray[np.int8]], _Fit]
"""Fits a model to a design matrix, times and causes."""


def _time_model(
    kind: TimeModelKind, name: str, fit: Procedure, followed: _Followed, counts: _Counts
) -> TimeModel:
    """Fit a model to every table; without ratios where it cannot be fitted.

    Args:
        kind: Kind of model.
        name: Name of the model.
        fit: Procedure that fits it to one table.
        followed: The patients.
        counts: Numbers of patients and events.
    """
    design, tables = followed.design, followed.tables
    reason = too_few_events(len(design.names), counts.n, counts.events)
    if reason:
        return TimeModel(kind, name, *counts, (), reason)
    try:
        fits = [fit(design.matrix(table), followed.time, followed.cause) for table in tables.tables]
        return _fitted(kind, name, counts, followed, fits)
    except (InputError, RefusalError, UsageError) as error:
        return TimeModel(kind, name, *counts, (), error.message)


def _horizon_model(followed: _Followed, horizon: float, seed: int) -> TimeModel:
    """Logistic model of the event by a horizon, weighted for censoring before it."""
    name = f"event by {horizon:g} years (IPCW)"
    n, time, cause = followed.tables.n, followed.time, followed.cause
    try:
        outcome = horizon_outcome(time, cause, horizon)
    except (InputError, UsageError) as error:
        return TimeModel("horizon", name, n, 0, 0, 0, (), error.message)
    competing = int(((cause == 2) & (time <= horizon)).sum())
    counts = _Counts(n - outcome.unknown, outcome.events, competing, outcome.unknown)
    fit = partial(_weighted_logistic, horizon=horizon, seed=seed)
    return _time_model("horizon", name, fit, followed, counts)


def _fitted(
    kind: TimeModelKind, name: str, counts: _Counts, followed: _Followed, fits: list[_Fit]
) -> TimeModel:
    """The model from its fit to every table: Wald intervals, pooled by Rubin's rules."""
    from scipy import stats

    design = followed.design
    bootstrap = BOOTSTRAP_COVARIANCE if kind == "horizon" else ""
    if len(fits) == 1:
        ((beta, covariance),) = fits
        method = f"{WALD}, {bootstrap}" if bootstrap else WALD
        standard_error = np.sqrt(np.diag(covariance))
        low, high = beta - NORMAL_95 * standard_error, beta + NORMAL_95 * standard_error
        p = 2 * stats.norm.sf(np.abs(beta / standard_error))
    else:
        method = f"{WALD}, pooled {bootstrap or 'covariance'}"
        pooled = pool_model(
            [fit.coefficients for fit in fits],
            [fit.covariance for fit in fits],
            names=design.names,
            df_complete=followed.tables.n - len(design.names),
        )
        beta, covariance = pooled.coefficients, pooled.covariance
        low = np.array([term.interval[0] for term in pooled.terms])
        high = np.array([term.interval[1] for term in pooled.terms])
        p = np.array([term.p for term in pooled.terms])
    return TimeModel(
        kind,
        name,
        *counts,
        ratios=tuple(
            Ratio(
                column, label, compared, float(np.exp(beta[j])),
                (float(np.exp(low[j])), float(np.exp(high[j]))), float(p[j]),
            )
            for j, (_, column, label, compared) in enumerate(column_labels(design))
        ),
        reason="",
        coefficients=tuple(float(value) for value in beta),
        covariance=tuple(tuple(float(value) for value in row) for row in covariance),
        tests=tuple(
            _joint_test(
                term, [design.names.index(column) for column in columns], beta, covariance, method
            )
            for term, columns in tested_columns(design).items()
        ),
    )  # fmt: skip


def _joint_test(
    name: str, positions: list[int], beta: Floats, covariance: Floats, method: str
) -> TermTest:
    test = wald(beta[positions], covariance[np.ix_(positions, positions)])
    return TermTest(name, test.df, test.chi2, test.p, method)


def _cox(x: Floats, time: Floats, cause: NDArray[np.int8]) -> _Fit:
    model = fit_cox(x, time, cause)
    return _Fit(np.array([term.coefficient for term in model.terms]), model.covariance)


def _fine_gray(x: Floats, time: Floats, cause: NDArray[np.int8]) -> _Fit:
    model = fit_fine_gray(x, time, cause)
    return _Fit(np.array([term.coefficient for term in model.terms]), model.covariance)


def _weighted_logistic(
    x: Floats, time: Floats, cause: NDArray[np.int8], *, horizon: float, seed: int
) -> _Fit:
    """Weighted logistic regression, its covariance by the bootstrap of weights and model.

    The model's own covariance takes the weights as known, but they are estimated.

    Raises:
        RefusalError: too many of the resamples cannot be fitted.
    """

    def coefficients(rows: NDArray[np.intp]) -> Floats:
        outcome = horizon_outcome(time[rows], cause[rows], horizon)
        weighted = outcome.weights > 0
        model = fit_logistic(
            x[rows][weighted], outcome.outcome[weighted], weights=outcome.weights[weighted]
        )
        return model.coefficients[1:]

    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(HORIZON_RESAMPLES):
        try:
            draws.append(coefficients(rng.integers(time.size, size=time.size)))
        except (InputError, UsageError):
            continue
    if len(draws) < 0.95 * HORIZON_RESAMPLES:
        raise RefusalError(
            f"The model could be fitted to only {len(draws)} of {HORIZON_RESAMPLES} resamples.",
            remedy="Declare fewer predictors.",
            code="unstable_procedure",
        )
    covariance = np.cov(np.array(draws), rowvar=False).reshape(x.shape[1], -1)
    return _Fit(coefficients(np.arange(time.size)), covariance)
