"""Influence says what leaving a subject out does; inflation, what correlation costs.

R's own figures (glm, car::vif) are in test_r_algorithms.py.
"""

import numpy as np
import pytest

from vbq.stats.regression.influence import influence, variance_inflation
from vbq.stats.regression.logistic import fit_logistic


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(21)
    x = rng.normal(size=(150, 2))
    return fit_logistic(x, rng.random(150) < 1 / (1 + np.exp(-x[:, 0])))


def test_leverages_add_up_to_the_coefficients(fit):
    leverage = influence(fit).leverage
    assert leverage.sum() == pytest.approx(3)
    assert leverage.min() > 0
    assert leverage.max() < 1


def test_cooks_distance_is_what_leaving_out_does(fit):
    """One Newton step away: near for single subjects of a study of 150."""
    distance = influence(fit).cooks_distance
    inverse = np.linalg.inv(fit.covariance)
    for i in [*np.argsort(distance)[-5:], 0, 1]:
        rest = np.arange(150) != i
        without = fit_logistic(fit.data.design[rest, 1:], fit.data.outcome[rest])
        moved = without.coefficients - fit.coefficients
        assert distance[i] == pytest.approx(moved @ inverse @ moved / 3, rel=0.2)


def test_a_subject_of_weight_2_counts_as_two(fit):
    x, y = fit.data.design[:, 1:], fit.data.outcome
    twice = fit_logistic(np.vstack([x, x[:1]]), np.append(y, y[0]))
    weighted = fit_logistic(x, y, weights=np.r_[2.0, np.ones(149)])
    assert influence(weighted).leverage[0] == pytest.approx(2 * influence(twice).leverage[0])


def test_inflation_of_unrelated_and_of_twin_predictors():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(5000, 2))
    y = rng.random(5000) < 0.5
    assert variance_inflation(fit_logistic(x, y)) == pytest.approx([1, 1], abs=0.01)
    # correlation r: 1 / (1 - r²), here r² = 1 / (1 + 0.25)
    twin = np.column_stack([x[:, 0], x[:, 0] + 0.5 * x[:, 1]])
    assert variance_inflation(fit_logistic(twin, y)) == pytest.approx([5, 5], rel=0.05)
