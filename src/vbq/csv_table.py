"""Tables as CSV files: read with the line of every row, written so that no text is a formula."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.errors import UnreadableFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CsvTable", "as_number", "harmless", "is_missing", "read_csv"]

MISSING = ("", "na", "n/a", "nan", ".", "-")
FORMULA = ("=", "+", "-", "@", "\t")  # a spreadsheet would run what begins so


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Cells as text, stripped, and where they stood.

    Attributes:
        path: The file.
        header: Names of the columns.
        rows: As many cells each as the header has.
        lines: The line of the file on which each row ends.
        decimal_comma: Whether a comma in a number is the decimal sign: where it separates no cells.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal_comma: bool


def read_csv(path: Path) -> CsvTable:
    """Read a table with one row a reading; commas, semicolons or tabs, in UTF-8.

    Raises:
        UnreadableFileError: it is no such file, has no rows, or a row of another length.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        found = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {(error.strerror or type(error).__name__).lower()}.",
            remedy="Give a CSV file in UTF-8 with one row a reading.",
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(
            f"{path} is not a CSV file in UTF-8.",
            remedy="Save the table as “CSV UTF-8” in your spreadsheet program.",
        ) from error
    if len(found) < 2:
        raise UnreadableFileError(
            f"{path} {'has no rows' if found else 'is empty'}.",
            remedy="Give a table with a header and one row a reading.",
        )
    header = tuple(cell.strip() for cell in found[0][1])
    for line, row in found[1:]:
        if len(row) != len(header):
            raise UnreadableFileError(
                f"Line {line} of {path} has {len(row)} cells and the header {len(header)}.",
                remedy="Put cells that hold the delimiter in quotation marks.",
            )
    rows = tuple(tuple(cell.strip() for cell in row) for _, row in found[1:])
    return CsvTable(path, header, rows, tuple(line for line, _ in found[1:]), delimiter != ",")


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.casefold() in MISSING


def as_number(cell: str, *, decimal_comma: bool = False) -> float | None:
    """A finite number, or ``None``."""
    try:
        value = float(cell.replace(",", ".") if decimal_comma else cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before what might be one."""
    return f"'{text}" if text.startswith(FORMULA) else text
