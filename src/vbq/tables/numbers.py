"""Numbers from cells: decimal commas and missing words are understood, all else is refused."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.tables.cells import Parsed, bad_cells, is_missing, present
from vbq.text import in_rows, number_of

if TYPE_CHECKING:
    import pandas as pd

EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"
NUMBER = rf"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+){EXPONENT}"
COMMA = rf"[+-]?(?:[0-9]+,[0-9]*|,[0-9]+){EXPONENT}"
# three digits follow the sign and no zero precedes it: it may separate thousands
THOUSANDS = {sign: rf"[+-]?[1-9][0-9]{{0,2}}[{sign}][0-9]{{3}}" for sign in ",."}
SIGNS = {",": "comma", ".": "point"}
# also with several signs, as in 1,234.5 or 1.2.840: refused as a number, but not a word either
ANY_NUMBER = re.compile(rf"{NUMBER}|{COMMA}|[+-]?[0-9]+(?:[.,][0-9]+){{2,}}")
SHARE = 0.8  # fraction of the cells of a column of numbers that must be numbers


def parse_numbers(
    cells: pd.Series[Any], column: str, *, grouping_signs: Collection[str] = ()
) -> Parsed:
    """A column of numbers.

    A decimal comma is understood if the whole column has it. A column in which every number with a
    sign looks like ``1,234`` is refused if that sign may separate thousands in the file.

    Args:
        cells: Text, or float64; the index is the row.
        column: Its name, for messages.
        grouping_signs: Signs that may separate thousands: see `RawTable`.

    Returns:
        float64 values; findings of severity ``refuse`` for cells that are not numbers.
    """
    import numpy as np

    if cells.dtype == float:
        return _finite(cells, column)
    filled = _ascii_minus(present(cells))
    with_comma = filled.str.fullmatch(COMMA)
    numeric = filled.str.fullmatch(NUMBER)
    findings = _sign_findings(
        filled[with_comma],
        filled[numeric & filled.str.contains(".", regex=False)],
        column,
        grouping_signs,
    )
    filled = filled.where(~with_comma, filled.str.replace(",", ".", regex=False))
    numeric = numeric | with_comma
    if not numeric.all():
        findings += bad_cells(filled[~numeric], column)
    numbers = filled[numeric].astype("float64")
    infinite = numbers[~np.isfinite(numbers)]
    if len(infinite):
        findings += bad_cells(filled[infinite.index], column)
    values = cells.map({}).astype("float64")  # all missing
    values.loc[numbers.index] = numbers
    return Parsed(values, None, (*findings, *_missing_words(cells, column)))


def is_number(text: str) -> bool:
    """Whether one cell is a number, with a decimal point or a decimal comma."""
    return re.fullmatch(f"{NUMBER}|{COMMA}", text.strip().replace("−", "-")) is not None


def looks_numeric(cells: pd.Series[Any]) -> bool:
    """Whether most of the cells that are not empty are numbers."""
    if cells.dtype == float:
        return True
    filled = _ascii_minus(present(cells))
    numbers = filled.str.fullmatch(f"{NUMBER}|{COMMA}")
    return len(filled) > 0 and float(numbers.mean()) >= SHARE


def decimal_signs(columns: pd.DataFrame) -> frozenset[str]:
    """The signs that some column of numbers uses for decimals beyond doubt: not as in ``1,234``."""
    signs: set[str] = set()
    for _, cells in columns.items():  # noqa: PERF102 - a frame has no values() of columns
        if cells.dtype == float:
            continue
        entries = [entry.strip().replace("−", "-") for entry in cells.unique()]
        separated = [entry for entry in entries if "," in entry or "." in entry]
        if not separated or not all(is_missing(e) or ANY_NUMBER.fullmatch(e) for e in entries):
            continue
        for sign, thousands in THOUSANDS.items():
            signs |= {
                sign
                for entry in separated
                if (entry.count(sign), entry.count(",") + entry.count(".")) == (1, 1)
                and not is_missing(entry)
                and not re.fullmatch(thousands, entry)
            }
    return frozenset(signs)


def _ascii_minus(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Cells with the typographic minus sign as an ASCII hyphen."""
    return cells.str.replace("−", "-", regex=False)


def _sign_findings(
    commas: pd.Series[Any],
    points: pd.Series[Any],
    column: str,
    grouping_signs: Collection[str],
) -> list[Finding]:
    """Ambiguities in the decimal signs of a column, or the note that they are commas."""
    if len(commas) and len(points):
        rows = tuple(int(row) for row in commas.index)
        message = (
            f"{column} mixes decimal commas ({in_rows(rows)}) with decimal points "
            f"({in_rows(int(row) for row in points.index)}). Write all its numbers one way."
        )
        return [Finding("mixed_decimals", "refuse", message, {"column": column, "rows": rows})]
    cells, sign = (commas, ",") if len(commas) else (points, ".")
    if len(cells) and sign in grouping_signs and cells.str.fullmatch(THOUSANDS[sign]).all():
        rows = tuple(int(row) for row in cells.index)
        entry = str(cells.iloc[0])
        message = (
            f"{column} {in_rows(rows)}: “{entry}” is {entry.replace(sign, '')} if the "
            f"{SIGNS[sign]} separates thousands, and {entry.replace(sign, '.')} if it is the "
            "decimal sign. Write decimals with a point and thousands without a sign."
        )
        code = "ambiguous_comma" if sign == "," else "ambiguous_point"
        return [Finding(code, "refuse", message, {"column": column, "rows": rows})]
    if not len(commas):
        return []
    message = f"{column} is read with decimal commas ({number_of(len(commas), 'cell')})."
    return [Finding("comma_decimals", "note", message, {"column": column})]


def _finite(cells: pd.Series[Any], column: str) -> Parsed:
    import numpy as np

    infinite = tuple(int(row) for row in cells.index[np.isinf(cells)])
    message = f"{column} {in_rows(infinite)} is infinite. Correct the cell, or empty it."
    refusal = Finding("infinite", "refuse", message, {"column": column, "rows": infinite})
    return Parsed(cells, None, (refusal,) if infinite else ())


def _missing_words(cells: pd.Series[Any], column: str) -> list[Finding]:
    """A note on the words, other than an empty cell, that were read as missing."""
    trimmed = cells.str.strip()
    entries = trimmed[~trimmed.index.isin(present(cells).index) & (trimmed != "")]
    if entries.empty:
        return []
    counts = entries.value_counts()
    shown = ", ".join(f"“{word}” in {number_of(n, 'cell')}" for word, n in counts.items())
    return [
        Finding("missing_words", "note", f"{column}: read as missing: {shown}.", {"column": column})
    ]
