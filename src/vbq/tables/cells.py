"""Cells of one column: which are missing, which mean the same, what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from vbq.finding import Finding
from vbq.text import in_rows

if TYPE_CHECKING:
    import pandas as pd

# what people write for a missing value, in lower case
MISSING = frozenset(["", "na", "n/a", "n.a.", "nan", "<na>", "null", ".", "-", "--", "–", "—", "?"])
NUMBER = "a number"
LONGEST_QUOTED = 30  # characters of an entry in a message


class Kind(NamedTuple):
    """A way in which a cell is not a number."""

    code: str
    pattern: str
    description: str
    remedy: str
    # whether a message quotes the cell; never what might be a date of birth or a name
    quoted: bool = True


KINDS = (
    Kind(
        "formula_error",
        r"#[A-Z0-9/]+[!?]?|Err:[0-9]+",
        "is a formula error",
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
        quoted=False,
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
        "Write the number without its unit.",
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


def is_missing(cell: str) -> bool:
    """Whether a cell is empty or means that there is no value, such as NA, null or ``-``."""
    return cell.strip().lower() in MISSING


def present(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The cells of a text column that hold a value, trimmed.

    Returns:
        A shorter series: cells for which `is_missing` is true are left out.
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


def quoted(entries: list[str], limit: int = 8) -> str:
    """Entries of a column for a message: ``“0”, “1” and “2”``; their number if many or long."""
    if len(entries) > limit or any(len(entry) > LONGEST_QUOTED for entry in entries):
        return f"{len(entries)} different entries"
    *first, last = (f"“{entry}”" for entry in entries)
    return f"{', '.join(first)} and {last}" if first else last


def bad_cells(cells: pd.Series[Any], column: str, expected: str = NUMBER) -> list[Finding]:
    """A refusal for each kind of cell that is not what it should be.

    Args:
        cells: The offending cells, trimmed; the index is the row.
        column: Its name.
        expected: What the cells should hold.
    """
    unexplained = cells
    findings = []
    for kind in KINDS if expected == NUMBER else KINDS[:1]:
        matches = unexplained[unexplained.str.fullmatch(kind.pattern).astype(bool)]
        if len(matches):
            example = f" (“{matches.iloc[0][:24]}”)" if kind.quoted else ""
            problem = kind.description + example
            findings.append(_refusal(kind.code, column, matches, problem, kind.remedy))
            unexplained = unexplained.drop(matches.index)
    if len(unexplained):
        code = "text_in_numbers" if expected == NUMBER else "not_a_date"
        remedy = f"Write {expected}, or empty the cell."
        findings.append(_refusal(code, column, unexplained, f"is not {expected}", remedy))
    return findings


def _refusal(code: str, column: str, cells: pd.Series[Any], problem: str, remedy: str) -> Finding:
    rows = tuple(int(row) for row in cells.index)
    message = f"{column} {in_rows(rows)} {problem}. {remedy}"
    return Finding(code, "refuse", message, {"column": column, "rows": rows})
