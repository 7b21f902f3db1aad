"""Which counts fit a printed percentage."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vbq.audit.printed_number import Printed

__all__ = ["counts_that_fit", "totals_that_fit"]

SLACK = 1e-9  # a half may have been rounded either way


def counts_that_fit(total: int, percent: Printed) -> range:
    """Every count of a total that is printed as this percentage."""
    low = max(0, math.ceil(total * percent.low / 100 - SLACK))
    high = min(total, math.floor(total * percent.high / 100 + SLACK))
    return range(low, high + 1)


def totals_that_fit(count: int, percent: Printed) -> range:
    """Every total of which a count of at least 1 is printed as this percentage, above 0."""
    low = max(count, math.ceil(100 * count / percent.high - SLACK))
    return range(low, math.floor(100 * count / percent.low + SLACK) + 1)
