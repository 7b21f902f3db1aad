"""A table as stored on disk: every cell as text (or a stored number), every row numbered.

Nothing is interpreted here beyond what the file format says. What was inferred (encoding,
delimiter) is a note; what cannot be read without guessing is refused with its row and column.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, UnreadableFileError
from vbq.finding import Finding, refusals_in
from vbq.text import number_of

if TYPE_CHECKING:
    import pandas as pd

EXPORT = "Save the table as CSV (UTF-8), XLSX or Parquet."


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table before its columns mean anything.

    Attributes:
        path: The file, as given.
        columns: Text columns (missing is "") and float64 columns (missing is NaN). The index is
            the row number a spreadsheet shows; the header is usually row 1.
        grouping_signs: The signs among ``,`` and ``.`` that may separate thousands in this file,
            so that ``1,234`` or ``1.234`` alone does not say which number it is.
        notes: Findings that describe how the file was read.
    """

    path: Path
    columns: pd.DataFrame
    grouping_signs: frozenset[str] = frozenset()
    notes: tuple[Finding, ...] = ()

    def with_columns(self, columns: pd.DataFrame) -> RawTable:
        """The same table with other rows or columns."""
        return replace(self, columns=columns)


def columns_from_rows(
    path: Path, rows: Sequence[Sequence[str]]
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Columns of a table given row by row, under the names in the first row that is not empty.

    Args:
        path: Path of the table, for messages.
        rows: All rows from the first, as text; short ones end in empty cells.

    Returns:
        The columns, indexed by row number, and notes on how they were read.

    Raises:
        UnreadableFileError: as for `named_columns`, or all rows are empty.
    """
    import pandas as pd

    first = next((i for i, row in enumerate(rows) if any(map(str.strip, row))), None)
    if first is None:
        raise UnreadableFileError(f"{path} is empty.", remedy=EXPORT, code="empty_table")
    width = max(map(len, rows))
    padded = [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in rows]
    header, *body = padded[first:]
    cells = zip(*body, strict=True) if body else ([] for _ in header)
    columns = pd.DataFrame(
        {i: pd.array(list(column), dtype="str") for i, column in enumerate(cells)},
        index=pd.RangeIndex(first + 2, first + 2 + len(body)),
    )
    return named_columns(path, header, columns, header_row=first + 1)


def named_columns(
    path: Path, header: Sequence[str], cells: pd.DataFrame, *, header_row: int = 1
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The columns under their names, each on one line without surrounding spaces.

    A column without a name is left out if it is empty, or if it is the first and numbers the rows,
    as R and pandas write it.

    Args:
        path: Path of the table, for messages.
        header: The name of each column.
        cells: The rows below it, with as many columns.
        header_row: Row of the header, for messages.

    Returns:
        The columns, and notes on those left out.

    Raises:
        UnreadableFileError: a column has no name, or two have the same.
    """
    import pandas as pd

    names = [" ".join(cell.split()) for cell in header]
    unnamed = [
        i for i, name in enumerate(names) if not name and not blank_cells(cells.iloc[:, i]).all()
    ]
    notes: tuple[Finding, ...] = ()
    if unnamed[:1] == [0] and any(names) and _numbers_rows(cells.iloc[:, 0]):
        unnamed = unnamed[1:]
        message = "The first column has no name and numbers the rows; it was left out."
        notes = (Finding("row_numbers", "note", message),)
    if unnamed or not any(names):
        letters = ", ".join(map(_letter, unnamed[:5]))
        problem = (
            f"column{'s' if len(unnamed) > 1 else ''} {letters} "
            f"{'have' if len(unnamed) > 1 else 'has'} no name in row {header_row}"
            if unnamed
            else f"row {header_row} has no column names"
        )
        raise UnreadableFileError(
            f"{path}: {problem}.",
            remedy=f"Put one name above each column in row {header_row}: no title above the "
            "header, no merged cells.",
            code="nameless_column",
        )
    positions: dict[str, list[str]] = {}
    for i, name in enumerate(names):
        if name:
            positions.setdefault(name, []).append(_letter(i))
    repeated = [f"“{name}” ({', '.join(p)})" for name, p in positions.items() if len(p) > 1]
    if repeated:
        raise UnreadableFileError(
            f"{path} has columns of the same name: {', '.join(repeated[:5])}.",
            remedy="Give each column a different name.",
            code="duplicate_column",
        )
    named = cells.iloc[:, [i for i, name in enumerate(names) if name]]
    named.columns = pd.Index([name for name in names if name])
    return named, notes


def nearest(name: str, known: Sequence[str]) -> str:
    """``did you mean …?``, or the columns there are, for a message about a missing column."""
    lower = {column.lower(): column for column in known}
    matches = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    if matches:
        return f"did you mean {lower[matches[0]]}?"
    remaining = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f"it has {', '.join(known[:12])}{remaining}."


def blank_cells(cells: pd.Series[Any]) -> NDArray[np.bool_]:
    """Mask of the cells that hold nothing: empty text, or no number."""
    blank = cells.isna() if cells.dtype == float else cells.str.strip() == ""
    return blank.to_numpy(dtype=bool)


def raise_refusal(source: Path | str, findings: Iterable[Finding]) -> None:
    """Raise the first refusal among the findings about a column; do nothing without one.

    Args:
        source: The file, or another name of the table, for the message.
        findings: Findings about cells; the last sentence of a refusal says what to do.

    Raises:
        InputError: there is a refusal; the message says how many more there are.
    """
    refusals = refusals_in(findings)
    if refusals:
        problem, _, remedy = refusals[0].message.rpartition(". ")
        surplus = len(refusals) - 1
        further = f" (and {number_of(surplus, 'more problem')})" if surplus else ""
        raise InputError(f"{source}: {problem}{further}.", remedy=remedy, code=refusals[0].code)


def _numbers_rows(cells: pd.Series[Any]) -> bool:
    """Whether cells are whole numbers, each larger than the one above it."""
    entries = cells[~blank_cells(cells)].astype("str").str.strip()
    if not entries.str.fullmatch(r"[0-9]{1,15}").all():
        return False
    numbers = entries.astype("int64")
    return bool(numbers.is_monotonic_increasing and numbers.is_unique)


def _letter(position: int) -> str:
    """A, B … Z, AA: the column as a spreadsheet names it."""
    text = ""
    position += 1
    while position:
        position, remainder = divmod(position - 1, 26)
        text = chr(65 + remainder) + text
    return text
