"""Plans over the cohorts that R's answers were computed on."""

from typing import NamedTuple

import numpy as np
import pytest

from places import SHARED
from vbq.stats.regression.terms import Design
from vbq.study.analysis.imputed_tables import Tables, complete_cases, impute_cohort
from vbq.study.check.checks import examine
from vbq.study.cohort.cohort import Cohort
from vbq.study.design import design_of
from vbq.study.plan.plan import Plan

TABLES = SHARED / "references" / "data"

ABSTRACT = {
    "outcome": {"column": "fracture"},
    "exclusions": [{"column": "complete", "value": 0}],
    "predictors": [
        {"name": "prior_fx", "label": "Prior fracture"},
        {"name": "vbq", "label": "VBQ"},
        {"name": "bmi", "label": "BMI", "unit": "kg/m²"},
        {"name": "gc", "label": "Glucocorticoids"},
        {"name": "dxa_t", "label": "DXA T-score"},
    ],
    "comparators": ["dxa_t"],
    "bootstrap": 50,
}
GLOW = {
    "outcome": {"column": "fracture", "event": "Yes"},
    "predictors": [
        {"name": "age", "unit": "years"},
        {"name": "weight", "unit": "kg"},
        {"name": "priorfrac", "reference": "No"},
        {"name": "momfrac", "reference": "No"},
        {"name": "raterisk", "type": "categorical", "levels": ["Less", "Same", "Greater"]},
    ],
    "bootstrap": 50,
}


def _plan(file, identity, parts):
    if not TABLES.is_dir():
        pytest.skip("the tables behind R's answers (shared/references) are not on this machine")
    return Plan.model_validate({"data": {"file": str(TABLES / file), "id": identity}, **parts})


@pytest.fixture
def abstract():
    """The synthetic cohort that gives back the published abstract, in its complete cases."""
    return lambda **parts: _plan("seed_cohort_LR_D_completecase.csv", "id", {**ABSTRACT, **parts})


@pytest.fixture
def glow():
    """GLOW with values removed by design."""
    return lambda **parts: _plan("aplore3_glow_mis_wmissing.csv", "sub_id", {**GLOW, **parts})


class StudyInputs(NamedTuple):
    """What every analysis of a study starts from."""

    cohort: Cohort
    design: Design
    tables: Tables


@pytest.fixture
def make(tmp_path):
    """From a table of patients to the tables that models are fitted to, imputed if need be."""

    def make(table, *, predictors=("vbq", "age"), **parts):
        path = tmp_path / "patients.csv"
        table.assign(id=np.arange(len(table))).to_csv(path, index=False)
        plan = Plan.model_validate(
            {
                "data": {"file": str(path), "id": "id"},
                "outcome": {"column": "fracture"},
                "predictors": list(predictors),
                "missing": {"imputations": 3},
                **parts,
            }
        )
        cohort = examine(plan).cohort
        names = [predictor.name for predictor in plan.predictors]
        complete = complete_cases(cohort, names)
        tables = complete if complete.n == cohort.n else impute_cohort(cohort)
        return StudyInputs(cohort, design_of(cohort), tables)

    return make
