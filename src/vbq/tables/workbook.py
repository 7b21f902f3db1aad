"""An XLSX workbook as a `RawTable`."""

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

from vbq.errors import UnreadableFileError, UsageError
from vbq.finding import Finding
from vbq.tables.numbers import decimal_signs
from vbq.tables.raw_table import EXPORT, RawTable, columns_from_rows, nearest

LARGEST = 4 * 1024**3  # bytes unpacked; a full sheet of 20 columns has about 1 GB of XML


def read_workbook(path: Path, sheet: str | None) -> RawTable:
    """Read the cells of a sheet as they were last computed, as text; dates as 2024-03-31.

    A comma in a cell that holds text may separate thousands, unless other text of the sheet shows
    it to be the decimal sign.

    Raises:
        UnreadableFileError: it is not an XLSX workbook, is damaged, or its header is not one name
            for each column.
        UsageError: it has no such sheet, or several and none was named.
    """
    book = _open(path)
    try:
        name = _sheet(path, book, sheet)
        book[name].reset_dimensions()  # some programs write a wrong size into the file
        rows = [[_text(cell) for cell in row] for row in book[name].iter_rows(values_only=True)]
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile, SyntaxError) as error:
        raise _damaged(path) from error
    finally:
        book.close()
    columns, notes = columns_from_rows(path, rows)
    notes = (Finding("read_as", "note", f"Read from sheet {name} of a workbook."), *notes)
    grouping = frozenset[str]() if "," in decimal_signs(columns) else frozenset(",")
    return RawTable(path, columns, grouping, notes)


def _open(path: Path) -> Any:
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = {part.filename: part.file_size for part in archive.infolist()}
        readable = "xl/workbook.xml" in unpacked and sum(unpacked.values()) <= LARGEST
        book = openpyxl.load_workbook(path, read_only=True, data_only=True) if readable else None
    except Exception as error:  # whatever openpyxl meets in a damaged workbook
        raise _damaged(path) from error
    if book is None:
        raise UnreadableFileError(
            f"{path} is an archive but not an XLSX workbook, or would unpack to more than 4 GB.",
            remedy=EXPORT,
            code="not_a_table",
        )
    return book


def _sheet(path: Path, book: Any, sheet: str | None) -> str:
    """The name of the sheet asked for, or of the only one with content."""
    names = [worksheet.title for worksheet in book.worksheets]
    if sheet is not None:
        if sheet not in names:
            raise UsageError(
                f"{path} has no sheet {sheet}; {nearest(sheet, names)}",
                remedy="Correct the name of the sheet (data.sheet in a plan).",
                code="no_such_sheet",
            )
        return sheet
    filled = [s.title for s in book.worksheets if s.max_row is None or s.max_row > 1]
    if len(filled) > 1:
        raise UsageError(
            f"{path} has several sheets: {', '.join(filled)}.",
            remedy="Name the one with the data (data.sheet in a plan, --sheet of 'vbq risk'), or "
            "save it as a file of its own.",
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
