"""How numbers, p-values, intervals, percentages and lists are printed, everywhere in the program.

Reports, messages and the command line round nothing themselves: another house style, or another
language, is this module and the phrases of the report.
"""

import math
import unicodedata
from collections.abc import Iterable

Interval = tuple[float, float]

__all__ = [
    "NOT_ESTIMABLE",
    "NO_VALUE",
    "coefficient",
    "count_of",
    "decimals_for",
    "fixed",
    "in_rows",
    "interval",
    "limits",
    "listed",
    "mean_sd",
    "n_events",
    "number_of",
    "one_line",
    "p_equals",
    "p_exact",
    "p_value",
    "percent",
    "ratio",
    "ratio_interval",
    "ratio_limits",
    "row_numbers",
    "shortened",
    "signal",
    "signed",
    "with_interval",
]

NO_VALUE = "–"  # the text of an empty cell
NOT_ESTIMABLE = "not estimable"
MINUS = "−"
ROWS_NAMED = 5


def p_value(p: float | None) -> str:
    """Three decimals below 0.1, two above; ``<0.001`` and ``>0.99`` at the ends."""
    if p is None:
        return NO_VALUE
    if p < 0.001:
        return "<0.001"
    if p < 0.0995:
        return f"{p:.3f}"
    return ">0.99" if p >= 0.995 else f"{p:.2f}"


def p_equals(p: float | str) -> str:
    """``= 0.030`` or ``< 0.001``, to follow "p" in a sentence.

    Args:
        p: A p-value, or the text of one that someone else has rounded.
    """
    text = p if isinstance(p, str) else p_value(p)
    return f"{text[0]} {text[1:].strip()}" if text[0] in "<>" else f"= {text}"


def p_exact(p: float) -> str:
    """Four decimals, to be compared with a p-value that someone else has rounded."""
    return f"{p:.4f}" if p >= 0.0001 else "<0.0001"


def fixed(value: float | None, decimals: int = 3) -> str:
    """A number with so many decimals and a true minus sign; ``–`` for None, never a negative 0."""
    if value is None or math.isnan(value):
        return NO_VALUE
    text = f"{value:,.{decimals}f}".replace("inf", "∞")
    zero = not text.strip("-0.,")
    return text.lstrip("-") if zero else text.replace("-", MINUS)


def limits(ends: Interval | None, decimals: int = 3) -> str:
    """``0.73–0.85``; with ``to`` between the ends where one of them is negative."""
    if ends is None:
        return NO_VALUE
    low, high = (fixed(end, decimals) for end in ends)
    return f"{low} to {high}" if MINUS in low + high else f"{low}–{high}"


def interval(ends: Interval | None, decimals: int = 3) -> str:
    """``[0.73–0.85]``, as it follows an estimate."""
    return NO_VALUE if ends is None else f"[{limits(ends, decimals)}]"


def signed(value: float, decimals: int = 2) -> str:
    """``+0.50`` or ``−0.50``, as for a z-score."""
    number = fixed(value, decimals)
    return f"+{number}" if value > 0 else number


def signal(value: float) -> str:
    """An MR signal in the scan's own units, with about four significant digits."""
    size = abs(value)
    if size >= 1000:
        return f"{value:.0f}"
    if size >= 100:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 1 or not size else f"{value:.3g}"


def with_interval(value: float | None, ends: Interval | None, decimals: int = 3) -> str:
    """``0.81 [0.73–0.89]``; the value alone where it has no interval."""
    return fixed(value, decimals) + (f" {interval(ends, decimals)}" if ends is not None else "")


def mean_sd(mean: float, sd: float | None, decimals: int = 2) -> str:
    """``3.50 ± 0.55``; the mean alone where the standard deviation is unknown."""
    return fixed(mean, decimals) + ("" if sd is None else f" ± {fixed(sd, decimals)}")


def ratio(value: float) -> str:
    """A ratio such as an odds ratio.

    Two decimals; two significant digits below 0.1, and no decimals from 100.
    """
    if math.isinf(value):
        return "∞"
    if value >= 100:
        return f"{value:,.0f}" if value < 1e6 else f"{value:.0e}"
    if value < 0.1 and value > 0:
        return f"{value:#.2g}" if value >= 0.001 else "<0.001"
    return f"{value:.2f}"


def ratio_limits(ends: Interval) -> str:
    """``1.30–4.44``, the limits of an interval of a ratio."""
    return f"{ratio(ends[0])}–{ratio(ends[1])}"


def ratio_interval(value: float, ends: Interval | None) -> str:
    """``2.40 [1.30–4.44]``; the ratio alone where it has no interval."""
    return ratio(value) if ends is None else f"{ratio(value)} [{ratio_limits(ends)}]"


def coefficient(value: float) -> str:
    """A regression coefficient: four decimals, or four significant digits below 0.1."""
    small = value and abs(value) < 0.1
    return fixed(value, 3 - math.floor(math.log10(abs(value))) if small else 4)


def percent(share: float, decimals: int | None = 1) -> str:
    """``34.2 %`` for 0.342; with None as many decimals as needed: ``2.5 %``, ``90 %``."""
    return f"{100 * share:g} %" if decimals is None else f"{100 * share:.{decimals}f} %"


def count_of(count: int, total: int) -> str:
    """``22/72 (30.6 %)``: a percentage always comes with its numerator and denominator."""
    fraction = f"{count:,}/{total:,}"
    return f"{fraction} ({percent(count / total)})" if total else fraction


def n_events(n: int, events: int) -> str:
    """``121 (44)``: patients, and those with the event."""
    return f"{n:,} ({events:,})"


def decimals_for(sd: float | None) -> int:
    """How many decimals show two significant digits of a standard deviation; 2 if unknown."""
    if not sd or not math.isfinite(sd):
        return 2
    if sd >= 100:
        return 0
    return min(6, max(1, math.ceil(1.3 - math.log10(sd))))


def number_of(count: int, singular: str, plural: str = "") -> str:
    """``1 patient``, ``2 patients``."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"


def row_numbers(rows: Iterable[int]) -> str:
    """``row 7``, or ``rows 7, 9, 12, 15, 18 and 40 more``."""
    numbers = sorted(rows)
    text = ", ".join(map(str, numbers[:ROWS_NAMED]))
    if len(numbers) > ROWS_NAMED:
        text += f" and {len(numbers) - ROWS_NAMED:,} more"
    return f"{'row' if len(numbers) == 1 else 'rows'} {text}"


def in_rows(rows: Iterable[int]) -> str:
    """``in row 7``, or ``in rows 7, 9, 12, 15, 18 and 40 more``."""
    return f"in {row_numbers(rows)}"


def listed(items: Iterable[str], conjunction: str = "and") -> str:
    """``a, b and c``."""
    *first, last = list(items) or [""]
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def shortened(text: str, length: int) -> str:
    """A text of at most so many letters, an ellipsis in place of what is cut off."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def one_line(text: str) -> str:
    """Foreign text on one line, without control or direction-changing characters."""
    spaced = (" " if c.isspace() else c for c in text)
    return " ".join("".join(c for c in spaced if unicodedata.category(c)[0] != "C").split())
