"""Reading a table of any kind: CSV, TSV, XLSX or Parquet, told by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.errors import InputError, UnreadableFileError
from vbq.finding import Finding
from vbq.tables.raw_table import EXPORT, RawTable, blank_cells
from vbq.text import in_rows, number_of

if TYPE_CHECKING:
    from pathlib import Path


__all__ = ["read_table"]

OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and any Office file with a password


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


def _without_empty(table: RawTable) -> RawTable:
    """The table without rows in which nothing stands; rows keep their numbers."""
    import numpy as np

    rows = np.arange(len(table.columns))  # that are empty as far as was looked
    for _, column in table.columns.items():  # noqa: PERF102 - a frame has no values() of columns
        cells = column.iloc[rows]
        rows = rows[blank_cells(cells)]
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
