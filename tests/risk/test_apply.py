"""A model applied: answers known by hand, and refusals."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from vbq.errors import InputError, RefusalError, UsageError
from vbq.risk.apply import patient_risk, table_risks
from vbq.risk.model import RiskModel

PATIENT = {"vbq": "3.4", "steroid": "yes", "age": "70"}


def test_risk_and_interval_by_hand(model):
    result = patient_risk(model, PATIENT)
    log_odds = -5 + 0.5 * 3.4 + 1 + 0.4 * 7
    error = math.sqrt(0.25 + 3.4**2 * 0.01 + 0.04 + 7**2 * 0.0025)
    assert result.risk == pytest.approx(expit(log_odds), rel=1e-12)
    expected = [expit(log_odds + z * error) for z in (-1.959964, 1.959964)]
    assert result.interval == pytest.approx(expected, rel=1e-6)
    assert result.cautions == ""


@pytest.mark.parametrize("entry", ["yes", " Yes ", "1", "true", "ja"])
def test_yes_in_any_way_is_yes_and_a_decimal_comma_is_one(model, entry):
    values = PATIENT | {"steroid": entry, "vbq": "3,4"}
    assert patient_risk(model, values).risk == patient_risk(model, PATIENT).risk


def test_missing_predictors_are_named(model):
    with pytest.raises(UsageError) as refused:
        patient_risk(model, {"vbq": "3"})
    assert "Glucocorticoids (steroid), Age (age, years)" in refused.value.message
    assert "--set steroid=no|yes --set age=NUMBER" in refused.value.remedy


def test_an_unknown_predictor_is_named(model):
    with pytest.raises(UsageError, match="no predictor vbk: did you mean vbq"):
        patient_risk(model, PATIENT | {"vbk": "3"})


@pytest.mark.parametrize("text", ["three", "3 points", "nan", "inf", "1e999", "3;4"])
def test_text_is_no_number(model, text):
    with pytest.raises(UsageError, match="is not a number"):
        patient_risk(model, PATIENT | {"vbq": text})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"vbq": "6"}, "VBQ 6 is outside the cohort's range, 1.5 to 5.5"),
        ({"vbq": "1.49"}, "VBQ 1.49 is outside"),
        ({"vbq": "340"}, "3.4 would fit: check the unit"),
        ({"age": "20"}, "Age 20 years is outside the cohort's range, 45 to 90 years"),
        ({"steroid": "maybe"}, "“maybe” is not one of its levels (no, yes)"),
        ({"vbq": "9", "age": "99"}, "VBQ 9 is outside the cohort's range, 1.5 to 5.5; Age 99"),
    ],
)
def test_extrapolation_and_unknown_levels_are_refused(model, values, message):
    with pytest.raises(RefusalError) as refused:
        patient_risk(model, PATIENT | values)
    assert message in str(refused.value)


def test_the_ends_of_the_range_belong_to_it_and_are_said(model):
    result = patient_risk(model, PATIENT | {"vbq": "5.5"})
    assert "VBQ 5.5 is beyond the cohort's 1st to 99th percentile, 1.8 to 5" in result.cautions


def test_a_level_that_hardly_anybody_had_is_said(document):
    document["predictors"][1]["counts"][1]["n"] = 3
    model = RiskModel.model_validate_json(json.dumps(document))
    assert (
        "only 3 patients of the cohort had Glucocorticoids “yes”"
        in patient_risk(model, PATIENT).cautions
    )


@pytest.fixture
def table(tmp_path):
    def write(rows, name="patients.csv"):
        path = tmp_path / name
        frame = pd.DataFrame(rows, columns=["who", "VBQ score", "steroid", "age"])
        frame.to_csv(path, index=False)
        return path

    return write


def test_a_table_is_one_patient_after_the_other(model, table):
    path = table(
        [["A", 3.4, "yes", 70], ["B", 2.0, "no", 60], ["C", 9, "yes", 70], ["D", 3, "", 70]]
    )
    result = table_risks(model, path, id_column="who")
    assert result.rows == (2, 3, 4, 5)
    assert result.ids == ("A", "B", "C", "D")
    expected = [patient_risk(model, PATIENT).risk]
    expected.append(patient_risk(model, {"vbq": "2", "steroid": "no", "age": "60"}).risk)
    assert result.risks.risk[:2] == pytest.approx(expected, rel=1e-12)
    assert np.isnan(result.risks.risk[2:]).all()
    assert np.isnan(result.risks.lower[2:]).all()
    assert "VBQ 9 is outside" in result.entries.refused[2]
    assert result.entries.refused[3] == "Glucocorticoids is missing"


def test_text_in_numbers_stops_the_table_with_row_and_column(model, table):
    path = table([["A", 3.4, "yes", 70], ["B", "high", "no", 60]])
    with pytest.raises(InputError, match="VBQ score in row 3 is not a number"):
        table_risks(model, path)


def test_missing_columns_are_named(model, tmp_path):
    path = tmp_path / "patients.csv"
    path.write_text("vbq,AGE\n3,70\n")
    with pytest.raises(InputError, match=r"no column for Glucocorticoids \(steroid\), Age"):
        table_risks(model, path)
    path.write_text("vbq,age,steroid\n3,70,no\n")
    with pytest.raises(InputError, match="no column who"):
        table_risks(model, path, id_column="who")


def test_splines_logarithms_and_interactions_are_applied_as_they_were_fitted(document):
    vbq, _, age = document["predictors"]
    vbq |= {"transformation": "spline", "knots": [2.0, 3.0, 4.0]}
    age |= {"transformation": "log", "per": 1.0}
    document["interactions"] = [["steroid", "age"]]
    names = ["vbq", "vbq'", "steroid", "age", "steroid × age"]
    document["coefficients"] = [
        {"column": name, "compared": "", "unshrunken": 0.1 * i, "coefficient": 0.1 * i}
        for i, name in enumerate(names, start=1)
    ]
    document["covariance"] = np.eye(6).tolist()
    model = RiskModel.model_validate_json(json.dumps(document))
    bend = (1.5**3 - 0.5**3 * 2) / 4  # at 3.5: the knot at 4 is not reached
    log_odds = -5 + 0.1 * 3.5 + 0.2 * bend + 0.3 + (0.4 + 0.5) * math.log(70)
    result = patient_risk(model, PATIENT | {"vbq": "3.5"})
    assert result.risk == pytest.approx(expit(log_odds), rel=1e-12)


@pytest.mark.parametrize("spoil", [{"per": 1e-308}, {"per": 1e-200}])
def test_numbers_that_overflow_are_no_risk(document, spoil):
    document["predictors"][0] |= spoil
    model = RiskModel.model_validate_json(json.dumps(document))
    with pytest.raises(RefusalError, match="so large"):
        patient_risk(model, PATIENT)
