"""Reading a table of any kind: CSV, TSV, XLSX or Parquet, recognised by its content."""

from dataclasses import replace
from pathlib import Path

from vbq.errors import UnreadableFileError
from vbq.finding import Finding
from vbq.tables.raw_table import EXPORT, RawTable, blank_cells
from vbq.text import in_rows, number_of

OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and any Office file with a password


def read_table(path: Path, sheet: str | None = None) -> RawTable:
    """Read a CSV, TSV, XLSX or Parquet table; its content shows which.

    Args:
        path: The file.
        sheet: Sheet of an XLSX file; needed if several hold data.

    Raises:
        UnreadableFileError: the file is missing, damaged, protected or of another kind, or its
            rows and columns do not make a table with one name for each column.
        UsageError: there is no such sheet, or several and none was named.
    """
    from vbq.tables.csv_file import read_csv
    from vbq.tables.parquet_file import read_parquet
    from vbq.tables.workbook import read_workbook

    try:
        with path.open("rb") as file:
            start = file.read(8)
        if start.startswith(OLD_OFFICE):
            raise UnreadableFileError(
                f"{path} is an .xls file from before 2007, or is protected by a password.",
                remedy="Save it as XLSX without a password.",
                code="old_workbook",
            )
        if start.startswith(b"PK"):
            return _without_empty_rows(read_workbook(path, sheet))
        if start.startswith(b"PAR1"):
            return _without_empty_rows(read_parquet(path))
        return _without_empty_rows(read_csv(path))
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {(error.strerror or type(error).__name__).lower()}.",
            remedy="Check the path; in a plan it is relative to the plan.",
            code="no_table",
        ) from error


def _without_empty_rows(table: RawTable) -> RawTable:
    """The table without its empty rows; the others keep their numbers."""
    import numpy as np

    rows = np.arange(len(table.columns))  # without content in the columns seen so far
    for _, column in table.columns.items():  # noqa: PERF102 - a frame has no values() of columns
        rows = rows[blank_cells(column.iloc[rows])]
    empty = np.zeros(len(table.columns), dtype=bool)
    empty[rows] = True
    columns = table.columns[~empty]
    if columns.empty:
        raise UnreadableFileError(
            f"{table.path} has a header and no rows below it.", remedy=EXPORT, code="empty_table"
        )
    inside = [row for row in table.columns.index[empty] if row < columns.index[-1]]
    notes = table.notes
    if inside:
        message = f"{number_of(len(inside), 'empty row')} between the others, {in_rows(inside)}."
        notes = (*notes, Finding("empty_rows", "note", message, {"rows": tuple(inside)}))
    return replace(table, columns=columns, notes=notes)
