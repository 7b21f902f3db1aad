"""Cohorts that reproduce a published abstract: 184 patients, 72 with a new fragility fracture.

They yield every published result: counts, VBQ means, and the multivariable odds ratios with their
(Wald) intervals and (likelihood-ratio) p-values. What the abstract does not report is assumed.
Three structures could explain an adjusted odds ratio of prior fracture (6.94) so far above the
crude one (2.07); each can be simulated, and none is known to be true.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from vbq.errors import UsageError
from vbq.phantom.cohort.design import (
    AGE,
    AGE_SD,
    BMI,
    CONTROL_AGE,
    CONTROL_AGE_SD,
    DXA,
    DXA_SD,
    NORMAL_BONE,
)
from vbq.phantom.cohort.plan_yaml import plan_yaml
from vbq.phantom.cohort.simulated_cohort import CohortTruth, SimulatedCohort
from vbq.phantom.cohort.target_model import TargetModel, first_step_size, shift_to_target

Structure = Literal["complete_case", "treatment", "independent"]

NAMES = ("prior_fx", "vbq", "bmi", "gc", "dxa_t")
# odds ratios and standard errors that round to 6.94 [2.48-19.40], 2.40 [1.30-4.44],
# 1.09 [1.01-1.17], 2.89 [1.03-8.17]; for DXA only the p-value is published
ODDS_RATIOS = {"prior_fx": 6.9370, "vbq": 2.4015, "bmi": 1.0860, "gc": 2.8940}
STANDARD_ERRORS = {"prior_fx": 0.52468, "vbq": 0.31335, "bmi": 0.0382, "gc": 0.52940}
P_VALUES = {"vbq": 0.003, "bmi": 0.030, "gc": 0.043, "dxa_t": 0.081}
VBQ_MEANS = 3.01, 3.50
# assumptions, not published
DXA_ODDS_RATIO, TREATMENT_ODDS_RATIO = 0.64, 0.125
SDS = {"vbq": 0.75, "bmi": 6.0, "dxa_t": DXA_SD}
AGE_WITH_VBQ = 0.38  # correlation, published for other patients
CONTROLS, (CONTROL_VBQ, CONTROL_VBQ_SD) = 45, NORMAL_BONE
DRAWS = 40  # the draw closest to the published results is used
PLAUSIBLE = {"vbq": (0.5, 9.0), "bmi": (12.0, 60.0), "dxa_t": (-7.0, 4.0)}


@dataclass(frozen=True)
class _Group:
    """Number of patients with one outcome, inside or outside the model, by binary predictor."""

    fracture: int
    modelled: bool
    n: int
    prior: int
    steroids: int
    treated: tuple[int, int] = (0, 0)  # without and with a prior fracture


ALL_MODELLED = _Group(1, True, 72, 26, 22, (2, 12)), _Group(0, True, 112, 24, 17, (25, 18))
GROUPS: dict[Structure, tuple[_Group, ...]] = {
    "independent": ALL_MODELLED,
    "treatment": ALL_MODELLED,
    "complete_case": (
        _Group(1, True, 44, 19, 15),
        _Group(1, False, 28, 7, 7),
        _Group(0, True, 77, 12, 12),
        _Group(0, False, 35, 12, 5),
    ),
}
EXPLANATIONS: dict[Structure, str] = {
    "complete_case": "63 patients have no T-score, and the published model was fitted in the 121 "
    "complete cases (44 fractures); T-scores are assumed to be missing more often after a prior "
    "fracture without a new one",
    "treatment": "an osteoporosis treatment that the abstract does not report, given to 30 of 50 "
    "patients with a prior fracture and 27 of 134 without, has an odds ratio of "
    f"{TREATMENT_ODDS_RATIO:g} in the model",
    "independent": "all 184 patients are in the model, without any further variable; this requires "
    "the largest shifts of VBQ, BMI and T-score",
}


def simulate_published_cohort(
    structure: Structure = "complete_case", seed: int = 1
) -> SimulatedCohort:
    """Simulate a cohort whose study yields the results of the published abstract.

    Args:
        structure: Explanation of the large adjusted odds ratio of prior fracture:
            ``complete_case``, ``treatment`` or ``independent``. With ``complete_case`` the results
            are those of the patients without missing values.
        seed: Seed of the patients; the results do not depend on it.

    Raises:
        UsageError: The structure is unknown.
        RefusalError: The patients drawn with this seed cannot be shifted to the results.
    """
    if structure not in get_args(Structure):
        raise UsageError(
            f"Unknown structure {structure!r}.",
            remedy=f"Choose from {', '.join(get_args(Structure))}.",
            code="unknown_structure",
        )
    rng = np.random.default_rng(seed)
    draws = [
        pd.concat([_sample(group, rng) for group in GROUPS[structure]], ignore_index=True)
        for _ in range(DRAWS)
    ]
    names = [*NAMES, "treated"] if structure == "treatment" else list(NAMES)
    modelled = draws[0]["modelled"].to_numpy(bool)
    outcome = draws[0]["fracture"].to_numpy(float)
    column = {name: j for j, name in enumerate(names)}
    target = _published_model(column)
    moving = {column[name]: sd for name, sd in SDS.items()}
    starts = [draw[names].to_numpy(float) for draw in draws]
    shifts = [first_step_size(start, outcome, modelled, moving, target) for start in starts]
    for best in map(int, np.argsort(shifts)):
        start, table = starts[best], draws[best].drop(columns="modelled")
        fitted, intercept = shift_to_target(start, outcome, modelled, moving, target)
        if all(_within(fitted[:, column[name]], limits) for name, limits in PLAUSIBLE.items()):
            break
    table[names] = fitted
    sds = np.array(list(SDS.values()))
    shift = float(np.sqrt((((fitted - start)[:, list(moving)] / sds) ** 2).mean()))
    z = (table["vbq"] - table["vbq"].mean()) / table["vbq"].std()
    residual = np.sqrt(1 - AGE_WITH_VBQ**2) * rng.normal(size=len(table))
    table["age"] = np.clip(AGE + AGE_SD * (AGE_WITH_VBQ * z + residual), 40, 98)
    order = rng.permutation(len(table))
    table, modelled, fitted = (
        table.iloc[order].reset_index(drop=True),
        modelled[order],
        fitted[order],
    )
    table.insert(0, "id", [f"P{i:03d}" for i in range(1, len(table) + 1)])
    complete = table if structure == "treatment" else table.drop(columns="treated")
    patients = complete.copy()
    patients.loc[~modelled, "dxa_t"] = np.nan
    controls = pd.DataFrame(
        {
            "id": [f"C{i:02d}" for i in range(1, CONTROLS + 1)],
            "vbq": CONTROL_VBQ + CONTROL_VBQ_SD * rng.normal(size=CONTROLS),
            "age": np.clip(CONTROL_AGE + CONTROL_AGE_SD * rng.normal(size=CONTROLS), 25, 90),
        }
    )
    title = f"The published cohort, simulated with {structure.replace('_', '-')} structure"
    truth = CohortTruth(
        coefficients=dict(zip(names, map(float, target.coefficients), strict=True)),
        intercept=intercept,
        log_odds=intercept + fitted @ target.coefficients,
        complete=complete,
        statement=f"coefficients of the model in {int(modelled.sum())} of these patients, by "
        "construction; not those of a population",
        assumptions=_assumptions(structure, shift),
    )
    plan = plan_yaml(title, predictors=names, controls=True)
    return SimulatedCohort(title, patients, controls, plan, truth, seed)


def _published_model(column: dict[str, int]) -> TargetModel:
    """The published estimates, by the column of each predictor."""
    ratios = ODDS_RATIOS | {"dxa_t": DXA_ODDS_RATIO, "treated": TREATMENT_ODDS_RATIO}
    return TargetModel(
        coefficients=np.log([ratios[name] for name in column]),
        standard_errors={column[name]: value for name, value in STANDARD_ERRORS.items()},
        chi2={column[name]: float(stats.chi2.isf(p, 1)) for name, p in P_VALUES.items()},
        means={column["vbq"]: VBQ_MEANS},
    )


def _assumptions(structure: Structure, shift: float) -> tuple[str, ...]:
    """The assumptions about the patients, as sentences."""
    return (
        f"structure: {EXPLANATIONS[structure]}",
        (
            f"T-score {DXA:g} ± {DXA_SD:g} with an odds ratio of {DXA_ODDS_RATIO:g}; for DXA only "
            "p = 0.081 is published"
        ),
        (
            f"before the shift: standard deviation of VBQ {SDS['vbq']:g}, BMI {BMI:g} ± "
            f"{SDS['bmi']:g} kg/m²"
        ),
        (
            f"continuous values were shifted by {shift:.2f} SD (root mean square) to yield the "
            "published results"
        ),
        f"age {AGE:g} ± {AGE_SD:g} years, correlation {AGE_WITH_VBQ:g} with VBQ",
        (
            f"controls: VBQ {CONTROL_VBQ:g} ± {CONTROL_VBQ_SD:g}, published for normal bone in "
            f"another study, and age {CONTROL_AGE:g} ± {CONTROL_AGE_SD:g} years"
        ),
    )


def _sample(group: _Group, rng: np.random.Generator) -> pd.DataFrame:
    """Patients of a group before the shift, with means that depend on the outcome."""
    n = group.n
    prior = rng.permutation(np.arange(n) < group.prior).astype(float)
    treated = np.zeros(n)
    for prior_fracture, count in enumerate(group.treated):
        rows = np.flatnonzero(prior == prior_fracture)
        treated[rng.permutation(rows)[:count]] = 1
    # with normal distributions of equal SD, the log odds ratio is the difference of means over SD²
    bmi = BMI + (group.fracture - 0.4) * np.log(ODDS_RATIOS["bmi"]) * SDS["bmi"] ** 2
    dxa = DXA + (group.fracture - 0.4) * np.log(DXA_ODDS_RATIO) * SDS["dxa_t"] ** 2
    return pd.DataFrame(
        {
            "fracture": group.fracture,
            "modelled": group.modelled,
            "prior_fx": prior,
            "vbq": rng.normal(VBQ_MEANS[group.fracture], SDS["vbq"], n),
            "bmi": rng.normal(bmi, SDS["bmi"], n),
            "gc": rng.permutation(np.arange(n) < group.steroids).astype(float),
            "dxa_t": rng.normal(dxa, SDS["dxa_t"], n),
            "treated": treated,
        }
    )


def _within(values: NDArray[np.float64], limits: tuple[float, float]) -> bool:
    return bool(limits[0] <= values.min() and values.max() <= limits[1])
