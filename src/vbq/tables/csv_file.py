"""A CSV or TSV file as a `RawTable`: its encoding and delimiter are inferred, and reported."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.errors import UnreadableFileError
from vbq.finding import Finding
from vbq.tables.numbers import decimal_signs
from vbq.tables.raw_table import EXPORT, RawTable, columns_from_rows
from vbq.text import number_of

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SNIFFED, SNIFFED_LINES = 500_000, 200  # characters and lines in which the delimiter is sought
LONGEST_CELL = 1_000_000
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: ("utf-8-sig", "UTF-8"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}


def read_csv(path: Path) -> RawTable:
    """Read all cells as text.

    Raises:
        UnreadableFileError: the file is not text or not a table, a row has more or fewer cells
            than the header, or a quotation mark is not closed.
    """
    text, notes = _decoded(path)
    with _long_cells():
        delimiter = _delimiter(text)
        rows = _rows(path, text, delimiter)
    columns, header_notes = columns_from_rows(path, rows)
    notes += header_notes
    if delimiter != ",":
        message = f"Cells are separated by {DELIMITERS[delimiter]}."
        notes += (Finding("delimiter", "note", message),)
    return RawTable(path, columns, _grouping_signs(columns, delimiter), notes)


def _decoded(path: Path) -> tuple[str, tuple[Finding, ...]]:
    """The text with one kind of line end, and a note if it is not UTF-8."""
    content = path.read_bytes()
    marks = (BYTE_ORDER_MARKS[mark] for mark in BYTE_ORDER_MARKS if content.startswith(mark))
    start = content[:2000]
    if start.count(0) * 3 > len(start):  # every second byte of Latin text in UTF-16
        unmarked = ("utf-16-le" if start[1:2] == b"\0" else "utf-16-be", "UTF-16")
    else:
        unmarked = ("utf-8", "UTF-8")
    encoding, name = next(marks, unmarked)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text, name = _decoded_by_byte(content)
    if "\0" in text or not text.strip():
        raise UnreadableFileError(
            f"{path} is {'not a table of text' if text.strip() else 'empty'}.",
            remedy=EXPORT,
            code="not_a_table",
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # one end of line on all systems
    if name == "UTF-8":
        return text, ()
    message = f"Read as {name}, not UTF-8; check that accented letters are right."
    return text, (Finding("encoding", "note", message),)


def _decoded_by_byte(content: bytes) -> tuple[str, str]:
    """Text in Windows' Western encoding, or Latin-1 if a byte has no meaning in it."""
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _delimiter(text: str) -> str:
    """The delimiter that makes most rows as long as the header, and then the header longest."""
    start = "\n".join(text[:SNIFFED].split("\n", SNIFFED_LINES)[:SNIFFED_LINES])

    def fit(delimiter: str) -> tuple[float, int]:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
        widths = [len(row) for row in reader if any(map(str.strip, row))]
        matching = widths.count(widths[0]) / len(widths) if widths and widths[0] > 1 else 0.0
        return matching, widths[0] if widths else 1

    return max(DELIMITERS, key=fit)


def _rows(path: Path, text: str, delimiter: str) -> list[list[str]]:
    """All rows; those that are not empty have as many cells as the first of them, the header.

    A shorter row is not filled up: the missing cells may have been in its middle.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    width = 0
    wrong_widths: Counter[int] = Counter()
    first_row: dict[int, int] = {}
    try:
        for number, row in enumerate(reader, start=1):
            if not any(map(str.strip, row)):
                rows.append([])
                continue
            width = width or len(row)
            if len(row) != width:
                wrong_widths[len(row)] += 1
                first_row.setdefault(len(row), number)
            rows.append(row)
    except csv.Error as error:
        raise UnreadableFileError(
            f"{path}: row {len(rows) + 1} is not CSV: {error}.",
            remedy="Close the quotation mark, or save the table as CSV again.",
            code="bad_quotes",
        ) from error
    if wrong_widths:
        cells = min(first_row, key=lambda count: first_row[count])
        raise UnreadableFileError(
            f"{path}: row {first_row[cells]} has {number_of(cells, 'cell')} and the header {width} "
            f"({number_of(wrong_widths.total(), 'such row')}).",
            remedy="Put cells that contain the delimiter in quotation marks; fill up short rows.",
            code="ragged_rows",
        )
    return rows


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be longer than other users of the csv module allow."""
    previous = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(previous)


def _grouping_signs(columns: pd.DataFrame, delimiter: str) -> frozenset[str]:
    """The signs that may separate thousands in a file with this delimiter.

    Between commas, a quoted comma may be either sign and a point is for decimals. Otherwise a sign
    is suspect if the file shows the other one to be for decimals. If no column shows either, a
    comma between semicolons is a decimal comma, as where Excel writes semicolons, and a comma
    between tabs is not decided.
    """
    if delimiter == ",":
        return frozenset(",")
    shown = decimal_signs(columns)
    suspect = {sign for sign, opposite in ((",", "."), (".", ",")) if opposite in shown}
    if not shown and delimiter != ";":
        suspect.add(",")
    return frozenset(suspect)
