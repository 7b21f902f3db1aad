"""Tables as they come: encodings, delimiters, workbooks, damage; each problem has its place."""

import csv
import datetime as dt

import openpyxl
import pandas as pd
import pytest

from vbq.errors import InputError, UnreadableFileError, UsageError, VBQError
from vbq.tables.read_table import read_table

TEXT = "id,größe,x\nA,1.5,2\nB,2.5,3\n"


@pytest.fixture
def read(tmp_path):
    def read(content, name="t.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path, **options)

    return read


@pytest.fixture
def workbook(tmp_path):
    def workbook(*rows, sheets=("Sheet",)):
        book = openpyxl.Workbook()
        for name in sheets:
            sheet = book.active if name == sheets[0] else book.create_sheet()
            sheet.title = name
            for row in rows:
                sheet.append(row)
        path = tmp_path / "t.xlsx"
        book.save(path)
        return path

    return workbook


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_give_the_same_table_and_are_noted(read, encoding):
    table = read(TEXT.encode(encoding))
    assert list(table.columns) == ["id", "größe", "x"]
    assert table.columns["größe"].tolist() == ["1.5", "2.5"]
    codes = [note.code for note in table.notes]
    assert codes == ([] if encoding.startswith("utf-8") and encoding != "utf-8-sig" else codes)
    assert ("encoding" in codes) == (encoding in ("utf-16", "utf-16-le", "cp1252"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(read, delimiter, newline):
    table = read(TEXT.replace(",", delimiter).replace("\n", newline))
    assert table.columns.shape == (2, 3)
    assert table.columns["größe"].tolist() == ["1.5", "2.5"]


def test_a_header_below_empty_rows(read):
    table = read(" \n\nid;x\nA;1,5\n")
    assert list(table.columns) == ["id", "x"]
    assert table.columns.index.tolist() == [4]


def test_a_first_column_that_numbers_the_rows_is_left_out_and_noted(read):
    table = read(",id,x\n0,A,1\n1,B,2\n")
    assert list(table.columns) == ["id", "x"]
    assert [note.code for note in table.notes] == ["row_numbers"]


def test_a_long_empty_row_is_an_empty_row(read):
    assert read("id,x\nA,1\n,,,,,\nB,2\n").columns.index.tolist() == [2, 4]


def test_decimal_commas_are_not_taken_for_delimiters(read):
    table = read("id;a;b\n1;2,5;3,5\n2;1,5;4,5\n")
    assert list(table.columns) == ["id", "a", "b"]


def test_rows_are_those_of_the_spreadsheet(read):
    table = read("id,x\nA,1\n\n,\nB,2\n,\n,\n")
    assert table.columns.index.tolist() == [2, 5]
    assert [note.code for note in table.notes] == ["empty_rows"]
    assert table.notes[0].rows == (3, 4)


def test_a_cell_over_two_lines_is_one_row(read):
    table = read('id,note,x\nA,"two\nlines",1\nB,,2\n')
    assert table.columns.index.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "code", "phrase"),
    [
        ("id,x,x\nA,1,2\n", "duplicate_column", "“x” (B, C)"),
        ("id,,x\nA,1,2\n", "nameless_column", "column B"),
        ("My study,,\nid,a,b\nA,1,2\n", "nameless_column", "no title"),
        ("id,x\nA,1\nB,2,3\n", "ragged_rows", "row 3 has 3 cells and the header 2"),
        ("id,x,y\nA,1,2\nB,2\n", "ragged_rows", "row 3 has 2 cells"),
        ('id,x\nA,"1\nB,2\n', "bad_quotes", "quotation mark"),
        ("id,x\n", "empty_table", "no rows"),
        ('id,x\nA,"' + "1\n" * 150_000, "bad_quotes", "row 2 is not CSV"),
        ("", "not_a_table", "empty"),
        ("   \n \n", "not_a_table", "empty"),
    ],
)
def test_damage_is_reported_with_its_place(read, text, code, phrase):
    with pytest.raises(InputError) as error:
        read(text)
    assert error.value.code == code
    assert phrase in str(error.value)


def test_an_empty_column_without_a_name_is_left_out(read):
    assert list(read("id,x,\nA,1,\n").columns) == ["id", "x"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0" + bytes(100),
        b"PK\x03\x04rubbish",
        b"PAR1rubbish",
        b"\x89PNG\r\n" + bytes(500),
    ],
)
def test_other_files_are_refused_in_one_line(read, content):
    with pytest.raises(UnreadableFileError) as error:
        read(content)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UnreadableFileError, match="cannot be read"):
            read_table(path)


def test_any_damage_of_a_workbook_is_one_of_our_errors(workbook, tmp_path):
    content = workbook(["id", "x"], ["A", 1]).read_bytes()
    for cut in range(10, len(content), 400):
        path = tmp_path / "cut.xlsx"
        path.write_bytes(content[:cut])
        with pytest.raises(VBQError):
            read_table(path)


def test_a_workbook_keeps_numbers_dates_and_errors(workbook):
    table = read_table(
        workbook(
            ["id", "x", "day", "yes", None],
            ["A", 2.50, dt.datetime(2024, 3, 31), True, None],  # noqa: DTZ001 - workbooks know no zones
            ["B", 3, dt.date(2024, 4, 1), False, None],
            ["C", "#DIV/0!", None, None, None],
            [None, None, None, None, None],
        )
    ).columns
    assert table["x"].tolist() == ["2.5", "3", "#DIV/0!"]
    assert table["day"].tolist() == ["2024-03-31", "2024-04-01", ""]
    assert table["yes"].tolist() == ["true", "false", ""]


def test_the_sheet_is_named_if_there_are_several(workbook):
    path = workbook(["id", "x"], ["A", 1], sheets=("Patients", "Notes"))
    with pytest.raises(UsageError, match=r"Patients, Notes.*data\.sheet"):
        read_table(path)
    with pytest.raises(UsageError, match="did you mean Patients"):
        read_table(path, "patient")
    assert len(read_table(path, "Patients").columns) == 1


def test_parquet_keeps_numbers(tmp_path):
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame(
        {
            "id": ["A", "B"],
            "x": [1.5, None],
            "n": pd.array([1, None], dtype="Int64"),
            "yes": [True, False],
            "day": pd.to_datetime(["2024-03-31", None]),
            "group": pd.Categorical(["a", None]),
        }
    )
    frame.to_parquet(path)
    table = read_table(path).columns
    assert table["x"].tolist()[0] == 1.5
    assert table["n"].isna().tolist() == [False, True]
    assert table["yes"].tolist() == ["true", "false"]
    assert table["day"].tolist() == ["2024-03-31", ""]
    assert table["group"].tolist() == ["a", ""]


def test_a_wrong_size_in_a_workbook_is_ignored(workbook, tmp_path):
    import zipfile

    path = tmp_path / "wrong.xlsx"
    with (
        zipfile.ZipFile(workbook(["id", "x"], ["A", 1])) as old,
        zipfile.ZipFile(path, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:B2"', b'ref="A1"'))
    assert read_table(path).columns.shape == (1, 2)


def test_reading_a_table_leaves_other_readers_their_limits(read):
    before = csv.field_size_limit(200_000)
    try:
        read(TEXT)
        assert csv.field_size_limit() == 200_000
        with pytest.raises(InputError):
            read('id,x\nA,"2\n')
        assert csv.field_size_limit() == 200_000
    finally:
        csv.field_size_limit(before)
