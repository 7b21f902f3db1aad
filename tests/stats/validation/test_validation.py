"""Internal validation repeats the entire procedure and reveals performance due to chance."""

import numpy as np
import pytest

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.performance.delong import auc
from vbq.stats.performance.net_benefit import decision_curve
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.validation.bootstrap import validate_bootstrap
from vbq.stats.validation.bootstrap_632 import _plus, validate_632
from vbq.stats.validation.corrected_curves import (
    validated_calibration_curve,
    validated_decision_curve,
)
from vbq.stats.validation.cross_validation import cross_validate


def plain(x, y):
    return fit_logistic(x, y).probabilities


def best_of_many(x, y):
    """Chooses the predictor that differs most between outcomes, as univariable screening does."""
    gaps = np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0)) / x.std(axis=0)
    chosen = int(np.argmax(gaps))
    fit = fit_logistic(x[:, [chosen]], y)
    return lambda new: fit.probabilities(new[:, [chosen]])


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(160, 3))
    return x, (rng.random(160) < 1 / (1 + np.exp(0.7 - x @ [1, 0.5, 0]))).astype(float)


@pytest.fixture(scope="module")
def noise():
    rng = np.random.default_rng(9)
    return rng.normal(size=(100, 15)), np.repeat([0.0, 1.0], 50)


@pytest.mark.parametrize(
    "validate",
    [
        lambda x, y, p: validate_bootstrap(x, y, p, resamples=15, seed=3),
        lambda x, y, p: validate_632(x, y, p, resamples=15, seed=3),
        lambda x, y, p: cross_validate(x, y, p, folds=4, repeats=3, seed=3),
    ],
)
def test_the_fast_path_is_the_general_one(cohort, validate):
    fast, general = validate(*cohort, None), validate(*cohort, plain)
    for fast_measure, general_measure in zip(fast.measures, general.measures, strict=True):
        assert fast_measure.name == general_measure.name
        assert fast_measure.apparent == pytest.approx(general_measure.apparent, abs=1e-8)
        assert fast_measure.corrected == pytest.approx(general_measure.corrected, abs=1e-7)


def test_the_curves_of_the_fast_path_are_the_general_ones(cohort):
    for curve, points in (
        (validated_calibration_curve, [0.2, 0.5]),
        (validated_decision_curve, [0.21, 0.52]),
    ):
        fast, general = (curve(*cohort, points, p, resamples=10, seed=3) for p in (None, plain))
        assert fast.corrected == pytest.approx(general.corrected, abs=1e-7)


def test_noise_predictors_have_a_corrected_area_near_one_half():
    """The best of 15 noise predictors looks good by chance alone."""
    y, result = np.repeat([0.0, 1.0], 50), []
    for seed in range(6):
        x = np.random.default_rng(seed).normal(size=(100, 15))
        harrell = validate_bootstrap(x, y, best_of_many, resamples=40, seed=1)["auc"]
        efron = validate_632(x, y, best_of_many, resamples=40, seed=1)["auc"]
        stone = cross_validate(x, y, best_of_many, folds=5, repeats=4, seed=1)["auc"]
        result.append([harrell.apparent, harrell.corrected, efron.corrected_plus, stone.test])
    apparent, *corrected = np.mean(result, axis=0)
    assert apparent > 0.58
    assert corrected == pytest.approx([0.5] * 3, abs=0.05)


def test_selection_left_out_of_the_bootstrap_hides_its_optimism(noise):
    x, y = noise
    gaps = np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0)) / x.std(axis=0)
    chosen = x[:, [int(np.argmax(gaps))]]
    hidden = validate_bootstrap(chosen, y, resamples=150, seed=1)["auc"]
    honest = validate_bootstrap(x, y, best_of_many, resamples=150, seed=1)["auc"]
    assert hidden.apparent == pytest.approx(honest.apparent)
    assert hidden.optimism < honest.optimism / 2


def test_corrected_performance_is_that_on_new_patients():
    """Mean over studies of the corrected area minus the area on 10 000 new patients is about 0."""
    rng = np.random.default_rng(12)
    beta = np.array([0.8, 0.4, 0, 0, 0, 0])

    def patients(n):
        x = rng.normal(size=(n, 6))
        return x, (rng.random(n) < 1 / (1 + np.exp(1 - x @ beta))).astype(float)

    new, outcome = patients(10_000)
    gaps = []
    for seed in range(25):
        x, y = patients(150)
        result = validate_bootstrap(x, y, resamples=100, seed=seed)
        truth = auc(outcome, fit_logistic(x, y).linear_predictor(new)).estimate
        gaps.append([result["auc"].apparent - truth, result["auc"].corrected - truth])
    apparent, corrected = np.mean(gaps, axis=0)
    error = np.std(gaps, axis=0)[1] / np.sqrt(25)
    assert apparent > 0.02
    assert abs(corrected) < 3 * error


def test_the_same_seed_gives_the_same_digits(cohort):
    first, second = (validate_bootstrap(*cohort, resamples=40, seed=5) for _ in range(2))
    assert first == second
    assert first != validate_bootstrap(*cohort, resamples=40, seed=6)


def test_632_plus():
    assert _plus(0.9, 0.5, 0.5) == pytest.approx(0.5)  # as bad as no information
    assert _plus(0.9, 0.4, 0.5) == pytest.approx(0.5)  # and never worse than that
    assert _plus(0.8, 0.8, 0.5) == pytest.approx(0.8)  # no overfitting
    rate = 0.1 / 0.2
    weight = 0.632 / (1 - 0.368 * rate)
    expected = (1 - weight) * 0.7 + weight * 0.6
    assert _plus(0.7, 0.6, 0.5) == pytest.approx(expected, abs=1e-4)
    assert _plus(0.2, 0.25, 0.25) == pytest.approx(0.25)  # Brier: larger is worse


def test_corrected_net_benefit_starts_from_the_apparent_one(cohort):
    x, y = cohort
    points = [0.15, 0.3, 0.45]
    result = validated_decision_curve(x, y, points, resamples=500, seed=1)
    apparent = decision_curve(y, plain(x, y)(x), points, seed=1, resamples=10)
    assert result.apparent == pytest.approx(apparent.net_benefit)
    assert (result.corrected - result.apparent).mean() < -result.monte_carlo_error.max()


def test_indices_have_names(cohort):
    result = validate_bootstrap(*cohort, resamples=10, seed=1)
    assert result["dxy"].corrected == pytest.approx(2 * result["auc"].corrected - 1)
    assert result["emax"].monte_carlo_error is None
    assert (result.n, result.resamples, result.failed) == (160, 10, 0)
    with pytest.raises(KeyError):
        result["accuracy"]


def test_a_procedure_that_fails_on_many_resamples_is_refused():
    x = np.zeros((60, 1))
    x[[0, 1, 3, 5]] = (
        1  # one of four exposed has no event: a third of the resamples lack that subject
    )
    y = np.tile([0.0, 1.0], 30)
    for procedure in (None, plain):
        with pytest.raises(RefusalError, match="could not be fitted") as caught:
            validate_bootstrap(x, y, procedure, resamples=40, seed=1)
        assert caught.value.code == "resamples_failed"


def test_the_reason_of_a_failure_in_all_subjects_is_raised():
    x, y = np.arange(20.0)[:, None], np.repeat([0.0, 1.0], 10)
    for procedure in (None, plain):
        with pytest.raises(InputError) as caught:
            validate_bootstrap(x, y, procedure, resamples=10, seed=1)
        assert caught.value.code == "separation"


def test_invalid_arguments_are_refused(cohort):
    x, y = cohort
    for call in (
        lambda: validate_bootstrap(x[:, 0], y, seed=1),
        lambda: validate_bootstrap(x[:-1], y, seed=1),
        lambda: validate_bootstrap(x, y, seed=1, resamples=1),
        lambda: validate_632(x, y, seed=1, resamples=1),
        lambda: cross_validate(x, y, seed=1, folds=1),
        lambda: cross_validate(x, y, seed=1, folds=100),
        lambda: cross_validate(x, y, seed=1, repeats=1),
        lambda: validated_decision_curve(x, y, [0.5, 0.4], seed=1),
    ):
        with pytest.raises(UsageError):
            call()
