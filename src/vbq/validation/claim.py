"""A claim: one figure of merit with its acceptance limits and its verdict.

A claim is met where its figure lies within its limits; the confidence interval says how precisely
the figure is known. Limits marked † were set by this program and are not part of its specification.
"""

import math
from dataclasses import dataclass

from vbq.stats.checks import Interval
from vbq.text import NO_VALUE, fixed, percent
from vbq.validation.outcomes import Method


@dataclass(frozen=True)
class Claim:
    """One figure of merit with its acceptance limits.

    Attributes:
        topic: Heading under which it is reported, such as ``Bias``.
        method: Source of the anatomy.
        figure: Description of the figure, such as ``mean of score − truth``.
        n: Number of scans it was computed from.
        value: The figure; NaN where it cannot be computed.
        interval: The 95 % confidence interval; ``None`` where none is defined.
        lower, upper: Acceptance limits, inclusive; ``None`` for a one-sided claim.
        share: Whether the figure is a proportion (0..1), shown in per cent.
        program_limit: Whether the limits were set by this program, not by its specification.
        note: Related results, shown with the figure.
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
    program_limit: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure lies within its limits; false where it is NaN."""
        low = -math.inf if self.lower is None else self.lower
        high = math.inf if self.upper is None else self.upper
        return low <= self.value <= high


def claim_texts(claim: Claim) -> tuple[str, str, str]:
    """A claim's figure with its interval, its limits and its verdict, formatted for display."""
    value = _number(claim, claim.value)
    if claim.interval is not None:
        low, high = claim.interval
        value += f" ({_number(claim, low)} to {_number(claim, high)})"
    return value, _limits(claim), "met" if claim.met else "not met"


def _number(claim: Claim, value: float) -> str:
    if not math.isfinite(value):
        return NO_VALUE
    return percent(value) if claim.share else fixed(value)


def _limits(claim: Claim) -> str:
    low, high = claim.lower, claim.upper
    if low is not None and high is not None:
        symmetric = low == -high
        text = (
            f"± {_limit(claim, high)}"
            if symmetric
            else (f"{_limit(claim, low)} to {_limit(claim, high)}")
        )
    elif high is not None:
        text = f"≤ {_limit(claim, high)}"
    elif low is not None:
        text = f"≥ {_limit(claim, low)}"
    else:
        return NO_VALUE
    return f"{text} †" if claim.program_limit else text


def _limit(claim: Claim, value: float) -> str:
    return percent(value, None) if claim.share else f"{value:.3g}"
