"""Numbers and words as a journal prints them; the only place where a report rounds anything."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Interval = tuple[float, float]

__all__ = [
    "NONE",
    "NOT_ESTIMABLE",
    "count_of",
    "decimals_for",
    "fixed",
    "in_rows",
    "interval",
    "listed",
    "n_events",
    "number_of",
    "one_line",
    "p_equals",
    "p_value",
    "percent",
    "ratio",
    "ratio_interval",
    "signed",
    "with_interval",
]

NONE = "–"  # in a cell that has no value
NOT_ESTIMABLE = "not estimable"
MINUS = "−"
ROWS_NAMED = 5


def p_value(p: float | None) -> str:
    """Three decimals below 0.1, two above; ``<0.001`` and ``>0.99`` at the ends."""
    if p is None:
        return NONE
    if p < 0.001:
        return "<0.001"
    if p < 0.0995:
        return f"{p:.3f}"
    return ">0.99" if p >= 0.995 else f"{p:.2f}"


def p_equals(p: float) -> str:
    """``= 0.030``, ``< 0.001``: after a p in a sentence."""
    text = p_value(p)
    return f"{text[0]} {text[1:]}" if text[0] in "<>" else f"= {text}"


def fixed(value: float | None, decimals: int = 3) -> str:
    """So many decimals; never a negative zero; ``–`` of None."""
    if value is None or math.isnan(value):
        return NONE
    text = f"{value:,.{decimals}f}"
    return (text if float(text.replace(",", "")) else text.lstrip("-")).replace("-", MINUS)


def signed(value: float, decimals: int) -> str:
    """A number with a true minus sign, and never −0.00."""
    text = f"{value:.{decimals}f}"
    return text.replace("-", MINUS if float(text) else "")


def interval(ends: Interval | None, decimals: int = 3) -> str:
    """``[0.73–0.85]``; with ``to`` between the ends where one is negative."""
    if ends is None:
        return NONE
    low, high = (fixed(end, decimals) for end in ends)
    return f"[{low} to {high}]" if MINUS in low + high else f"[{low}–{high}]"


def with_interval(value: float | None, ends: Interval | None, decimals: int = 3) -> str:
    """``0.81 [0.73–0.89]``; the value alone where it has no interval."""
    return fixed(value, decimals) + (f" {interval(ends, decimals)}" if ends is not None else "")


def ratio(value: float) -> str:
    """An odds ratio: two decimals; two significant digits below 0.1, none behind 100."""
    if math.isinf(value):
        return "∞"
    if value >= 100:
        return f"{value:,.0f}" if value < 1e6 else f"{value:.0e}"
    if value < 0.1 and value > 0:
        return f"{value:#.2g}" if value >= 0.001 else "<0.001"
    return f"{value:.2f}"


def ratio_interval(value: float, ends: Interval | None) -> str:
    """``2.40 [1.30–4.44]``."""
    if ends is None:
        return ratio(value)
    return f"{ratio(value)} [{ratio(ends[0])}–{ratio(ends[1])}]"


def percent(share: float, decimals: int = 1) -> str:
    """``34.2 %`` of 0.342."""
    return f"{100 * share:.{decimals}f} %"


def count_of(count: int, of: int) -> str:
    """``22/72 (30.6 %)``: never a share without what it is of."""
    return f"{count:,}/{of:,} ({percent(count / of)})" if of else f"{count:,}/{of:,}"


def n_events(n: int, events: int) -> str:
    """``121 (44)``: patients, and those with the event."""
    return f"{n:,} ({events:,})"


def decimals_for(spread: float | None) -> int:
    """Decimals that show two digits of a standard deviation."""
    if not spread or not math.isfinite(spread):
        return 2
    if spread >= 100:
        return 0
    return min(6, max(1, math.ceil(1.3 - math.log10(spread))))


def number_of(count: int, one: str, many: str = "") -> str:
    """``1 patient``, ``2 patients``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def in_rows(rows: Iterable[int]) -> str:
    """``in row 7``, or ``in rows 7, 9, 12, 15, 18 and 40 more``."""
    rows = sorted(rows)
    named = ", ".join(map(str, rows[:ROWS_NAMED]))
    more = f" and {len(rows) - ROWS_NAMED:,} more" if len(rows) > ROWS_NAMED else ""
    return f"in row{'s' if len(rows) > 1 else ''} {named}{more}"


def listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def one_line(text: str) -> str:
    """A text from outside on one line, without control or direction-changing characters."""
    spaced = (" " if c.isspace() else c for c in text)
    return " ".join("".join(c for c in spaced if unicodedata.category(c)[0] != "C").split())
