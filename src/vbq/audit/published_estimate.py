"""What a printed odds ratio with its confidence interval implies, for the audit of a paper.

A Wald interval is symmetric about the log odds ratio, so that its width gives the standard error,
and with it the p-value that ought to stand beside it.
Altman DG, Bland JM. BMJ 2011;343:d2304, doi 10.1136/bmj.d2304.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from vbq.errors import InputError
from vbq.stats.checks import Interval, check_level

__all__ = ["PublishedEstimate", "read_published_estimate"]


@dataclass(frozen=True)
class PublishedEstimate:
    """What the printed figures say when read as a Wald interval.

    Attributes:
        log_odds_ratio: ln of the printed odds ratio.
        standard_error: Of it, from the width of the interval.
        z: Their quotient.
        p: Its two-sided p-value.
        p_range: Smallest and largest p-value that rounding of the printed figures allows; a
            printed one outside is not the Wald test's.
        midpoint: Odds ratio in the middle of the interval, on the log scale.
        midpoint_range: Those that rounding of the limits allows; where the printed odds ratio,
            itself rounded, lies outside, the interval is not a Wald interval.
        standard_errors: From the lower and from the upper half of the interval.
    """

    log_odds_ratio: float
    standard_error: float
    z: float
    p: float
    p_range: Interval
    midpoint: float
    midpoint_range: Interval
    standard_errors: tuple[float, float]


def read_published_estimate(
    odds_ratio: float, interval: Interval, *, decimals: int = 2, confidence: float = 0.95
) -> PublishedEstimate:
    """Reads a printed odds ratio and interval as a Wald interval.

    Args:
        odds_ratio: As printed.
        interval: As printed.
        decimals: To which all three are rounded.
        confidence: Level of the interval.

    Raises:
        UsageError: unknown level.
        InputError: the figures are not an odds ratio within its interval, or too close to 0 for
            the number of decimals.
    """
    check_level(confidence)
    low, high = interval
    rounding = 0.5 * 10.0**-decimals
    if not rounding < low < odds_ratio < high < math.inf or high - low <= 2 * rounding:
        raise InputError(
            f"{odds_ratio:g} [{low:g}, {high:g}] is not an odds ratio within its interval.",
            remedy="Give positive figures with all the decimals printed.",
            code="bad_interval",
        )
    width = 2 * float(stats.norm.isf((1 - confidence) / 2))

    def error(lower: float, upper: float) -> float:
        return math.log(upper / lower) / width

    def p_value(z: float) -> float:
        return float(2 * stats.norm.sf(z))

    estimate, wide = error(low, high), error(low - rounding, high + rounding)
    ratios = odds_ratio - rounding, odds_ratio + rounding
    least, most = sorted(abs(math.log(ratio)) for ratio in ratios)
    if ratios[0] < 1 < ratios[1]:
        least = 0.0
    z = math.log(odds_ratio) / estimate
    return PublishedEstimate(
        log_odds_ratio=math.log(odds_ratio),
        standard_error=estimate,
        z=z,
        p=p_value(abs(z)),
        p_range=(p_value(most / error(low + rounding, high - rounding)), p_value(least / wide)),
        midpoint=math.sqrt(low * high),
        midpoint_range=(
            math.sqrt((low - rounding) * (high - rounding)),
            math.sqrt((low + rounding) * (high + rounding)),
        ),
        standard_errors=(2 * error(low, odds_ratio), 2 * error(odds_ratio, high)),
    )
