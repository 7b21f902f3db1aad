"""A printed number, with the range of values that rounding leaves open."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Printed", "read_printed"]

NUMBER = re.compile(r"(?P<sign>[<>]?)\s*(?P<value>-?\d*\.?\d+|-?\d+\.)")


@dataclass(frozen=True)
class Printed:
    """A number as it was printed.

    Attributes:
        text: As printed.
        value: The number; for ``<0.001`` the 0.001.
        decimals: Printed after the point.
        sign: ``<``, ``>`` or empty.
    """

    text: str
    value: float
    decimals: int
    sign: str = ""

    @property
    def low(self) -> float:
        """Lowest value that is printed so."""
        if self.sign == "<":
            return float("-inf")
        return self.value if self.sign == ">" else self.value - 0.5 * 10.0**-self.decimals

    @property
    def high(self) -> float:
        """Highest value that is printed so."""
        if self.sign == ">":
            return float("inf")
        return self.value if self.sign == "<" else self.value + 0.5 * 10.0**-self.decimals

    def may_be(self, low: float, high: float | None = None) -> bool:
        """Whether a value, or one of a range, would be printed so."""
        slack = 1e-9  # a half may have been rounded either way
        return self.low <= (low if high is None else high) + slack and low - slack <= self.high


def read_printed(text: str) -> Printed:
    """Read a number such as ``19.40`` or ``<0.001``.

    Raises:
        ValueError: it is none; the message says what to write.
    """
    found = NUMBER.fullmatch(text.strip())
    if found is None:
        hint = "; write a decimal point" if re.fullmatch(r"[<>]?\s*\d+,\d+", text.strip()) else ""
        raise ValueError(f"is {text!r}, not a number as printed, such as 19.40 or <0.001{hint}")
    value = found["value"]
    decimals = len(value.partition(".")[2])
    return Printed(text.strip(), float(value), decimals, found["sign"])
