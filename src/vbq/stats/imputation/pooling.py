"""Rubin's rules: pooling of the estimates from m imputed data sets.

Degrees of freedom are those of Barnard & Rubin; results equal those of the R package mice 3.15.
Tests of several coefficients at once are in `pooled_tests`.

Rubin DB. Multiple imputation for nonresponse in surveys. Wiley 1987, doi 10.1002/9780470316696.
Barnard J, Rubin DB. Biometrika 1999;86:948-955, doi 10.1093/biomet/86.4.948.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import expit, logit

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.checks import Floats, Interval, check_confidence, finite_array, paired_arrays

SMALLEST_LAMBDA = (
    1e-4  # the value of mice; keeps the degrees of freedom finite if between is about 0
)


@dataclass(frozen=True)
class Pooled:
    """One estimate, pooled by Rubin's rules.

    Attributes:
        estimate: Mean of the m estimates.
        standard_error: Square root of the total variance.
        interval: Confidence interval, from Student's t with ``df``.
        confidence: Confidence level of the interval.
        statistic: ``estimate / standard_error``.
        df: Degrees of freedom of Barnard & Rubin.
        p: Two-sided p-value that the quantity is 0.
        imputations: Number of imputations, m.
        within: Within-imputation variance: mean of the m variances.
        between: Between-imputation variance: variance of the m estimates.
        relative_increase: Relative increase in variance due to missing values (riv), not negative.
        proportion: Proportion of the variance due to missing values (lambda), in [0, 1).
        missing_information: Fraction of missing information (fmi), in (0, 1).
    """

    estimate: float
    standard_error: float
    interval: Interval
    confidence: float
    statistic: float
    df: float
    p: float
    imputations: int
    within: float
    between: float
    relative_increase: float
    proportion: float
    missing_information: float


@dataclass(frozen=True)
class PooledModel:
    """The pooled coefficients of a model.

    Attributes:
        names: Names of the coefficients.
        terms: Pooled coefficients, in the same order.
        coefficients: Shape (p,), pooled estimates.
        covariance: Shape (p, p), total covariance: within + (1 + 1/m) between; its diagonal holds
            the squared standard errors of ``terms``.
    """

    names: tuple[str, ...]
    terms: tuple[Pooled, ...]
    coefficients: Floats
    covariance: Floats


@dataclass(frozen=True)
class PooledAuc:
    """An area under the ROC curve, pooled on the logit scale.

    Attributes:
        auc: Pooled area, in (0, 1).
        interval: Confidence interval, within (0, 1).
        logit: The pooled result on the logit scale.
    """

    auc: float
    interval: Interval
    logit: Pooled


def pool(
    estimates: ArrayLike,
    variances: ArrayLike,
    *,
    df_complete: float = math.inf,
    confidence: float = 0.95,
) -> Pooled:
    """Pool one quantity by Rubin's rules.

    Args:
        estimates: Shape (m,), one for each imputed data set.
        variances: Shape (m,), their squared standard errors.
        df_complete: Degrees of freedom for complete data, in a regression n minus the number of
            coefficients; infinity gives Rubin's original degrees of freedom.
        confidence: Confidence level of the interval, in (0, 1).

    Raises:
        UsageError: fewer than two imputations, lengths differ, the confidence level is out of
            range, or ``df_complete`` is not positive.
        InputError: a value is missing, or a variance is not positive.
    """
    check_confidence(confidence)
    q, u = paired_arrays(estimates, variances, ("estimates", "variances"))
    m = check_imputations(q.size)
    if (u <= 0).any():
        raise InputError(
            "A variance to be pooled is not positive.",
            remedy="Give squared standard errors.",
            code="bad_variance",
        )
    if not df_complete > 0:
        raise UsageError(
            f"The degrees of freedom for complete data, {df_complete:g}, are not positive.",
            remedy="Give the number of subjects minus the number of coefficients.",
            code="bad_df",
        )
    estimate, within, between = float(q.mean()), float(u.mean()), float(q.var(ddof=1))
    added = (1 + 1 / m) * between
    total = within + added
    df = _barnard_rubin(m, added / total, df_complete)
    increase = added / within
    error = math.sqrt(total)
    half = float(stats.t.isf((1 - confidence) / 2, df)) * error
    return Pooled(
        estimate=estimate,
        standard_error=error,
        interval=(estimate - half, estimate + half),
        confidence=confidence,
        statistic=estimate / error,
        df=df,
        p=2 * float(stats.t.sf(abs(estimate) / error, df)),
        imputations=m,
        within=within,
        between=between,
        relative_increase=increase,
        proportion=added / total,
        missing_information=(increase + 2 / (df + 3)) / (increase + 1),
    )


def pool_model(
    coefficients: ArrayLike,
    covariances: ArrayLike,
    *,
    names: Sequence[str],
    df_complete: float = math.inf,
    confidence: float = 0.95,
) -> PooledModel:
    """Pool the coefficients of a model fitted in each imputed data set.

    Args:
        coefficients: Shape (m, p), one row for each imputed data set.
        covariances: Shape (m, p, p), their covariances.
        names: p names of the coefficients.
        df_complete: As in `pool`; for a logistic regression n - p.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: shapes do not match; otherwise as `pool`.
        InputError: as `pool`.
    """
    q, u = check_estimates(coefficients, covariances)
    m, p = q.shape
    if len(names) != p:
        raise UsageError(
            f"There are {p} coefficients and {len(names)} names.",
            remedy="Give one name for each coefficient.",
            code="wrong_shape",
        )
    return PooledModel(
        names=tuple(names),
        terms=tuple(
            pool(q[:, j], u[:, j, j], df_complete=df_complete, confidence=confidence)
            for j in range(p)
        ),
        coefficients=q.mean(axis=0),
        covariance=u.mean(axis=0) + (1 + 1 / m) * np.atleast_2d(np.cov(q, rowvar=False)),
    )


def pool_auc(aucs: ArrayLike, standard_errors: ArrayLike, *, confidence: float = 0.95) -> PooledAuc:
    """Pool areas under the ROC curve on the logit scale, on which they are closer to normal.

    Args:
        aucs: Shape (m,), each in (0, 1).
        standard_errors: Shape (m,), DeLong's, on the scale of the area.
        confidence: Confidence level of the interval, in (0, 1).

    Raises:
        RefusalError: an area is 0 or 1, so that its logit is infinite.
        UsageError, InputError: as `pool`.

    Marshall A, Altman DG, Holder RL, Royston P. BMC Med Res Methodol 2009;9:57,
    doi 10.1186/1471-2288-9-57.
    """
    areas, errors = paired_arrays(aucs, standard_errors, ("areas", "standard errors"))
    if not ((areas > 0) & (areas < 1)).all():
        raise RefusalError(
            "An area under the ROC curve of 0 or 1 cannot be pooled.",
            remedy="Report the range over the imputations.",
            code="auc_undefined",
        )
    # delta method: the derivative of the logit is 1 / (A (1 - A))
    pooled = pool(logit(areas), (errors / (areas * (1 - areas))) ** 2, confidence=confidence)
    low, high = expit(pooled.interval)
    return PooledAuc(float(expit(pooled.estimate)), (float(low), float(high)), pooled)


def check_imputations(m: int) -> int:
    """Require at least two imputations, and return their number m.

    Raises:
        UsageError: there are fewer.
    """
    if m < 2:
        raise UsageError(
            f"Pooling needs at least 2 imputed data sets; there is {m}.",
            remedy="Use at least as many imputations as the percentage of incomplete subjects.",
            code="too_few",
        )
    return m


def check_estimates(coefficients: ArrayLike, covariances: ArrayLike) -> tuple[Floats, Floats]:
    """Coefficients, shape (m, p), and covariances, shape (m, p, p), of at least 2 imputations.

    Raises:
        UsageError: shapes do not match, or m is 1.
        InputError: a value is missing.
    """
    q = finite_array(coefficients, "coefficients", dimensions=2)
    u = finite_array(covariances, "covariances", dimensions=3)
    m, p = q.shape
    check_imputations(m)
    if u.shape != (m, p, p):
        raise UsageError(
            f"Covariances of shape {u.shape} do not match {m} × {p} coefficients.",
            remedy="Give one square matrix for every imputed data set.",
            code="wrong_shape",
        )
    return q, u


def _barnard_rubin(m: int, proportion: float, df_complete: float) -> float:
    """Degrees of freedom of Barnard & Rubin, eq. 3; ``proportion`` is lambda."""
    lam = max(proportion, SMALLEST_LAMBDA)
    rubin = (m - 1) / lam**2
    if math.isinf(df_complete):
        return rubin
    observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - lam)
    return rubin * observed / (rubin + observed)
