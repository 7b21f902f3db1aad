"""Restricted cubic splines are Harrell's: his knots, his basis, straight tails."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.errors import InputError, UsageError
from vbq.stats.regression.likelihood import wald_test
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.splines import RestrictedCubicSpline, restricted_cubic_spline


@pytest.fixture(scope="module")
def glow(r_table):
    table = r_table("aplore3_glow500")
    prior = (table.priorfrac == "Yes").to_numpy(float)
    return table.age.to_numpy(float), table.bmi.to_numpy(float), prior, table.fracture == "Yes"


def test_basis_and_knots_of_rms(glow, answers):
    answer = answers["glow_rcs"]
    spline = restricted_cubic_spline(glow[0], 4)
    assert spline.knots == tuple(answer["knots_age4"])
    assert restricted_cubic_spline(glow[1], 4).knots == pytest.approx(answer["knots_bmi4"])
    basis = spline.basis([60, 70, 80])
    assert basis == pytest.approx(np.array(answer["basis_age_60_70_80"]), rel=1e-9)


@pytest.mark.parametrize("curved", ["age", "bmi"])
def test_fit_and_anova_of_rms(glow, answers, curved):
    age, bmi, prior, fracture = glow
    answer = answers["glow_rcs"]
    spline = restricted_cubic_spline(age if curved == "age" else bmi, 4)
    if curved == "age":
        names, columns = [*spline.names("age"), "bmi", "prior"], [spline.basis(age), bmi, prior]
        terms = [names[:3], names[1:3], ["bmi"], ["prior"], names]
        coefficients, anova = answer["coef"], "anova"
    else:
        names, columns = ["age", *spline.names("bmi"), "prior"], [age, spline.basis(bmi), prior]
        terms = [["age"], names[1:4], names[2:4], ["prior"], names]
        coefficients, anova = answer["coef_bmi"], "anova_bmi"
    fit = fit_logistic(np.column_stack(columns), fracture, names=names)
    assert fit.coefficients == pytest.approx(list(coefficients.values()), rel=1e-7)
    tests = [wald_test(fit, term) for term in terms]
    assert [test.chi2 for test in tests] == pytest.approx(answer[f"{anova}_chi2"], rel=1e-8)
    assert [test.p for test in tests] == pytest.approx(answer[f"{anova}_p"], rel=1e-8)
    if curved == "age":
        assert [test.df for test in tests] == answer["anova_df"]
        assert fit.log_likelihood == pytest.approx(answer["loglik"], rel=1e-10)


def test_box_tidwell_from_its_parts(glow, answers):
    """R: the Wald p of age·ln(age) in fracture ~ age + prior fracture."""
    age, _, prior, fracture = glow
    names = ["age", "prior", "age·ln(age)"]
    fit = fit_logistic(np.column_stack([age, prior, age * np.log(age)]), fracture, names=names)
    p = wald_test(fit, names[2:]).p
    assert p == pytest.approx(answers["glow_boxtidwell_age_p"])


@given(
    st.lists(st.integers(-50, 50), min_size=3, max_size=7, unique=True),
    st.floats(0.01, 100),
)
def test_straight_beyond_the_outer_knots_and_smooth_within(knots, unit):
    spline = RestrictedCubicSpline(tuple(sorted(knot * unit for knot in knots)))
    first, last = spline.knots[0], spline.knots[-1]
    span = last - first
    below = spline.basis(first - span * np.arange(3.0))
    above = spline.basis(last + span * np.arange(3.0))
    assert below[:, 1:] == pytest.approx(np.zeros((3, len(knots) - 2)))
    assert np.diff(above, 2, axis=0) == pytest.approx(0, abs=1e-6 * span)
    # no jump of value, slope or curvature at any knot
    step = 1e-4 * span
    for knot in spline.knots:
        around = spline.basis(knot + step * np.array([-2, -1, 0, 1, 2])) / span
        assert np.abs(np.diff(around, 3, axis=0)).max() < 1e-8


def test_one_bend_by_hand():
    """Knots 0, 1, 2: (x³₊ - 2(x-1)³₊ + (x-2)³₊) / 2²."""
    spline = RestrictedCubicSpline((0.0, 1.0, 2.0))
    assert spline.basis([-1, 1, 2, 3])[:, 1] == pytest.approx([0, 0.25, 1.5, 3])
    assert spline.names("age") == ("age", "age'")


def test_few_subjects_get_the_fifth_values_as_outer_knots():
    values = np.arange(60.0)
    spline = restricted_cubic_spline(values, 3)
    assert spline.knots == (4, 29.5, 55)
    assert restricted_cubic_spline(np.arange(100.0), 3).knots == pytest.approx((9.9, 49.5, 89.1))


def test_invalid_splines_are_refused():
    with pytest.raises(InputError, match="3 knots would coincide: too many of the 200"):
        restricted_cubic_spline(np.arange(200) % 2, 3)
    with pytest.raises(UsageError, match="spline of 2 knots"):
        restricted_cubic_spline(np.arange(200), 2)
    with pytest.raises(UsageError, match="Knots 1, 1, 2"):
        RestrictedCubicSpline((1, 1, 2))
    with pytest.raises(InputError, match="missing"):
        restricted_cubic_spline([1, 2, np.nan])
