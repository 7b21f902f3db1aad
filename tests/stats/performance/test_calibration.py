"""Calibration and Brier score: known answers in closed form, and refusals."""

import math

import numpy as np
import pytest

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.performance.brier import brier
from vbq.stats.performance.calibration import calibration
from vbq.stats.performance.calibration_curve import calibration_curve, calibration_errors


def logit(p):
    return math.log(p / (1 - p))


@pytest.fixture
def two_risks():
    """30 of 100 have the event where 0.2 was predicted, 60 of 100 where 0.5 was."""
    return np.repeat([1.0, 0, 1, 0], (30, 70, 60, 40)), np.repeat([0.2, 0.5], 100)


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(11)
    log_odds = rng.normal(-1, 1.2, 4000)
    p = 1 / (1 + np.exp(-log_odds))
    return (rng.random(4000) < p).astype(float), p, log_odds


def test_two_risks(two_risks):
    result = calibration(*two_risks)
    slope = (logit(0.6) - logit(0.3)) / (logit(0.5) - logit(0.2))
    variances = 1 / (100 * 0.3 * 0.7), 1 / (100 * 0.6 * 0.4)
    assert result.slope.estimate == pytest.approx(slope)
    assert result.intercept.estimate == pytest.approx(logit(0.6))  # log-odds of 0.5 are 0
    assert result.slope.standard_error == pytest.approx(
        math.sqrt(sum(variances)) / (logit(0.5) - logit(0.2))
    )
    assert result.intercept.standard_error == pytest.approx(math.sqrt(variances[1]))
    assert result.observed_expected == pytest.approx(90 / 70)
    low, high = result.observed_expected_interval
    assert low * high == pytest.approx((90 / 70) ** 2)
    assert math.log(high / low) == pytest.approx(2 * 1.959964 * math.sqrt(0.55 / 90))
    # only the first hundred count: the others' risk is 0.5
    assert result.spiegelhalter_z == pytest.approx((30 - 20) / math.sqrt(100 * 0.2 * 0.8))
    assert (result.n, result.events) == (200, 90)


def test_in_the_large_makes_the_expected_events_the_observed(two_risks):
    y, p = two_risks
    shift = calibration(y, p).in_the_large.estimate
    moved = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + shift)))
    assert moved.sum() == pytest.approx(y.sum())


def test_true_risks_are_calibrated(cohort):
    y, p, _ = cohort
    result = calibration(y, p)
    assert result.slope.interval[0] < 1 < result.slope.interval[1]
    assert result.in_the_large.interval[0] < 0 < result.in_the_large.interval[1]
    assert abs(result.spiegelhalter_z) < 3
    curve = calibration_curve(y, p)
    inside = (curve.lower <= curve.predicted) & (curve.predicted <= curve.upper)
    assert inside.mean() > 0.8
    assert curve.errors.ici < 0.02


def test_overfitted_risks_have_a_slope_below_1(cohort):
    y, _, log_odds = cohort
    extreme = 1 / (1 + np.exp(-(2 * log_odds + 0.5)))
    result = calibration(y, extreme)
    assert result.slope.estimate == pytest.approx(0.5, abs=0.05)
    assert result.slope.interval[1] < 1
    errors = calibration_errors(y, extreme)
    assert 0 < errors.e50 <= errors.e90 <= errors.emax
    assert errors.ici == pytest.approx(np.abs(extreme - cohort[1]).mean(), abs=0.02)


def test_the_band_keeps_within_0_and_1_and_widens_where_subjects_are_few(cohort):
    y, p, _ = cohort
    curve = calibration_curve(y, p, grid=[0.05, 0.25, 0.9])
    assert (curve.lower >= 0).all()
    assert (curve.upper <= 1).all()
    width = curve.upper - curve.lower
    assert width[2] > width[1] > width[0]
    narrow = calibration_curve(y, p, grid=[0.05, 0.25, 0.9], confidence=0.5)
    assert (narrow.upper - narrow.lower < width).all()


def test_brier(two_risks):
    y, p = two_risks
    result = brier(y, p)
    assert result.estimate == pytest.approx((30 * 0.64 + 70 * 0.04 + 100 * 0.25) / 200)
    assert result.null == pytest.approx(0.45 * 0.55)
    assert result.scaled == pytest.approx(1 - result.estimate / result.null)
    assert brier(y, np.full(200, 0.45)).scaled == pytest.approx(0)
    assert brier(y, y).scaled == 1
    assert brier(y, 1 - y).scaled < 0


def test_intervals_of_brier_scores_are_those_of_the_bootstrap(cohort):
    y, p = cohort[0][:300], cohort[1][:300]
    result = brier(y, p)
    rng = np.random.default_rng(3)
    sample = rng.integers(0, 300, (2000, 300))
    scores = ((y - p) ** 2)[sample].mean(axis=1)
    share = y[sample].mean(axis=1)
    scaled = 1 - scores / (share * (1 - share))
    assert result.interval == pytest.approx(np.quantile(scores, [0.025, 0.975]), abs=0.005)
    assert result.scaled_interval == pytest.approx(np.quantile(scaled, [0.025, 0.975]), abs=0.02)


def test_predictions_that_cannot_be_evaluated_are_refused():
    y = np.array([0, 1, 0, 1, 1])
    with pytest.raises(InputError, match="percentages"):
        calibration(y, [20, 40, 30, 70, 80])
    with pytest.raises(RefusalError) as caught:
        calibration(y, [0, 0.4, 0.3, 0.7, 0.8])
    assert caught.value.code == "certain_prediction"
    with pytest.raises(RefusalError) as caught:
        calibration(y, np.full(5, 0.3))
    assert caught.value.code == "constant_prediction"
    with pytest.raises(RefusalError) as caught:
        calibration(y, [0.1, 0.8, 0.2, 0.7, 0.9])
    assert caught.value.code == "separation"
    with pytest.raises(UsageError):
        calibration_errors(y, [0.1, 0.4, 0.2, 0.7, 0.9], smoother="spline")
    with pytest.raises(UsageError):
        brier(y, [0.1, 0.4, 0.2, 0.7, 0.9], confidence=95)
