"""Regression calibration recovers the odds ratios of error-free measurements."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.measurement_error import (
    Reliability,
    calibrate_regression,
    reliability_from_icc,
    reliability_from_replicates,
)


def study(n, rng, error=0.8):
    """True X and covariate Z, correlated; readings W = X + error; outcome from X and Z."""
    z = rng.normal(size=n)
    x = 0.5 * z + rng.normal(size=n) * np.sqrt(0.75)
    y = (rng.random(n) < expit(-0.5 + 0.6 * x + 0.4 * z)) * 1.0
    return np.column_stack([x + error * rng.normal(size=n), z]), y


def calibrated(design, y, reliability):
    fit = fit_logistic(design, y)
    return calibrate_regression(
        fit.coefficients, fit.covariance, design, predictor=0, reliability=reliability
    )


def test_simulated_study_gives_back_both_coefficients():
    design, y = study(200_000, np.random.default_rng(1))
    known = Reliability(1 / (1 + 0.8**2), 0.0)
    model = calibrated(design, y, known)
    x, z = model.coefficients
    assert model.attenuation == pytest.approx(0.75 / (0.75 + 0.64), abs=0.01)
    assert x.uncorrected == pytest.approx(0.6 * model.attenuation, abs=0.02)
    assert z.uncorrected > 0.5  # takes over what W no longer explains
    # the logistic model keeps a bias of about 2 % after calibration (Carroll et al., ch. 4)
    assert x.coefficient == pytest.approx(0.6, abs=0.03)
    assert z.coefficient == pytest.approx(0.4, abs=0.03)
    assert x.odds_ratio == pytest.approx(np.exp(x.coefficient))
    assert x.odds_ratio_interval == pytest.approx(np.exp(x.interval))


def test_intervals_cover_the_truth_where_the_reliability_is_estimated_too():
    """100 studies of 600, each with its own reliability study of 60 subjects read twice."""
    rng, covered, naive, runs = np.random.default_rng(2), 0, 0, 100
    for _ in range(runs):
        design, y = study(600, rng)
        true = rng.normal(size=60)
        replicates = true[:, None] + 0.8 * rng.normal(size=(60, 2))
        term = calibrated(design, y, reliability_from_replicates(replicates)).coefficients[0]
        covered += term.interval[0] < 0.6 < term.interval[1]
        fit = fit_logistic(design, y)
        naive += abs(fit.coefficients[1] - 0.6) < 1.96 * np.sqrt(fit.covariance[1, 1])
    assert covered / runs > 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)
    assert naive / runs < 0.5


def test_single_predictor_by_hand():
    # b = 0.5 (SE 0.2), reliability 0.8 (SE 0.05): 0.625, variance .04/.64 + .25·.0025/.4096
    design = np.random.default_rng(3).normal(size=(50, 1))
    model = calibrate_regression(
        [0, 0.5], np.diag([0.1, 0.04]), design, predictor=0, reliability=Reliability(0.8, 0.05)
    )
    (term,) = model.coefficients
    assert model.attenuation == pytest.approx(0.8)
    assert term.coefficient == pytest.approx(0.625)
    assert term.standard_error**2 == pytest.approx(0.04 / 0.64 + 0.25 * 0.0025 / 0.8**4)
    assert term.p == pytest.approx(0.01241933, rel=1e-6)  # p-value of z = 2.5, as fitted


@given(st.floats(0.3, 1.0), st.integers(0, 2**31), st.integers(0, 2))
def test_perfect_reliability_changes_nothing_and_a_lower_one_widens(reliability, seed, column):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, 3))
    coefficients, covariance = rng.normal(size=4), np.diag(rng.uniform(0.1, 1, 4))

    def correct(value):
        return calibrate_regression(
            coefficients, covariance, x, predictor=column, reliability=Reliability(value, 0)
        )

    uncorrected = correct(1.0)
    assert uncorrected.attenuation == 1
    assert [c.coefficient for c in uncorrected.coefficients] == pytest.approx(
        list(coefficients[1:])
    )
    assert [c.standard_error**2 for c in uncorrected.coefficients] == pytest.approx(
        list(np.diag(covariance)[1:])
    )
    lower = correct(reliability).coefficients[column]
    assert abs(lower.coefficient) >= abs(coefficients[1 + column])
    assert lower.standard_error >= uncorrected.coefficients[column].standard_error * (1 - 1e-12)
    # the order of the columns has no meaning
    swapped = calibrate_regression(
        coefficients[[0, 3, 2, 1]],
        covariance[np.ix_([0, 3, 2, 1], [0, 3, 2, 1])],
        x[:, ::-1],
        predictor=2 - column,
        reliability=Reliability(reliability, 0),
    )
    assert swapped.coefficients[2 - column].coefficient == pytest.approx(lower.coefficient)


def test_standard_error_of_an_icc_is_that_of_simulation():
    rng = np.random.default_rng(4)
    estimates = [
        reliability_from_replicates(
            rng.normal(size=(80, 1)) + np.sqrt(1 / 3) * rng.normal(size=(80, 3))
        ).estimate
        for _ in range(400)
    ]
    expected = reliability_from_icc(0.75, subjects=80, ratings=3)
    assert np.mean(estimates) == pytest.approx(0.75, abs=0.01)
    assert np.std(estimates) == pytest.approx(expected.standard_error, rel=0.12)


def test_bad_input_is_refused_with_its_reason():
    with pytest.raises(RefusalError, match=r"reliability of -0\.1"):
        Reliability(-0.1, 0)
    with pytest.raises(RefusalError, match="cannot be used for a correction"):
        reliability_from_icc(1.2, subjects=30, ratings=2)
    with pytest.raises(UsageError, match="1 ratings"):
        reliability_from_icc(0.8, subjects=30, ratings=1)
    x = np.random.default_rng(5).normal(size=(30, 2))
    x[:, 1] = x[:, 0] + 0.1 * x[:, 1]
    ok = Reliability(0.8, 0.02)
    with pytest.raises(RefusalError, match="explain"):
        calibrate_regression(np.ones(3), np.eye(3), x, predictor=0, reliability=ok)
    with pytest.raises(UsageError, match="do not match"):
        calibrate_regression(np.ones(3), np.eye(3), x, predictor=2, reliability=ok)
    with pytest.raises(UsageError, match="do not match"):
        calibrate_regression(np.ones(2), np.eye(3), x, predictor=0, reliability=ok)
    with pytest.raises(InputError, match="missing"):
        calibrate_regression(np.ones(3), np.eye(3), x * np.nan, predictor=0, reliability=ok)
