"""A small risk model whose every number can be checked by hand."""

import json

import pytest

from vbq.risk.model import RiskModel

SHA = "0" * 64

# log odds = -5 + 0.5 vbq + 1 (steroid yes) + 0.4 age / 10
DOCUMENT = {
    "schema": "vbq.risk-model/1",
    "baseline": {
        "outcome": "New fracture",
        "event": "1",
        "time": "follow-up of median 3.0 years (quartiles 2.0 to 4.0)",
        "median_years": 3.0,
        "n": 200,
        "events": 80,
        "event_share": 0.4,
        "patients": "all patients, nothing missing",
        "flow": ["In the table: 200 patients, 80 events"],
    },
    "predictors": [
        {
            "name": "vbq",
            "column": "VBQ score",
            "label": "VBQ",
            "unit": "",
            "type": "continuous",
            "transformation": "linear",
            "per": 1.0,
            "knots": [],
            "levels": [],
            "reference": "",
            "observed": {"range": [1.5, 5.5], "percentiles": [1.8, 5.0]},
            "counts": [],
        },
        {
            "name": "steroid",
            "column": "steroid",
            "label": "Glucocorticoids",
            "unit": "",
            "type": "binary",
            "transformation": "categories",
            "per": 1.0,
            "knots": [],
            "levels": ["no", "yes"],
            "reference": "no",
            "observed": None,
            "counts": [{"level": "no", "n": 150}, {"level": "yes", "n": 50}],
        },
        {
            "name": "age",
            "column": "age",
            "label": "Age",
            "unit": "years",
            "type": "continuous",
            "transformation": "linear",
            "per": 10.0,
            "knots": [],
            "levels": [],
            "reference": "",
            "observed": {"range": [45.0, 90.0], "percentiles": [48.0, 88.0]},
            "counts": [],
        },
    ],
    "interactions": [],
    "shrinkage": {"factor": 0.8, "method": "by hand"},
    "intercept": -5.0,
    "coefficients": [
        {"column": "vbq", "compared": "per 1", "unshrunken": 0.625, "coefficient": 0.5},
        {"column": "steroid", "compared": "yes vs no", "unshrunken": 1.25, "coefficient": 1.0},
        {"column": "age", "compared": "per 10 years", "unshrunken": 0.5, "coefficient": 0.4},
    ],
    "covariance": [
        [0.25, 0.0, 0.0, 0.0],
        [0.0, 0.01, 0.0, 0.0],
        [0.0, 0.0, 0.04, 0.0],
        [0.0, 0.0, 0.0, 0.0025],
    ],
    "performance": {
        "indices": [
            {"name": "auc", "apparent": 0.75, "optimism": 0.02, "corrected": 0.73},
            {"name": "slope", "apparent": 1.0, "optimism": 0.2, "corrected": 0.8},
        ],
        "auc_interval": [0.68, 0.82],
        "ici": 0.02,
        "method": "bootstrap",
        "resamples": 200,
    },
    "provenance": {
        "title": "By hand",
        "plan_sha256": SHA,
        "sources": [{"name": "cohort.csv", "sha256": SHA}],
        "seed": 1,
        "software": "vbq 0",
        "fitted_by": "maximum likelihood",
        "imputations": 1,
        "simulated": False,
    },
    "recalibrations": [],
}


@pytest.fixture
def document():
    """A valid model as JSON would give it, to be spoilt."""
    return json.loads(json.dumps(DOCUMENT))


@pytest.fixture
def model(document):
    return RiskModel.model_validate_json(json.dumps(document))


@pytest.fixture
def model_file(tmp_path, model):
    path = tmp_path / "risk-model.json"
    path.write_text(model.to_json(), encoding="utf-8")
    return path
