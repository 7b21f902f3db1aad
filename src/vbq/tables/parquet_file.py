"""A Parquet file as a `RawTable`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbq.errors import UnreadableFileError
from vbq.finding import Finding
from vbq.tables.raw_table import EXPORT, RawTable, named_columns

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path) -> RawTable:
    """Read a Parquet file: numbers stay numbers; all else becomes text, dates as 2024-03-31.

    Raises:
        UnreadableFileError: it is damaged, a column holds lists or other nested data, or two
            columns have the same name.
    """
    import pandas as pd
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFileError(
            f"{path} is a damaged Parquet file.", remedy=EXPORT, code="damaged_table"
        ) from error
    named = [str(name) for name in frame.index.names if name is not None]
    if named:  # an index that pandas stored separately is a column like any other
        frame = frame.reset_index()
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    header = [str(name) for name in frame.columns]
    cells = {i: _cells(path, header[i], frame.iloc[:, i]) for i in range(len(header))}
    columns, notes = named_columns(path, header, pd.DataFrame(cells))
    note = Finding("read_as", "note", "Read as Parquet; row 2 is its first record.")
    return RawTable(path, columns, frozenset(","), (note, *notes))


def _cells(path: Path, name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype):
        column = column.astype("object").map({True: "true", False: "false"})
    elif pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype("float64")
    elif pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.dt.strftime("%Y-%m-%d")
    cells = column.astype("object")
    kinds = {type(cell) for cell in cells.dropna()}
    if any(hasattr(kind, "__len__") and kind not in (str, bytes) for kind in kinds):
        raise UnreadableFileError(
            f"{path}: column {name} holds lists, not one value in each row.",
            remedy=EXPORT,
            code="nested_column",
        )
    text: pd.Series[Any] = cells.where(cells.notna(), "").astype("str")
    return text
