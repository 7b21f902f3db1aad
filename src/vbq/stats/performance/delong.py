"""The area under the ROC curve with DeLong's variance, and the comparison of two areas.

DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845.
Sun X, Xu W. IEEE Signal Process Lett 2014;21:1389-1393, doi 10.1109/LSP.2014.2337313 (in
O(n log n); here by one sort).
Demler OV, Pencina MJ, D'Agostino RB. Stat Med 2012;31:2577-2587, doi 10.1002/sim.5328.
Interval on the logit scale: Pepe MS. The Statistical Evaluation of Medical Tests. Oxford 2003, 5.2.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from scipy.stats import t

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import Floats, Interval, check_confidence
from vbq.stats.performance.binary_outcome import outcome_and_scores

Scale = Literal["plain", "logit"]

NO_VARIANCE = 1e-12  # placements are ratios of integers: a smaller standard error is rounding


@dataclass(frozen=True)
class Auc:
    """An area under the ROC curve.

    The area is the probability that a subject with the event has a higher score than a subject
    without, ties counting half.

    Attributes:
        estimate: Area, in [0, 1], exact in float64.
        standard_error: DeLong's standard error.
        interval: Confidence interval; None where the score separates the outcome perfectly or is
            the same in all subjects, because DeLong's variance is 0 there.
        method: Method of the interval, including any limit truncated at 0 or 1.
        confidence: Confidence level of the interval.
        events: Number of subjects with the event.
        non_events: Number of subjects without the event.
    """

    estimate: float
    standard_error: float
    interval: Interval | None
    method: str
    confidence: float
    events: int
    non_events: int


@dataclass(frozen=True)
class AucDifference:
    """The difference of two areas, first minus second.

    Attributes:
        first: Area of the first score.
        second: Area of the second score.
        difference: first - second.
        standard_error: DeLong's standard error of the difference.
        interval: Confidence interval of the difference.
        statistic: Z statistic of the paired test, t statistic of the unpaired test.
        df: Welch-Satterthwaite degrees of freedom of t; None for Z.
        p: Two-sided p-value.
        confidence: Confidence level of the interval.
        method: Name of the test.
    """

    first: float
    second: float
    difference: float
    standard_error: float
    interval: Interval
    statistic: float
    df: float | None
    p: float
    confidence: float
    method: str


def auc(
    outcome: ArrayLike, score: ArrayLike, *, confidence: float = 0.95, scale: Scale = "plain"
) -> Auc:
    """The area under the ROC curve with DeLong's interval.

    Args:
        outcome: Shape (n,), 0 or 1.
        score: Shape (n,), in any unit; higher scores indicate the event.
        confidence: Confidence level of the interval, in (0, 1).
        scale: ``plain``, estimate ± z SE as in most papers, truncated at 0 and 1 (noted in
            ``method``); ``logit``, symmetric on the log-odds scale, which stays within (0, 1) and
            is better for areas near 1.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_scores`; RefusalError with fewer than
            two subjects with or without the event; UsageError for an unknown scale or a confidence
            level out of range.
    """
    check_confidence(confidence)
    if scale not in ("plain", "logit"):
        raise UsageError(f"Unknown scale {scale!r}.", remedy="Give plain or logit.")
    y, x = outcome_and_scores(outcome, score)
    area, events, non_events = _placements(y, x)
    error = math.sqrt(_variance(events) + _variance(non_events))
    interval, method = _interval(area, error, confidence, scale)
    return Auc(area, error, interval, method, confidence, events.size, non_events.size)


def compare_auc(
    outcome: ArrayLike, first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95
) -> AucDifference:
    """Compare the areas of two scores in the same subjects (paired DeLong test).

    Do not use it to compare a model with the same model plus a predictor, both fitted in these
    subjects: for nested models the difference is not normal under the null hypothesis and the test
    is far too conservative (Demler 2012). Test the added predictor by its likelihood ratio.

    Args:
        outcome: Shape (n,), 0 or 1.
        first: Shape (n,), the first score.
        second: Shape (n,), the second score, of the same subjects in the same order.
        confidence: Confidence level of the interval of the difference, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `auc`; RefusalError where both scores order the
            subjects identically, so that their difference has no variance.
    """
    check_confidence(confidence)
    y, first_scores = outcome_and_scores(outcome, first, name="first scores")
    _, second_scores = outcome_and_scores(outcome, second, name="second scores")
    a, a_events, a_non_events = _placements(y, first_scores)
    b, b_events, b_non_events = _placements(y, second_scores)
    error = math.sqrt(_variance(a_events - b_events) + _variance(a_non_events - b_non_events))
    if error < NO_VARIANCE:
        raise RefusalError(
            "The two scores order the subjects identically; their areas cannot be compared.",
            remedy="Report one of the scores.",
            code="same_order",
        )
    z = (a - b) / error
    half = float(ndtri((1 + confidence) / 2)) * error
    return AucDifference(
        first=a,
        second=b,
        difference=a - b,
        standard_error=error,
        interval=(a - b - half, a - b + half),
        statistic=z,
        df=None,
        p=2 * float(ndtr(-abs(z))),
        confidence=confidence,
        method="DeLong, paired",
    )


def compare_auc_unpaired(
    first_outcome: ArrayLike,
    first: ArrayLike,
    second_outcome: ArrayLike,
    second: ArrayLike,
    *,
    confidence: float = 0.95,
) -> AucDifference:
    """Compare the areas of scores in two different groups of subjects (unpaired test).

    Args:
        first_outcome: Shape (n,), outcomes of the first group, 0 or 1.
        first: Shape (n,), scores of the first group.
        second_outcome: Shape (m,), outcomes of the second group, 0 or 1.
        second: Shape (m,), scores of the second group.
        confidence: Confidence level of the interval of the difference, in (0, 1).

    Raises:
        UsageError, InputError, RefusalError: as `auc`; RefusalError where neither area has
            a variance.
    """
    a = auc(first_outcome, first, confidence=confidence)
    b = auc(second_outcome, second, confidence=confidence)
    variances = a.standard_error**2, b.standard_error**2
    error = math.sqrt(sum(variances))
    if error < NO_VARIANCE:
        raise RefusalError(
            "DeLong's variance is 0 in both groups: the scores separate perfectly or are constant.",
            remedy="Report the areas with the numbers of subjects.",
            code="perfect_separation",
        )
    sizes = (a.events + a.non_events, b.events + b.non_events)
    df = error**4 / sum(v**2 / (n - 1) for v, n in zip(variances, sizes, strict=True))
    statistic = (a.estimate - b.estimate) / error
    half = float(t.ppf((1 + confidence) / 2, df)) * error
    difference = a.estimate - b.estimate
    return AucDifference(
        first=a.estimate,
        second=b.estimate,
        difference=difference,
        standard_error=error,
        interval=(difference - half, difference + half),
        statistic=statistic,
        df=df,
        p=2 * float(t.sf(abs(statistic), df)),
        confidence=confidence,
        method="DeLong, unpaired",
    )


def _placements(y: Floats, x: Floats) -> tuple[float, Floats, Floats]:
    """The area, and the placements of subjects with and without the event.

    A placement is the share of the other group that a subject is ordered correctly against.
    """
    order = np.argsort(x)
    event, sorted_x = y[order] == 1, x[order]
    last = np.flatnonzero(
        np.append(sorted_x[1:] > sorted_x[:-1], True)
    )  # last of each group of ties
    # multiples of one half, so that sums are exact
    events = np.append(0, np.cumsum(event)[last])
    non_events = np.append(0, last + 1) - events
    n, m = float(events[-1]), float(non_events[-1])
    below, above = (non_events[1:] + non_events[:-1]) / 2, n - (events[1:] + events[:-1]) / 2
    if last.size < x.size:
        group = np.repeat(np.arange(last.size), np.diff(last, prepend=-1))
        below, above = below[group], above[group]
    area = float(below[event].sum()) / (n * m)
    placements = np.empty(x.size)
    placements[order] = np.where(event, below / m, above / n)
    return area, placements[y == 1], placements[y == 0]


def _variance(placements: Floats) -> float:
    if placements.size < 2:
        raise RefusalError(
            "DeLong's variance needs two subjects with and two without the event.",
            remedy="Report the area without an interval, or add subjects.",
            code="too_few",
        )
    return float(placements.var(ddof=1)) / placements.size


def _interval(
    area: float, error: float, confidence: float, scale: Scale
) -> tuple[Interval | None, str]:
    if error < NO_VARIANCE:
        reason = "perfect separation" if area in (0, 1) else "the score is the same in all"
        return None, f"none: {reason}, DeLong's variance is 0"
    z = float(ndtri((1 + confidence) / 2))
    if scale == "logit":
        centre, half = math.log(area / (1 - area)), z * error / (area * (1 - area))
        low, high = (
            1 / (1 + math.exp(-min(max(v, -700), 700))) for v in (centre - half, centre + half)
        )
        return (low, high), "DeLong, logit scale"
    low, high = area - z * error, area + z * error
    cut = [
        f"{limit} cut off at {end}"
        for limit, end, truncated in (("lower limit", 0, low < 0), ("upper limit", 1, high > 1))
        if truncated
    ]
    return (max(low, 0.0), min(high, 1.0)), ", ".join(["DeLong", *cut])
