"""How well a model predicts: in its own patients, and corrected for optimism."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from scipy import special

from vbq.stats.checks import Interval
from vbq.stats.imputation.model_validation import validate_imputed
from vbq.stats.performance.binary_outcome import logit
from vbq.stats.performance.calibration import Calibration
from vbq.stats.performance.calibration_curve import CalibrationErrors
from vbq.stats.performance.indices import INDICES, performance_indices
from vbq.stats.regression.firth import fit_firth
from vbq.stats.validation.bootstrap import validate_bootstrap
from vbq.study.analysis.association import fit_each
from vbq.study.analysis.imputed_tables import OUTCOME, imputation_columns
from vbq.study.analysis.performance.pooled import pooled_calibration, pooled_calibration_errors
from vbq.study.analysis.performance.prediction import Discrimination, imputed_procedure, predict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vbq.stats.regression.terms import Design, Floats
    from vbq.study.analysis.imputed_tables import Tables
    from vbq.study.cohort.cohort import Cohort

__all__ = [
    "MAX_MC_ERROR",
    "Performance",
    "PerformanceIndex",
    "firth_procedure",
    "performance_of",
]

MOST_IMPUTED_RESAMPLES = 200  # each imputes anew: ten times the cost of a plain refit
IMPUTATIONS_WITHIN = 5
SHOWN = ("auc", "brier", "intercept", "slope", "r2")
# Monte-Carlo error of a slope or intercept of calibration beyond which it is not printed. Refits
# that hardly predict anything have slopes of any size, whose mean settles on no value.
MAX_MC_ERROR = 0.1


@dataclass(frozen=True)
class PerformanceIndex:
    """One index of performance.

    Attributes:
        name: ``auc``, ``brier``, ``intercept``, ``slope`` (of calibration) or ``r2`` (Nagelkerke).
        apparent: In the patients the model was made from.
        optimism: Expected excess of the apparent value over that in new patients.
        corrected: What is left.
        monte_carlo_error: Of the corrected value, for the finite number of resamples and, where
            there are any, of imputations.
    """

    name: str
    apparent: float
    optimism: float
    corrected: float
    monte_carlo_error: float | None

    @property
    def expected(self) -> float | None:
        """The corrected value; None of a calibration whose Monte-Carlo error exceeds 0.1.

        That slope or intercept is not estimable: another seed would give another one.
        """
        calibrated = self.name in {"slope", "intercept"}
        unsettled = calibrated and (self.monte_carlo_error or 0.0) > MAX_MC_ERROR
        return None if unsettled else self.corrected


@dataclass(frozen=True)
class Performance:
    """Performance of one model.

    Attributes:
        predictors: Its predictors.
        n: Patients.
        events: Patients with the event.
        discrimination: Apparent area under the ROC curve.
        corrected_interval: Of the corrected area; None where the method has none.
        indices: Apparent and corrected.
        calibration: Apparent; intercept 0 and slope 1 hold by construction where maximum
            likelihood was fitted to one table.
        errors: Distance of the apparent smooth calibration curve from the ideal.
        resamples: Refits behind the correction.
        failed: Refits left out.
        method: Of the correction, in words.
    """

    predictors: tuple[str, ...]
    n: int
    events: int
    discrimination: Discrimination
    corrected_interval: Interval | None
    indices: tuple[PerformanceIndex, ...]
    calibration: Calibration
    errors: CalibrationErrors
    resamples: int
    failed: int
    method: str

    def __getitem__(self, name: str) -> PerformanceIndex:
        return {index.name: index for index in self.indices}[name]


def performance_of(
    cohort: Cohort, designs: Mapping[str, Design], tables: Tables
) -> dict[str, Performance]:
    """Performance of some models, the whole procedure repeated on every resample.

    Complete tables: Harrell's bootstrap. Imputed ones: the imputation is repeated inside it, and
    fewer resamples are drawn, at most 200. The completed tables are those of the estimates. All
    models see the same resamples.

    Raises:
        InputError: a model cannot be fitted.
        RefusalError: an index is undefined, or too many resamples cannot be fitted.
    """
    if tables.imputation:
        corrected = _of_imputed(cohort, designs, tables)
    else:
        corrected = {name: _of_complete(cohort, one, tables) for name, one in designs.items()}
    found = {}
    for name, design in designs.items():
        made = predict(design, tables)
        found[name] = Performance(
            predictors=tuple(term.name for term in design.terms),
            n=tables.n,
            events=tables.events,
            discrimination=made.discrimination(),
            calibration=pooled_calibration(tables.outcome, made.probability),
            errors=pooled_calibration_errors(tables.outcome, made.probability),
            **corrected[name],
        )
    return found


class _Corrected(TypedDict):
    """What `Performance` holds of the correction for optimism."""

    indices: tuple[PerformanceIndex, ...]
    resamples: int
    failed: int
    corrected_interval: Interval | None
    method: str


def _of_complete(cohort: Cohort, design: Design, tables: Tables) -> _Corrected:
    plan = cohort.plan
    _, separated = fit_each(design, tables)
    found = validate_bootstrap(
        design.matrix(tables.tables[0]),
        tables.outcome,
        firth_procedure if separated else None,
        resamples=plan.bootstrap,
        seed=plan.seed,
    )
    kept = [found[name] for name in SHOWN]
    return {
        "indices": tuple(
            PerformanceIndex(i.name, i.apparent, i.optimism, i.corrected, i.monte_carlo_error)
            for i in kept
        ),
        "resamples": found.resamples,
        "failed": found.failed,
        "corrected_interval": found.auc_interval,
        "method": found.method,
    }


def firth_procedure(design: Floats, outcome: Floats) -> Callable[[Floats], Floats]:
    """The modelling procedure where a model is separated, to be repeated on resamples."""
    return fit_firth(design, outcome).probabilities


def _of_imputed(
    cohort: Cohort, designs: Mapping[str, Design], tables: Tables
) -> dict[str, _Corrected]:
    plan = cohort.plan
    found = validate_imputed(
        imputation_columns(cohort),
        [{**table, OUTCOME: tables.outcome} for table in tables.tables],
        outcome=OUTCOME,
        procedures={name: imputed_procedure(one, OUTCOME) for name, one in designs.items()},
        names=SHOWN,
        measure=_measured,
        pool=_pooled,
        bootstraps=min(plan.bootstrap, MOST_IMPUTED_RESAMPLES),
        imputations=IMPUTATIONS_WITHIN,
        seed=plan.seed,
    )
    return {
        name: {
            "indices": tuple(
                PerformanceIndex(index, m.apparent, m.optimism, m.corrected, m.monte_carlo_error)
                for index, m in one.measures.items()
            ),
            "resamples": one.bootstraps - one.failed,
            "failed": one.failed,
            "corrected_interval": None,
            "method": f"bootstrap optimism correction, {one.bootstraps} resamples, each imputed "
            f"{one.imputations} times anew and tested on the {one.tables} completed tables",
        }
        for name, one in found.items()
    }


def _measured(outcome: Floats, probability: Floats) -> Floats:
    """`SHOWN` of each completed table, shape (m, 5), from probabilities of shape (m, n)."""
    log_odds = logit(probability.ravel()).reshape(probability.shape)
    found = performance_indices(log_odds, outcome, np.ones_like(log_odds))
    return found[:, [INDICES.index(name) for name in SHOWN]]


def _pooled(measured: Floats) -> Floats:
    """Means over the tables; the area's on the logit scale, as `Discrimination` has it."""
    mean: Floats = measured.mean(axis=0)
    area = SHOWN.index("auc")
    mean[area] = special.expit(special.logit(measured[:, area]).mean())
    return mean
