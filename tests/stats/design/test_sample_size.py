"""Riley's sample sizes equal those of pmsampsize 1.1.3 and of the papers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from vbq.errors import RefusalError, UsageError
from vbq.stats.design.sample_size import (
    events_per_parameter,
    r2_from_c_statistic,
    sample_size_binary,
    sample_size_continuous,
    sample_size_survival,
)
from vbq.stats.regression.logistic import fit_logistic

SEED = 72 / 184  # share of fractures in the published cohort


def ns(size):
    return [criterion.n for criterion in size.criteria]


def test_binary_with_r2(answers):
    expected = answers["riley"]["readme_csr2_0.288"]
    size = sample_size_binary(0.174, 24, r2=0.288)
    assert ns(size) == [row["Samp_size"] for row in expected["table"][:3]]
    assert size.n == expected["sample_size"]
    assert (size.events, size.max_r2) == pytest.approx(
        (expected["events"], expected["max_r2a"]), rel=1e-9
    )
    assert size.per_parameter == pytest.approx(expected["EPP"], abs=0.005)
    # pmsampsize prints, for its third criterion, the larger of the first two factors
    for criterion, row in zip(size.criteria[:2], expected["table"], strict=False):
        assert criterion.shrinkage == pytest.approx(row["Shrinkage"], abs=0.0005)


@pytest.mark.parametrize(
    ("key", "c_statistic", "parameters"),
    [
        ("seed_c0.75_p5", 0.75, 5),
        ("seed_c0.75_p10", 0.75, 10),
        ("seed_c0.80_p5", 0.80, 5),
        ("seed_c0.70_p10", 0.70, 10),
    ],
)
def test_binary_with_c_statistic(answers, key, c_statistic, parameters):
    expected = answers["riley"][key]
    size = sample_size_binary(SEED, parameters, c_statistic=c_statistic)
    assert size.max_r2 == pytest.approx(expected["max_r2a"], rel=1e-9)
    assert ns(size)[1:] == [row["Samp_size"] for row in expected["table"][1:3]]
    # pmsampsize simulates a million subjects (its n moves 457, 454, 454 with the seed)
    error = simulation_error(c_statistic)
    row = expected["table"][0]
    assert size.r2 == pytest.approx(row["CS_Rsq"], abs=3 * error)
    assert ns(size)[0] == pytest.approx(row["Samp_size"], rel=3 * error / row["CS_Rsq"])


def simulation_error(c_statistic, subjects=1_000_000):
    """Standard error of a Cox-Snell R² simulated in so many subjects."""
    rng = np.random.default_rng(0)
    y = np.arange(100_000) < SEED * 100_000
    distance = np.sqrt(2) * norm.ppf(c_statistic)
    log_odds = np.log(SEED / (1 - SEED)) + distance * (
        rng.normal(size=y.size) + distance * (y - 0.5)
    )
    gain = -np.logaddexp(0, np.where(y, -log_odds, log_odds))
    gain -= np.log(np.where(y, SEED, 1 - SEED))
    within = np.sqrt(SEED * gain[y].var() + (1 - SEED) * gain[~y].var())
    return 2 * np.exp(-2 * gain.mean()) * within / np.sqrt(subjects)


def test_survival(answers):
    expected = answers["riley"]["surv"]
    size = sample_size_survival(0.065, 2.07, 2, 30, r2=0.051)
    assert size.n == expected["sample_size"]
    assert ns(size)[:2] == [row["Samp_size"] for row in expected["table"][:2]]
    assert ns(size)[2] < size.n  # pmsampsize only checks that the third is met
    assert size.events == pytest.approx(expected["events"], rel=1e-9)
    # for the largest R² pmsampsize counts whole events in 10 000 subjects: 1346 for 1345.5
    required = sample_size_survival(0.1346 / 2.07, 2.07, 2, 30, r2=0.051)
    assert required.max_r2 == pytest.approx(expected["max_r2a"], rel=1e-9)


def test_continuous(answers):
    expected = answers["riley"]["cont"]
    size = sample_size_continuous(1.9, 0.6, 25, r2=0.2)
    assert size.n == expected["sample_size"]
    assert ns(size)[:3] == [row["Samp_size"] for row in expected["table"][:3]]
    assert size.per_parameter == pytest.approx(expected["SPP"])
    for criterion, row in zip(size.criteria[:3], expected["table"], strict=False):
        assert criterion.shrinkage == pytest.approx(row["Shrinkage"], abs=0.0005)


def test_published_worked_example():
    # Riley et al., BMJ 2020: pre-eclampsia, prevalence 0.05, 30 parameters; the largest R² is .33,
    # 15 % of it .05; 5249 subjects by the first criterion, 73 by the third
    size = sample_size_binary(0.05, 30, r2=0.05)
    assert size.max_r2 == pytest.approx(0.33, abs=0.005)
    assert (ns(size)[0], ns(size)[2]) == (5249, 73)


def test_r2_from_c_is_what_a_logistic_regression_finds():
    rng = np.random.default_rng(1)
    y = (rng.random(400_000) < 0.3) * 1.0
    fit = fit_logistic((rng.normal(size=y.size) + y)[:, None], y)  # 1 SD apart: C = Φ(1/√2)
    result = 1 - np.exp(2 * (fit.null_log_likelihood - fit.log_likelihood) / y.size)
    assert r2_from_c_statistic(0.7602499389, 0.3) == pytest.approx(result, abs=0.003)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.02, 0.98), st.integers(1, 60), st.floats(0.55, 0.95))
def test_more_parameters_or_a_weaker_model_need_more_subjects(prevalence, parameters, c):
    size = sample_size_binary(prevalence, parameters, c_statistic=c)
    assert size.n == max(ns(size))
    assert 0 < size.r2 < size.max_r2
    assert size.criteria[0].shrinkage >= 0.9 - 1e-9
    assert sample_size_binary(prevalence, parameters + 1, c_statistic=c).n >= size.n
    weaker = sample_size_binary(prevalence, parameters, c_statistic=c - 0.04)
    assert ns(weaker)[0] >= ns(size)[0]


def test_arguments_out_of_range_are_refused():
    assert events_per_parameter(72, 5) == 14.4
    with pytest.raises(UsageError, match="per 0 parameters"):
        events_per_parameter(10, 0)
    with pytest.raises(UsageError, match="one way"):
        sample_size_binary(0.3, 5)
    with pytest.raises(UsageError, match="one way"):
        sample_size_binary(0.3, 5, r2=0.1, c_statistic=0.7)
    with pytest.raises(UsageError, match=r"between 0 and 0\.603"):
        sample_size_binary(0.174, 5, r2=0.7)
    with pytest.raises(UsageError, match=r"C statistic of 0\.5 is not"):
        sample_size_binary(0.3, 5, c_statistic=0.5)
    with pytest.raises(UsageError, match="prevalence"):
        sample_size_binary(1.0, 5, r2=0.1)
    with pytest.raises(UsageError, match="parameters"):
        sample_size_binary(0.3, 0, r2=0.1)
    with pytest.raises(UsageError, match="rate"):
        sample_size_survival(0, 1, 1, 5, r2=0.1)
    with pytest.raises(UsageError, match="mean"):
        sample_size_continuous(0, 1, 5, r2=0.1)
    with pytest.raises(RefusalError, match="No sample"):
        sample_size_continuous(1e-6, 1, 5, r2=0.1)
