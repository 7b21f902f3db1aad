"""What the check of a plan and its data found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Finding", "Severity", "in_rows", "number_of"]

Severity = Literal["stop", "caution", "note"]
ROWS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code: Stable machine-readable name, e.g. ``"comma_decimals"``.
        severity: ``stop`` (no study can be run), ``caution`` (it can, but a reviewer would ask) or
            ``note`` (how something was read).
        message: What was found, and what to do. No cell of the id column is ever quoted.
        column: The column it is about; empty where it is about none.
        rows: Rows as a spreadsheet numbers them (the header is row 1).
    """

    code: str
    severity: Severity
    message: str
    column: str = ""
    rows: tuple[int, ...] = ()


def in_rows(rows: Iterable[int]) -> str:
    """``in row 7``, or ``in rows 7, 9, 12, 15, 18 and 40 more``."""
    rows = sorted(rows)
    named = ", ".join(map(str, rows[:ROWS_NAMED]))
    more = f" and {len(rows) - ROWS_NAMED:,} more" if len(rows) > ROWS_NAMED else ""
    return f"in row{'s' if len(rows) > 1 else ''} {named}{more}"


def number_of(count: int, one: str, many: str = "") -> str:
    """``1 patient``, ``2 patients``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
