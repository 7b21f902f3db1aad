"""A table of patients as it is on disk: every cell as text (or a stored number), every row counted.

Nothing is interpreted here beyond what the file format says. What was guessed (encoding,
delimiter) is a note; what cannot be read without guessing is refused with its row and column.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from vbq.finding import Finding

__all__ = ["RawTable", "blank_cells", "named_columns", "nearest"]

EXPORT = "Save the table as CSV (UTF-8), XLSX or Parquet."


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
        _letter(i)
        for i, name in enumerate(names)
        if not name and not blank_cells(cells.iloc[:, i]).all()
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


def blank_cells(cells: pd.Series[Any]) -> NDArray[np.bool_]:
    """Which cells hold nothing: empty text, or no number."""
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
