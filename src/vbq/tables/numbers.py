"""Numbers from cells: decimal commas and missing words are understood, all else is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.tables.cells import Parsed, bad_cells, present
from vbq.text import in_rows, number_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["looks_numeric", "parse_numbers"]

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
COMMA = r"[+-]?[0-9]*,[0-9]+"
# with three digits behind a comma, and no zero before it, it may separate thousands
THOUSANDS = r"[+-]?[1-9][0-9]{0,2},[0-9]{3}"
SHARE = 0.8  # of the cells of a column that is taken for numbers must be numbers


def parse_numbers(cells: pd.Series[Any], column: str, *, comma_is_decimal: bool) -> Parsed:
    """A column of numbers.

    A decimal comma is understood where the whole column has it; ``1,234`` only where it cannot be
    a thousand, because commas do not separate the cells of this file or other cells of the column
    have another number of digits behind the comma.

    Args:
        cells: Text, or float64; the index is the row.
        column: Its name, for messages.
        comma_is_decimal: Whether a comma followed by three digits must be a decimal comma.

    Returns:
        float64 values; findings of severity ``refuse`` for cells that are not numbers.
    """
    import numpy as np

    if cells.dtype == float:
        return _finite(cells, column)
    there = _plain(present(cells))
    as_is = there.str.fullmatch(NUMBER)
    comma = there.str.fullmatch(COMMA) & ~as_is
    findings: list[Finding] = []
    values = cells.map({}).astype("float64")  # all missing
    if comma.any():
        dotted = there[as_is & there.str.contains(".", regex=False)]
        findings += _comma_findings(there[comma], dotted, column, comma_is_decimal)
        there = there.where(~comma, there.str.replace(",", ".", regex=False))
        as_is = as_is | comma
    if not as_is.all():
        findings += bad_cells(there[~as_is], column)
    good = there[as_is].astype("float64")
    infinite = good[~np.isfinite(good)]
    if len(infinite):
        findings += bad_cells(there[infinite.index], column)
    values.loc[good.index] = good
    missing = _missing_words(cells, column)
    return Parsed(values, None, (*findings, *missing))


def looks_numeric(cells: pd.Series[Any]) -> bool:
    """Whether most of what stands in a column is a number."""
    if cells.dtype == float:
        return True
    there = _plain(present(cells))
    numbers = there.str.fullmatch(f"{NUMBER}|{COMMA}")
    return len(there) > 0 and float(numbers.mean()) >= SHARE


def _plain(cells: pd.Series[Any]) -> pd.Series[Any]:
    """With the minus sign of typographers as the one of computers."""
    return cells.str.replace("−", "-", regex=False)


def _comma_findings(
    commas: pd.Series[Any], dotted: pd.Series[Any], column: str, comma_is_decimal: bool
) -> list[Finding]:
    rows = tuple(int(row) for row in commas.index)
    if len(dotted):
        message = (
            f"{column} mixes decimal commas ({in_rows(rows)}) with decimal points "
            f"({in_rows(int(row) for row in dotted.index)}). Write all of them one way."
        )
        return [Finding("mixed_decimals", "refuse", message, {"column": column, "rows": rows})]
    if not comma_is_decimal and commas.str.fullmatch(THOUSANDS).all():
        message = (
            f"{column} {in_rows(rows)} may be a thousand or have a decimal comma "
            f"(“{commas.iloc[0]}”). Write it without the comma, or with a decimal point."
        )
        return [Finding("ambiguous_comma", "refuse", message, {"column": column, "rows": rows})]
    message = f"{column} is read with decimal commas ({number_of(len(rows), 'cell')})."
    return [Finding("comma_decimals", "note", message, {"column": column})]


def _finite(cells: pd.Series[Any], column: str) -> Parsed:
    import numpy as np

    infinite = tuple(int(row) for row in cells.index[np.isinf(cells)])
    message = f"{column} {in_rows(infinite)} is infinite. Correct the cell, or empty it."
    stop = Finding("infinite", "refuse", message, {"column": column, "rows": infinite})
    return Parsed(cells, None, (stop,) if infinite else ())


def _missing_words(cells: pd.Series[Any], column: str) -> list[Finding]:
    """A note on the words, other than an empty cell, that were read as missing."""
    trimmed = cells.str.strip()
    words = trimmed[~trimmed.index.isin(present(cells).index) & (trimmed != "")]
    if words.empty:
        return []
    counts = words.value_counts()
    shown = ", ".join(f"“{word}” in {number_of(n, 'cell')}" for word, n in counts.items())
    return [
        Finding("missing_words", "note", f"{column}: read as missing: {shown}.", {"column": column})
    ]
