"""A proportion with Wilson's interval, which stays within [0, 1] by construction.

Wilson EB. J Am Stat Assoc 1927;22:209-212, doi 10.1080/01621459.1927.10502953.
"""

import math
from dataclasses import dataclass

from scipy.special import ndtri

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import Interval, check_confidence


@dataclass(frozen=True)
class Proportion:
    """A proportion with Wilson's interval.

    Attributes:
        count: Subjects with the feature.
        n: All subjects.
        estimate: count / n, in [0, 1].
        interval: Wilson's confidence interval, without continuity correction.
        confidence: Confidence level of the interval.
    """

    count: int
    n: int
    estimate: float
    interval: Interval
    confidence: float


def wilson(count: int, n: int, *, confidence: float = 0.95) -> Proportion:
    """A proportion with Wilson's confidence interval.

    Args:
        count: Subjects with the feature, 0 to n.
        n: All subjects, at least 1.
        confidence: Confidence level of the interval, in (0, 1).

    Raises:
        UsageError: ``count`` is not between 0 and ``n``, or the confidence level is out of range.
        RefusalError: n is 0.
    """
    check_confidence(confidence)
    if not 0 <= count <= n:
        raise UsageError(f"{count} of {n} is not a proportion.", remedy="Give 0 ≤ count ≤ n.")
    if n == 0:
        raise RefusalError(
            "A proportion of no subjects is undefined.",
            remedy="Report that there were no subjects.",
            code="empty",
        )
    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    share = count / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # with a count of 0 or n the limit is exactly 0 or 1, which rounding would miss by 1e-17
    low = 0.0 if count == 0 else centre - half
    high = 1.0 if count == n else centre + half
    return Proportion(count, n, share, (low, high), confidence)
