"""A table of people becomes a site's norm; what is wrong with it is said in one line."""

import csv
import json

import pytest
from typer.testing import CliRunner

from vbq.cli.protocols import protocols as protocols_command
from vbq.cli.reference import reference
from vbq.errors import InputError, RefusalError, UnreadableFileError, UsageError, VBQError
from vbq.reference import fit_site, read_people, read_readings, read_site
from vbq.reference.people import Columns, Person

HEADER = ("id", "score", "field_strength_t", "age", "sex")


@pytest.fixture
def table(tmp_path):
    def write(rows, header=HEADER):
        path = tmp_path / "readings.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return write


def rows_of(people):
    return [(number, p.score, p.field_strength_t, p.age, p.sex) for number, p in enumerate(people)]


def test_a_norm_survives_its_file(site, tmp_path):
    path = tmp_path / "site.json"
    path.write_text(site.to_json(), "utf-8")
    assert read_site(path) == site


def test_scanners_of_one_nominal_field_are_one_group(people):
    drawn = people(n=60, fields=(3.0,), sexes="F")
    drawn += [type(p)(p.score, p.age, p.sex, 2.893) for p in people(n=60, fields=(3.0,), sexes="F")]
    (group,) = fit_site(drawn)[0].groups
    assert (group.field_strength_t, group.n) == (3.0, 120)


def test_a_small_group_is_left_out_and_alone_refused(people):
    few = people(n=99, fields=(3.0,), sexes="M")
    norm, left_out = fit_site(people(n=150, fields=(1.5,), sexes="F") + few)
    assert [(g.sex, g.field_strength_t) for g in norm.groups] == [("F", 1.5)]
    assert [(g.sex, g.field_strength_t, g.n) for g in left_out] == [("M", 3.0, 99)]
    with pytest.raises(RefusalError, match="M at 3 T: 99 people are too few"):
        fit_site(few)


def test_rows_without_a_value_are_counted_not_guessed(table):
    path = table([(1, 2.5, 1.5, 40, "F"), (2, "", 1.5, 40, "F"), (3, 2.5, 1.5, "", "male")])
    people, missing = read_people(read_readings(path))
    assert len(people) == 1
    assert missing == {"score": 1, "age": 1}


def test_columns_can_be_named(table):
    path = table([(1, 2.5, 3, 40, "Female")], header=("id", "VBQ", "tesla", "years", "gender"))
    people, _ = read_people(read_readings(path), Columns("VBQ", "years", "gender", "tesla"))
    assert (people[0].score, people[0].age, people[0].sex) == (2.5, 40, "F")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ((1, "high", 1.5, 40, "F"), "score in line 2"),
        ((1, 2.5, 1.5, -4, "F"), "age in line 2"),
        ((1, 2.5, "inf", 40, "F"), "field_strength_t in line 2"),
        ((1, 2.5, 1.5, 40, "Doe^Jane"), "sex in line 2"),
    ],
)
def test_a_bad_cell_is_named_without_repeating_it(table, row, told):
    with pytest.raises(InputError, match=told) as caught:
        read_people(read_readings(table([row])))
    assert "Doe" not in str(caught.value)


def test_a_missing_column_says_how_to_name_it(table):
    with pytest.raises(UsageError, match=r"no column age; it has id, score.*--age"):
        read_people(read_readings(table([(1, 2.5, 1.5)], header=HEADER[:3])))


def test_semicolons_and_decimal_commas_are_understood(tmp_path):
    path = tmp_path / "readings.csv"
    path.write_text("id;score;field_strength_t;age;sex\n1;2,5;1,5;70;F\n", encoding="utf-8")
    people, _ = read_people(read_readings(path))
    assert people == [Person(2.5, 70, "F", 1.5)]


def test_age_and_sex_come_from_another_table(table, tmp_path):
    readings = table([("a", 2.5, 1.5), ("b", 3.0, 3)], header=HEADER[:3])
    ages = tmp_path / "people.csv"
    ages.write_text("id,age,sex\nb,60,M\na,40,F\n", encoding="utf-8")
    people, missing = read_people(read_readings(readings, ages))
    assert people == [Person(2.5, 40, "F", 1.5), Person(3.0, 60, "M", 3.0)]
    assert not missing


def test_nobody_gives_no_norm(table):
    people, _ = read_people(read_readings(table([(1, 2.5, 1.5, "", "F")])))
    with pytest.raises(RefusalError, match="no row has score, age, sex and field strength"):
        fit_site(people)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[1]", b'{"schema": "x"}', b"{}"])
def test_what_is_no_norm_is_not_taken_for_one(tmp_path, content):
    path = tmp_path / "site.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match="not a reference document") as caught:
        read_site(path)
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there(tmp_path):
    for read in (read_site, read_readings):
        with pytest.raises(UnreadableFileError):
            read(tmp_path / "none")


def test_fit_writes_the_norm_and_says_what_was_left_out(table, people, tmp_path):
    rows = [*rows_of(people(n=150, sexes="F")), ("x", "", 1.5, 40, "F")]
    out = tmp_path / "norms" / "site.json"
    result = CliRunner().invoke(reference, ["fit", str(table(rows)), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert {g.field_strength_t for g in read_site(out).groups} == {1.5, 3.0}
    assert "1 row left out: no score." in result.output


def test_fit_leaves_nothing_behind_when_it_refuses(table, people, tmp_path):
    out = tmp_path / "site.json"
    few = rows_of(people(n=20))
    result = CliRunner().invoke(reference, ["fit", str(table(few)), "-o", str(out)])
    assert isinstance(result.exception, VBQError)
    assert not out.exists()


def test_list_shows_populations_and_cut_offs(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = CliRunner().invoke(reference, ["list"]).output
    for wanted in ("josr2023-3T", "2.20 ± 0.43", "not given", "never applied", "4.28"):
        assert wanted in text


def test_protocols_as_json(capsys):
    protocols_command(as_json=True)
    records = json.loads(capsys.readouterr().out)
    assert records[0]["id"] == "median_of_means"
    assert records[0]["levels"] == ["L1", "L2", "L3", "L4"]
