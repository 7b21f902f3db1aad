"""Difference of two groups at equal age: analysis of covariance.

Controls are often younger than patients, and VBQ rises with age, so that age alone can part the
groups. The adjusted difference compares subjects of equal age, provided that the slope on age is
the same in both groups (which is tested), and that there are subjects of equal age.

Cochran WG. Biometrics 1957;13:261-281, doi 10.2307/2527916.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Interval, check_level, finite
from vbq.stats.regression.binary_data import check_rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["AdjustedDifference", "adjusted_difference"]


@dataclass(frozen=True)
class AdjustedDifference:
    """Mean of the first group less that of the second, crude and adjusted.

    Attributes:
        n: Subjects in the first and in the second group.
        crude: Difference of the means.
        adjusted: Difference at equal covariates.
        interval: Confidence interval of the adjusted difference (t).
        df: Its degrees of freedom.
        p: p-value of an adjusted difference of 0.
        adjusted_means: Of the first and second group, at the covariates' means over all subjects.
        slopes: Of the covariates, common to both groups.
        equal_slopes_f: F statistic of the test that the slopes are common.
        equal_slopes_df: Its degrees of freedom.
        equal_slopes_p: Its p-value; where it is small, one adjusted difference does not describe
            the groups, which differ by other amounts at other ages.
        overlap: Share of all subjects whose covariates lie, each, within both groups' ranges.
        confidence: Level of the interval.
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
        confidence: Level of the interval.

    Raises:
        UsageError: shapes do not fit one another, or unknown level.
        InputError: a value is missing, a group has too few subjects, a covariate is constant or a
            combination of others (of the group, too).
    """
    check_level(confidence)
    y, group = finite(values, "values"), finite(first_group, "group codes")
    z = finite(covariates, "covariate values", dimensions=2)
    n, k = z.shape
    labels = tuple(names) if names is not None else tuple(f"x{j + 1}" for j in range(k))
    if not (y.size == group.size == n and len(labels) == k and k):
        raise UsageError(
            f"{y.size} values, {group.size} group codes and {n} × {k} covariates with "
            f"{len(labels)} names do not fit.",
            remedy="Give one of each for every subject, and one name a covariate.",
            code="wrong_shape",
        )
    if not np.isin(group, (0, 1)).all():
        raise InputError(
            "Group codes have values other than 0 and 1.",
            remedy="Code the first group as 1 and the second as 0.",
            code="not_binary",
        )
    inside = group == 1
    sizes = int(inside.sum()), int(n - inside.sum())
    if min(sizes) < k + 2:
        raise InputError(
            f"Groups of {sizes[0]} and {sizes[1]} are too small to adjust for {k} covariates.",
            remedy=f"Each group needs {k + 2} subjects.",
            code="too_few",
        )
    for members in (inside, ~inside):
        check_rank(np.column_stack([np.ones(members.sum()), z[members]]), ("intercept", *labels))
    centred = z - z.mean(axis=0)
    parallel = np.column_stack([np.ones(n), group, centred])
    check_rank(parallel, ("intercept", "group", *labels))
    estimate, rest, inverse = _least_squares(parallel, y)
    df = n - k - 2
    error = float(np.sqrt(rest / df * inverse[1, 1]))
    if not error > 0:
        raise InputError(
            "The covariates and the group tell the values without error.",
            remedy="Check that the values are not computed from the covariates.",
            code="no_residual",
        )
    half = float(stats.t.isf((1 - confidence) / 2, df)) * error
    adjusted = float(estimate[1])
    _, left, _ = _least_squares(np.column_stack([parallel, group[:, None] * centred]), y)
    slopes_df = (k, df - k)
    f = max(rest - left, 0.0) / k / (left / (df - k))
    low = np.maximum(z[inside].min(axis=0), z[~inside].min(axis=0))
    high = np.minimum(z[inside].max(axis=0), z[~inside].max(axis=0))
    return AdjustedDifference(
        n=sizes,
        crude=float(y[inside].mean() - y[~inside].mean()),
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


def _least_squares(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Coefficients, residual sum of squares, and (xᵀx)⁻¹."""
    q, r = np.linalg.qr(x)
    inverse = np.linalg.inv(r)
    residual = y - q @ (q.T @ y)
    return inverse @ (q.T @ y), float(residual @ residual), inverse @ inverse.T
