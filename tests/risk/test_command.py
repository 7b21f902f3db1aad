"""``vbq risk`` as a user sees it."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
import typer
from scipy.special import expit
from typer.testing import CliRunner

from vbq.cli.risk import risk
from vbq.errors import UsageError, VBQError
from vbq.risk.model_file import read_risk_model

SET = ["--set", "vbq=3.4", "--set", "steroid=yes", "--set", "age=70"]


@pytest.fixture
def command():
    """Runs ``vbq risk …``; returns what it printed, or raises its error."""
    app = typer.Typer()
    app.add_typer(risk, name="risk")

    def run(*arguments):
        result = CliRunner().invoke(app, ["risk", *map(str, arguments)])
        if isinstance(result.exception, VBQError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return run


@pytest.fixture
def simulated_file(tmp_path, document):
    document["provenance"]["simulated"] = True
    path = tmp_path / "simulated.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def patients(tmp_path):
    rng = np.random.default_rng(2)
    n = 300
    table = pd.DataFrame(
        {
            "name": [f"=Patient {i}" for i in range(n)],
            "vbq": rng.uniform(1.6, 5.4, n).round(2),
            "steroid": rng.choice(["no", "yes"], n),
            "age": rng.uniform(46, 89, n).round(),
        }
    )
    log_odds = -4 + 0.5 * table["vbq"] + (table["steroid"] == "yes") + 0.04 * table["age"]
    table["fracture"] = (rng.random(n) < expit(log_odds)).astype(int)
    table.loc[1, "vbq"] = 8
    path = tmp_path / "patients.csv"
    table.to_csv(path, index=False)
    return path


def test_one_patient(command, model_file):
    output = command(model_file, *SET)
    risk_percent = 100 * expit(-5 + 0.5 * 3.4 + 1 + 0.4 * 7)
    assert f"New fracture: risk {risk_percent:.1f} %" in output
    assert "95 % interval" in output
    assert "Research use only" in output
    assert "SIMULATED" not in output
    document = json.loads(command(model_file, *SET, "--json"))
    assert document["risk"] == pytest.approx(risk_percent / 100)
    assert document["simulated"] is False


def test_a_table_gives_a_table_without_names_unless_asked_for(command, model_file, patients):
    out = patients.parent / "risks.csv"
    output = command(model_file, patients, "-o", out)
    assert "Predicted risk for 299 of 300 patients" in output
    assert "row 3: no prediction: VBQ 8 is outside the cohort's range, 1.5 to 5.5" in output
    text = out.read_text("utf-8-sig")
    assert "Patient" not in text + output
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 300
    assert rows[0]["row"] == "2"
    assert 0 < float(rows[0]["lower"]) < float(rows[0]["risk"]) < float(rows[0]["upper"]) < 1
    assert rows[1]["risk"] == ""
    assert "VBQ 8 is outside" in rows[1]["refused"]
    command(model_file, patients, "-o", out, "--id", "name")
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert rows[0]["id"] == "'=Patient 0"  # a spreadsheet would run it


def test_a_table_as_json(command, model_file, patients):
    document = json.loads(command(model_file, patients, "--json"))
    assert len(document["patients"]) == 300
    assert document["patients"][1]["risk"] is None
    assert not (patients.parent / "risks.csv").exists()


def test_simulated_is_said_in_every_output(command, simulated_file, patients):
    out, new = patients.parent / "risks.csv", patients.parent / "new.json"
    cohort = (simulated_file, patients, "--outcome", "fracture")
    for output in (
        command(simulated_file, *SET),
        command(simulated_file, *SET, "--json"),
        command(simulated_file, patients, "-o", out),
        command(simulated_file, patients, "--json"),
        command("validate", *cohort),
        command("validate", *cohort, "--json"),
        command("recalibrate", *cohort, "-o", new),
    ):
        assert "SIMULATED" in output
        assert "Research use only" in output
    assert all("SIMULATED" in row for row in out.read_text("utf-8").splitlines()[1:])
    assert "SIMULATED" in new.with_suffix(".md").read_text("utf-8")
    assert read_risk_model(new).provenance.simulated


def test_validation_prints_every_index_with_n_and_events(command, model_file, patients):
    output = command("validate", model_file, patients, "--outcome", "fracture")
    for needed in (
        "299 patients",
        "1 excluded: outside the range",
        "AUC ",
        "DeLong",
        "Calibration in the large",
        "Calibration intercept",
        "Calibration slope",
        "ICI",
        "Brier score",
        "Net benefit at 30 %",
    ):
        assert needed in output
    document = json.loads(
        command("validate", model_file, patients, "--outcome", "fracture", "--json")
    )
    assert document["n"] == 299
    assert 0.5 < document["auc"]["estimate"] < 1
    assert len(document["net_benefit"]["net_benefit"]) == 5


def test_recalibration_writes_a_model_and_its_card(command, model_file, patients):
    new = patients.parent / "new.json"
    output = command(
        "recalibrate", model_file, patients, "--outcome", "fracture", "-o", new,
        "--update", "intercept-and-slope",
    )  # fmt: skip
    assert "Recalibrated (intercept and slope) in 299 patients" in output
    assert read_risk_model(new).recalibrations[0].n == 299
    assert "## Recalibrated" in new.with_suffix(".md").read_text("utf-8")
    assert "recalibrated 1 time" in command(new, *SET)


def test_neither_model_nor_patients_are_overwritten(command, model_file, patients):
    before = model_file.read_bytes(), patients.read_bytes()
    for arguments in (
        (model_file, patients, "-o", patients),
        (model_file, patients, "-o", model_file),
        ("recalibrate", model_file, patients, "--outcome", "fracture", "-o", model_file),
        ("recalibrate", model_file, patients, "--outcome", "fracture", "-o", patients),
    ):
        with pytest.raises(UsageError):
            command(*arguments)
    assert (model_file.read_bytes(), patients.read_bytes()) == before


def test_no_text_of_the_users_becomes_the_card(command, model_file, patients, tmp_path):
    notes = tmp_path / "notes.md"
    notes.write_text("mine", encoding="utf-8")
    command_line = ("recalibrate", model_file, patients, "--outcome", "fracture", "-o")
    with pytest.raises(UsageError, match=r"notes\.md would be overwritten"):
        command(*command_line, tmp_path / "notes.json")
    assert notes.read_text("utf-8") == "mine"
    assert not (tmp_path / "notes.json").exists()
    for _ in range(2):  # its own card may be replaced
        command(*command_line, tmp_path / "new.json")


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ([], "--set vbq=NUMBER --set steroid=no|yes --set age=NUMBER"),
        (["--set", "vbq"], "is not NAME=VALUE"),
        ([*SET, "--set", "vbq=2"], "names a predictor twice"),
        (["none.csv"], "none.csv does not exist"),
    ],
)
def test_what_is_wrong_with_the_command_is_said(command, model_file, arguments, output):
    with pytest.raises(UsageError) as refused:
        command(model_file, *arguments)
    assert output in str(refused.value)
