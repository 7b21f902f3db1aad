"""How well a model predicts: in its own patients, and corrected for optimism."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from vbq.stats.binary_outcome import logit
from vbq.stats.calibration import calibration
from vbq.stats.firth import fit_firth
from vbq.stats.performance import INDICES, performance_many
from vbq.stats.pooled_validation import validate_imputed
from vbq.stats.validation_bootstrap import validate_bootstrap
from vbq.study.analysis.association import fit_each
from vbq.study.analysis.calibrated import errors_of
from vbq.study.analysis.completed import OUTCOME, imputation_columns
from vbq.study.analysis.prediction import Discrimination, imputed_procedure, predict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vbq.stats.calibration import Calibration
    from vbq.stats.calibration_curve import CalibrationErrors
    from vbq.stats.checks import Interval
    from vbq.study.analysis.completed import Tables
    from vbq.study.analysis.terms import Design, Floats
    from vbq.study.cohort.cohort import Cohort

__all__ = ["Index", "Performance", "firth_procedure", "performance_of"]

MOST_IMPUTED_RESAMPLES = 200  # each imputes anew: ten times the cost of a plain refit
IMPUTATIONS_WITHIN = 5
SHOWN = ("auc", "brier", "intercept", "slope", "r2")


@dataclass(frozen=True)
class Index:
    """One index of performance.

    Attributes:
        name: ``auc``, ``brier``, ``intercept``, ``slope`` (of calibration) or ``r2`` (Nagelkerke).
        apparent: In the patients the model was made from.
        optimism: Expected excess of the apparent value over that in new patients.
        corrected: What is left.
        monte_carlo_error: Of the correction, for the finite number of resamples.
    """

    name: str
    apparent: float
    optimism: float
    corrected: float
    monte_carlo_error: float | None


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
        calibration: Apparent; intercept 0 and slope 1 hold by construction.
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
    indices: tuple[Index, ...]
    calibration: Calibration
    errors: CalibrationErrors
    resamples: int
    failed: int
    method: str

    def __getitem__(self, name: str) -> Index:
        return {index.name: index for index in self.indices}[name]


def performance_of(
    cohort: Cohort, designs: Mapping[str, Design], tables: Tables
) -> dict[str, Performance]:
    """Performance of some models, the whole procedure repeated on every resample.

    Complete tables: Harrell's bootstrap. Imputed ones: the imputation is repeated inside it, and
    fewer resamples are drawn, at most 200. All models see the same resamples.

    Raises:
        InputError: a model cannot be fitted.
        RefusalError: an index is undefined, or too many resamples cannot be fitted.
    """
    if tables.imputation:
        corrected = _of_imputed(cohort, designs)
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
            calibration=calibration(tables.outcome, made.probability),
            errors=errors_of(tables.outcome, made.probability),
            **corrected[name],
        )
    return found


class _Corrected(TypedDict):
    """What `Performance` holds of the correction for optimism."""

    indices: tuple[Index, ...]
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
            Index(i.name, i.apparent, i.optimism, i.corrected, i.monte_carlo_error) for i in kept
        ),
        "resamples": found.resamples,
        "failed": found.failed,
        "corrected_interval": found.auc_interval,
        "method": found.method,
    }


def firth_procedure(design: Floats, outcome: Floats) -> Callable[[Floats], Floats]:
    """The modelling procedure where a model is separated, to be repeated on resamples."""
    return fit_firth(design, outcome).probabilities


def _of_imputed(cohort: Cohort, designs: Mapping[str, Design]) -> dict[str, _Corrected]:
    plan = cohort.plan
    found = validate_imputed(
        imputation_columns(cohort),
        outcome=OUTCOME,
        procedures={name: imputed_procedure(one, OUTCOME) for name, one in designs.items()},
        measures={name: partial(_measure, name) for name in SHOWN},
        bootstraps=min(plan.bootstrap, MOST_IMPUTED_RESAMPLES),
        imputations=IMPUTATIONS_WITHIN,
        seed=plan.seed,
    )
    return {
        name: {
            "indices": tuple(
                Index(index, m.apparent, m.optimism, m.corrected, m.monte_carlo_error)
                for index, m in one.measures.items()
            ),
            "resamples": one.bootstraps - one.failed,
            "failed": one.failed,
            "corrected_interval": None,
            "method": f"bootstrap optimism correction, {one.bootstraps} resamples, each imputed "
            f"{one.imputations} times anew",
        }
        for name, one in found.items()
    }


def _measure(name: str, outcome: Floats, probability: Floats) -> float:
    everyone = np.ones((1, outcome.size))
    found = performance_many(logit(probability)[None], outcome, everyone)[0]
    return float(found[INDICES.index(name)])
