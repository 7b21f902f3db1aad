"""A table of patients as it is on disk: every cell as text (or a stored number), every row counted.

Nothing is interpreted here beyond what the file format says. What was guessed (encoding,
delimiter) is a note; what cannot be read without guessing is refused with its row and column.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.errors import InputError, UnreadableFileError
from vbq.finding import Finding
from vbq.text import in_rows, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["RawTable", "named_columns", "nearest", "read_table"]

EXPORT = "Save the table as CSV (UTF-8), XLSX or Parquet."
OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and any Office file with a password


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table before its columns mean anything.

    Attributes:
        path: Its file, as given.
        columns: Text columns (missing is "") and float64 columns (missing is NaN); the index is
            the row of the spreadsheet: the header is row 1.
        comma_is_decimal: Whether ``1,234`` can only be a decimal: the delimiter is no comma.
        notes: How it was read.
    """

    path: Path
    columns: pd.DataFrame
    comma_is_decimal: bool
    notes: tuple[Finding, ...] = ()


def read_table(path: Path, sheet: str | None = None) -> RawTable:
    """Read a CSV, TSV, XLSX or Parquet table; which, is seen from its content.

    Args:
        path: The file.
        sheet: Sheet of an XLSX file; needed where several hold something.

    Raises:
        UnreadableFileError: it is missing, damaged, protected or of another kind.
        InputError: its header or its rows cannot be told apart from each other.
    """
    from vbq.tables.csv_file import read_csv
    from vbq.tables.parquet_file import read_parquet
    from vbq.tables.workbook import read_workbook

    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {(error.strerror or type(error).__name__).lower()}.",
            remedy="Check the path of the table in the plan; it is relative to the plan.",
            code="no_table",
        ) from error
    if start.startswith(OLD_OFFICE):
        raise UnreadableFileError(
            f"{path} is an .xls file of before 2007, or is protected by a password.",
            remedy="Save it as XLSX without a password.",
            code="old_workbook",
        )
    if start.startswith(b"PK"):
        return _without_empty(read_workbook(path, sheet))
    if start.startswith(b"PAR1"):
        return _without_empty(read_parquet(path))
    return _without_empty(read_csv(path))


def named_columns(path: Path, header: Sequence[str], cells: pd.DataFrame) -> pd.DataFrame:
    """The columns under their names, on one line without spaces around them.

    Args:
        path: Of the table, for the message.
        header: Cells of its first row.
        cells: The rows below, as many columns, all text. One empty throughout needs no name and
            is left out.

    Raises:
        InputError: a column has no name, or two have the same.
    """
    import pandas as pd

    names = [" ".join(cell.split()) for cell in header]
    nameless = [
        _letter(i) for i, name in enumerate(names) if not name and not _bare(cells.iloc[:, i]).all()
    ]
    if nameless:
        columns = f"Column{'s' if len(nameless) > 1 else ''} {', '.join(nameless[:5])}"
        raise InputError(
            f"{path}: {columns} of the table {'have' if len(nameless) > 1 else 'has'} no name in "
            "row 1.",
            remedy="Put one name over each column in row 1: no title above, no merged cells.",
            code="nameless_column",
        )
    places: dict[str, list[str]] = {}
    for i, name in enumerate(names):
        if name:
            places.setdefault(name, []).append(_letter(i))
    twice = [f"“{name}” ({', '.join(at)})" for name, at in places.items() if len(at) > 1]
    if twice:
        raise InputError(
            f"{path} has columns of the same name: {', '.join(twice[:5])}.",
            remedy="Give every column a name of its own.",
            code="duplicate_column",
        )
    if not places:
        raise InputError(
            f"{path} has no column names in row 1.", remedy=EXPORT, code="nameless_column"
        )
    named = cells.iloc[:, [i for i, name in enumerate(names) if name]]
    named.columns = pd.Index([name for name in names if name])
    return named


def nearest(name: str, known: Sequence[str]) -> str:
    """``; did you mean …`` or the columns there are, for a message about a missing column."""
    lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    if near:
        return f"did you mean {lower[near[0]]}?"
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f"it has {', '.join(known[:12])}{more}."


def _without_empty(table: RawTable) -> RawTable:
    """The table without rows in which nothing stands; rows keep their numbers."""
    import numpy as np

    rows = np.arange(len(table.columns))  # that are empty as far as was looked
    for _, column in table.columns.items():  # noqa: PERF102 - a frame has no values() of columns
        cells = column.iloc[rows]
        rows = rows[_bare(cells)]
    empty = np.zeros(len(table.columns), dtype=bool)
    empty[rows] = True
    kept = table.columns[~empty]
    if kept.empty:
        raise InputError(
            f"{table.path} has a header and no patients.", remedy=EXPORT, code="empty_table"
        )
    inside = [row for row in table.columns.index[empty] if row < kept.index[-1]]
    notes = table.notes
    if inside:
        text = f"{number_of(len(inside), 'empty row')} between the patients, {in_rows(inside)}."
        notes = (*notes, Finding("empty_rows", "note", text, {"rows": tuple(inside)}))
    return RawTable(table.path, kept, table.comma_is_decimal, notes)


def _bare(cells: pd.Series[Any]) -> NDArray[np.bool_]:
    bare = cells.isna() if cells.dtype == float else cells.str.strip() == ""
    return bare.to_numpy(dtype=bool)


def _letter(position: int) -> str:
    """A, B … Z, AA: the column as a spreadsheet names it."""
    text = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        text = chr(65 + rest) + text
    return text
