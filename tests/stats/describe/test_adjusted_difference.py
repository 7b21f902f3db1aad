"""A difference due to age alone disappears at equal age; a true difference remains."""

import numpy as np
import pytest

from vbq.errors import InputError, UsageError
from vbq.stats.describe.adjusted_difference import adjusted_difference
from vbq.stats.describe.group_tests import student_t_test


def simulate(rng, shift, *, slopes=(0.02, 0.02), noise=0.5):
    """184 patients and 45 controls, 15 years younger; VBQ rises with age."""
    group = np.repeat([1.0, 0], (184, 45))
    age = np.where(group == 1, rng.normal(68, 8, 229), rng.normal(53, 8, 229))
    slope = np.where(group == 1, *slopes)
    vbq = 2.5 + shift * group + slope * (age - 60) + rng.normal(0, noise, 229)
    return vbq, group, age[:, None]


def test_groups_that_differ_only_in_age_have_no_adjusted_difference():
    vbq, group, age = simulate(np.random.default_rng(3), 0.0)
    assert student_t_test(vbq[group == 1], vbq[group == 0]).p < 0.001
    result = adjusted_difference(vbq, group, age)
    assert result.crude == pytest.approx(0.3, abs=0.15)
    assert result.interval[0] < 0 < result.interval[1]
    assert result.p > 0.05


def test_a_true_difference_is_found_without_noise():
    vbq, group, age = simulate(np.random.default_rng(4), 0.4, noise=1e-6)
    result = adjusted_difference(vbq, group, age)
    assert result.adjusted == pytest.approx(0.4, abs=1e-5)
    assert result.slopes == pytest.approx((0.02,), abs=1e-5)
    assert result.adjusted_means[0] - result.adjusted_means[1] == pytest.approx(result.adjusted)
    assert result.n == (184, 45)


def test_intervals_cover():
    covered = 0
    for seed in range(300):
        low, high = adjusted_difference(*simulate(np.random.default_rng(seed), 0.4)).interval
        covered += low <= 0.4 <= high
    # 285 expected; 3 standard errors are 11.3
    assert 273 <= covered <= 297


def test_unequal_slopes_are_detected():
    rng = np.random.default_rng(5)
    assert adjusted_difference(*simulate(rng, 0.4)).equal_slopes_p > 0.01
    assert adjusted_difference(*simulate(rng, 0.4, slopes=(0.0, 0.06))).equal_slopes_p < 0.01


def test_it_is_ordinary_least_squares():
    import statsmodels.api as sm

    vbq, group, age = simulate(np.random.default_rng(6), 0.2)
    z = np.column_stack([age, np.random.default_rng(7).normal(size=229)])
    result = adjusted_difference(vbq, group, z, confidence=0.9)
    fit = sm.OLS(vbq, sm.add_constant(np.column_stack([group, z]))).fit()
    assert result.adjusted == pytest.approx(fit.params[1])
    assert result.p == pytest.approx(fit.pvalues[1])
    assert result.interval == pytest.approx(fit.conf_int(0.1)[1])
    assert result.slopes == pytest.approx(fit.params[2:])
    at_mean = fit.predict([[1, group, *z.mean(axis=0)] for group in (1, 0)])
    assert result.adjusted_means == pytest.approx(at_mean)
    products = np.column_stack([group, z, group[:, None] * z])
    f, p, df = sm.OLS(vbq, sm.add_constant(products)).fit().compare_f_test(fit)
    assert result.equal_slopes_f == pytest.approx(f)
    assert result.equal_slopes_p == pytest.approx(p)
    assert result.equal_slopes_df == (df, 223)


def test_groups_swapped():
    vbq, group, age = simulate(np.random.default_rng(8), 0.3)
    first, second = adjusted_difference(vbq, group, age), adjusted_difference(vbq, 1 - group, age)
    assert (second.adjusted, second.crude) == pytest.approx((-first.adjusted, -first.crude))
    assert (second.p, second.equal_slopes_p) == pytest.approx((first.p, first.equal_slopes_p))


def test_groups_of_different_ages_do_not_overlap():
    rng = np.random.default_rng(9)
    group = np.repeat([1.0, 0], 50)
    age = np.where(group == 1, rng.uniform(60, 80, 100), rng.uniform(20, 40, 100))[:, None]
    result = adjusted_difference(rng.normal(size=100), group, age)
    assert result.overlap == 0
    assert adjusted_difference(*simulate(rng, 0.0)).overlap > 0.5


def test_invalid_input_is_refused():
    vbq, group, age = simulate(np.random.default_rng(1), 0.0)

    def fails(kind, message, *data, **options):
        with pytest.raises(kind, match=message):
            adjusted_difference(*data, **options)

    fails(UsageError, "229 values, 200 group codes", vbq, group[:200], age)
    fails(UsageError, "2 names", vbq, group, age, names=["age", "bmi"])
    fails(InputError, "other than 0 and 1", vbq, group + 1, age)
    fails(InputError, "Groups of 229 and 0", vbq, np.ones(229), age)
    fails(
        InputError,
        "all subjects: age",
        vbq,
        group,
        np.where(group, 60.0, 50)[:, None],
        names=["age"],
    )
    fails(InputError, "missing", vbq, group, np.full((229, 1), np.nan))
