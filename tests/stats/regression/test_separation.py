"""Separation is detected if and only if it is present, and its predictors are named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from vbq.errors import InputError
from vbq.stats.regression.binary_data import with_intercept
from vbq.stats.regression.firth import fit_firth
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.separation import find_separation

NAMES = ("intercept", "age", "steroids", "vbq")


def search(x, y):
    return find_separation(with_intercept(np.asarray(x, float)), np.asarray(y, float), NAMES)


@pytest.fixture
def cohort():
    rng = np.random.default_rng(3)
    x = np.column_stack([rng.normal(65, 8, 184), np.arange(184) % 9 == 0, rng.normal(3, 0.7, 184)])
    return x, (rng.random(184) < 0.4).astype(float)


def test_none_in_an_ordinary_cohort(cohort):
    assert search(*cohort) is None


def test_quasi_complete_separation_by_one_feature(cohort):
    x, y = cohort
    y[x[:, 1] == 1] = 1
    result = search(x, y)
    assert (result.complete, result.predictors) == (False, ("steroids",))
    assert result.tied == np.count_nonzero(x[:, 1] == 0)
    with pytest.raises(InputError, match="quasi-completely separated by steroids") as error:
        fit_logistic(x, y, names=NAMES[1:])
    assert error.value.code == "separation"
    assert "Firth" in error.value.remedy


def test_a_threshold(cohort):
    x, _ = cohort
    result = search(x, x[:, 2] > 3.1)
    assert (result.complete, result.predictors, result.tied) == (True, ("vbq",), 0)
    with pytest.raises(InputError, match="completely separated by vbq"):
        fit_logistic(x, x[:, 2] > 3.1, names=NAMES[1:])


def test_two_predictors_separate_jointly(cohort):
    x, _ = cohort
    y = x[:, 2] + (x[:, 0] - 65) / 20 > 3
    assert search(x, y).predictors == ("age", "vbq")


def test_two_features_separate_independently(cohort):
    x, y = cohort
    x[:, 2] = np.arange(184) % 11 == 0
    y[(x[:, 1] == 1) | (x[:, 2] == 1)] = 1
    assert search(x, y).predictors == ("steroids", "vbq")


def test_a_threshold_with_a_tie():
    """Both outcomes occur at 3 alone."""
    result = search(np.array([1, 2, 3, 3, 4, 5])[:, None], [0, 0, 0, 1, 1, 1])
    assert (result.complete, result.tied) == (False, 2)


def test_one_misplaced_subject_ends_separation():
    x = np.concatenate([np.arange(100), [40.0]])[:, None]
    y = np.concatenate([np.arange(100) > 60, [True]])
    assert search(x, y) is None
    assert fit_logistic(x, y).coefficients[1] > 0


@pytest.mark.parametrize("separated", [True, False])
def test_1e5_subjects(separated):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(100_000, 3))
    x[:, 1] = rng.random(100_000) < 1e-3
    y = rng.random(100_000) < 1 / (1 + np.exp(-3 * x[:, 0]))
    y[x[:, 1] == 1] = True
    if not separated:
        y[np.flatnonzero(x[:, 1])[0]] = False
    result = search(x, y)
    assert (result.predictors if result else None) == (("steroids",) if separated else None)


@settings(max_examples=60, deadline=None)
@given(arrays(np.int8, (9, 2), elements=st.integers(-2, 2)), arrays(np.bool_, 9))
def test_it_is_separation_as_defined(x, y):
    """Konis's programme: can the sum of the distances on the right side be made positive?"""
    design = with_intercept(x.astype(float))
    if np.linalg.matrix_rank(design) < 3 or y.all() or not y.any():
        return
    rows = (2 * y[:, None] - 1) * design
    konis = linprog(-rows.sum(axis=0), -rows, np.zeros(9), bounds=(-1, 1))
    result = find_separation(design, y.astype(float), NAMES[:3])
    assert (result is not None) == (-konis.fun > 1e-6)
    if result:
        strict = linprog(np.zeros(3), -rows, -np.ones(9), bounds=(None, None))
        assert result.complete == (strict.status == 0)
        with pytest.raises(InputError, match="separated"):
            fit_logistic(x, y, names=NAMES[1:3])
        assert np.isfinite(fit_firth(x, y).coefficients).all()
    else:
        assert np.isfinite(fit_logistic(x, y).coefficients).all()


def test_nearly_separated_data_are_fitted_or_refused():
    """A small change to one value with few events must not cause a numerical failure."""
    rng = np.random.default_rng(0)
    n = 30
    x = np.column_stack([rng.integers(0, 2, n), rng.normal(size=n), rng.normal(size=n)])
    y, included = (rng.random(n) < 0.4) * 1.0, rng.random(n) < 0.8
    ends = set()
    for k in range(x.size):
        for nudge in (1e-6, -1e-6, 1e-4):
            moved = x.copy()
            moved.flat[k] += nudge
            try:
                fit_logistic(moved[included][:, [0, 2]], y[included])
                ends.add("fitted")
            except InputError as error:
                ends.add(error.code)
    assert ends <= {"fitted", "separation"}
