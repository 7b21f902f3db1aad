"""Regressions fitted as a batch equal those fitted one at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vbq.stats.performance.calibration import calibration
from vbq.stats.performance.delong import auc
from vbq.stats.performance.measures import MEASURES, batched_auc, implied_emax, performance_measures
from vbq.stats.regression.batched_logistic import fit_batch, recalibrate_batch
from vbq.stats.regression.logistic import fit_logistic


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(3)
    x = np.column_stack([rng.normal(70, 9, 150), rng.random(150) < 0.3]).astype(float)
    y = (rng.random(150) < 1 / (1 + np.exp(4 - 0.05 * x[:, 0] - x[:, 1]))).astype(float)
    counts = rng.multinomial(150, np.full(150, 1 / 150), size=8).astype(float)
    return x, y, counts


def fits(x, y, counts, start):
    """Coefficients of the predictors, from those in the orthonormal basis."""
    basis, r = np.linalg.qr(np.column_stack([np.ones(len(x)), x]))
    return np.linalg.solve(r, fit_batch(basis, y, counts, r @ start).T).T


def test_each_row_is_the_weighted_fit(cohort):
    x, y, counts = cohort
    result = fits(x, y, counts, np.zeros(3))
    for row, count in zip(result, counts, strict=True):
        assert row == pytest.approx(fit_logistic(x, y, weights=count).coefficients, rel=1e-8)


def test_the_start_does_not_matter(cohort):
    x, y, counts = cohort
    near = fits(x, y, counts, fit_logistic(x, y).coefficients)
    far = fits(x, y, counts, np.array([3.0, -0.1, 5.0]))
    assert far == pytest.approx(near, rel=1e-7)


def test_blocks_of_subjects_do_not_matter(cohort, monkeypatch):
    x, y, counts = cohort
    in_one_block = fits(x, y, counts, np.zeros(3))
    monkeypatch.setattr("vbq.stats.regression.batched_logistic.BLOCK", 37)
    assert fits(x, y, counts, np.zeros(3)) == pytest.approx(in_one_block, rel=1e-9)


def test_resamples_without_a_maximum_are_nan(cohort):
    x, y, counts = cohort
    separated = counts[0] * ((x[:, 1] == 0) | (y == 1))  # every exposed subject has the event
    missing = counts[1] * (x[:, 1] == 0)  # nobody is exposed
    one_class = counts[2] * y
    rows = np.stack([separated, counts[3], missing, one_class])
    result = fits(x, y, rows, fit_logistic(x, y).coefficients)
    assert np.isnan(result).all(axis=1).tolist() == [True, False, True, True]
    assert result[1] == pytest.approx(fit_logistic(x, y, weights=counts[3]).coefficients, rel=1e-8)


def test_recalibration_is_calibration(cohort):
    x, y, _ = cohort
    log_odds = 2 * fit_logistic(x, y).linear_predictor() - 0.7
    once = np.ones((1, 150))
    (result,), _ = recalibrate_batch(log_odds[None], y, once)
    expected = calibration(y, 1 / (1 + np.exp(-log_odds)))
    assert result == pytest.approx([expected.intercept.estimate, expected.slope.estimate])
    constant, value = recalibrate_batch(np.zeros((1, 150)), y, once)
    assert np.isnan(constant).all()
    assert np.isnan(value).all()
    perfect, _ = recalibrate_batch((2 * y - 1)[None] + 0.001 * log_odds, y, once)
    assert np.isnan(perfect).all()


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=4, max_size=30
    )
)
def test_areas_of_counts_are_those_of_repeated_subjects(rows):
    y, x, counts = np.array(rows, float).T
    repeated = counts.astype(int)
    outcome = np.repeat(y, repeated)
    result = batched_auc(x[None], y, counts[None])[0]
    if min(outcome.sum(), (1 - outcome).sum()) < 2:
        return
    assert result == pytest.approx(auc(outcome, np.repeat(x, repeated)).estimate)


def test_indices(cohort):
    x, y, counts = cohort
    log_odds = np.tile(fit_logistic(x, y).linear_predictor(), (3, 1))
    result = performance_measures(log_odds, y, np.stack([np.ones(150), counts[0], counts[1] * y]))
    assert np.isnan(result[2]).all()  # one outcome only
    apparent = dict(zip(MEASURES, result[0], strict=True))
    fit = fit_logistic(x, y)
    likelihoods = 2 / 150 * np.array([fit.null_log_likelihood, fit.log_likelihood])
    nagelkerke = (1 - np.exp(likelihoods[0] - likelihoods[1])) / (1 - np.exp(likelihoods[0]))
    assert apparent["r2"] == pytest.approx(nagelkerke)
    assert apparent["slope"] == pytest.approx(1)
    assert apparent["intercept"] == pytest.approx(0, abs=1e-9)
    assert apparent["expected_observed"] == pytest.approx(1)


def test_implied_emax():
    assert implied_emax(0, 1) == pytest.approx(0, abs=1e-12)
    assert implied_emax(2 * np.log(3), 1) == pytest.approx(0.5)  # 0.25 for 0.75
