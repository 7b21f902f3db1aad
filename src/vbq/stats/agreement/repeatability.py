"""Repeatability: the spread of repeated measurements of one subject.

Bland JM, Altman DG. Measurement error. BMJ 1996;313:744, doi 10.1136/bmj.313.7059.744.
Raunig DL et al. (QIBA). Stat Methods Med Res 2015;24:27-67, doi 10.1177/0962280214537344.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import UsageError
from vbq.stats.checks import NORMAL_95, Interval, check_confidence, finite_array

FACTOR = NORMAL_95 * math.sqrt(2)  # 2.77: 1.96 SD of a difference of two


@dataclass(frozen=True)
class Repeatability:
    """Within-subject spread, in the unit of the measurement.

    Attributes:
        subjects: Number of subjects measured at least twice.
        measurements: Number of their measurements.
        df: Degrees of freedom, measurements - subjects.
        within_sd: Within-subject standard deviation (standard error of measurement).
        within_sd_interval: Confidence interval of the within-subject SD (chi-square).
        coefficient: Repeatability coefficient, 2.77 within-subject SD: two measurements of an
            unchanged subject differ by less with probability 0.95. It is also the minimal
            detectable change (MDC95).
        coefficient_interval: Confidence interval of the coefficient.
        confidence: Confidence level of the intervals.
    """

    subjects: int
    measurements: int
    df: int
    within_sd: float
    within_sd_interval: Interval
    coefficient: float
    coefficient_interval: Interval
    confidence: float


def repeatability(
    values: ArrayLike, subjects: ArrayLike, *, confidence: float = 0.95
) -> Repeatability:
    """Within-subject SD and repeatability coefficient, by one-way analysis of variance.

    A shift common to all first or second measurements counts as error. Subjects measured once are
    excluded; the number of repeats may differ between subjects. The intervals assume normal
    measurement error with the same variance in all subjects.

    Args:
        values: Shape (n,), measurements.
        subjects: Shape (n,), the subject of each measurement, labels of any type.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: lengths differ, no subject was measured twice, or the confidence level is out of
            range.
        InputError: a measurement is missing or not a number.
    """
    check_confidence(confidence)
    x = finite_array(values, "measurements")
    labels, index = np.unique(np.asarray(subjects), return_inverse=True)
    if index.shape != x.shape:
        raise UsageError(
            f"There are {x.size} measurements and {index.size} subjects.",
            remedy="Give the subject of every measurement.",
            code="wrong_shape",
        )
    counts = np.bincount(index, minlength=labels.size)
    repeated = counts >= 2
    df = int((counts[repeated] - 1).sum())
    if df == 0:
        raise UsageError(
            "No subject was measured twice.",
            remedy="Repeatability needs repeated measurements of at least one subject.",
            code="too_few",
        )
    means = np.bincount(index, x, minlength=labels.size) / counts
    squares = float(((x - means[index]) ** 2).sum())
    within_sd = math.sqrt(squares / df)
    tail = (1 - confidence) / 2
    low = math.sqrt(squares / float(stats.chi2.isf(tail, df)))
    high = math.sqrt(squares / float(stats.chi2.ppf(tail, df)))
    return Repeatability(
        subjects=int(repeated.sum()),
        measurements=int(counts[repeated].sum()),
        df=df,
        within_sd=within_sd,
        within_sd_interval=(low, high),
        coefficient=FACTOR * within_sd,
        coefficient_interval=(FACTOR * low, FACTOR * high),
        confidence=confidence,
    )
