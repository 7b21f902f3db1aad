"""A table of people becomes a site's norm; problems give one line."""

import csv
import json

import pytest
from typer.testing import CliRunner

from vbq.cli.protocols import protocols as protocols_command
from vbq.cli.reference import reference
from vbq.errors import InputError, RefusalError, UnreadableFileError, UsageError, VBQError
from vbq.measure import protocols
from vbq.reference import fit_site, read_people, read_readings, read_site
from vbq.reference.people import Columns, Person
from vbq.reference.standard_scores import standardise
from vbq.report import COLUMNS

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
    healthy = people(n=60, fields=(3.0,), sexes="F")
    healthy += [
        type(p)(p.score, p.age, p.sex, 2.893) for p in people(n=60, fields=(3.0,), sexes="F")
    ]
    (group,) = fit_site(healthy)[0].groups
    assert (group.field_strength_t, group.n) == (3.0, 120)


def test_a_small_group_is_left_out_and_alone_refused(people):
    too_few = people(n=99, fields=(3.0,), sexes="M")
    norm, excluded = fit_site(people(n=150, fields=(1.5,), sexes="F") + too_few)
    assert [(g.sex, g.field_strength_t) for g in norm.groups] == [("F", 1.5)]
    assert [(g.sex, g.field_strength_t, g.n) for g in excluded] == [("M", 3.0, 99)]
    with pytest.raises(RefusalError, match="M at 3 T: 99 people are too few"):
        fit_site(too_few)


def test_rows_without_a_value_are_counted_not_guessed(table):
    path = table([(1, 2.5, 1.5, 40, "F"), (2, "", 1.5, 40, "F"), (3, 2.5, 1.5, "", "male")])
    people, missing = read_people(read_readings(path))
    assert len(people) == 1
    assert missing == {"no score": 1, "no age": 1}


def test_columns_can_be_named(table):
    path = table([(1, 2.5, 3, 40, "Female")], header=("id", "VBQ", "tesla", "years", "gender"))
    people, _ = read_people(read_readings(path), Columns("VBQ", "years", "gender", "tesla"))
    assert (people[0].score, people[0].age, people[0].sex) == (2.5, 40, "F")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((1, "high", 1.5, 40, "F"), "score in row 2"),
        ((1, 2.5, 1.5, -4, "F"), "age in row 2"),
        ((1, 2.5, "inf", 40, "F"), "field_strength_t in row 2"),
        ((1, 2.5, 1.5, 40, "Doe^Jane"), "sex in row 2"),
    ],
)
def test_a_bad_cell_is_named_without_repeating_it(table, row, message):
    with pytest.raises(InputError, match=message) as caught:
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
    path = table([(1, 2.5, 1.5, "", "F"), (2, "", 1.5, 40, "F")])
    with pytest.raises(RefusalError, match=r"no row of .* \(1 × no age; 1 × no score\)"):
        read_people(read_readings(path))
    with pytest.raises(RefusalError, match="nobody with score, age, sex and field strength"):
        fit_site([])


def test_a_norm_has_the_protocol_of_its_column(table, people, tmp_path):
    rows = [(*row, row[1] / 2) for row in rows_of(people(n=120, fields=(1.5,), sexes="F"))]
    path, out = table(rows, (*HEADER, "vbq_L1")), tmp_path / "site.json"
    for column, protocol in (("score", "median_of_means"), ("vbq_L1", "L1")):
        result = CliRunner().invoke(
            reference, ["fit", str(path), "-o", str(out), "--score", column]
        )
        assert result.exit_code == 0, result.output
        assert f"Norm of {protocol}:" in result.output
        assert read_site(out).protocol == protocol
    table_of_it = read_readings(path)
    standardised = standardise(table_of_it, site=read_site(out), score="vbq_L1")
    z = [score.z for score in standardised]
    assert abs(sum(z) / len(z)) < 0.05
    with pytest.raises(RefusalError, match="norm is of L1, column score of median_of_means"):
        standardise(table_of_it, site=read_site(out))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("median_of_means", "mean_of_means"), "mixes readings of 2 protocols"),
        (("lumbar T1", "lumbar T1"), "names lumbar T1, which is not a known protocol"),
    ],
)
def test_a_norm_of_several_or_unknown_protocols_is_refused(table, people, tmp_path, names, message):
    rows = [(*row, names[row[0] % 2]) for row in rows_of(people(n=120, fields=(3.0,), sexes="F"))]
    out = tmp_path / "site.json"
    path = table(rows, (*HEADER, "protocol"))
    result = CliRunner().invoke(reference, ["fit", str(path), "-o", str(out)])
    assert isinstance(result.exception, RefusalError)
    assert message in str(result.exception)
    assert not out.exists()


@pytest.mark.parametrize("column", ["L1_mean", "age", "field_strength_t", "bmi"])
def test_a_column_without_a_sign_of_being_a_score_is_refused(table, column):
    header = (*HEADER, "L1_mean", "bmi")
    readings = read_readings(table([(1, 2.5, 1.5, 40, "F", 312, 24)], header))
    with pytest.raises(RefusalError, match=rf"Nothing says that column {column} of .* scores"):
        readings.protocol_of(column)


@pytest.mark.parametrize("protocol", [None, "median_of_means"])
@pytest.mark.parametrize("column", [*COLUMNS, "S1_mean"])
def test_of_the_columns_of_readings_csv_only_scores_are_taken_for_scores(
    tmp_path, column, protocol
):
    path = tmp_path / "readings.csv"
    row = dict.fromkeys([*COLUMNS, "S1_mean"], "2.5")
    row |= {"protocol": protocol} if protocol else {}
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", "utf-8")
    readings = read_readings(path)
    if column == "score" or column.removeprefix("vbq_") in protocols():
        name = column.removeprefix("vbq_")
        assert readings.protocol_of(column) == ("median_of_means" if name == "score" else name)
    else:
        with pytest.raises(RefusalError, match=f"Nothing says that column {column} of .* scores"):
            readings.protocol_of(column)


@pytest.mark.parametrize("column", ["score", "VBQ", "vbq", "mean_of_means", "vbq_L1"])
def test_a_column_has_the_protocol_it_is_named_after(table, column):
    header = ("id", column, "field_strength_t", "age", "sex")
    protocol = read_readings(table([(1, 2.5, 1.5, 40, "F")], header)).protocol_of(column)
    assert protocol == {"mean_of_means": "mean_of_means", "vbq_L1": "L1"}.get(
        column, "median_of_means"
    )


def test_a_column_protocol_names_that_of_any_score(table):
    header = ("id", "ours", "field_strength_t", "age", "sex", "protocol")
    assert read_readings(table([(1, 2.5, 1.5, 40, "F", "L1")], header)).protocol_of("ours") == "L1"


@pytest.mark.parametrize("command", ["fit", "standardise", "harmonise"])
@pytest.mark.parametrize("role", ["readings", "people"])
def test_a_table_is_never_overwritten_by_results(table, people, tmp_path, command, role):
    rows = rows_of(people(n=120, fields=(1.5, 3.0), sexes="F"))
    readings = table([row[:3] for row in rows], HEADER[:3])
    ages = tmp_path / "people.csv"
    lines = [f"{number},{age},F,{number % 2}" for number, *_, age, _ in rows]
    ages.write_text("\n".join(["id,age,sex,scanner", *lines]), encoding="utf-8")
    inputs = {"readings": readings, "people": ages}
    out = tmp_path / "harmonised.csv"  # another name for the same file
    out.hardlink_to(inputs[role])
    before = out.read_bytes()
    output = {"harmonise": ["--batch", "scanner", "-o", tmp_path]}.get(command, ["-o", out])
    result = CliRunner().invoke(
        reference, [command, str(readings), "--people", str(ages), *map(str, output)]
    )
    assert isinstance(result.exception, UsageError)
    assert f"{out} would be overwritten" in str(result.exception)
    assert out.read_bytes() == inputs[role].read_bytes() == before


def test_a_norm_is_never_overwritten_by_scores(table, people, site, tmp_path):
    path = tmp_path / "site.json"
    path.write_text(site.to_json(), "utf-8")
    readings = table(rows_of(people(n=5, fields=(3.0,), sexes="F")))
    arguments = ["standardise", readings, "--site-file", path, "-o", path]
    result = CliRunner().invoke(reference, [str(argument) for argument in arguments])
    assert isinstance(result.exception, UsageError)
    assert read_site(path) == site


@pytest.mark.parametrize(
    "written",
    [
        "contrast_agent;low_snr",
        "low_snr; contrast_agent",
        "contrast_agent, low_snr",
        "low_snr|contrast_agent",
    ],
)
def test_another_contrast_is_excluded_from_a_norm_and_counted(table, people, tmp_path, written):
    flags = ("", "low_snr", written, "tr_outside")
    rows = [(*r, flags[r[0] % 4]) for r in rows_of(people(n=240, fields=(3.0,), sexes="F"))]
    path, out = table(rows, (*HEADER, "flags")), tmp_path / "site.json"
    result = CliRunner().invoke(reference, ["fit", str(path), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert "60 rows excluded: acquired unlike the others (contrast_agent)." in result.output
    assert "60 rows excluded: acquired unlike the others (tr_outside)." in result.output
    assert read_site(out).groups[0].n == 120


def test_unmatched_ids_are_reported(table, people, tmp_path):
    healthy = people(n=200, fields=(3.0,), sexes="F")
    readings = table([(f"a{i}", p.score, 3) for i, p in enumerate(healthy)], header=HEADER[:3])
    ages = tmp_path / "people.csv"

    def fit(prefix):
        lines = [f"{prefix(i)}{i},{p.age},F\n" for i, p in enumerate(healthy)]
        ages.write_text("id,age,sex\n" + "".join(lines), encoding="utf-8")
        arguments = ["fit", str(readings), "--people", str(ages), "-o", str(tmp_path / "s.json")]
        return CliRunner().invoke(reference, arguments)

    unmatched = fit(lambda _: "b")
    assert isinstance(unmatched.exception, InputError)
    assert f"No id of {readings} is in {ages}." in str(unmatched.exception)
    partly = fit(lambda i: "ab"[i < 30])
    assert partly.exit_code == 0, partly.output
    assert "30 rows excluded: the table of people lacks its id." in partly.output


@pytest.mark.parametrize("age", [131, 500, 1954])
def test_an_impossible_age_is_reported_with_its_row(table, age):
    path = table([(1, 2.5, 1.5, 130, "F"), (2, 2.5, 1.5, age, "F")])
    with pytest.raises(InputError, match=r"readings\.csv: age in row 3 is above 130 years"):
        read_people(read_readings(path))


def test_both_decimal_signs_in_a_column_are_refused(tmp_path):
    path = tmp_path / "readings.csv"
    lines = ["id;score;field_strength_t;age;sex", "a;2,5;1,5;40;F", "b;2.6;1,5;41;F"]
    path.write_text("\n".join(lines), encoding="utf-8")
    signs = r"score mixes decimal commas \(in row 2\) with decimal points \(in row 3\)"
    with pytest.raises(InputError, match=rf"readings\.csv: {signs}"):
        read_people(read_readings(path))
    ages = tmp_path / "people.csv"
    path.write_text("id;score;field_strength_t\na;2,5;1,5\nb;2,6;1,5\n", encoding="utf-8")
    ages.write_text("id;age;sex\na;40.5;F\nb;40,5;F\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"people\.csv: age mixes decimal commas \(in row 3\)"):
        read_people(read_readings(path, ages))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[1]", b'{"schema": "x"}', b"{}"])
def test_what_is_not_a_norm_is_refused(tmp_path, content):
    path = tmp_path / "site.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match="not a reference document") as caught:
        read_site(path)
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there(tmp_path):
    for read in (read_site, read_readings):
        with pytest.raises(UnreadableFileError):
            read(tmp_path / "none")


def test_fit_writes_the_norm_and_reports_exclusions(table, people, tmp_path):
    rows = [*rows_of(people(n=150, sexes="F")), ("x", "", 1.5, 40, "F")]
    out = tmp_path / "norms" / "site.json"
    result = CliRunner().invoke(reference, ["fit", str(table(rows)), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert {g.field_strength_t for g in read_site(out).groups} == {1.5, 3.0}
    assert "1 row excluded: no score." in result.output


def test_fit_leaves_nothing_behind_when_it_refuses(table, people, tmp_path):
    out = tmp_path / "site.json"
    too_few = rows_of(people(n=20))
    result = CliRunner().invoke(reference, ["fit", str(table(too_few)), "-o", str(out)])
    assert isinstance(result.exception, VBQError)
    assert not out.exists()


def test_list_shows_populations_and_cut_offs(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    printed = CliRunner().invoke(reference, ["list"]).output
    for text in ("josr2023-3T", "2.20 ± 0.43", "not given", "never applied", "4.28"):
        assert text in printed


def test_protocols_as_json(capsys):
    protocols_command(as_json=True)
    records = json.loads(capsys.readouterr().out)
    assert records[0]["id"] == "median_of_means"
    assert records[0]["levels"] == ["L1", "L2", "L3", "L4"]
