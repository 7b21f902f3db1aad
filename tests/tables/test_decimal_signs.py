"""A decimal sign is never guessed: the file shows what a comma means, or the column is refused."""

import openpyxl
import pandas as pd
import pytest

from vbq.tables.cells import is_missing
from vbq.tables.numbers import is_number, parse_numbers
from vbq.tables.read_table import read_table


@pytest.fixture
def parse(tmp_path):
    def parse(content, column="x"):
        path = tmp_path / "table.csv"
        path.write_text(content, encoding="utf-8")
        table = read_table(path)
        return parse_numbers(table.columns[column], column, grouping_signs=table.grouping_signs)

    return parse


def refusals(parsed):
    return [finding for finding in parsed.findings if finding.severity == "refuse"]


@pytest.mark.parametrize(
    ("content", "code", "phrase"),
    [
        ("id;x\nA;3,1\nB;4\nC;3.2\n", "mixed_decimals", "commas (in row 2) with decimal points"),
        ("id\tx\nA\t3.1\nB\t3,2\n", "mixed_decimals", "commas (in row 3) with decimal points"),
        ('id,x\nA,2.5\nB,"2,5"\n', "mixed_decimals", "commas (in row 3) with decimal points"),
        ("id\tx\nA\t987\nB\t1,234\n", "ambiguous_comma", "row 3: “1,234” is 1234 if the comma"),
        ("id\tx\ty\nA\t1,234\t0.5\n", "ambiguous_comma", "and 1.234 if it is the decimal sign"),
        ("id;x;y\nA;1,234;0.5\n", "ambiguous_comma", "row 2: “1,234” is 1234"),
        ("id;x;y\nA;1.234;0,5\n", "ambiguous_point", "row 2: “1.234” is 1234 if the point"),
        ('id,x,y\nA,"1,234","0,5"\n', "ambiguous_comma", "“1,234” is 1234"),
        ("id;x\nA;1,234\nB;2.5\n", "mixed_decimals", "commas (in row 2) with decimal points"),
    ],
)
def test_an_ambiguous_sign_is_refused_with_both_readings(parse, content, code, phrase):
    (finding,) = refusals(parse(content))
    assert finding.code == code
    assert phrase in finding.message


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("id;x\nA;2,769\nB;2,881\n", [2.769, 2.881]),  # three decimals between semicolons
        ("id\tx\nA\t2,769\nB\t2,8\n", [2.769, 2.8]),
        ("id\tx\ty\nA\t2,769\t1,5\n", [2.769]),
        ("id\tx\nA\t0,769\n", [0.769]),
        ("id\tx\nA\t2.769\nB\t1.234\n", [2.769, 1.234]),
        ("id,x\nA,2.769\nB,1.234\n", [2.769, 1.234]),
        ("id;x;y\nA;2,5;0.5\n", [2.5]),  # each column has its own sign
        ("id;x;uid\nA;1,5;1.2.840.1\nB;2,125;1.2.840.2\n", [1.5, 2.125]),
        ("id;x;note\nA;1.234;high\nB;2.345;0,5\n", [1.234, 2.345]),  # not a column of numbers
        ('id,x\nA,"2,5"\n', [2.5]),
        ("id;x\nA;1,5E-02\nB;-,5\n", [0.015, -0.5]),
    ],
)
def test_a_sign_that_the_file_shows_is_understood(parse, content, values):
    parsed = parse(content)
    assert not refusals(parsed)
    assert parsed.typed.tolist() == values


def workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return read_table(path)


def test_text_in_a_workbook_needs_a_sign_beyond_doubt_and_stored_numbers_do_not(tmp_path):
    rows = [["id", "x", "y", "z"], ["A", "1,234", 1.234, "0.5"], ["B", "2,345", 2.345, "1.5"]]
    table = workbook(tmp_path / "t.xlsx", rows)
    assert table.grouping_signs == {","}
    stored = parse_numbers(table.columns["y"], "y", grouping_signs=table.grouping_signs)
    assert stored.typed.tolist() == [1.234, 2.345]
    rows[1][3] = rows[2][3] = "0,5"
    assert workbook(tmp_path / "t.xlsx", rows).grouping_signs == set()


@pytest.mark.parametrize("cell", ["inf", "1e999", "two", "1_", "1_000", "1 234", "1,234.5",
                                  "1.234,5", "1,234,567"])  # fmt: skip
def test_what_is_not_a_finite_number_is_refused(cell):
    assert refusals(parse_numbers(pd.Series([cell], index=[2], dtype="str"), "x"))


def test_one_cell_is_a_number_or_not():
    assert [is_number(text) for text in ("2,5", " −1.5", "F", "inf", "")] == [True, True] + 3 * [
        False
    ]


@pytest.mark.parametrize(
    "cell", ["", "NA", "n/a", "N.A.", "NaN", "<NA>", "NULL", ".", "-", "--", "–", "?"]
)
def test_cells_that_mean_that_there_is_no_value(cell):
    assert is_missing(cell)
