"""One table saved in every way gives one result in every command, and bad ones one clear line."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from vbq.agreement import read_long_table
from vbq.cli import app
from vbq.errors import VBQError
from vbq.reference import fit_site, read_people, read_readings
from vbq.study.cohort.cohort_file import read_cohort
from vbq.study.plan.plan import Plan

FORMATS = {
    "comma.csv": {},
    "semicolon.csv": {"sep": ";", "decimal": ","},
    "tab.tsv": {"sep": "\t", "decimal": ","},
    "marked.csv": {"encoding": "utf-8-sig"},
    "windows.csv": {"sep": ";", "decimal": ",", "encoding": "cp1252"},
    "utf16.csv": {"sep": "\t", "encoding": "utf-16"},
    "numbered_rows.csv": {"index": True},
    "book.xlsx": None,
    "frame.parquet": None,
}


def save(frame, path):
    if path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, **{"index": False} | FORMATS.get(path.name, {}))
    return path


@pytest.fixture(scope="module")
def long_table():
    random = np.random.default_rng(1)
    truth = random.normal(3, 0.5, 12)
    return pd.DataFrame(
        [
            {"subject": f"p{i}", "reader": reader, "vbq": round(value + random.normal(0, 0.1), 3)}
            for i, value in enumerate(truth)
            for reader in ("Müller", "Sánchez")
        ]
    )


@pytest.fixture(scope="module")
def healthy():
    random = np.random.default_rng(2)
    n = 120
    age = random.uniform(20, 80, n).round(1)
    return pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(n)],
            "score": (2.4 + 0.01 * (age - 50) + random.normal(0, 0.3, n)).round(3),
            "field_strength_t": 1.5,
            "age": age,
            "sex": "F",
            "Klinik": "Köln",
        }
    )


@pytest.fixture(scope="module")
def cohort_table():
    random = np.random.default_rng(3)
    n = 40
    fracture = np.arange(n) % 4 == 0
    return pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(n)],
            "fracture": fracture.astype(int),
            "vbq": (3 + 0.4 * fracture + random.normal(0, 0.6, n)).round(3),
            "age": random.uniform(50, 90, n).round(1),
            "smoker": np.where(random.random(n) < 0.4, "ja", "nein"),
            "Klinik": "Köln",
        }
    )


@pytest.mark.parametrize("name", FORMATS)
def test_agreement_is_the_same_from_every_file(long_table, tmp_path, name):
    expected = read_long_table(save(long_table, tmp_path / "comma.csv"))
    readings = read_long_table(save(long_table, tmp_path / name))
    assert readings.names == expected.names == ("Müller", "Sánchez")
    np.testing.assert_array_equal(readings.values, expected.values)
    vbq = readings.values.ravel()  # noqa: PD011 - a numpy array
    np.testing.assert_array_equal(vbq, long_table["vbq"])
    assert (readings.subjects, readings.missing) == (expected.subjects, expected.missing)


@pytest.mark.parametrize("name", FORMATS)
def test_a_norm_is_the_same_from_every_file(healthy, tmp_path, name):
    readings, people = tmp_path / "readings.csv", tmp_path / name
    save(healthy[["id", "score", "field_strength_t"]], readings)
    save(healthy[["id", "age", "sex", "Klinik"]], people)
    joined, _ = read_people(read_readings(readings, people))
    single, _ = read_people(read_readings(save(healthy, tmp_path / name)))
    assert joined == single
    assert [person.age for person in single] == healthy["age"].tolist()
    norm, _ = fit_site(single)
    assert norm == fit_site(read_people(read_readings(save(healthy, tmp_path / "comma.csv")))[0])[0]


@pytest.mark.parametrize("name", FORMATS)
def test_a_cohort_is_the_same_from_every_file(cohort_table, tmp_path, name):
    def cohort(name):
        plan = Plan.model_validate(
            {
                "data": {"file": save(cohort_table, tmp_path / name).name, "id": "id"},
                "outcome": {"column": "fracture"},
                "predictors": ["vbq", "age", "smoker"],
            }
        ).located(tmp_path)
        return read_cohort(plan)[0]

    expected, result = cohort("comma.csv"), cohort(name)
    pd.testing.assert_frame_equal(result.table, expected.table, check_index_type=False)
    np.testing.assert_array_equal(result.outcome, expected.outcome)


AGREE = "subject,reader,vbq\np1,A,{cell}\np1,B,3.1\n"
FIT = "id,score,field_strength_t,age,sex\np1,{cell},1.5,60,F\np2,2.5,1.5,61,F\n"
STUDY = "id,fracture,vbq\np1,0,{cell}\np2,1,2.5\n"


@pytest.mark.parametrize(
    ("cell", "phrase"),
    [
        ("#DIV/0!", "is a formula error"),
        ("<2", "is a limit, not a number"),
        ("2.5 mm", "has its unit in the cell"),
        ('"2,5"', "mixes decimal commas (in row 2) with decimal points"),
        ("2.1-2.4", "is more than one number"),
        ("2.5,", "row 2 has"),
        ('"2.5', "is not CSV"),
    ],
)
@pytest.mark.parametrize("command", ["agree", "reference fit", "study check"])
def test_a_bad_table_gives_one_line_with_file_and_row(tmp_path, command, cell, phrase):
    path = tmp_path / "table.csv"
    template = {"agree": AGREE, "reference fit": FIT, "study check": STUDY}[command]
    path.write_text(template.format(cell=cell), encoding="utf-8")
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "data: {file: table.csv, id: id}\noutcome: {column: fracture}\n"
        "predictors: [{name: vbq, type: continuous}]\n",
        encoding="utf-8",
    )
    target = plan if command == "study check" else path
    options = [] if command == "study check" else ["-o", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*command.split(), str(target), *options])
    if isinstance(result.exception, VBQError):
        message = str(result.exception)
        assert "table.csv" in message
        assert "\n" not in message
    else:  # the check lists its findings
        message = " ".join(result.output.split())
    assert result.exit_code == 1
    assert phrase in message
    assert not (tmp_path / "out").exists()
