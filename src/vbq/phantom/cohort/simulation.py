"""Cohorts simulated from a design; the outcome follows a known logistic model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from vbq.phantom.cohort.design import (
    AGE,
    AGE_SD,
    BMI,
    CONTROL_AGE,
    CONTROL_AGE_SD,
    DXA,
    DXA_SD,
    NORMAL_BONE,
    CohortDesign,
    MissingData,
)
from vbq.phantom.cohort.plan_yaml import plan_yaml
from vbq.phantom.cohort.simulated_cohort import CohortTruth, SimulatedCohort

if TYPE_CHECKING:
    Floats = NDArray[np.float64]

PRIOR, STEROIDS = 50 / 184, 39 / 184  # published shares
VBQ = 3.2  # between the published means, 3.50 with and 3.01 without a fracture
BMI_SD = 5.5
ASSUMED = (
    f"age {AGE:g} ± {AGE_SD:g} years",
    f"BMI {BMI:g} ± {BMI_SD:g} kg/m²",
    f"DXA T-score {DXA:g} ± {DXA_SD:g}",
    f"controls: age {CONTROL_AGE:g} ± {CONTROL_AGE_SD:g} years, VBQ of normal bone",
)
MIN_VBQ = 0.4  # lower bound; 1 in 10,000 values reaches it with the default design
POPULATION = 100_000  # patients from whom the intercept is computed
MAR = {"fracture": np.log(4), "prior_fx": -np.log(4)}  # log odds ratios of missingness


def simulate_cohort(design: CohortDesign, seed: int) -> SimulatedCohort:
    """Simulate a cohort; the same design and seed give the same patients."""
    rng = np.random.default_rng(seed)
    n = design.patients
    true, scanner = _predictors(design, n, rng)
    names = tuple(design.coefficients)
    intercept = _intercept(design)
    log_odds = intercept + _linear_predictor(design, true, scanner)
    fracture = (rng.random(n) < expit(log_odds)).astype(int)
    complete = pd.DataFrame({"id": _ids("P", n), "fracture": fracture, **true})
    complete["scanner"] = [design.scanners[i].name for i in scanner]
    complete["field_strength"] = [design.scanners[i].field_strength_t for i in scanner]
    patients = complete.copy()
    # classical measurement error: the ICC is the true variance over the measured variance
    error = design.vbq_sd * np.sqrt(1 / design.icc - 1)
    effect = np.array([s.vbq_effect for s in design.scanners])[scanner]
    measured = true["vbq"] + effect + error * rng.normal(size=n)
    patients["vbq"] = np.maximum(measured, MIN_VBQ)
    if design.missing:
        _set_missing(patients, design.missing, rng)
    controls = _controls(design.controls, error, rng) if design.controls else None
    truth = CohortTruth(
        coefficients=dict(design.coefficients),
        intercept=intercept,
        log_odds=log_odds,
        complete=complete,
        statement="coefficients of the population the patients were sampled from, for the true VBQ "
        "on the first scanner",
        assumptions=(
            *ASSUMED,
            (
                f"true VBQ {VBQ:g} ± {design.vbq_sd:g}, correlation {design.vbq_with_age:g} with "
                f"age and {design.vbq_with_dxa:g} with the T-score"
            ),
        ),
    )
    title = f"Simulated cohort of {n} patients"
    several_fields = len({s.field_strength_t for s in design.scanners}) > 1
    plan = plan_yaml(
        title,
        predictors=(*names, "field_strength") if several_fields else names,
        scanners=True,
        controls=controls is not None,
        icc=design.icc if design.icc < 1 else None,
    )
    return SimulatedCohort(title, patients, controls, plan, truth, seed)


def _predictors(
    design: CohortDesign, n: int, rng: np.random.Generator
) -> tuple[dict[str, Floats], NDArray[np.intp]]:
    """True predictors by name, and the index of each patient's scanner; shapes (n,)."""
    age, dxa, residual = rng.normal(size=(3, n))
    a, d = design.vbq_with_age, design.vbq_with_dxa
    values = {
        "prior_fx": (rng.random(n) < PRIOR).astype(float),
        "vbq": VBQ + design.vbq_sd * (a * age + d * dxa + np.sqrt(1 - a**2 - d**2) * residual),
        "bmi": np.clip(BMI + BMI_SD * rng.normal(size=n), 14, 60),
        "gc": (rng.random(n) < STEROIDS).astype(float),
        "dxa_t": np.clip(DXA + DXA_SD * dxa, -7, 4),
        "age": np.clip(AGE + AGE_SD * age, 40, 98),
    }
    shares = np.array([s.share for s in design.scanners])
    scanner = rng.choice(shares.size, size=n, p=shares / shares.sum())
    return {name: values[name] for name in design.coefficients}, scanner


def _linear_predictor(
    design: CohortDesign, true: dict[str, Floats], scanner: NDArray[np.intp]
) -> Floats:
    """Log odds without the intercept, shape (n,)."""
    log_odds: Floats = np.array([s.log_odds for s in design.scanners])[scanner]
    return log_odds + sum(b * true[name] for name, b in design.coefficients.items())


def _intercept(design: CohortDesign) -> float:
    """The intercept at which the expected share of events is that of the design."""
    true, scanner = _predictors(design, POPULATION, np.random.default_rng(0))
    linear = _linear_predictor(design, true, scanner)

    def excess(intercept: float) -> float:
        return float(expit(intercept + linear).mean()) - design.event_share

    span = float(np.abs(linear).max()) + 40
    return float(brentq(excess, -span, span, xtol=1e-10))


def _set_missing(patients: pd.DataFrame, missing: MissingData, rng: np.random.Generator) -> None:
    """Set values to NaN so that the expected share among these patients is the design's."""
    log_odds = np.zeros(len(patients))
    if missing.mechanism == "MAR":
        log_odds = sum((b * patients[name].to_numpy(float) for name, b in MAR.items()), log_odds)
    intercept = brentq(lambda a: float(expit(a + log_odds).mean()) - missing.share, -50, 50)
    for column in missing.columns:
        is_missing = rng.random(len(patients)) < expit(intercept + log_odds)
        patients.loc[is_missing, column] = np.nan


def _controls(n: int, error: float, rng: np.random.Generator) -> pd.DataFrame:
    mean, sd = NORMAL_BONE
    age = np.clip(CONTROL_AGE + CONTROL_AGE_SD * rng.normal(size=n), 25, 90)
    vbq = mean + sd * rng.normal(size=n) + error * rng.normal(size=n)
    return pd.DataFrame({"id": _ids("C", n), "vbq": vbq, "age": age})


def _ids(letter: str, n: int) -> list[str]:
    return [f"{letter}{i:0{len(str(n))}d}" for i in range(1, n + 1)]
