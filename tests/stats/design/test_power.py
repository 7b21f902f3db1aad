"""Power of a standardised predictor: published table, simulation, round trip."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from vbq.errors import UsageError
from vbq.stats.design.power import auc_power, predictor_power, predictor_sample_size
from vbq.stats.regression.logistic import fit_logistic


def test_published_example():
    # Hsieh, Bloch & Larsen 1998, section 2: event rate 0.5 at the mean, odds ratio e^0.405 = 1.5
    # per SD, power 95 %, one-sided 5 % (two-sided 10 %): about 263 subjects by their formula
    expected = (1.644854 + 1.644854) ** 2 / (0.25 * np.log(1.5) ** 2)
    assert predictor_sample_size(1.5, 0.5, 0.95, significance=0.10) == int(np.ceil(expected)) == 264


def test_simulated_power():
    rng, result, runs = np.random.default_rng(1), 0, 300
    for _ in range(runs):
        x = rng.normal(size=184)
        fit = fit_logistic(x[:, None], rng.random(184) < expit(-0.4 + 0.5 * x))
        result += abs(fit.coefficients[1]) > 1.959964 * np.sqrt(fit.covariance[1, 1])
    power = predictor_power(np.exp(0.5), expit(-0.4), 184)
    # the formula is an approximation, good to a few per cent at moderate odds ratios
    assert result / runs == pytest.approx(power, abs=3 * np.sqrt(power * (1 - power) / runs) + 0.03)


@given(
    st.floats(0.2, 0.95) | st.floats(1.05, 5),
    st.floats(0.05, 0.95),
    st.floats(0.1, 0.99),
    st.floats(0, 0.9),
)
def test_sample_size_is_the_smallest_with_that_power(ratio, prevalence, power, r2):
    n = predictor_sample_size(ratio, prevalence, power, r2_others=r2)
    assert predictor_power(ratio, prevalence, n, r2_others=r2) >= power - 1e-9
    if n > 1:
        assert predictor_power(ratio, prevalence, n - 1, r2_others=r2) < power + 1e-9
    mirrored = predictor_power(1 / ratio, 1 - prevalence, n, r2_others=r2)
    assert mirrored == pytest.approx(predictor_power(ratio, prevalence, n, r2_others=r2))


@pytest.mark.parametrize(
    "bad",
    [
        {"odds_ratio": 1.0},
        {"odds_ratio": 0.0},
        {"prevalence": 1.0},
        {"n": 0},
        {"r2_others": 1.0},
        {"significance": 0.0},
    ],
)
def test_arguments_out_of_range_are_refused(bad):
    with pytest.raises(UsageError, match="Power is undefined"):
        predictor_power(**{"odds_ratio": 2.0, "prevalence": 0.4, "n": 100} | bad)
    with pytest.raises(UsageError, match="power of 1"):
        predictor_sample_size(2.0, 0.4, 1.0)


def test_power_of_an_area_rises_with_subjects_and_area():
    assert auc_power(0.6, 50, 50) < auc_power(0.6, 50, 200) < auc_power(0.7, 50, 200) < 1
    for arguments in ((0.5, 10, 10), (1, 10, 10), (0.7, 0, 10)):
        with pytest.raises(UsageError):
            auc_power(*arguments)
