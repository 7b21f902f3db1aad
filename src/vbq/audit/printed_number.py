"""Printed numbers, and the values and counts that rounding leaves open."""

import math
import re
from dataclasses import dataclass

NUMBER = re.compile(r"(?P<sign>[<>]?)\s*(?P<value>-?\d*\.?\d+|-?\d+\.)")
SLACK = 1e-9  # a half may have been rounded either way


@dataclass(frozen=True)
class Printed:
    """A number as it was printed.

    Attributes:
        text: The number as printed.
        value: Its value; for ``<0.001``, 0.001.
        decimals: Number of decimals printed.
        sign: ``<``, ``>`` or empty.
    """

    text: str
    value: float
    decimals: int
    sign: str = ""

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed decimal."""
        return 0.5 * 10.0**-self.decimals

    @property
    def low(self) -> float:
        """Lowest value that would be printed like this."""
        if self.sign == "<":
            return float("-inf")
        return self.value if self.sign == ">" else self.value - self.half_unit

    @property
    def high(self) -> float:
        """Highest value that would be printed like this."""
        if self.sign == ">":
            return float("inf")
        return self.value if self.sign == "<" else self.value + self.half_unit

    def could_be(self, low: float, high: float | None = None) -> bool:
        """Whether a value, or any value from ``low`` to ``high``, would be printed like this."""
        highest = low if high is None else high
        return self.low <= highest + SLACK and low - SLACK <= self.high


def read_printed(text: str) -> Printed:
    """Read a number such as ``19.40`` or ``<0.001``.

    Raises:
        ValueError: the text is not a number; the message says what to write.
    """
    match = NUMBER.fullmatch(text.strip())
    if match is None:
        hint = "; write a decimal point" if re.fullmatch(r"[<>]?\s*\d+,\d+", text.strip()) else ""
        raise ValueError(f"is {text!r}, not a number as printed, such as 19.40 or <0.001{hint}")
    value = match["value"]
    decimals = len(value.partition(".")[2])
    return Printed(text.strip(), float(value), decimals, match["sign"])


def counts_that_fit(total: int, percent: Printed) -> range:
    """All counts out of ``total`` that would be printed as this percentage."""
    low = max(0, math.ceil(total * percent.low / 100 - SLACK))
    high = min(total, math.floor(total * percent.high / 100 + SLACK))
    return range(low, high + 1)


def totals_that_fit(count: int, percent: Printed) -> range:
    """All totals of which ``count``, at least 1, would be printed as this percentage, above 0."""
    low = max(count, math.ceil(100 * count / percent.high - SLACK))
    return range(low, math.floor(100 * count / percent.low + SLACK) + 1)
