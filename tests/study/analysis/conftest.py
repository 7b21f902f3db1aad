"""Plans over the cohorts that R's answers were computed on."""

from pathlib import Path

import pytest

from vbq.study.plan.plan import Plan

TABLES = Path(__file__).parents[4] / "shared" / "references" / "data"

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
