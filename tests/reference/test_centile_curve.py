"""A norm by age gives back the distribution its people were drawn from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import check_grad

from vbq.errors import RefusalError
from vbq.reference import centile_curve as module
from vbq.reference.centile_curve import Curve, fit_curve

AGES = np.array([25.0, 40, 55, 70])


@pytest.fixture(scope="module")
def fitted(truth):
    return fit_curve(*truth(1.5).sample(4000, 1))


@pytest.mark.parametrize("z", [-1.645, 0, 1.645])
def test_centiles_are_recovered_within_monte_carlo_error(truth, fitted, z):
    known = truth(1.5).centile(z, AGES)
    # SD of a fitted z at n = 4,000 is about 0.03 at the median and 0.05 in the tails
    assert fitted.z(known, AGES) == pytest.approx(z, abs=0.15)
    assert fitted.centile(z, AGES) == pytest.approx(known, rel=0.03)


def test_held_out_people_have_standard_normal_z(truth, fitted):
    ages, scores = truth(1.5).sample(1000, 2)
    assert stats.kstest(fitted.z(scores, ages), "norm").pvalue > 0.01


def test_z_of_another_distribution_is_not_standard_normal(truth, fitted):
    ages, scores = truth(3.0).sample(1000, 2)
    assert stats.kstest(fitted.z(scores, ages), "norm").pvalue < 1e-6


def test_skew_is_recovered():
    rng = np.random.default_rng(3)
    ages = rng.uniform(20, 80, 4000)
    scores = 2.5 * (1 - 1.0 * 0.2 * rng.standard_normal(4000)).clip(0.2) ** -1.0  # L = -1, S = 0.2
    curve = fit_curve(ages, scores)
    assert curve.power == pytest.approx(-1, abs=0.35)
    assert np.exp(curve.spread[0]) == pytest.approx(0.2, rel=0.05)
    assert curve.centile(0, 50) == pytest.approx(2.5, rel=0.02)


curves = st.builds(
    Curve,
    knots=st.just((25.0, 50.0, 75.0)),
    median=st.tuples(st.floats(0.5, 1.5), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)),
    spread=st.tuples(st.floats(-2.5, -1.2), st.floats(-0.1, 0.1)),
    power=st.floats(-5, 5),
    ages=st.just((20.0, 80.0)),
)


@settings(max_examples=50, deadline=None)
@given(curves, st.floats(20, 80))
def test_centiles_never_cross(curve, age):
    assert (np.diff(curve.centile(np.linspace(-3, 3, 25), age)) >= 0).all()


@settings(max_examples=50, deadline=None)
@given(curves, st.floats(20, 80), st.floats(-0.6, 0.6))
def test_z_and_centile_undo_each_other(curve, age, z):
    assert float(curve.z(curve.centile(z, age), age)) == pytest.approx(z, abs=1e-6)


@pytest.mark.parametrize("power", [0.0, 0.7, -1.3])
def test_the_gradient_is_that_of_the_likelihood(truth, power):
    ages, scores = truth(1.5).sample(200, 4)
    design = module._design(ages, (26.0, 50.0, 74.0))
    parameters = np.array([0.9, 0.04, 0.02, -1.5, 0.02, power])
    error = check_grad(
        lambda p: module._loss(p, design, np.log(scores))[0],
        lambda p: module._loss(p, design, np.log(scores))[1],
        parameters,
        epsilon=1e-5,
    )
    assert error < 1e-3


@pytest.mark.parametrize(
    ("code", "ages", "scores"),
    [
        ("too_few_people", np.linspace(20, 80, 99), np.linspace(2, 3, 99)),
        ("ages_too_alike", np.full(200, 50.0), np.linspace(2, 3, 200)),
        ("scores_alike", np.linspace(20, 80, 200), np.full(200, 2.5)),
    ],
)
def test_what_gives_no_norm_is_refused(code, ages, scores):
    with pytest.raises(RefusalError) as caught:
        fit_curve(ages, scores)
    assert caught.value.code == code
