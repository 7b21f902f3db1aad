"""The risk model as a file: whole, checked, and refused in one line where it is not."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from places import ROOT
from vbq.errors import UnreadableFileError
from vbq.report.risk.model_card import card_text
from vbq.risk.apply import patient_risk
from vbq.risk.model import RiskModel, schema_text
from vbq.risk.model_file import MAXIMUM_BYTES, model_bytes, read_risk_model


def test_it_survives_being_written_and_read(tmp_path, model):
    path = tmp_path / "model.json"
    path.write_bytes(model_bytes(model))
    assert read_risk_model(path) == model
    assert json.loads(path.read_bytes())["schema"] == "vbq.risk-model/1"


OLD = Path(__file__).with_name("risk-model-0.1.0.json")  # its predictors were no terms yet


def test_an_old_model_is_read_and_written_with_the_same_values():
    model = read_risk_model(OLD)
    assert json.loads(model_bytes(model)) == json.loads(OLD.read_bytes())
    patient = {"prior_fx": "1", "vbq": "3.4", "bmi": "28", "gc": "0", "dxa_t": "-2.5"}
    assert patient_risk(model, patient).risk == pytest.approx(0.5687345263168693, rel=1e-12)


def test_the_shipped_schema_is_that_of_the_model():
    shipped = files("vbq.risk").joinpath("risk-model.schema.json").read_text("utf-8")
    assert shipped == schema_text()


def test_its_columns_are_those_of_the_analysis(model):
    assert model.design.names == ("vbq", "steroid", "age")


def _removed(*path):
    def spoil(document):
        part = document
        for key in path[:-1]:
            part = part[key]
        del part[path[-1]]

    return spoil


def _replaced(value, *path):
    def spoil(document):
        part = document
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value

    return spoil


SPOILT = {
    "another version": (_replaced("vbq.risk-model/9", "schema"), "vbq.risk-model/9"),
    "another document": (_replaced("vbq.analysis/1", "schema"), "vbq.analysis/1"),
    "no schema": (_removed("schema"), "has no schema"),
    "a key is missing": (_removed("intercept"), "intercept"),
    "a field of a term is missing": (_removed("predictors", 0, "per"), "predictors.0.per"),
    "a key too many": (_replaced(1, "predictors", 0, "extra"), "predictors.0.extra"),
    "not a number": (_replaced(float("nan"), "intercept"), "intercept"),
    "infinite": (_replaced(float("inf"), "coefficients", 1, "coefficient"), "coefficients.1"),
    "text for a number": (_replaced("0.5", "coefficients", 0, "coefficient"), "coefficients.0"),
    "shrinkage that expands": (_replaced(1.2, "shrinkage", "factor"), "shrinkage.factor"),
    "range upside down": (_replaced([5.0, 1.0], "predictors", 0, "observed", "range"), "in order"),
    "reference unknown": (_replaced("maybe", "predictors", 1, "reference"), "reference"),
    "coefficients in disorder": (_replaced("age", "coefficients", 0, "column"), "do not match"),
    "covariance too small": (_replaced([[1.0]], "covariance"), "number of coefficients"),
    "covariance negative": (_replaced(-1.0, "covariance", 0, 0), "symmetric"),
    "covariance lopsided": (_replaced(0.2, "covariance", 0, 1), "symmetric"),
    "interaction with nobody": (_replaced([["vbq", "sex"]], "interactions"), "interaction"),
    "the same predictor twice": (_replaced("age", "predictors", 0, "name"), "same name"),
    "no area under the curve": (_replaced("brier", "performance", "indices", 0, "name"), "auc"),
    "everybody had the event": (_replaced(200, "baseline", "events"), "all or none"),
    "no hash": (_replaced("abc", "provenance", "plan_sha256"), "plan_sha256"),
}


@pytest.mark.parametrize(("spoil", "message"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_model_is_refused_in_one_line(tmp_path, document, spoil, message):
    spoil(document)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(UnreadableFileError) as refused:
        read_risk_model(path)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 5_000, b" " * (MAXIMUM_BYTES + 1)],
    ids=["empty", "cut off", "a list", "no text", "deep", "a huge number", "huge"],
)
def test_what_is_no_model_at_all_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match="is not a risk model") as refused:
        read_risk_model(path)
    assert "\n" not in str(refused.value)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_risk_model(tmp_path / "none.json")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_risk_model(tmp_path)


def test_control_characters_do_not_reach_the_terminal(document):
    document["predictors"][0]["label"] = "VBQ\x1b[2J\nscore"
    model = RiskModel.model_validate_json(json.dumps(document))
    assert model.predictors[0].label == "VBQ[2J score"


def test_the_card_says_what_must_be_known(model):
    card = card_text(model)
    for needed in (
        "New fracture",
        "200 patients, 80 with the event (40.0 %)",
        "0.750 [0.680–0.820] | 0.730",  # apparent, corrected
        "1.5 to 5.5",
        "no: 150, yes: 50",
        "Research use only",
        "## Do not use this model",
        "follow-up of median 3.0 years",
    ):
        assert needed in card
    assert "SIMULATED" not in card
    simulated = model.provenance.model_copy(update={"simulated": True})
    assert "SIMULATED" in card_text(model.model_copy(update={"provenance": simulated}))


def test_the_card_of_a_spline_has_its_formula_and_no_odds_ratio_of_its_terms(document):
    document["predictors"][0] |= {"transformation": "spline", "knots": [2.0, 3.0, 4.0]}
    first = document["coefficients"][0]
    first["compared"] = "spline term vbq"
    bend = {"column": "vbq'", "compared": "spline term vbq'", "coefficient": 0.25}
    document["coefficients"].insert(1, first | bend)
    document["covariance"] = [[0.01 * (i == j) for j in range(5)] for i in range(5)]
    card = card_text(RiskModel.model_validate_json(json.dumps(document)))
    rows = {line.split(" | ")[0]: line.split(" | ") for line in card.splitlines()}
    for column in ("vbq", "vbq'"):
        row = rows[f"| `{column}`"]
        assert (row[1], row[-1]) == (f"spline term {column}", "– |")
    assert rows["| `steroid`"][-1] == "2.72 |"
    assert "knots t1 = 2, t2 = 3, t3 = 4: vbq = x; vbq' = " in card
    assert "Age enters as x = Age in years / 10." in card


def test_every_field_is_explained():
    page = ROOT / "docs" / "risk-model.md"
    if not page.exists():
        pytest.skip("needs the source tree")
    table = page.read_text("utf-8").split("## The document")[1]
    explained = set(re.findall(r"`([a-z_0-9]+)`", table))
    schema = json.loads(schema_text())
    parts = (schema, *schema["$defs"].values())
    fields = {name for part in parts for name in part["properties"]}
    assert fields <= explained
    assert explained - fields <= {"linear", "log", "spline", "categories"}
