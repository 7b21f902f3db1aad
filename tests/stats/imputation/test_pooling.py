"""Pooled estimates and tests equal those of mice 3.15, and textbook cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.imputation.pooled_tests import (
    pooled_likelihood_ratio_test,
    pooled_logistic_ratio_test,
    pooled_wald_test,
)
from vbq.stats.imputation.pooling import pool, pool_auc, pool_model

NAMES = ("intercept", "age", "weight", "priorfrac", "momfrac", "same", "greater")


@pytest.fixture(scope="module")
def imputed(r_table):
    """Designs (20, 500, 6) and outcome of the data sets that mice imputed."""
    table = r_table("glow_mis_imputed_m20_seed20260101")
    columns = [table.age, table.weight, table.priorfrac == "Yes", table.momfrac == "Yes"]
    columns += [table.raterisk == level for level in ("Same", "Greater")]
    designs = np.column_stack(columns).astype(float).reshape(20, 500, 6)
    return designs, table.y.to_numpy(float)[:500]


def r_glm(design, outcome):
    """Logistic regression stopped where R's glm stops.

    That is at a relative change of deviance of 1e-8, with the covariance of one step earlier; the
    answers' variances carry that (5e-6), and pooling is to be tested apart from it.
    """
    x = np.column_stack([np.ones(len(outcome)), design])
    p = (outcome + 0.5) / 2
    eta, deviance = np.log(p / (1 - p)), np.inf
    while True:
        w = p * (1 - p)
        covariance = np.linalg.inv(x.T @ (w[:, None] * x))
        beta = covariance @ (x.T @ (w * eta + outcome - p))
        eta = x @ beta
        p = 1 / (1 + np.exp(-eta))
        before, deviance = deviance, -2 * np.log(np.where(outcome == 1, p, 1 - p)).sum()
        if abs(deviance - before) / (deviance + 0.1) < 1e-8:
            return beta, covariance


@pytest.fixture(scope="module")
def fits(imputed):
    designs, outcome = imputed
    coefficients, covariances = zip(*(r_glm(x, outcome) for x in designs), strict=True)
    return np.array(coefficients), np.array(covariances)


def test_pooled_logistic_model_equals_mice(fits, answers):
    model = pool_model(*fits, names=NAMES, df_complete=500 - 7)
    for term, printed, inside in zip(
        model.terms,
        answers["mi_glow_logit"]["summary"].values(),
        answers["mi_glow_logit"]["pooled"].values(),
        strict=True,
    ):
        assert (
            term.estimate,
            term.standard_error,
            term.statistic,
            term.df,
            term.p,
            *term.interval,
        ) == pytest.approx([value for value in printed.values() if value != printed["term"]], 1e-9)
        assert (
            term.imputations,
            term.within,
            term.between,
            term.standard_error**2,
            term.relative_increase,
            term.proportion,
            term.missing_information,
        ) == pytest.approx(
            [inside[key] for key in ("m", "ubar", "b", "t", "riv", "lambda", "fmi")], rel=1e-9
        )
    assert np.sqrt(np.diag(model.covariance)) == pytest.approx(
        [term.standard_error for term in model.terms], rel=1e-12
    )


def test_d1_equals_mice(fits, answers):
    coefficients, covariances = fits
    test = pooled_wald_test(coefficients[:, 3:5], covariances[:, 3:5, 3:5], df_complete=493)
    expected = answers["mi_glow_D_tests"]["D1"].values()
    assert (test.f, *test.df, test.p, test.relative_increase) == pytest.approx(
        list(expected), rel=1e-9
    )


def test_d3_equals_mice(imputed, answers):
    test = pooled_logistic_ratio_test(*imputed, dropped=[2, 3])
    assert (test.f, *test.df, test.p, test.relative_increase) == pytest.approx(
        answers["mi_glow_D_tests"]["D3"]["d3$result"], rel=1e-6
    )


def test_rubins_rules_by_hand():
    # m = 2: estimates 1 and 3, variances 2 and 4. Within 3, between 2, total 3 + 1.5·2 = 6
    pooled = pool([1, 3], [2, 4])
    assert (pooled.estimate, pooled.standard_error**2) == pytest.approx((2, 6))
    assert (pooled.relative_increase, pooled.proportion) == pytest.approx((1, 0.5))
    assert pooled.df == pytest.approx(4)  # (m - 1) / lambda²
    assert pooled.missing_information == pytest.approx((1 + 2 / 7) / 2)
    assert pooled.p == pytest.approx(2 * stats.t.sf(2 / np.sqrt(6), 4))
    assert pooled.interval[1] == pytest.approx(2 + np.sqrt(6) * stats.t.isf(0.025, 4))


def test_nothing_missing_changes_nothing():
    pooled = pool([0.7] * 5, [0.04] * 5, df_complete=100)
    assert (pooled.estimate, pooled.standard_error) == pytest.approx((0.7, 0.2))
    assert pooled.relative_increase == pooled.proportion == 0
    assert 98 < pooled.df < 100


@given(st.integers(2, 40), st.floats(0.01, 10), st.floats(3, 1e6), st.integers(0, 2**31))
def test_degrees_of_freedom_stay_below_those_of_complete_data(m, spread, df_complete, seed):
    estimates = np.random.default_rng(seed).normal(0, spread, m)
    small = pool(estimates, np.ones(m), df_complete=df_complete)
    large = pool(estimates, np.ones(m))
    assert 0 < small.df < min(df_complete, large.df)
    assert 0 <= small.proportion < 1
    assert 0 < small.missing_information < 1
    assert small.interval[0] < small.estimate < small.interval[1]


def test_d1_of_one_coefficient_is_the_square_of_its_t():
    estimates, variances = np.array([0.4, 0.9, 0.6, 0.2]), np.array([0.05, 0.06, 0.05, 0.04])
    test = pooled_wald_test(estimates[:, None], variances[:, None, None])
    assert test.f == pytest.approx(pool(estimates, variances).statistic ** 2)


def test_auc_is_pooled_on_the_logit_scale():
    pooled = pool_auc([0.9, 0.95, 0.98], [0.05, 0.04, 0.03])
    assert 0.9 < pooled.auc < 0.98
    assert pooled.interval[1] < 1  # the untransformed interval would reach 1.05
    equal = pool_auc([0.7, 0.7], [0.05, 0.05])
    assert equal.auc == pytest.approx(0.7)
    assert equal.logit.standard_error == pytest.approx(0.05 / 0.21)


def test_bad_input_is_refused_with_its_reason():
    with pytest.raises(UsageError, match="at least 2"):
        pool([1], [1])
    with pytest.raises(UsageError, match="2 estimates and 3 variances"):
        pool([1, 2], [1, 2, 3])
    with pytest.raises(InputError, match="not positive"):
        pool([1, 2], [1, 0])
    with pytest.raises(UsageError, match="degrees of freedom"):
        pool([1, 2], [1, 1], df_complete=0)
    with pytest.raises(UsageError, match="names"):
        pool_model(np.ones((2, 1)), np.ones((2, 1, 1)), names=["a", "b"])
    with pytest.raises(UsageError, match="do not match"):
        pool_model(np.ones((2, 1)), np.ones((2, 2, 2)), names=["a"])
    with pytest.raises(RefusalError, match="0 or 1"):
        pool_auc([0.8, 1.0], [0.1, 0.1])
    with pytest.raises(UsageError, match="2 areas"):
        pool_auc([0.8, 0.9], [0.1])
    with pytest.raises(RefusalError, match="collinear"):
        pooled_wald_test(np.ones((3, 2)), np.ones((3, 2, 2)))
    with pytest.raises(RefusalError, match="too few degrees"):
        pooled_wald_test(
            [[1.0], [5.0], [9.0], [2.0], [7.0], [0.0]], np.ones((6, 1, 1)), df_complete=9
        )
    with pytest.raises(UsageError, match="terms"):
        pooled_likelihood_ratio_test([3, 4], [3, 4], terms=0)
    with pytest.raises(UsageError, match="columns 0 to 1"):
        pooled_logistic_ratio_test(np.zeros((2, 9, 2)), np.zeros(9), dropped=[2])
