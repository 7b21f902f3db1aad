"""Intraclass correlation: the share of variance that is between subjects.

The six coefficients of Shrout & Fleiss, in the notation of McGraw & Wong:

============  ==============  ===============================================
McGraw, Wong  Shrout, Fleiss  design
============  ==============  ===============================================
ICC(1)        ICC(1,1)        one-way: raters differ from subject to subject
ICC(C,1)      ICC(3,1)        two-way, consistency: raters' bias is ignored
ICC(A,1)      ICC(2,1)        two-way, absolute agreement: raters' bias counts
============  ==============  ===============================================

and ICC(k), ICC(C,k), ICC(A,k) for the mean of the k raters. Estimates and intervals of the two-way
coefficients are the same whether raters are taken as random or fixed.

Shrout PE, Fleiss JL. Psychol Bull 1979;86:420-428, doi 10.1037/0033-2909.86.2.420.
McGraw KO, Wong SP. Psychol Methods 1996;1:30-46 (corrected 1:390), doi 10.1037/1082-989X.1.1.30.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import Floats, Interval, check_confidence, finite_array, rounding_error

IccForm = Literal["1", "C,1", "A,1", "k", "C,k", "A,k"]
Values = tuple[float, float, float]  # estimate, lower limit, upper limit

CONVENTIONS: dict[str, str] = {
    "1": "one-way random effects",
    "C": "two-way, consistency",
    "A": "two-way, absolute agreement",
}
SHROUT_FLEISS = {"1": "1", "A": "2", "C": "3"}


@dataclass(frozen=True)
class IntraclassCorrelation:
    """An intraclass correlation with its interval.

    Attributes:
        form: Form in the notation of McGraw & Wong, e.g. ``"A,1"``.
        convention: The form in words, with the notation of Shrout & Fleiss.
        estimate: Estimate, at most 1; negative where raters differ more than subjects do.
        interval: Confidence interval, from the F distribution; that of a mean of k raters is the
            single-rater interval stepped up by the Spearman-Brown formula, as in Shrout & Fleiss.
        confidence: Confidence level of the interval.
        subjects: Number of subjects, n.
        raters: Number of raters, k.
        f: F statistic of the test that the true ICC is 0.
        df: Degrees of freedom of the F test.
        p: Upper-tail p-value of the F test.
        mean_square_subjects: Mean square between subjects.
        mean_square_raters: Mean square between raters.
        mean_square_error: Residual mean square; in the one-way design, within subjects.
    """

    form: IccForm
    convention: str
    estimate: float
    interval: Interval
    confidence: float
    subjects: int
    raters: int
    f: float
    df: tuple[int, int]
    p: float
    mean_square_subjects: float
    mean_square_raters: float
    mean_square_error: float

    @property
    def name(self) -> str:
        """Name as printed in a table, e.g. ``"ICC(A,1)"``."""
        return f"ICC({self.form})"


def intraclass_correlation(
    ratings: ArrayLike, form: IccForm = "A,1", *, confidence: float = 0.95
) -> IntraclassCorrelation:
    """Intraclass correlation of complete ratings.

    Args:
        ratings: Shape (n subjects, k raters), every rater having rated every subject; in the
            one-way forms the order within a row has no meaning.
        form: The coefficient; by default absolute agreement of single ratings.
        confidence: Confidence level of the interval, in (0, 1).

    Raises:
        UsageError: ratings are not two-dimensional, fewer than two subjects or raters, or unknown
            form or confidence level.
        InputError: ratings are missing or not numbers.
        RefusalError: the coefficient is undefined: ratings do not vary between subjects.
    """
    check_confidence(confidence)
    if form not in get_args(IccForm):
        raise UsageError(
            f"Unknown form ICC({form}).", remedy=f"Give one of {', '.join(get_args(IccForm))}."
        )
    x = finite_array(ratings, "ratings", dimensions=2)
    n, k = x.shape
    if n < 2 or k < 2:
        raise UsageError(
            f"An ICC needs at least 2 subjects and 2 raters; there are {n} and {k}.",
            remedy="Give one row per subject and one column per rater.",
            code="too_few",
        )
    subjects, raters, error = _mean_squares(x)
    if subjects == 0:
        raise _undefined(form, f"the ratings do not vary between the {n} subjects")
    design, single = form[0].replace("k", "1"), form[-1] == "1"
    df = (n - 1, (n - 1) * (k - 1))
    if design == "1":
        error = ((n - 1) * error + raters) / n
        df = (n - 1, n * (k - 1))
    if design == "A":
        estimate, low, high = _agreement(subjects, raters, error, n, k, confidence)
    else:
        estimate, low, high = _from_f(subjects, error, df, k, confidence)
    if not single:
        estimate, low, high = (_step_up(value, k) for value in (estimate, low, high))
    if not np.isfinite(estimate):
        raise _undefined(form, "raters differ more than subjects do")
    f = subjects / error if error else np.inf
    unit = "single rating" if single else f"mean of {k} raters"
    return IntraclassCorrelation(
        form=form,
        convention=f"{CONVENTIONS[design]}, {unit} (McGraw & Wong 1996; "
        f"Shrout & Fleiss ICC({SHROUT_FLEISS[design]},{'1' if single else 'k'}))",
        estimate=estimate,
        interval=(low, high),
        confidence=confidence,
        subjects=n,
        raters=k,
        f=f,
        df=df,
        p=float(stats.f.sf(f, *df)),
        mean_square_subjects=subjects,
        mean_square_raters=raters,
        mean_square_error=error,
    )


def _mean_squares(x: Floats) -> tuple[float, float, float]:
    """Mean squares of subjects, raters and residual: two-way ANOVA without replication."""
    n, k = x.shape
    centred = x - x.mean()
    rows, columns = centred.mean(axis=1), centred.mean(axis=0)
    residual = centred - rows[:, None] - columns
    squares = (
        k * rows @ rows / (n - 1),
        n * columns @ columns / (k - 1),
        float((residual**2).sum()) / ((n - 1) * (k - 1)),
    )
    noise = x.size * rounding_error(x) ** 2
    subjects, raters, error = (float(square) if square > noise else 0.0 for square in squares)
    return subjects, raters, error


def _from_f(
    subjects: float, error: float, df: tuple[int, int], k: int, confidence: float
) -> tuple[float, ...]:
    """Estimate and limits of ICC(1) or ICC(C,1), functions of F alone: (F - 1)/(F + k - 1)."""
    if subjects == error == 0:
        return np.nan, np.nan, np.nan
    tail = (1 - confidence) / 2
    ratios = (
        1.0,
        float(stats.f.isf(tail, *df)),
        1 / float(stats.f.isf(tail, *df[::-1])),
    )
    return tuple(
        (subjects - error * ratio) / (subjects + (k - 1) * error * ratio) for ratio in ratios
    )


def _agreement(
    subjects: float, raters: float, error: float, n: int, k: int, confidence: float
) -> Values:
    """Estimate and limits of ICC(A,1); McGraw & Wong, table 7, with Satterthwaite's df."""
    other_variance = k * raters + (k * n - k - n) * error  # n ≥ 2 and k ≥ 2: not negative
    estimate = n * (subjects - error) / (n * subjects + other_variance)
    # the paper's weights a and b, both times n(1 - ICC), so that ICC = 1 is not a special case
    a = k * estimate * raters
    b = (n * (1 - estimate) + k * estimate * (n - 1)) * error
    spread = a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1))
    # k - 1 is the smallest value for positive weights; those of a negative ICC may fall below it
    df = max((a + b) ** 2 / spread, k - 1) if spread else k - 1
    tail = (1 - confidence) / 2
    f_low = float(stats.f.isf(tail, n - 1, df))
    f_high = float(stats.f.isf(tail, df, n - 1))
    low = n * (subjects - f_low * error) / (f_low * other_variance + n * subjects)
    scaled = n * f_high * subjects  # one product, so that an ICC of 1 has a limit of exactly 1
    high = (scaled - n * error) / (other_variance + scaled)
    return estimate, low, high


def _step_up(single: float, k: int) -> float:
    """Spearman-Brown formula: reliability of the mean of k ratings from that of a single one."""
    denominator = 1 + (k - 1) * single
    return k * single / denominator if denominator > 0 else -np.inf


def _undefined(form: IccForm, reason: str) -> RefusalError:
    return RefusalError(
        f"ICC({form}) is undefined: {reason}.",
        remedy="Report the within-subject SD and limits of agreement instead.",
        code="icc_undefined",
    )
