"""Optimism-corrected performance by Harrell's bootstrap, as in ``rms::validate``.

Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387,
doi 10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4.
Interval: Noma H et al. Stat Med 2021;40:5691-5701, doi 10.1002/sim.9148 (location-shifted).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.stats.checks import Floats, Interval, check_confidence
from vbq.stats.performance.measures import (
    MEASURES,
    PerformanceMeasure,
    implied_emax,
    performance_measures,
)
from vbq.stats.validation.optimism import Procedure, Resampled, resample_bootstrap


@dataclass(frozen=True)
class ResampledMeasure(PerformanceMeasure):
    """One measure of performance, with the means of the refits behind its correction.

    ``name`` is ``auc``, ``dxy``, ``r2``, ``brier``, ``intercept``, ``slope``, ``emax`` or
    ``expected_observed``. Emax is corrected as in ``rms``: the largest error implied by the
    corrected intercept and slope; its ``monte_carlo_error`` is None. An error of the slope above
    about 0.1 means that the slope depends on the seed: the model has too little predictive value
    for a stable slope.

    Attributes:
        training: Mean of the refits in the subjects each was developed in.
        test: Mean of the refits in the subjects each was tested in; ``optimism`` is the mean of
            training - test.
    """

    training: float
    test: float


@dataclass(frozen=True)
class Validation:
    """Internal validation of a modelling procedure.

    Attributes:
        measures: The measures, in the order of a table; also by name, ``validation["auc"]``.
        auc_interval: Interval of the corrected area, truncated at 1; None if the method has none.
        confidence: Confidence level of the interval.
        n: Number of subjects.
        events: Number of subjects with the event.
        resamples: Number of refits behind the means.
        failed: Number of refits excluded because the model could not be fitted or evaluated.
        seed: Seed of the random numbers.
        method: The method in words.
    """

    measures: tuple[ResampledMeasure, ...]
    auc_interval: Interval | None
    confidence: float
    n: int
    events: int
    resamples: int
    failed: int
    seed: int
    method: str

    def __getitem__(self, name: str) -> ResampledMeasure:
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(name)


def validate_bootstrap(
    design: ArrayLike,
    outcome: ArrayLike,
    procedure: Procedure | None = None,
    *,
    resamples: int = 2000,
    seed: int,
    confidence: float = 0.95,
) -> Validation:
    """Optimism-corrected performance of a modelling procedure by the bootstrap.

    The procedure is repeated on each resample of n subjects drawn with replacement. The optimism is
    the performance of the refit in its resample minus its performance in the original subjects; the
    mean optimism is subtracted from the apparent performance.

    The interval of the area is the percentile interval of the refits' apparent areas, shifted down
    by the optimism (Noma et al. 2021). It treats the optimism as known and is therefore too narrow
    in small studies: in 200 simulated studies each, 95 % intervals covered the area in new patients
    in 93 % (500 patients, 8 predictors), 90 % (184, 4) and 80 % (120, 8); DeLong's interval of the
    apparent area in 89, 89 and 64 % (``benchmarks/auc_interval.py``).

    Args:
        design: Shape (n, p), input of the procedure.
        outcome: Shape (n,), 0 or 1.
        procedure: ``procedure(design, outcome)`` returns a function from a design to
            probabilities; it is called once per resample and must repeat every step of model
            development. None for a logistic regression on all columns.
        resamples: Number of resamples, at least 2; with 2000 the area has a Monte-Carlo error of
            about 0.0005.
        seed: Seed of the random numbers; the same seed gives the same digits.
        confidence: Confidence level of the interval, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `resample`.
    """
    check_confidence(confidence)
    y = np.asarray(outcome)
    result = resample_bootstrap(
        design, outcome, procedure, performance_measures, resamples=resamples, seed=seed
    )
    areas = result.training[:, 0] - result.optimism[0]
    low, high = np.quantile(areas, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Validation(
        measures=resampled_measures(result, result.monte_carlo_error),
        auc_interval=(float(low), float(min(high, 1.0))),
        confidence=confidence,
        n=y.size,
        events=int(np.count_nonzero(y)),
        resamples=len(result.training),
        failed=result.failed,
        seed=seed,
        method=f"bootstrap optimism correction (Harrell), {resamples} resamples; "
        "location-shifted bootstrap interval (Noma)",
    )


def resampled_measures(
    result: Resampled, monte_carlo_error: Floats
) -> tuple[ResampledMeasure, ...]:
    """The measures of a `Validation`, from values in the order of `MEASURES`.

    ``monte_carlo_error`` has one value per measure, shape (m,).
    """
    columns = (
        result.apparent,
        result.optimism,
        result.apparent - result.optimism,
        monte_carlo_error,
        result.training.mean(axis=0),
        result.test.mean(axis=0),
    )
    by_name = {
        name: ResampledMeasure(name, *(float(column[j]) for column in columns))
        for j, name in enumerate(MEASURES)
    }
    area, intercept, slope = by_name["auc"], by_name["intercept"], by_name["slope"]
    assert area.monte_carlo_error is not None
    by_name["dxy"] = ResampledMeasure(
        name="dxy",
        apparent=2 * area.apparent - 1,
        optimism=2 * area.optimism,
        corrected=2 * area.corrected - 1,
        monte_carlo_error=2 * area.monte_carlo_error,
        training=2 * area.training - 1,
        test=2 * area.test - 1,
    )
    apparent, training, test, corrected = (
        implied_emax(getattr(intercept, stage), getattr(slope, stage))
        for stage in ("apparent", "training", "test", "corrected")
    )
    by_name["emax"] = ResampledMeasure(
        name="emax",
        apparent=apparent,
        optimism=apparent - corrected,
        corrected=corrected,
        monte_carlo_error=None,
        training=training,
        test=test,
    )
    order = ("auc", "dxy", "r2", "brier", "intercept", "slope", "emax", "expected_observed")
    return tuple(by_name[name] for name in order)
