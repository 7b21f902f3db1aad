"""What a printed odds ratio with its confidence interval implies.

A Wald interval is symmetric about the log odds ratio, so that its width gives the standard error,
and with it the p-value of the Wald test.
Altman DG, Bland JM. BMJ 2011;343:d2304, doi 10.1136/bmj.d2304.
"""

import math
from dataclasses import dataclass

from scipy import stats

from vbq.errors import InputError
from vbq.stats.checks import Interval, check_confidence


@dataclass(frozen=True)
class PublishedEstimate:
    """A printed odds ratio and interval, read as a Wald interval.

    Attributes:
        log_odds_ratio: Natural logarithm of the printed odds ratio.
        standard_error: Standard error of the log odds ratio, from the width of the interval.
        z: Log odds ratio divided by its standard error.
        p: Two-sided p-value of z.
        p_range: Smallest and largest p-value that rounding of the printed figures allows; a
            printed p-value outside this range is not that of the Wald test.
        midpoint: Odds ratio in the middle of the interval on the log scale.
        midpoint_range: Smallest and largest midpoint that rounding of the limits allows; if the
            printed odds ratio cannot lie in this range, the interval is not a Wald interval.
        standard_errors: Standard error from the lower and from the upper half of the interval.
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
    """Read a printed odds ratio and interval as a Wald interval.

    Args:
        odds_ratio: Odds ratio as printed.
        interval: Limits of its confidence interval as printed.
        decimals: Number of decimals to which all three figures are rounded.
        confidence: Level of the interval, such as 0.95.

    Raises:
        UsageError: the level is not between 0 and 1.
        InputError: the figures are not an odds ratio within its interval, or too close to 0 for
            the number of decimals.
    """
    check_confidence(confidence)
    low, high = interval
    rounding = 0.5 * 10.0**-decimals
    if not rounding < low < odds_ratio < high < math.inf or high - low <= 2 * rounding:
        raise InputError(
            f"{odds_ratio:g} [{low:g}, {high:g}] is not an odds ratio within its interval.",
            remedy="Give positive figures with all printed decimals.",
            code="bad_interval",
        )
    width = 2 * float(stats.norm.isf((1 - confidence) / 2))

    def error(lower: float, upper: float) -> float:
        """Standard error that a Wald interval with these limits has."""
        return math.log(upper / lower) / width

    def p_value(z: float) -> float:
        """Two-sided p-value of a z that is not negative."""
        return float(2 * stats.norm.sf(z))

    narrowest = error(low + rounding, high - rounding)
    widest = error(low - rounding, high + rounding)
    ratios = odds_ratio - rounding, odds_ratio + rounding
    smallest, largest = sorted(abs(math.log(ratio)) for ratio in ratios)
    if ratios[0] < 1 < ratios[1]:
        smallest = 0.0
    z = math.log(odds_ratio) / error(low, high)
    return PublishedEstimate(
        log_odds_ratio=math.log(odds_ratio),
        standard_error=error(low, high),
        z=z,
        p=p_value(abs(z)),
        p_range=(p_value(largest / narrowest), p_value(smallest / widest)),
        midpoint=math.sqrt(low * high),
        midpoint_range=(
            math.sqrt((low - rounding) * (high - rounding)),
            math.sqrt((low + rounding) * (high + rounding)),
        ),
        standard_errors=(2 * error(low, odds_ratio), 2 * error(odds_ratio, high)),
    )
