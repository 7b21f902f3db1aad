"""``vbq study new`` and ``vbq study check`` as a person runs them."""

import json

import pytest
import typer
from typer.testing import CliRunner

from vbq.cli.study import study
from vbq.errors import UsageError
from vbq.study.analysis.controls import compare_controls
from vbq.study.check.checks import examine
from vbq.study.plan.plan_file import read_plan


@pytest.fixture
def vbq():
    app = typer.Typer()
    app.add_typer(study, name="study")
    return lambda *arguments: CliRunner().invoke(app, ["study", *map(str, arguments)])


@pytest.fixture
def plan(vbq, patients, tmp_path):
    """Writes a plan for the patients with the command."""

    def plan(**columns):
        patients.assign(**columns).to_csv(tmp_path / "cohort.csv", index=False)
        result = vbq("new", tmp_path / "cohort.csv", "--out", tmp_path / "plan.yaml")
        assert result.exit_code == 0, result.output
        return tmp_path / "plan.yaml"

    return plan


def test_a_new_plan_can_be_checked_as_it_is(vbq, plan):
    path = plan()
    result = vbq("check", path)
    assert result.exit_code == 0, result.output
    assert "The study can be run" in result.output
    written = read_plan(path)
    assert written.index == "vbq"
    assert written.comparators == ("dxa_t",)
    assert [predictor.name for predictor in written.predictors] == [
        "vbq",
        "age",
        "bmi",
        "dxa_t",
        "steroid",
    ]
    assert written.data.file == "cohort.csv"


def test_a_plan_is_never_overwritten(vbq, plan, tmp_path):
    path = plan()
    before = path.read_bytes()
    result = vbq("new", tmp_path / "cohort.csv", "--out", path)
    assert isinstance(result.exception, UsageError)
    assert path.read_bytes() == before


def test_roles_are_guessed_by_name_and_content(plan):
    written = read_plan(
        plan(
            mri_date="03.01.2020",
            fracture_date=["13.05.2021", *[""] * 59],
            last_visit="28.02.2023",
            Klinik=["A", "B"] * 30,
            field_strength=[1.5, 3.0] * 30,
            group=["control", "patient", "patient"] * 20,
            remarks=[f"text {i}" for i in range(60)],
        )
    )
    assert written.dates.mri == "mri_date"
    assert written.dates.event == "fracture_date"
    assert written.dates.last_seen == "last_visit"
    assert written.dates.minimum_follow_up_years == 0  # nobody leaves unless a person says so
    assert written.dates.format == "%d.%m.%Y"
    assert written.scanner.site == "Klinik"
    assert written.scanner.field_strength == "field_strength"
    assert (written.controls.column, written.controls.value) == ("group", "control")
    assert "remarks" not in [predictor.name for predictor in written.predictors]


def test_a_new_plan_of_controls_without_an_age_compares_them_as_they_are(vbq, patients, tmp_path):
    path, table = tmp_path / "plan.yaml", tmp_path / "cohort.csv"
    patients["group"] = ["control", "patient", "patient"] * 20
    patients.rename(columns={"age": "years_old"}).to_csv(table, index=False)
    assert vbq("new", table, "--out", path).exit_code == 0
    assert "adjust: []}  # ? name the age" in path.read_text("utf-8")
    comparison = compare_controls(examine(read_plan(path)).cohort)
    assert (comparison.cohort.n, comparison.controls.n) == (40, 20)
    assert comparison.adjusted is None


def test_the_outcome_is_found_by_its_name_and_nothing_called_so_is_a_predictor(plan, patients):
    """One cell that says unknown must not make sex the outcome."""
    entries = patients["fracture"].map({0: "no", 1: "yes"}).tolist()
    path = plan(
        fracture=["unknown", *entries[1:]],
        sex=["m", "f"] * 30,
        fracture_level=["none", "L1", "L2", "L3"] * 15,
        follow_up=[1.5 + i / 60 for i in range(60)],
    )
    written = read_plan(path)
    assert (written.outcome.column, written.outcome.event) == ("fracture", "yes")
    names = [predictor.name for predictor in written.predictors]
    assert "sex" in names
    assert not {"fracture", "fracture_level", "follow_up"} & set(names)
    assert "# - fracture_level  # named like the outcome" in path.read_text(encoding="utf-8")


def test_without_a_column_called_like_the_outcome_a_person_decides(vbq, patients, tmp_path):
    patients.rename(columns={"fracture": "y"}).to_csv(tmp_path / "cohort.csv", index=False)
    result = vbq("new", tmp_path / "cohort.csv", "--out", tmp_path / "plan.yaml")
    message = "no column is named like a fracture; perhaps y, steroid"
    assert f"outcome.column: {message}" in " ".join(result.output.split())
    assert f"column: DECIDE  # ? {message}" in (tmp_path / "plan.yaml").read_text("utf-8")


@pytest.mark.parametrize("name", ["a: b", "#x", "yes", "null", "1", "- x", 'quo"te', "{x}", "ä ö"])
def test_any_name_of_a_column_makes_a_plan_that_reads(plan, patients, name):
    written = read_plan(plan(**{name: patients["bmi"] * 1.1}))
    assert name in [predictor.name for predictor in written.predictors]


def test_readings_become_the_index(vbq, patients, tmp_path):
    patients.to_csv(tmp_path / "cohort.csv", index=False)
    readings = patients[["id"]].assign(status="ok", score=patients["vbq"], flags="")
    readings.assign(field_strength_t=1.5).to_csv(tmp_path / "readings.csv", index=False)
    path = tmp_path / "plan.yaml"
    result = vbq(
        "new", tmp_path / "cohort.csv", "-o", path, "--readings", tmp_path / "readings.csv"
    )
    assert result.exit_code == 0, result.output
    assert read_plan(path).predictor("vbq").column == "readings.score"
    assert vbq("check", path).exit_code == 0


def test_a_stop_is_exit_code_1_and_json_says_why(vbq, plan, patients):
    path = plan(age=["old", *patients["age"][1:]])
    text = path.read_text(encoding="utf-8").replace("# - age", "- age")
    path.write_text(text, encoding="utf-8")
    result = vbq("check", path, "--json")
    assert result.exit_code == 1
    document = json.loads(result.output)
    assert document["schema"] == "vbq.study-check/2"
    assert document["stopped"] is True
    (stop,) = [predictor for predictor in document["findings"] if predictor["severity"] == "refuse"]
    assert stop["code"] == "text_in_numbers"
    assert stop["evidence"]["rows"] == [2]
    assert "age in row 2" in " ".join(vbq("check", path).output.split())


def test_a_bad_plan_is_wrong_usage(vbq, tmp_path):
    (tmp_path / "plan.yaml").write_text("data: 1\n")
    result = vbq("check", tmp_path / "plan.yaml")
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_code == 2


def test_json_is_the_same_twice(vbq, plan):
    path = plan()
    assert vbq("check", path, "--json").output == vbq("check", path, "--json").output
