"""A claim: one figure with its limits, and its verdict.

A claim is met where its figure lies within its limits; the confidence interval says how sure the
figure is. Limits marked as the program's own (†) are not part of its specification.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.text import NO_VALUE, fixed, percent

if TYPE_CHECKING:
    from vbq.stats.checks import Interval
    from vbq.validation.outcomes import Method

__all__ = ["Claim", "claim_texts"]


@dataclass(frozen=True)
class Claim:
    """One figure with its limits.

    Attributes:
        topic: What it is about.
        method: Where the anatomy came from.
        figure: What was computed, in words.
        n: Scans it was computed from.
        value: The figure.
        interval: Its 95 % confidence interval, where one is defined.
        lower, upper: Its limits, inclusive; ``None`` where that side is open.
        share: Whether it is a share of scans, shown in per cent.
        own: Whether the limits are this program's own.
        note: What else was seen.
    """

    topic: str
    method: Method
    figure: str
    n: int
    value: float
    interval: Interval | None = None
    lower: float | None = None
    upper: float | None = None
    share: bool = False
    own: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure lies within its limits; never where there is no figure."""
        low = -math.inf if self.lower is None else self.lower
        high = math.inf if self.upper is None else self.upper
        return low <= self.value <= high


def claim_texts(claim: Claim) -> tuple[str, str, str]:
    """A claim's figure with its interval, its limit and its verdict, for people."""
    ends = claim.interval
    value = _number(claim, claim.value)
    if ends is not None:
        value += f" ({_number(claim, ends[0])} to {_number(claim, ends[1])})"
    return value, _limit(claim), "met" if claim.met else "not met"


def _number(claim: Claim, value: float) -> str:
    if not math.isfinite(value):
        return NO_VALUE
    return percent(value) if claim.share else fixed(value)


def _limit(claim: Claim) -> str:
    low, high = claim.lower, claim.upper
    if low is None and high is None:
        return NO_VALUE
    if low is None or high is None:
        only = high if low is None else low
        text = f"{'≤' if low is None else '≥'} {_bound(claim, only or 0.0)}"
    elif low == -high:
        text = f"± {_bound(claim, high)}"
    else:
        text = f"{_bound(claim, low)} to {_bound(claim, high)}"
    return f"{text} †" if claim.own else text


def _bound(claim: Claim, value: float) -> str:
    return f"{100 * value:g} %" if claim.share else f"{value:.3g}"
