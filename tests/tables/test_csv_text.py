"""Tables as laboratories save them: three delimiters, decimal commas, blank lines, damage."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.errors import UnreadableFileError
from vbq.tables.csv_text import as_number, harmless, is_missing, read_csv


def write(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "table.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("content", "decimal_comma", "number"),
    [
        ("id,vbq\nA,2.5\n", False, 2.5),
        ("id;vbq\r\nA;2,5\r\n", True, 2.5),
        ("id\tvbq\nA\t2,5\n", True, 2.5),
        ("\ufeffid , vbq\n\n , \nA , 2.5", False, 2.5),
    ],
)
def test_every_delimiter(tmp_path, content, decimal_comma, number):
    table = read_csv(write(tmp_path, content))
    assert (table.header, table.decimal_comma) == (("id", "vbq"), decimal_comma)
    ((name, cell),) = table.rows
    assert (name, as_number(cell, decimal_comma=table.decimal_comma)) == ("A", number)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id;x\nA;3,1\nB;4\nC;3.2\n", "Line 4 of .*: x has a decimal point, and line 2"),
        ("id\tx\nA\t3.1\nB\t3,2\n", "Line 3 of .*: x has a decimal comma, and line 2"),
        ("id\tx\nA\t987\nB\t1,234\n", "Line 3 of .*: x has a comma that may be of"),
        ("id\tx\ty\nA\t1,234\t0.5\n", "Line 2 of .*: x has a comma that may be of"),
        ("id;x;y\nA;1.234;0,5\n", "Line 2 of .*: x has a point that may be of"),
        ("id;x\nA;1,234\nB;2.5\n", "Line 3 of .*: x has a decimal point, and line 2"),
    ],
)  # fmt: skip
def test_a_decimal_sign_that_cannot_be_told_is_refused_with_its_line(tmp_path, content, told):
    unclear = read_csv(write(tmp_path, content)).unclear
    assert list(unclear) == ["x"]
    assert re.search(told, str(unclear["x"]))
    assert "decimals and nothing between thousands" in unclear["x"].remedy


@pytest.mark.parametrize(
    "content",
    [
        "id;x\nA;2,769\nB;2,881\n",  # three decimals between semicolons
        "id\tx\nA\t2,769\nB\t2,8\n",
        "id\tx\ty\nA\t2,769\t1,5\n",
        "id\tx\nA\t0,769\n",
        "id\tx\nA\t2.769\nB\t1.234\n",
        "id;x\nA;2.5\nB;3\nC;NA\n",
        "id;x;y\nA;2,5;0.5\n",  # each column has its own
        "id;date;uid\nA;1.2.2020;1.2.840.1\nB;1,5;high\n",  # no numbers
        'id,x\nA,2.5\nB,"2,5"\n',  # refused where it is read as a number
    ],
)
def test_a_decimal_sign_that_can_be_told_is_no_trouble(tmp_path, content):
    assert not read_csv(write(tmp_path, content)).unclear


def test_lines_are_those_of_the_file(tmp_path):
    table = read_csv(write(tmp_path, 'id,note\n\nA,"two\nlines"\nB,one\n'))
    assert table.lines == (4, 5)


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        ("", "utf-8", "is empty"),
        ("\n \n", "utf-8", "is empty"),
        ("id,vbq\n", "utf-8", "has no rows"),
        ("id,vbq\nA,1\nB,1,2\n", "utf-8", "Line 3 of .* has 3 cells and the header 2"),
        ('id,vbq\nA,"1\n', "utf-8", "not a CSV file in UTF-8"),
        ("id,name\nA,Müller\n", "latin-1", "not a CSV file in UTF-8"),
    ],
)
def test_what_is_no_table_is_said_in_one_line(tmp_path, content, encoding, words):
    with pytest.raises(UnreadableFileError, match=words) as caught:
        read_csv(write(tmp_path, content, encoding))
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be read: is a directory"):
        read_csv(tmp_path)


@pytest.mark.parametrize(
    "cell", ["", "NA", "n/a", "N.A.", "NaN", "<NA>", "NULL", ".", "-", "--", "–", "?"]
)
def test_cells_that_say_there_is_nothing(cell):
    assert is_missing(cell)


@pytest.mark.parametrize("cell", ["inf", "1e999", "two", "2,5", "1_", "1_000", "1 234", "1,234.5"])
def test_what_is_no_finite_number(cell):
    assert as_number(cell) is None


@pytest.mark.parametrize("cell", ["1.234,5", "1,234.5", "1,234,567"])
def test_signs_between_thousands_make_no_number(cell):
    assert as_number(cell, decimal_comma=True) is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1))
def test_no_text_written_begins_a_formula_and_each_can_be_read_back(text):
    cell = harmless(text)
    assert cell[0] not in "=+-@\t"
    assert cell.removeprefix("'") == text.removeprefix("'")
    line = io.StringIO()
    csv.writer(line).writerow([cell])
    assert next(csv.reader(io.StringIO(line.getvalue(), newline=""))) == [cell]
