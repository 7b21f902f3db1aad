"""Tests that compare one variable between groups; each result carries the name of its test.

Welch BL. Biometrika 1947;34:28-35. Mann HB, Whitney DR. Ann Math Stat 1947;18:50-60.
Fisher RA. J R Stat Soc 1935;98:39-82; r × 2 tables: Freeman GH, Halton JH. Biometrika
1951;38:141-149. Brown MB, Forsythe AB. J Am Stat Assoc 1974;69:364-367.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import gammaln

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats, Interval, check_confidence, finite_array

MAX_TABLES = 10_000_000  # tables that an exact test may enumerate
TIE = 1e-7  # relative difference of probabilities that counts as rounding, as in R


@dataclass(frozen=True)
class GroupTest:
    """A test of one variable.

    Attributes:
        name: Name of the test, as printed in a table.
        statistic: Test statistic; None where the test has none.
        df: Degrees of freedom; None where the test has none.
        p: p-value, two-sided where the test has sides.
    """

    name: str
    statistic: float | None
    df: float | None
    p: float


@dataclass(frozen=True)
class MeanDifference(GroupTest):
    """A t test.

    Attributes:
        difference: Mean of the first group minus that of the second.
        interval: Confidence interval of the difference.
    """

    difference: float
    interval: Interval


@dataclass(frozen=True)
class FisherTest(GroupTest):
    """Fisher's exact test.

    Attributes:
        odds_ratio: Conditional maximum-likelihood estimate; 0 or infinite where a cell is empty;
            None for tables other than 2 × 2.
        interval: Exact (Clopper-Pearson type) interval of the odds ratio; None likewise.
    """

    odds_ratio: float | None
    interval: Interval | None


def student_t_test(
    first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95
) -> MeanDifference:
    """Student's t test, which assumes equal variances.

    Args:
        first: Shape (n,), values of the first group.
        second: Shape (m,), values of the second group.
        confidence: Confidence level of the interval of the difference, in (0, 1).

    Raises:
        UsageError: the confidence level is out of range.
        InputError: a group has fewer than two values, a value is missing, or all are equal.
    """
    return _t_test(first, second, confidence, equal=True)


def welch_t_test(
    first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95
) -> MeanDifference:
    """Welch's t test, which does not assume equal variances.

    Args:
        first: Shape (n,), values of the first group.
        second: Shape (m,), values of the second group.
        confidence: Confidence level of the interval of the difference, in (0, 1).

    Raises:
        UsageError: the confidence level is out of range.
        InputError: a group has fewer than two values, a value is missing, or all are equal.
    """
    return _t_test(first, second, confidence, equal=False)


def _t_test(
    first: ArrayLike, second: ArrayLike, confidence: float, *, equal: bool
) -> MeanDifference:
    check_confidence(confidence)
    x, y = _groups(first, second)
    result = stats.ttest_ind(x, y, equal_var=equal)
    low, high = result.confidence_interval(confidence)
    return MeanDifference(
        name="Student's t test" if equal else "Welch's t test",
        statistic=float(result.statistic),
        df=float(result.df),
        p=float(result.pvalue),
        difference=float(x.mean() - y.mean()),
        interval=(float(low), float(high)),
    )


def mann_whitney_test(first: ArrayLike, second: ArrayLike, *, continuity: bool = True) -> GroupTest:
    """Mann-Whitney (Wilcoxon rank-sum) test: normal approximation, corrected for ties.

    The statistic is the number of pairs in which the first group's value is the larger, ties
    counting half. Divided by n·m it estimates the probability of that, which is the AUC.

    Args:
        first: Shape (n,), values of the first group.
        second: Shape (m,), values of the second group.
        continuity: Correct for continuity, as R does and SPSS does not.

    Raises:
        InputError: a group has fewer than two values, a value is missing, or all are equal.
    """
    x, y = _groups(first, second)
    result = stats.mannwhitneyu(x, y, use_continuity=continuity, method="asymptotic")
    kind = "continuity-corrected" if continuity else "without continuity correction"
    return GroupTest(
        f"Mann-Whitney test, {kind}", float(result.statistic), None, float(result.pvalue)
    )


def shapiro_wilk_test(values: ArrayLike) -> GroupTest:
    """Shapiro-Wilk test of normality, by Royston's algorithm AS R94.

    Its p-value is of little use: the test misses skewness in small groups and detects irrelevant
    departures in large ones. It should not choose between a t test and a rank test.

    Args:
        values: Shape (n,), 3 to 5000 values.

    Raises:
        InputError: fewer than 3 or more than 5000 values, a missing value, or all are equal.
    """
    x = finite_array(values, "values")
    if not 3 <= x.size <= 5000 or not np.ptp(x):
        raise InputError(
            f"The normality of {x.size} values cannot be tested.",
            remedy="Give 3 to 5000 values that are not all equal.",
            code="too_few",
        )
    result = stats.shapiro(x)
    return GroupTest("Shapiro-Wilk test", float(result.statistic), None, float(result.pvalue))


def brown_forsythe_test(first: ArrayLike, second: ArrayLike) -> GroupTest:
    """Brown-Forsythe test of equal spread: Levene's test about the medians.

    Args:
        first: Shape (n,), values of the first group.
        second: Shape (m,), values of the second group.

    Raises:
        InputError: a group has fewer than two values, a value is missing, or all are equal.
    """
    x, y = _groups(first, second)
    result = stats.levene(x, y, center="median")
    return GroupTest("Brown-Forsythe test", float(result.statistic), 1, float(result.pvalue))


def chi_squared_test(table: ArrayLike, *, yates: bool = False) -> GroupTest:
    """Pearson's chi-squared test of a table of counts.

    Args:
        table: Shape (r, c), one row per level and one column per group, or transposed.
        yates: Apply Yates's continuity correction, which is defined for 2 × 2 tables only and
            makes the test conservative.

    Raises:
        UsageError: Yates's correction is requested for a larger table.
        InputError: counts are not whole numbers, or a row or column is empty.
    """
    counts = _counts(table)
    if yates and counts.shape != (2, 2):
        raise UsageError(
            f"Yates's correction is not defined for a {_size(counts)} table.",
            remedy="Omit it, or use Fisher's exact test.",
        )
    result = stats.chi2_contingency(counts, correction=yates)
    name = "chi-squared test with Yates's correction" if yates else "chi-squared test"
    return GroupTest(name, float(result.statistic), int(result.dof), float(result.pvalue))


def fisher_exact_test(table: ArrayLike, *, confidence: float = 0.95) -> FisherTest:
    """Fisher's exact test of a 2 × 2 or r × 2 table.

    The p-value is the probability, given the margins, of all tables no more probable than this.

    Args:
        table: Shape (r, 2) or (2, r). The odds ratio of ``[[a, b], [c, d]]`` is a·d / (b·c).
        confidence: Confidence level of the interval of the odds ratio, in (0, 1).

    Raises:
        UsageError: the confidence level is out of range, or neither dimension of the table is 2.
        InputError: counts are not whole numbers, a row or column is empty, or there are too many
            tables to enumerate.
    """
    check_confidence(confidence)
    counts = _counts(table)
    if counts.shape[1] != 2:
        counts = counts.T
    if counts.shape[1] != 2:
        raise UsageError(
            f"Fisher's exact test is not available for a {_size(counts)} table.",
            remedy="Use the chi-squared test.",
        )
    odds_ratio, interval = None, None
    if counts.shape == (2, 2):
        estimate = stats.contingency.odds_ratio(counts, kind="conditional")
        limits = estimate.confidence_interval(confidence)
        odds_ratio = float(estimate.statistic)
        interval = (float(limits.low), float(limits.high))
    return FisherTest("Fisher's exact test", None, None, _exact_p(counts), odds_ratio, interval)


def _exact_p(counts: NDArray[np.int64]) -> float:
    """Probability, given the margins, of the r × 2 tables no more probable than this one.

    A table is determined by its first column. Its log-probability is the sum over rows of
    ln C(row total, first), minus a constant; all first columns with the right sum are enumerated.
    """
    rows, events = counts.sum(axis=1), int(counts[:, 0].sum())
    if np.prod(rows[:-1] + 1.0) > MAX_TABLES:
        raise InputError(
            f"An exact test of a {_size(counts)} table with {counts.sum()} subjects has too many "
            "tables to enumerate.",
            remedy="Use the chi-squared test.",
            code="too_many",
        )
    first, log_weight = np.zeros(1, dtype=np.int64), np.zeros(1)
    for total in rows[:-1]:
        choice = np.arange(total + 1)
        first = np.add.outer(first, choice).ravel()
        log_weight = np.add.outer(log_weight, _log_choose(total, choice)).ravel()
        log_weight, first = log_weight[first <= events], first[first <= events]
    last = events - first
    log_weight, last = log_weight[last <= rows[-1]], last[last <= rows[-1]]
    log_weight = log_weight + _log_choose(rows[-1], last)
    observed = float(_log_choose(rows, counts[:, 0]).sum())
    weight = np.exp(log_weight - log_weight.max())
    return float(weight[log_weight <= observed + TIE].sum() / weight.sum())


def _log_choose(total: ArrayLike, chosen: NDArray[np.int64]) -> Floats:
    total = np.asarray(total)
    log_combinations: Floats = (
        gammaln(total + 1) - gammaln(chosen + 1) - gammaln(total - chosen + 1)
    )
    return log_combinations


def _counts(table: ArrayLike) -> NDArray[np.int64]:
    counts = finite_array(table, "counts", dimensions=2)
    if (counts < 0).any() or (counts != np.round(counts)).any():
        raise InputError(
            "Counts are negative or not whole numbers.",
            remedy="Give the number of subjects in each cell.",
            code="bad_counts",
        )
    empty = not (counts.sum(axis=0).all() and counts.sum(axis=1).all())
    if min(counts.shape) < 2 or empty:
        raise InputError(
            f"A {_size(counts)} table with an empty row or column, or only one, cannot be tested.",
            remedy="Omit levels without subjects.",
            code="bad_counts",
        )
    return counts.astype(np.int64)


def _size(counts: NDArray[np.int64] | Floats) -> str:
    return f"{counts.shape[0]} × {counts.shape[1]}"


def _groups(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    x, y = (
        finite_array(first, "values of the first group"),
        finite_array(second, "values of the second group"),
    )
    if min(x.size, y.size) < 2 or not np.ptp(np.concatenate([x, y])):
        raise InputError(
            f"Groups of {x.size} and {y.size} values cannot be compared: too few values, or all "
            "equal.",
            remedy="Each group needs at least two values, and the values must differ.",
            code="too_few",
        )
    return x, y
