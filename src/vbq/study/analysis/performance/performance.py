"""How well a model predicts: in its own patients, and corrected for optimism."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from scipy import special

from vbq.stats.checks import Floats, Interval
from vbq.stats.imputation.model_validation import validate_imputed
from vbq.stats.performance.binary_outcome import logit
from vbq.stats.performance.calibration import Calibration
from vbq.stats.performance.calibration_curve import CalibrationErrors
from vbq.stats.performance.measures import MEASURES, PerformanceMeasure, performance_measures
from vbq.stats.regression.firth import fit_firth
from vbq.stats.regression.terms import Design
from vbq.stats.validation.bootstrap import ResampledMeasure, validate_bootstrap
from vbq.study.analysis.association import fit_each
from vbq.study.analysis.imputed_tables import OUTCOME, Tables, imputation_columns
from vbq.study.analysis.performance.pooled import pooled_calibration, pooled_calibration_errors
from vbq.study.analysis.performance.prediction import Discrimination, imputed_procedure, predict
from vbq.study.cohort.cohort import Cohort

MAX_IMPUTED_RESAMPLES = 200  # each repeats the imputation: ten times the cost of a plain refit
IMPUTATIONS_PER_RESAMPLE = 5
REPORTED = ("auc", "brier", "intercept", "slope", "r2")


@dataclass(frozen=True)
class Performance:
    """Performance of one model, apparent and corrected for optimism.

    Attributes:
        predictors: Names of its predictors.
        n: Number of patients.
        events: Patients with the event.
        discrimination: Apparent area under the ROC curve.
        corrected_interval: 95 % confidence interval of the corrected area; None where the method
            has none.
        indices: Measures of performance, apparent and corrected for optimism: ``auc``, ``brier``,
            ``intercept``, ``slope`` (of calibration) and ``r2`` (Nagelkerke).
        calibration: Apparent calibration; intercept 0 and slope 1 by construction for a
            maximum-likelihood fit to one table.
        errors: Distance of the apparent smooth calibration curve from the ideal.
        resamples: Number of refits behind the correction.
        failed: Number of refits that failed and are left out.
        method: Description of the correction.
    """

    predictors: tuple[str, ...]
    n: int
    events: int
    discrimination: Discrimination
    corrected_interval: Interval | None
    indices: tuple[PerformanceMeasure, ...]
    calibration: Calibration
    errors: CalibrationErrors
    resamples: int
    failed: int
    method: str

    def __getitem__(self, name: str) -> PerformanceMeasure:
        return {measure.name: measure for measure in self.indices}[name]


def performance_of(
    cohort: Cohort, designs: Mapping[str, Design], tables: Tables
) -> dict[str, Performance]:
    """Performance of several models, the whole modelling procedure repeated on each resample.

    Complete tables: Harrell's bootstrap. Imputed tables: the imputation is repeated within each of
    at most 200 resamples, and the models are tested on the completed tables of the main analysis.
    All models are validated on the same resamples.

    Raises:
        InputError: a model cannot be fitted.
        RefusalError: a measure is undefined, or too many resamples cannot be fitted.
    """
    if tables.imputation:
        corrections = _correct_imputed(cohort, designs, tables)
    else:
        corrections = {
            name: _correct_complete(cohort, design, tables) for name, design in designs.items()
        }
    performances = {}
    for name, design in designs.items():
        prediction = predict(design, tables)
        performances[name] = Performance(
            predictors=tuple(term.name for term in design.terms),
            n=tables.n,
            events=tables.events,
            discrimination=prediction.discrimination(),
            calibration=pooled_calibration(tables.outcome, prediction.probability),
            errors=pooled_calibration_errors(tables.outcome, prediction.probability),
            **corrections[name],
        )
    return performances


class _Correction(TypedDict):
    """The fields of `Performance` that come from the correction for optimism."""

    indices: tuple[PerformanceMeasure, ...]
    resamples: int
    failed: int
    corrected_interval: Interval | None
    method: str


def _correct_complete(cohort: Cohort, design: Design, tables: Tables) -> _Correction:
    plan = cohort.plan
    _, separated = fit_each(design, tables)
    validation = validate_bootstrap(
        design.matrix(tables.tables[0]),
        tables.outcome,
        firth_procedure if separated else None,
        resamples=plan.bootstrap,
        seed=plan.seed,
    )
    return {
        "indices": tuple(_reported(validation[name]) for name in REPORTED),
        "resamples": validation.resamples,
        "failed": validation.failed,
        "corrected_interval": validation.auc_interval,
        "method": validation.method,
    }


def firth_procedure(design: Floats, outcome: Floats) -> Callable[[Floats], Floats]:
    """The modelling procedure for a separated model, to be repeated on resamples."""
    return fit_firth(design, outcome).probabilities


def _correct_imputed(
    cohort: Cohort, designs: Mapping[str, Design], tables: Tables
) -> dict[str, _Correction]:
    plan = cohort.plan
    validations = validate_imputed(
        imputation_columns(cohort),
        [{**table, OUTCOME: tables.outcome} for table in tables.tables],
        outcome=OUTCOME,
        procedures={name: imputed_procedure(d, OUTCOME) for name, d in designs.items()},
        names=REPORTED,
        measure=_measures_by_table,
        pool=_pooled_measures,
        bootstraps=min(plan.bootstrap, MAX_IMPUTED_RESAMPLES),
        imputations=IMPUTATIONS_PER_RESAMPLE,
        seed=plan.seed,
    )
    return {
        name: {
            "indices": tuple(validation.measures.values()),
            "resamples": validation.bootstraps - validation.failed,
            "failed": validation.failed,
            "corrected_interval": None,
            "method": f"bootstrap optimism correction, {validation.bootstraps} resamples, each "
            f"imputed {validation.imputations} times anew and tested on the {validation.tables} "
            "completed tables",
        }
        for name, validation in validations.items()
    }


def _reported(measure: ResampledMeasure) -> PerformanceMeasure:
    """The measure without the means of the refits."""
    return PerformanceMeasure(
        name=measure.name,
        apparent=measure.apparent,
        optimism=measure.optimism,
        corrected=measure.corrected,
        monte_carlo_error=measure.monte_carlo_error,
    )


def _measures_by_table(outcome: Floats, probability: Floats) -> Floats:
    """The measures reported, shape (tables, 5), from probabilities of shape (tables, n)."""
    log_odds = logit(probability.ravel()).reshape(probability.shape)
    measures = performance_measures(log_odds, outcome, np.ones_like(log_odds))
    return measures[:, [MEASURES.index(name) for name in REPORTED]]


def _pooled_measures(by_table: Floats) -> Floats:
    """Means over the tables, shape (5,); of the area on the logit scale, as `Discrimination`."""
    mean: Floats = by_table.mean(axis=0)
    area = REPORTED.index("auc")
    mean[area] = special.expit(special.logit(by_table[:, area]).mean())
    return mean
