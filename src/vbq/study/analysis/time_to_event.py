"""The same predictors where follow-up has a length: patients are censored, and may die first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.cox import fit_cox
from vbq.stats.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from vbq.stats.fine_gray import fit_fine_gray
from vbq.stats.ipcw import horizon_outcome
from vbq.stats.logistic import fit_logistic
from vbq.stats.pooling import pool_model
from vbq.study.analysis.association import column_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vbq.stats.checks import Interval
    from vbq.study.analysis.completed import Tables
    from vbq.study.analysis.terms import Design, Floats
    from vbq.study.cohort.cohort import Cohort

__all__ = ["Ratio", "TimeModel", "TimeToEvent", "time_to_event"]

BOOTSTRAP = 500  # of the horizon model, whose weights are estimated


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
        n: Patients with a known follow-up.
        events: Events among them.
        competing: Competing events among them.
        ratios: One a column; empty where it cannot be fitted.
        reason: Why not; empty where it can.
    """

    name: str
    n: int
    events: int
    competing: int
    ratios: tuple[Ratio, ...]
    reason: str


@dataclass(frozen=True, eq=False)
class TimeToEvent:
    """Follow-up analysed as such.

    Attributes:
        unknown: Patients left out since their follow-up is not known.
        median_follow_up: Years, of all in it.
        incidence: Cumulative incidence of the event (Aalen-Johansen).
        models: Cox; Fine-Gray where there are competing events; at the horizon if declared.
    """

    unknown: int
    median_follow_up: float
    incidence: CumulativeIncidence
    models: tuple[TimeModel, ...]


def time_to_event(cohort: Cohort, design: Design, tables: Tables) -> TimeToEvent | None:
    """Models of time beside the main one; None where the plan has no dates.

    Raises:
        InputError: follow-up times that mean nothing.
    """
    if cohort.follow_up_years is None or cohort.status is None:
        return None
    years = cohort.follow_up_years[tables.rows]
    known = ~np.isnan(years)
    kept, time = tables.take(known), years[known]
    cause = cohort.status[kept.rows]
    fits: list[tuple[str, Callable[[Floats], tuple[Floats, Floats]]]] = [
        ("Cox, cause-specific", lambda x: _of_cox(x, time, cause))
    ]
    if (cause == 2).any():
        fits.append(("Fine-Gray", lambda x: _of_fine_gray(x, time, cause)))
    horizon = cohort.plan.horizon_years
    if horizon is not None:
        name = f"event by {horizon:g} years (IPCW)"
        seed = cohort.plan.seed
        fits.append((name, lambda x: _at_horizon(x, time, cause, horizon, seed)))
    return TimeToEvent(
        unknown=int((~known).sum()),
        median_follow_up=float(np.median(time)),
        incidence=cumulative_incidence(time, cause),
        models=tuple(_model(name, fit, design, kept, cause) for name, fit in fits),
    )


def _model(
    name: str,
    fit: Callable[[Floats], tuple[Floats, Floats]],
    design: Design,
    tables: Tables,
    cause: Sequence[int] | np.ndarray,
) -> TimeModel:
    counted = (tables.n, int(np.sum(np.equal(cause, 1))), int(np.sum(np.equal(cause, 2))))
    try:
        found = [fit(design.matrix(table)) for table in tables.tables]
        ratios = _ratios(design, found, tables.n)
    except (InputError, RefusalError, UsageError) as error:
        return TimeModel(name, *counted, (), error.message)
    return TimeModel(name, *counted, ratios, "")


def _ratios(design: Design, found: list[tuple[Floats, Floats]], n: int) -> tuple[Ratio, ...]:
    """Wald intervals; of imputed tables by Rubin's rules."""
    from scipy import stats

    words = column_words(design)
    if len(found) == 1:
        ((beta, covariance),) = found
        error = np.sqrt(np.diag(covariance))
        z = float(stats.norm.ppf(0.975))
        low, high = beta - z * error, beta + z * error
        p = 2 * stats.norm.sf(np.abs(beta / error))
    else:
        pooled = pool_model(
            [b for b, _ in found], [v for _, v in found], names=design.names,
            df_complete=n - len(design.names),
        )  # fmt: skip
        beta = pooled.coefficients
        low = np.array([term.interval[0] for term in pooled.terms])
        high = np.array([term.interval[1] for term in pooled.terms])
        p = np.array([term.p for term in pooled.terms])
    return tuple(
        Ratio(column, label, compared, float(np.exp(beta[j])),
              (float(np.exp(low[j])), float(np.exp(high[j]))), float(p[j]))
        for j, (_, column, label, compared) in enumerate(words)
    )  # fmt: skip


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
    for _ in range(BOOTSTRAP):
        try:
            draws.append(fit(rng.integers(time.size, size=time.size)))
        except (InputError, UsageError):
            continue
    if len(draws) < 0.95 * BOOTSTRAP:
        raise RefusalError(
            f"The model could be fitted to only {len(draws)} of {BOOTSTRAP} resamples.",
            remedy="Declare fewer predictors.",
            code="unstable_procedure",
        )
    return fit(np.arange(time.size)), np.cov(np.array(draws), rowvar=False).reshape(x.shape[1], -1)
