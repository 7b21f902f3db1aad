"""Difference between two groups at equal age: analysis of covariance.

Controls are often younger than patients, and VBQ rises with age, so age alone can separate the
groups. The adjusted difference compares subjects of equal age, provided that the slope on age is
the same in both groups (which is tested) and that the age ranges overlap.

Cochran WG. Biometrics 1957;13:261-281, doi 10.2307/2527916.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.checks import (
    Floats,
    Interval,
    check_binary,
    check_confidence,
    finite_array,
    predictor_names,
)
from vbq.stats.regression.binary_data import check_rank


@dataclass(frozen=True)
class AdjustedDifference:
    """Mean of the first group minus that of the second, crude and adjusted.

    Attributes:
        n: Number of subjects in the first and in the second group.
        crude: Difference of the means.
        adjusted: Difference at equal covariates.
        interval: Confidence interval of the adjusted difference, from Student's t.
        df: Residual degrees of freedom of the adjusted difference.
        p: Two-sided p-value that the adjusted difference is 0.
        adjusted_means: Means of the first and second group, at the mean covariates of all subjects.
        slopes: Slopes of the covariates, common to both groups.
        equal_slopes_f: F statistic of the test that the slopes are equal in the two groups.
        equal_slopes_df: Degrees of freedom of that test.
        equal_slopes_p: p-value of that test. Where it is small, the groups differ by different
            amounts at different ages, and no single adjusted difference describes them.
        overlap: Share of all subjects whose covariates all lie within the ranges of both groups.
        confidence: Confidence level of the interval.
    """

    n: tuple[int, int]
    crude: float
    adjusted: float
    interval: Interval
    df: int
    p: float
    adjusted_means: tuple[float, float]
    slopes: tuple[float, ...]
    equal_slopes_f: float
    equal_slopes_df: tuple[int, int]
    equal_slopes_p: float
    overlap: float
    confidence: float


def adjusted_difference(
    values: ArrayLike,
    first_group: ArrayLike,
    covariates: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> AdjustedDifference:
    """Difference of a measurement between two groups at equal covariates.

    Args:
        values: Shape (n,), the measurement, such as VBQ.
        first_group: Shape (n,), 1 in the first group (patients), 0 in the second (controls).
        covariates: Shape (n, k), such as age; k = 1 in most studies.
        names: k names of the covariates, for messages.
        confidence: Confidence level of the interval, in (0, 1).

    Raises:
        UsageError: shapes do not match, or the confidence level is out of range.
        InputError: a value is missing, a group has too few subjects, or a covariate is constant or
            a linear combination of the group and the other covariates.
    """
    check_confidence(confidence)
    y, group = finite_array(values, "values"), finite_array(first_group, "group codes")
    z = finite_array(covariates, "covariate values", dimensions=2)
    n, k = z.shape
    labels = predictor_names(names, k)
    if not (y.size == group.size == n and len(labels) == k and k):
        raise UsageError(
            f"{y.size} values, {group.size} group codes and {n} × {k} covariates with "
            f"{len(labels)} names do not match.",
            remedy="Give one of each for every subject, and one name per covariate.",
            code="wrong_shape",
        )
    check_binary(group, "The group code", "the first group", "the second")
    in_first = group == 1
    sizes = int(in_first.sum()), int(n - in_first.sum())
    if min(sizes) < k + 2:
        raise InputError(
            f"Groups of {sizes[0]} and {sizes[1]} are too small to adjust for {k} covariates.",
            remedy=f"Each group needs at least {k + 2} subjects.",
            code="too_few",
        )
    for members in (in_first, ~in_first):
        check_rank(np.column_stack([np.ones(members.sum()), z[members]]), ("intercept", *labels))
    centred = z - z.mean(axis=0)
    parallel = np.column_stack([np.ones(n), group, centred])
    check_rank(parallel, ("intercept", "group", *labels))
    estimate, residual_ss, inverse = _least_squares(parallel, y)
    df = n - k - 2
    error = float(np.sqrt(residual_ss / df * inverse[1, 1]))
    if not error > 0:
        raise InputError(
            "The covariates and the group predict the values without error.",
            remedy="Check that the values were not computed from the covariates.",
            code="no_residual",
        )
    half = float(stats.t.isf((1 - confidence) / 2, df)) * error
    adjusted = float(estimate[1])
    separate = np.column_stack([parallel, group[:, None] * centred])
    _, separate_ss, _ = _least_squares(separate, y)
    slopes_df = (k, df - k)
    f = max(residual_ss - separate_ss, 0.0) / k / (separate_ss / (df - k))
    low = np.maximum(z[in_first].min(axis=0), z[~in_first].min(axis=0))
    high = np.minimum(z[in_first].max(axis=0), z[~in_first].max(axis=0))
    return AdjustedDifference(
        n=sizes,
        crude=float(y[in_first].mean() - y[~in_first].mean()),
        adjusted=adjusted,
        interval=(adjusted - half, adjusted + half),
        df=df,
        p=float(2 * stats.t.sf(abs(adjusted) / error, df)),
        adjusted_means=(float(estimate[0] + estimate[1]), float(estimate[0])),
        slopes=tuple(float(slope) for slope in estimate[2:]),
        equal_slopes_f=float(f),
        equal_slopes_df=slopes_df,
        equal_slopes_p=float(stats.f.sf(f, *slopes_df)),
        overlap=float(np.mean(((z >= low) & (z <= high)).all(axis=1))),
        confidence=confidence,
    )


def _least_squares(x: Floats, y: Floats) -> tuple[Floats, float, Floats]:
    """Coefficients, residual sum of squares, and (xᵀx)⁻¹."""
    q, r = np.linalg.qr(x)
    inverse = np.linalg.inv(r)
    residual = y - q @ (q.T @ y)
    return inverse @ (q.T @ y), float(residual @ residual), inverse @ inverse.T
