"""Cells of one column: which are missing, which mean the same, what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from vbq.finding import Finding
from vbq.tables.csv_text import MISSING
from vbq.text import in_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Parsed", "bad_cells", "canonical", "present", "quoted"]

NUMBER = "a number"


class Kind(NamedTuple):
    """A way in which a cell is not a number."""

    code: str
    pattern: str
    what: str
    remedy: str
    show: bool = True  # its content; never of what might be a birthday or a name


KINDS = (
    Kind(
        "formula_error",
        r"#[A-Z0-9/]+[!?]?|Err:[0-9]+",
        "is an error of a formula",
        "Correct the formula, or empty the cell.",
    ),
    Kind(
        "censored_number",
        r"[<>≤≥~]=?\s*[0-9.,]+",
        "is a limit, not a number",
        "Decide on a number, or empty the cell.",
    ),
    Kind(
        "date_in_numbers",
        r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}([ T][0-9:.]+)?",
        "is a date",
        "A spreadsheet turns 3.5 into 3 May: correct the cell.",
        show=False,
    ),
    Kind(
        "thousands",
        r"[-+]?[0-9]{1,3}(([.,' ][0-9]{3})+[.,][0-9]+|([.,' ][0-9]{3}){2,})",
        "has thousands separators",
        "Write the number without them.",
    ),
    Kind(
        "number_list",
        r"[0-9.,]+\s*(-|–|/|;|to|bis|±)\s*[0-9.,]+",
        "is more than one number",
        "Write one number.",
    ),
    Kind(
        "unit_in_cell",
        r"[-+]?[0-9]+([.,][0-9]+)?\s*[A-Za-zµ°%]([A-Za-zµ°²³%/()^·][A-Za-z²³%/()^0-9·]{0,8})?",
        "has its unit in the cell",
        "Write the number alone; the unit belongs in the plan.",
    ),
)


@dataclass(frozen=True, eq=False)
class Parsed:
    """A column that was understood, or the reasons why it was not.

    Attributes:
        typed: float64, or text for categories, by row; missing is NaN (None for text).
        levels: Categories in order; None for numbers and dates.
        findings: How it was read; with a ``refuse`` among them the values mean nothing.
    """

    typed: pd.Series[Any]
    levels: tuple[str, ...] | None
    findings: tuple[Finding, ...]


def present(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The cells that hold something, trimmed; of text columns.

    Returns:
        A shorter series: cells that are empty, or say NA, n/a, null, ``.``, ``-`` or ``?``, are
        left out.
    """
    trimmed = cells.str.strip()
    return trimmed[~trimmed.str.lower().isin(MISSING)]


def canonical(value: object) -> str:
    """A form in which ``1``, ``1.0`` and ``"1 "`` are the same, and ``Yes`` and ``yes``."""
    text = " ".join(str(value).split()).casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return repr(number)


def quoted(entries: list[str], most: int = 8) -> str:
    """Entries of a column for a message: ``“0”, “1” and “2”``; only short ones, and few."""
    if len(entries) > most or any(len(entry) > 30 for entry in entries):
        return f"{len(entries)} different entries"
    *first, last = (f"“{entry}”" for entry in entries)
    return f"{', '.join(first)} and {last}" if first else last


def bad_cells(cells: pd.Series[Any], column: str, wanted: str = NUMBER) -> list[Finding]:
    """A finding for each kind of cell that is not what it should be.

    Args:
        cells: The offending cells, trimmed; the index is the row.
        column: Its name.
        wanted: What should stand there.
    """
    rest = cells
    found = []
    for kind in KINDS if wanted == NUMBER else KINDS[:1]:
        hit = rest[rest.str.fullmatch(kind.pattern).astype(bool)]
        if len(hit):
            example = f" (“{hit.iloc[0][:24]}”)" if kind.show else ""
            found.append(_stop(kind.code, column, hit, kind.what + example, kind.remedy))
            rest = rest.drop(hit.index)
    if len(rest):
        code = "text_in_numbers" if wanted == NUMBER else "not_a_date"
        remedy = f"Write {wanted}, or empty the cell."
        found.append(_stop(code, column, rest, f"is not {wanted}", remedy))
    return found


def _stop(code: str, column: str, cells: pd.Series[Any], what: str, remedy: str) -> Finding:
    rows = tuple(int(row) for row in cells.index)
    where = in_rows(rows)
    return Finding(
        code, "refuse", f"{column} {where} {what}. {remedy}", {"column": column, "rows": rows}
    )
