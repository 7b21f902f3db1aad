"""Tables as CSV files: read with the line of every row, written so that no text is a formula."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vbq.errors import InputError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["MISSING", "CsvTable", "as_number", "harmless", "is_missing", "read_csv"]

# what people write for no value, in small letters
MISSING = frozenset(["", "na", "n/a", "n.a.", "nan", "<na>", "null", ".", "-", "--", "–", "—", "?"])
NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")  # 1,234: or one with three decimals
WORDS = {",": "comma", ".": "point"}
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
        unclear: Columns of numbers whose decimal sign cannot be told, each with the refusal to
            raise where its numbers are needed.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal_comma: bool
    unclear: dict[str, InputError] = field(default_factory=dict, compare=False)


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
    lines = tuple(line for line, _ in found[1:])
    if delimiter == ",":  # an unquoted comma ends a cell, and a number has none
        return CsvTable(path, header, rows, lines, decimal_comma=False)
    table = CsvTable(path, header, rows, lines, decimal_comma=True)
    return replace(table, unclear=_unclear(table, tabs=delimiter == "\t"))


def _signs(rows: Sequence[Sequence[str]], index: int) -> list[tuple[int, str, bool]]:
    """Of a column of numbers: row, sign, and whether it may be one of thousands.

    Of numbers with one comma or point; those with several are refused as no number. A column with
    words in it has none.
    """
    cells = [(row, cells[index]) for row, cells in enumerate(rows) if not is_missing(cells[index])]
    if not all(NUMBER.fullmatch(cell) for _, cell in cells):
        return []
    return [
        (row, "," if "," in cell else ".", THOUSANDS.fullmatch(cell) is not None)
        for row, cell in cells
        if cell.count(",") + cell.count(".") == 1
    ]


def _unclear(table: CsvTable, *, tabs: bool) -> dict[str, InputError]:
    """Columns that have both decimal signs, or numbers that may be of thousands.

    1,234 is a decimal number where other numbers of the file show that its decimal sign is a
    comma, and none that it is a point. Where none shows either, a comma between semicolons is
    taken for one, a comma between tabs is not.
    """
    columns = {name: _signs(table.rows, index) for index, name in enumerate(table.header)}
    shown = {sign for cells in columns.values() for _, sign, thousands in cells if not thousands}
    found = {}
    for name, cells in columns.items():
        if not cells:
            continue
        row, sign, _ = cells[0]
        others = [(other_row, other) for other_row, other, _ in cells if other != sign]
        doubt = bool(shown - {sign}) or (not shown and tabs and sign == ",")
        if others:
            before, (row, other) = table.lines[row], others[0]
            what = f"has a decimal {WORDS[other]}, and line {before} a decimal {WORDS[sign]}"
        elif doubt and all(thousands for _, _, thousands in cells):
            what = f"has a {WORDS[sign]} that may be of decimals or of thousands"
        else:
            continue
        found[name] = InputError(
            f"Line {table.lines[row]} of {table.path}: {name} {what}.",
            remedy="Write all its numbers with a point for decimals and nothing between thousands.",
            code="decimal_sign",
        )
    return found


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.casefold() in MISSING


def as_number(cell: str, *, decimal_comma: bool = False) -> float | None:
    """A finite number, or ``None``: thousands have no sign between them."""
    try:
        value = float(cell.replace(",", ".") if decimal_comma else cell)
    except ValueError:
        return None
    if "_" in cell:  # which Python reads as nothing
        return None
    return value if math.isfinite(value) else None


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before what might be one."""
    return f"'{text}" if text.startswith(FORMULA) else text
