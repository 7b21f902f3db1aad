"""A CSV or TSV file as a `RawTable`: its encoding and delimiter are found, and said."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

from vbq.errors import InputError, UnreadableFileError
from vbq.finding import Finding
from vbq.tables.raw_table import EXPORT, RawTable, named_columns
from vbq.text import number_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_csv"]

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
SNIFFED_LINES = 200
LONGEST_CELL = 1_000_000
BOMS = {
    codecs.BOM_UTF8: ("utf-8-sig", "UTF-8"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}


def read_csv(path: Path) -> RawTable:
    """Read all cells as text.

    Raises:
        UnreadableFileError: it is not text, or not a table.
        InputError: a row has more or fewer cells than the header, or a quotation mark is not
            closed.
    """
    import pandas as pd

    text, notes = _decoded(path)
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # rows are counted, and a Mac's too
    delimiter = _delimiter(text)
    header = _check_rows(path, text, delimiter)
    cells = pd.read_csv(
        io.StringIO(text),
        sep=delimiter,
        header=None,
        names=list(range(len(header))),
        dtype=str,
        na_filter=False,
        skip_blank_lines=False,
        index_col=False,
    ).iloc[1:]
    cells.index = pd.RangeIndex(2, len(cells) + 2)
    cells = named_columns(path, header, cells)
    if delimiter != ",":
        note = f"Cells are separated by {DELIMITERS[delimiter]}."
        notes = (*notes, Finding("delimiter", "note", note))
    return RawTable(path, cells, comma_is_decimal=delimiter != ",", notes=notes)


def _decoded(path: Path) -> tuple[str, tuple[Finding, ...]]:
    """The text, and a note where it is not plain UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {(error.strerror or type(error).__name__).lower()}.",
            remedy=EXPORT,
            code="no_table",
        ) from error
    marked = next((BOMS[bom] for bom in BOMS if content.startswith(bom)), None)
    half = content[:2000].count(0) * 3 > len(content[:2000])  # every second byte of Latin text
    little = content[1:2] == b"\0"
    encoding, name = marked or (
        ("utf-16-le" if little else "utf-16-be", "UTF-16") if half else ("utf-8", "UTF-8")
    )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text, name = _one_byte(content)
    if "\0" in text or not text.strip():
        raise UnreadableFileError(
            f"{path} is {'empty' if not text.strip() else 'not a table of text'}.",
            remedy=EXPORT,
            code="not_a_table",
        )
    if name == "UTF-8":
        return text, ()
    message = f"Read as {name}, not UTF-8; check that letters with accents are right."
    return text, (Finding("encoding", "note", message),)


def _one_byte(content: bytes) -> tuple[str, str]:
    """Windows' Western encoding, or Latin-1 where a byte means nothing in it."""
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _delimiter(text: str) -> str:
    """The delimiter that cuts most rows into as many cells as the header, and into most cells."""
    start = "\n".join(text[:500_000].split("\n", SNIFFED_LINES)[:SNIFFED_LINES])

    def fit(delimiter: str) -> tuple[float, int]:
        rows = [
            row for row in csv.reader(io.StringIO(start, newline=""), delimiter=delimiter) if row
        ]
        width = len(rows[0]) if rows else 1
        alike = sum(len(row) == width for row in rows) / max(len(rows), 1)
        return (alike if width > 1 else 0.0), width

    return max(DELIMITERS, key=fit)


def _check_rows(path: Path, text: str, delimiter: str) -> list[str]:
    """The header, after every row was found to have as many cells as it.

    Cells missing at the end of a row are let pass in no row: they may be missing in its middle.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number, width, header = 0, 0, list[str]()
    widths: Counter[int] = Counter()
    first: dict[int, int] = {}
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        for number, row in enumerate(reader, start=1):
            if number == 1:
                header, width = row, len(row)
            elif len(row) != width and any(row):
                widths[len(row)] += 1
                first.setdefault(len(row), number)
    except csv.Error as error:
        raise InputError(
            f"{path} row {number + 1} is not CSV: {error}.",
            remedy="Close the quotation mark, or save the table as CSV again.",
            code="bad_quotes",
        ) from error
    finally:
        csv.field_size_limit(before)
    if widths:
        cells = min(first, key=lambda count: first[count])
        raise InputError(
            f"{path} row {first[cells]} has {number_of(cells, 'cell')} and the header {width} "
            f"({number_of(widths.total(), 'such row')}).",
            remedy="Put cells that hold the delimiter in quotation marks, fill up short rows.",
            code="ragged_rows",
        )
    return header
