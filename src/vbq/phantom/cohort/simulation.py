"""Cohorts drawn from a design: the outcome follows a logistic model that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from vbq.phantom.cohort.plan_yaml import plan_yaml
from vbq.phantom.cohort.simulated_cohort import CohortTruth, SimulatedCohort

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.phantom.cohort.design import CohortDesign, MissingData

    Floats = NDArray[np.float64]

__all__ = ["ASSUMED", "NORMAL_BONE", "simulate_cohort"]

PRIOR, STEROIDS = 50 / 184, 39 / 184  # published shares
VBQ = 3.2  # between the published means, 3.50 with and 3.01 without a fracture
BMI, BMI_SD = 28.0, 5.5
DXA, DXA_SD = -2.2, 0.95
AGE, AGE_SD = 67.0, 9.0
CONTROL_AGE, CONTROL_AGE_SD = 55.0, 10.0
NORMAL_BONE = 2.81, 0.28  # VBQ of people with normal DXA, mean and SD, as published (n = 100)
ASSUMED = (
    f"age {AGE:g} ± {AGE_SD:g} years",
    f"BMI {BMI:g} ± {BMI_SD:g} kg/m²",
    f"DXA T-score {DXA:g} ± {DXA_SD:g}",
    f"controls {CONTROL_AGE:g} ± {CONTROL_AGE_SD:g} years old, with the VBQ of normal bone",
)
LEAST_VBQ = 0.4  # a ratio of two signals; reached by 1 in 10,000 with the default design
POPULATION = 100_000  # on which the intercept is found
MAR = {"fracture": np.log(4), "prior_fx": -np.log(4)}


def simulate_cohort(design: CohortDesign, seed: int) -> SimulatedCohort:
    """Draw a cohort; the same design and seed give the same patients.

    Raises:
        UsageError: the design cannot be drawn (when it is made).
    """
    rng = np.random.default_rng(seed)
    n = design.patients
    true, scanner = _predictors(design, n, rng)
    names = tuple(design.coefficients)
    intercept = _intercept(design)
    log_odds = intercept + _linear(design, true, scanner)
    fracture = (rng.random(n) < expit(log_odds)).astype(int)
    complete = pd.DataFrame({"id": _ids("P", n), "fracture": fracture, **true})
    machines = design.scanners
    complete["scanner"] = [machines[i].name for i in scanner]
    complete["field_strength"] = [machines[i].field_strength_t for i in scanner]
    patients = complete.copy()
    # classical error: true variance over measured variance is the ICC
    error = design.vbq_sd * np.sqrt(1 / design.icc - 1)
    effect = np.array([machine.vbq_effect for machine in machines])[scanner]
    measured = true["vbq"] + effect + error * rng.normal(size=n)
    patients["vbq"] = np.maximum(measured, LEAST_VBQ)
    if design.missing:
        _lose(patients, design.missing, rng)
    controls = _controls(design.controls, error, rng) if design.controls else None
    truth = CohortTruth(
        coefficients=dict(design.coefficients),
        intercept=intercept,
        log_odds=log_odds,
        complete=complete,
        statement="coefficients of the population the patients were drawn from, for the true VBQ "
        "as the first scanner would measure it",
        assumptions=(
            *ASSUMED,
            (
                f"true VBQ {VBQ:g} ± {design.vbq_sd:g}, correlated {design.vbq_with_age:g} with "
                f"age and {design.vbq_with_dxa:g} with the T-score"
            ),
        ),
    )
    title = f"Simulated cohort of {n} patients"
    fields = len({machine.field_strength_t for machine in machines}) > 1
    plan = plan_yaml(
        title,
        predictors=(*names, "field_strength") if fields else names,
        scanners=True,
        controls=controls is not None,
        icc=design.icc if design.icc < 1 else None,
    )
    return SimulatedCohort(title, patients, controls, plan, truth, seed)


def _predictors(
    design: CohortDesign, n: int, rng: np.random.Generator
) -> tuple[dict[str, Floats], NDArray[np.intp]]:
    """True predictors by name, and the place of each patient's scanner."""
    age, dxa, rest = rng.normal(size=(3, n))
    a, d = design.vbq_with_age, design.vbq_with_dxa
    values = {
        "prior_fx": (rng.random(n) < PRIOR).astype(float),
        "vbq": VBQ + design.vbq_sd * (a * age + d * dxa + np.sqrt(1 - a**2 - d**2) * rest),
        "bmi": np.clip(BMI + BMI_SD * rng.normal(size=n), 14, 60),
        "gc": (rng.random(n) < STEROIDS).astype(float),
        "dxa_t": np.clip(DXA + DXA_SD * dxa, -7, 4),
        "age": np.clip(AGE + AGE_SD * age, 40, 98),
    }
    shares = np.array([machine.share for machine in design.scanners])
    scanner = rng.choice(shares.size, size=n, p=shares / shares.sum())
    return {name: values[name] for name in design.coefficients}, scanner


def _linear(design: CohortDesign, true: dict[str, Floats], scanner: NDArray[np.intp]) -> Floats:
    own = np.array([machine.log_odds for machine in design.scanners])[scanner]
    total: Floats = own + sum(b * true[name] for name, b in design.coefficients.items())
    return total


def _intercept(design: CohortDesign) -> float:
    """The intercept with which the expected share of events is the design's."""
    true, scanner = _predictors(design, POPULATION, np.random.default_rng(0))
    linear = _linear(design, true, scanner)

    def excess(intercept: float) -> float:
        return float(expit(intercept + linear).mean()) - design.event_share

    span = float(np.abs(linear).max()) + 40
    return float(brentq(excess, -span, span, xtol=1e-10))


def _lose(patients: pd.DataFrame, missing: MissingData, rng: np.random.Generator) -> None:
    drive = np.zeros(len(patients))
    if missing.mechanism == "MAR":
        drive = sum((w * patients[name].to_numpy(float) for name, w in MAR.items()), drive)
    # the share is that expected over these patients
    level = brentq(lambda a: float(expit(a + drive).mean()) - missing.share, -50, 50)
    for column in missing.columns:
        lost = rng.random(len(patients)) < expit(level + drive)
        patients.loc[lost, column] = np.nan


def _controls(n: int, error: float, rng: np.random.Generator) -> pd.DataFrame:
    mean, sd = NORMAL_BONE
    age = np.clip(CONTROL_AGE + CONTROL_AGE_SD * rng.normal(size=n), 25, 90)
    vbq = mean + sd * rng.normal(size=n) + error * rng.normal(size=n)
    return pd.DataFrame({"id": _ids("C", n), "vbq": vbq, "age": age})


def _ids(letter: str, n: int) -> list[str]:
    return [f"{letter}{i:0{len(str(n))}d}" for i in range(1, n + 1)]
