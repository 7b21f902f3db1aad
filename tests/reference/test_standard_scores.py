"""Scores within field strength: the reference named on each row, nothing mixed in silence."""

import csv
import io

import numpy as np
import pytest
from typer.testing import CliRunner

from vbq.cli.reference import reference
from vbq.errors import InputError, RefusalError, UnreadableFileError, UsageError, VBQError
from vbq.reference.joined_readings import read_readings
from vbq.reference.standard_scores import FEWEST, standard_scores_csv, standardise

HEADER = ("id", "score", "field_strength_t", "age", "sex", "flags")


@pytest.fixture
def write(tmp_path):
    def write(rows, header=HEADER, name="readings.csv", delimiter=","):
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=delimiter).writerows([header, *rows])
        return path

    return write


def scores(path, people=None, **options):
    return {s.id: s for s in standardise(read_readings(path, people), **options)}


def cohort(field, n, start=0):
    """n readings about 2.5, evenly spread."""
    values = 2.5 + np.linspace(-1, 1, n)
    return [(f"c{start + i}", f"{v:.6f}", field, 60, "F", "") for i, v in enumerate(values)]


def test_each_reading_is_compared_at_its_own_field_strength(write):
    results = scores(write([("a", 2.769, 1.494, "", "", ""), ("b", 2.631, 2.89, "", "", "")]))
    assert (results["a"].z, results["a"].group) == (pytest.approx(0), "1.5 T")
    assert results["b"].z == pytest.approx((2.631 - 2.199) / 0.432)
    assert results["b"].percentile == pytest.approx(84.134, abs=0.001)
    assert [s.reference for s in results.values()] == ["josr2023-1.5T", "josr2023-3T"]
    assert {s.n for s in results.values()} == {1200}


def test_a_sites_norm_is_used_at_age_and_sex(write, site, truth):
    score = float(truth(3.0).centile(1.0, 60))
    rows = [("a", score, 3, 60, "female", ""), ("b", score, 3, "", "F", ""),
            ("c", score, 3, 95, "F", "")]  # fmt: skip
    results = scores(write(rows), site=site)
    assert results["a"].z == pytest.approx(1.0, abs=0.35)  # n = 400
    assert (results["a"].reference, results["a"].n) == ("site", 400)
    assert results["b"].not_compared == "age or sex of the person is not given"
    assert "lies outside" in results["c"].not_compared


def test_without_a_reference_the_cohorts_own_group_is_used_and_named(write):
    rows = [*cohort(1.0, 40), ("a", 2.769, 1.5, "", "", "")]
    results = scores(write(rows))
    group = [results[f"c{i}"] for i in range(40)]
    assert {(s.reference, s.n, s.group) for s in group} == {("this cohort", 40, "1 T")}
    z = np.array([s.z for s in group])
    assert (z.mean(), z.std(ddof=1)) == (pytest.approx(0), pytest.approx(1))
    assert results["a"].reference == "josr2023-1.5T"


def test_a_small_group_is_no_reference(write):
    results = scores(write([*cohort(1.0, FEWEST - 1), ("a", 2.7, 1.5, "", "", "")]))
    assert results["c0"].z is None
    assert f"fewer than {FEWEST}" in results["c0"].not_compared


def test_another_contrast_is_not_compared(write):
    rows = [("a", 2.7, 1.5, "", "", "low_snr;contrast_agent"), ("b", 2.7, 1.5, "", "", "low_snr")]
    results = scores(write(rows))
    assert "contrast_agent" in results["a"].not_compared
    assert results["b"].z is not None


def test_another_protocol_is_not_compared_with_the_norm(write, site):
    rows = [(*row, 0.9) for row in cohort(1.5, 30)]
    path = write([(*r[:-1], float(r[1]) / 2) for r in rows], (*HEADER, "vbq_L1"))
    results = scores(path, score="vbq_L1")
    assert {(s.protocol, s.reference) for s in results.values()} == {("L1", "this cohort")}
    with pytest.raises(RefusalError, match="norm is of median_of_means, column vbq_L1 of L1"):
        scores(path, score="vbq_L1", site=site)


def test_an_impossible_age_is_reported_with_its_row(write):
    with pytest.raises(InputError, match=r"readings\.csv: age in row 2 is above 130 years"):
        scores(write([("a", 2.7, 1.5, 500, "F", "")]))


def test_mixed_protocols_are_refused(write):
    rows = [("a", 2.7, 1.5, "median_of_means"), ("b", 0.6, 1.5, "T2_median_of_means")]
    path = write(rows, ("id", "score", "field_strength_t", "protocol"))
    with pytest.raises(RefusalError, match="mixes readings of 2 protocols"):
        scores(path)


def test_groups_of_a_column_are_compared_with_themselves(write):
    rows = [(*row, "A") for row in cohort(1.5, 30)] + [(*r, "B") for r in cohort(3.0, 25, 30)]
    results = scores(write(rows, (*HEADER, "site")), within="site")
    assert {(s.group, s.n) for s in results.values()} == {("A", 30), ("B", 25)}


def test_a_group_of_two_field_strengths_is_refused(write):
    rows = [(*row, "A") for row in cohort(1.5, 30) + cohort(3.0, 25, 30)]
    with pytest.raises(RefusalError, match=r"site A has readings at 1\.5 T and 3 T"):
        scores(write(rows, (*HEADER, "site")), within="site")


def test_covariates_are_joined_by_id(write, site):
    path = write([("a", 2.7, 1.5), ("b", 2.7, 1.5)], HEADER[:3])
    people = write([("b", "61,5", "F"), ("z", "40", "M")], ("id", "age", "sex"), "p.csv", ";")
    table = read_readings(path, people)
    assert (table.numbers("age"), table.unmatched) == ([None, 61.5], {2})
    results = scores(path, people, site=site)
    assert results["b"].z is not None
    assert results["a"].z is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("a", "high", 1.5, 60, "F", ""), "score in row 3"),
        (("a", -2, 1.5, 60, "F", ""), "score in row 3"),
        (("a", 2.7, "1.5T", 60, "F", ""), "field_strength_t in row 3"),
        (("a", 2.7, 1.5, "old", "F", ""), "age in row 3"),
        (("a", 2.7, 1.5, 60, "Doe^Jane", ""), "sex in row 3"),
        (("", 2.7, 1.5, 60, "F", ""), "id in row 3 is empty"),
        (("Doe^Jane", 2.7, 1.5, 60, "F", ""), "id in row 3 is the same as in row 2"),
    ],
)
def test_a_bad_cell_is_named_without_repeating_it(write, row, message):
    path = write([("Doe^Jane", 2.7, 1.5, 60, "F", ""), row])
    with pytest.raises(InputError, match=message) as caught:
        scores(path)
    assert "Doe" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_cell_of_the_joined_table_is_named_there(write, site):
    path = write([("a", 2.7, 1.5)], HEADER[:3])
    people = write([("b", 40, "F"), ("a", "forty", "F")], ("id", "age", "sex"), "people.csv")
    with pytest.raises(InputError, match=r"people\.csv: age in row 3 is not a number"):
        scores(path, people, site=site)


def test_a_column_in_both_tables_is_refused(write):
    path = write([("a", 2.7, 1.5, 40, "F", "")])
    people = write([("a", 41)], ("id", "age"), "people.csv")
    with pytest.raises(InputError, match="both have a column age"):
        read_readings(path, people)


@pytest.mark.parametrize(
    "content",
    [b"", b"id,score\n", b"\xff\xfe\x00", b'id,score\n"a,1\n', b"id,id\n1,2\n", b"id\n1,2\n"],
)
def test_what_is_not_a_table_is_refused(tmp_path, content):
    path = tmp_path / "readings.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        read_readings(path)
    assert "\n" not in str(caught.value)


def test_an_absent_column_lists_the_columns(write):
    with pytest.raises(UsageError, match=r"no column VBQ; it has id, score.*--score"):
        scores(write([("a", 2.7, 1.5, 40, "F", "")]), score="VBQ")


def test_nothing_to_compare_is_refused_and_nothing_written(write, tmp_path):
    path, out = write([("a", 2.7, "", 40, "F", "")]), tmp_path / "out.csv"
    result = CliRunner().invoke(reference, ["standardise", str(path), "-o", str(out)])
    assert isinstance(result.exception, VBQError)
    assert "does not say its field strength" in str(result.exception)
    assert not out.exists()


def test_the_command_writes_one_row_a_reading_twice_the_same(write, tmp_path):
    rows = [*cohort(1.0, 30), ("x", "", 1.5, 50, "M", ""), ("a", 2.769, 1.5, "", "", "")]
    path, out = write(rows), tmp_path / "z" / "standardised.csv"
    first = []
    for _ in range(2):
        result = CliRunner().invoke(reference, ["standardise", str(path), "-o", str(out)])
        assert result.exit_code == 0, result.output
        first.append(out.read_bytes())
    assert first[0] == first[1] == standard_scores_csv(standardise(read_readings(path)))
    table = list(csv.DictReader(io.StringIO(first[0].decode())))
    assert [row["id"] for row in table] == [row[0] for row in rows]
    assert table[-1] | {"z": ""} == {
        "id": "a", "group": "1.5 T", "protocol": "median_of_means", "score": "2.769", "z": "",
        "percentile": "50.0", "reference": "josr2023-1.5T", "reference_n": "1200",
        "not_compared": "",
    }  # fmt: skip
    assert "1 not compared: there is no score." in result.output
    assert "do not mix them" in result.output


def test_two_references_at_once_are_wrong_usage(write, tmp_path):
    path = write(cohort(1.5, 30))
    arguments = ["standardise", str(path), "--within", "sex", "--site-file", str(tmp_path / "s")]
    assert isinstance(CliRunner().invoke(reference, arguments).exception, UsageError)
