"""Tests of several coefficients at once over m imputed data sets: D1 and D3.

D1 is a Wald test, D3 a likelihood-ratio test; results equal those of the R package mice 3.15.

D1: Li KH, Raghunathan TE, Rubin DB. J Am Stat Assoc 1991;86:1065-1073,
doi 10.1080/01621459.1991.10475152; its small-sample degrees of freedom: Reiter JP. Biometrika
2007;94:502-508, doi 10.1093/biomet/asm028.
D3: Meng XL, Rubin DB. Biometrika 1992;79:103-111, doi 10.1093/biomet/79.1.103.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.errors import RefusalError, UsageError
from vbq.stats.checks import finite_array
from vbq.stats.imputation.pooling import SMALLEST_LAMBDA, check_estimates, check_imputations
from vbq.stats.regression.logistic import fit_logistic


@dataclass(frozen=True)
class PooledTest:
    """A pooled test that several coefficients are all 0.

    Attributes:
        method: ``"D1"`` (Wald) or ``"D3"`` (likelihood ratio).
        f: F statistic, not negative.
        df: Numerator (coefficients tested) and denominator degrees of freedom.
        p: Upper-tail p-value.
        relative_increase: Mean relative increase in variance due to missing values.
        imputations: Number of imputations, m.
    """

    method: str
    f: float
    df: tuple[int, float]
    p: float
    relative_increase: float
    imputations: int


def pooled_wald_test(
    coefficients: ArrayLike, covariances: ArrayLike, *, df_complete: float = math.inf
) -> PooledTest:
    """D1: the Wald test that k coefficients are all 0.

    Args:
        coefficients: Shape (m, k), only the coefficients tested.
        covariances: Shape (m, k, k), their covariances.
        df_complete: As in `pool`. A finite value gives Reiter's denominator degrees of freedom,
            infinity those of Li, Raghunathan & Rubin.

    Raises:
        UsageError: fewer than two imputations, or shapes do not match.
        InputError: a value is missing.
        RefusalError: the mean covariance is singular, or n is too small for Reiter's denominator.
    """
    q, u = check_estimates(coefficients, covariances)
    m, k = q.shape
    mean, within = q.mean(axis=0), u.mean(axis=0)
    try:
        scaled = np.linalg.solve(within, np.atleast_2d(np.cov(q, rowvar=False)))
        distance = float(mean @ np.linalg.solve(within, mean))
    except np.linalg.LinAlgError as error:
        raise RefusalError(
            "The coefficients tested together are collinear.",
            remedy="Test fewer of them.",
            code="collinear",
        ) from error
    increase = (1 + 1 / m) * float(np.trace(scaled)) / k
    df = _li(m, k, increase) if math.isinf(df_complete) else _reiter(m, k, increase, df_complete)
    return _f_test("D1", distance / (1 + increase) / k, (k, df), increase, m)


def pooled_likelihood_ratio_test(
    fitted: ArrayLike, at_pooled: ArrayLike, *, terms: int
) -> PooledTest:
    """D3: the likelihood-ratio test of two nested models.

    Args:
        fitted: Shape (m,), likelihood-ratio statistic in each data set, both models at their
            estimates in that data set.
        at_pooled: Shape (m,), likewise with both models at their pooled coefficients.
        terms: Number of coefficients that only the larger model has, at least 1.

    Raises:
        UsageError: fewer than two imputations, lengths differ, or ``terms`` is below 1.
        InputError: a value is missing.
    """
    separate = finite_array(fitted, "likelihood ratios")
    pooled = finite_array(at_pooled, "likelihood ratios")
    m = check_imputations(separate.size)
    if pooled.size != m or terms < 1:
        raise UsageError(
            f"There are {m} and {pooled.size} likelihood ratios for {terms} terms.",
            remedy="Give two likelihood ratios for every imputed data set, and at least one term.",
            code="wrong_shape",
        )
    # may be slightly negative by chance where no values are missing
    increase = max(0.0, (m + 1) / (terms * (m - 1)) * float(separate.mean() - pooled.mean()))
    f = max(0.0, float(pooled.mean()) / (terms * (1 + increase)))
    return _f_test("D3", f, (terms, _li(m, terms, increase)), increase, m)


def pooled_logistic_ratio_test(
    designs: ArrayLike, outcome: ArrayLike, dropped: Sequence[int]
) -> PooledTest:
    """D3 for a logistic regression: the likelihood-ratio test of some columns of the design.

    As in mice, the pooled coefficients are fixed with the intercept free, so that the test does not
    depend on the origin of the predictors.

    Args:
        designs: Shape (m, n, p), the predictors without the intercept in each data set.
        outcome: Shape (n,), 0 or 1.
        dropped: Indices of the columns to be tested, at least one.

    Raises:
        UsageError: fewer than two imputations, or a column that does not exist.
        InputError: as `fit_logistic`.
    """
    x, y = (
        finite_array(designs, "predictor values", dimensions=3),
        finite_array(outcome, "outcomes"),
    )
    m, n, p = x.shape
    check_imputations(m)
    tested = set(dropped)
    if not tested or not tested <= set(range(p)):
        raise UsageError(
            f"The design has columns 0 to {p - 1}; the columns to be tested are {sorted(tested)}.",
            remedy="Give columns of the design.",
            code="unknown_predictor",
        )
    untested = [j for j in range(p) if j not in tested]
    separate, pooled = [], []
    for columns in (range(p), untested):
        tables = x[:, :, list(columns)]
        fits = [fit_logistic(table, y) for table in tables]
        slopes = np.mean([fit.coefficients[1:] for fit in fits], axis=0)
        fixed = [fit_logistic(np.empty((n, 0)), y, offset=table @ slopes) for table in tables]
        separate.append(np.array([fit.log_likelihood for fit in fits]))
        pooled.append(np.array([fit.log_likelihood for fit in fixed]))
    return pooled_likelihood_ratio_test(
        2 * (separate[0] - separate[1]), 2 * (pooled[0] - pooled[1]), terms=len(tested)
    )


def _li(m: int, k: int, increase: float) -> float:
    """Denominator degrees of freedom of Li, Raghunathan & Rubin, eq. 1.16 and 1.17."""
    t = k * (m - 1)
    r = max(increase, SMALLEST_LAMBDA)
    if t > 4:
        return 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
    return t * (1 + 1 / k) * (1 + 1 / r) ** 2 / 2


def _reiter(m: int, k: int, increase: float, df_complete: float) -> float:
    """Denominator degrees of freedom of Reiter, for finite complete-data degrees of freedom."""
    t = k * (m - 1)
    observed = (df_complete + 1) / (df_complete + 3) * df_complete
    if t <= 4:
        return _li(m, k, increase)
    a = increase * t / (t - 2)
    c0, c1, c2 = 1 / (t - 4), observed - 2 * (1 + a), observed - 4 * (1 + a)
    if c2 <= 0:
        raise RefusalError(
            f"A pooled Wald test has too few degrees of freedom: of {df_complete:g} for complete "
            "data, too many are lost to missing values.",
            remedy="Test fewer coefficients, or report the complete cases.",
            code="too_few",
        )
    z = 1 / c2 + c0 * a**2 * (
        c1 / ((1 + a) ** 2 * c2)
        + 8 * c1 / ((1 + a) * c2**2)
        + 4 / ((1 + a) * c2)
        + 4 / (c2 * c1)
        + 16 * c1 / c2**3
        + 8 / c2**2
    )
    return 4 + 1 / z


def _f_test(method: str, f: float, df: tuple[int, float], increase: float, m: int) -> PooledTest:
    return PooledTest(
        method=method,
        f=f,
        df=df,
        p=float(stats.f.sf(f, *df)),
        relative_increase=increase,
        imputations=m,
    )
