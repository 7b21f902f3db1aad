"""An XLSX workbook as a `RawTable`."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING, Any

from vbq.errors import InputError, UnreadableFileError, UsageError
from vbq.finding import Finding
from vbq.tables.raw_table import EXPORT, RawTable, named_columns, nearest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_workbook"]

LARGEST = 4 * 1024**3  # bytes unpacked; a full sheet of 20 columns has about 1 GB of XML


def read_workbook(path: Path, sheet: str | None) -> RawTable:
    """Read the cells of a sheet as they were last computed, as text; dates as 2024-03-31.

    Raises:
        UnreadableFileError: it is not an XLSX workbook, or damaged.
        UsageError: it has no such sheet, or several and none was named.
        InputError: its header is not one name a column.
    """
    import pandas as pd

    book = _open(path)
    try:
        name = _sheet(path, book, sheet)
        book[name].reset_dimensions()  # some programs write a wrong size into the file
        rows = [[_text(cell) for cell in row] for row in book[name].iter_rows(values_only=True)]
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile, SyntaxError) as error:
        raise _damaged(path) from error
    finally:
        book.close()
    width = max(map(len, rows), default=0)
    cells = pd.DataFrame([row + [""] * (width - len(row)) for row in rows], dtype="str")
    if cells.empty:
        raise InputError(f"{path}: sheet {name} is empty.", remedy=EXPORT, code="empty_table")
    header = [str(cell) for cell in cells.iloc[0]]
    cells = cells.iloc[1:]
    cells.index = pd.RangeIndex(2, len(cells) + 2)
    cells = named_columns(path, header, cells)
    note = Finding("read_as", "note", f"Read from sheet {name} of a workbook.")
    return RawTable(path, cells, comma_is_decimal=True, notes=(note,))


def _open(path: Path) -> Any:
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = {part.filename: part.file_size for part in archive.infolist()}
        kind = "xl/workbook.xml" in unpacked and sum(unpacked.values()) <= LARGEST
        book = openpyxl.load_workbook(path, read_only=True, data_only=True) if kind else None
    except Exception as error:  # whatever openpyxl meets in a damaged workbook
        raise _damaged(path) from error
    if book is None:
        raise UnreadableFileError(
            f"{path} is an archive but no XLSX workbook, or would unpack to more than 4 GB.",
            remedy=EXPORT,
            code="not_a_table",
        )
    return book


def _sheet(path: Path, book: Any, sheet: str | None) -> str:
    names = [one.title for one in book.worksheets]
    if sheet is not None:
        if sheet not in names:
            raise UsageError(
                f"{path} has no sheet {sheet}; {nearest(sheet, names)}",
                remedy="Correct data.sheet in the plan.",
                code="no_such_sheet",
            )
        return sheet
    filled = [one.title for one in book.worksheets if one.max_row is None or one.max_row > 1]
    if len(filled) > 1:
        raise UsageError(
            f"{path} has several sheets: {', '.join(filled)}.",
            remedy="Name the one with the patients in the plan: data.sheet.",
            code="no_such_sheet",
        )
    return str((filled or names)[0])


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell)


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} is a damaged workbook.", remedy=EXPORT, code="damaged_table"
    )
