"""Tests and intervals agree with R and with each other in large samples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.regression.firth import fit_firth
from vbq.stats.regression.likelihood import (
    coefficients,
    compare_nested,
    likelihood_ratio_test,
    profile_interval,
    wald_interval,
    wald_test,
)
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.splines import restricted_cubic_spline
from vbq.stats.regression.terms import Design, Term

NAMES = ("age", "bmi", "priorfrac", "momfrac", "armassist", "smoke", "Same", "Greater")


@pytest.fixture(scope="module")
def glow(r_table):
    """Predictors by name, and the outcome."""
    table = r_table("aplore3_glow500")
    columns = {name: (table[name] == "Yes").to_numpy(float) for name in NAMES[2:6]}
    columns |= {name: (table.raterisk == name).to_numpy(float) for name in NAMES[6:]}
    columns |= {name: table[name].to_numpy(float) for name in ("age", "bmi", "weight")}
    columns["premeno"] = (table.premeno == "Yes").to_numpy(float)
    return columns, (table.fracture == "Yes").to_numpy(float)


def model(glow, *names):
    columns, y = glow
    return fit_logistic(np.column_stack([columns[name] for name in names]), y, names=names)


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(11)
    x = rng.normal(size=(60, 2))
    return fit_logistic(x, rng.random(60) < 1 / (1 + np.exp(-x[:, 0])), names=["vbq", "age"])


def test_hosmer_and_lemeshows_models(glow, answers):
    smaller = model(glow, "age", "priorfrac", "Same", "Greater")
    larger = model(glow, "age", "weight", "priorfrac", "premeno", "Same", "Greater")
    answer = answers["glow_LR_2.3_vs_2.2"]
    for test in (
        compare_nested(larger, smaller),
        likelihood_ratio_test(larger, ["weight", "premeno"]),
    ):
        assert test.chi2 == pytest.approx(answer["chi2"], rel=1e-9)
        assert (test.df, test.p) == (answer["df"], pytest.approx(answer["p"], rel=1e-9))
    assert test.name == "likelihood-ratio test"


def test_added_value_of_prior_fracture(glow, answers):
    test = likelihood_ratio_test(model(glow, *NAMES), ["priorfrac"])
    answer = answers["glow_added_value_priorfrac"]
    assert (test.chi2, test.p) == pytest.approx((answer["LR"], answer["LR_p"]), rel=1e-9)


def test_interaction(glow, answers):
    columns, y = glow
    terms = tuple(Term(name, name, "", "linear") for name in NAMES)
    design = Design(terms, interactions=(("age", "priorfrac"),))
    fit = fit_logistic(design.matrix(columns), y, names=design.names)
    test = likelihood_ratio_test(fit, ["age × priorfrac"])
    answer = answers["glow_interaction_age_priorfrac"]
    assert (test.chi2, test.p) == pytest.approx((answer["LR"], answer["p"]), rel=1e-9)
    assert fit.coefficients[-1] == pytest.approx(answer["beta"], rel=1e-8)


def test_products_of_terms():
    """A spline with two columns times a category with three."""
    spline = Term("age", "Age", "years", "spline", knots=(0.0, 1.0, 2.0))
    site = Term("site", "Site", "", "categories", levels=("a", "b", "c", "d"), reference="a")
    design = Design((spline, site), interactions=(("age", "site"),))
    age, codes = np.array([1.0, 3.0]), np.array([1.0, 3.0])
    matrix = design.matrix({"age": age, "site": codes})
    assert matrix[:, 5:] == pytest.approx(np.array([[1, 0, 0, 0.25, 0, 0], [0, 0, 3, 0, 0, 3]]))
    assert design.names[5:] == tuple(f"{a} × site={b}" for a in ("age", "age'") for b in "bcd")


def test_wald_of_one_coefficient_is_z_squared(small):
    for j, row in enumerate(coefficients(small)):
        z = small.coefficients[j] / small.standard_errors[j]
        assert wald_test(small, [row.name]).chi2 == pytest.approx(z**2)
        assert row.wald_p == pytest.approx(2 * stats.norm.sf(abs(z)))
        assert row.odds_ratio == pytest.approx(math.exp(small.coefficients[j]))
        assert row.odds_ratio_wald == pytest.approx(
            np.exp(small.coefficients[j] + np.array([-1, 1]) * 1.959964 * small.standard_errors[j])
        )


def test_wald_of_several_coefficients_ignores_their_coding(small):
    x, y = small.data.design[:, 1:], small.data.outcome
    recoded = fit_logistic(x @ [[1, 2], [-1, 0.5]], y)
    first, second = wald_test(small, ["vbq", "age"]), wald_test(recoded, ["x1", "x2"])
    assert (first.chi2, first.df, first.p) == pytest.approx((second.chi2, 2, second.p))


def test_wald_with_another_covariance(small):
    wide = 4 * small.covariance
    assert wald_test(small, ["vbq"], covariance=wide).chi2 == pytest.approx(
        wald_test(small, ["vbq"]).chi2 / 4
    )
    low, high = wald_interval(small, "vbq", covariance=wide)
    narrow = wald_interval(small, "vbq")
    assert high - low == pytest.approx(2 * (narrow[1] - narrow[0]))


@pytest.mark.parametrize("fitter", [fit_logistic, fit_firth])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_a_profile_interval_inverts_the_test(small, fitter, confidence):
    fit = fitter(small.data.design[:, 1:], small.data.outcome, names=small.names[1:])
    for limit in profile_interval(fit, "vbq", confidence=confidence):
        chi2 = 2 * (fit.log_likelihood - fit.constrained([1], [limit]).log_likelihood)
        assert stats.chi2.sf(chi2, 1) == pytest.approx(1 - confidence, rel=1e-8)


@pytest.mark.parametrize("fitter", [fit_logistic, fit_firth])
def test_the_likelihood_falls_ever_further_from_the_estimate(small, fitter):
    fit = fitter(small.data.design[:, 1:], small.data.outcome)
    for side in (-1, 1):
        distances = side * fit.standard_errors[1] * np.array([0, 1e-3, 1, 5, 20, 60])
        values = [fit.constrained([1], [fit.coefficients[1] + step]) for step in distances]
        assert (np.diff([held.log_likelihood for held in values]) < 0).all()
        for step, held in zip(distances, values, strict=True):
            assert held.coefficients[1] == fit.coefficients[1] + step


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(-4, 6))
def test_profiles_of_small_studies_solve_their_equation(seed, power):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=40) * 10.0**power, rng.random(40) < 0.2])
    try:
        fit = fit_logistic(x, rng.random(40) < 0.3)
    except InputError:
        return
    for j, name in enumerate(fit.names):
        low, high = profile_interval(fit, name)
        assert low < fit.coefficients[j] < high
        for limit in (low, high):
            chi2 = 2 * (fit.log_likelihood - fit.constrained([j], [limit]).log_likelihood)
            assert chi2 == pytest.approx(stats.chi2.isf(0.05, 1), rel=1e-7)


def test_a_profile_ends_at_0_where_p_is_the_level(small):
    p = likelihood_ratio_test(small, ["vbq"]).p
    assert profile_interval(small, "vbq", confidence=1 - p)[0] == pytest.approx(0, abs=1e-9)


def test_a_profile_is_wald_in_large_samples():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(4_000, 1))
    fit = fit_logistic(x, rng.random(4_000) < 1 / (1 + np.exp(-x[:, 0])))
    assert profile_interval(fit, "x1") == pytest.approx(wald_interval(fit, "x1"), abs=2e-3)
    assert wald_test(fit, ["x1"]).chi2 > 300


def test_a_profile_changes_sign_with_its_predictor(small):
    x, y = small.data.design[:, 1:], small.data.outcome
    low, high = profile_interval(small, "vbq")
    mirrored = fit_logistic(x * [-2, 1], y)
    assert profile_interval(mirrored, "x1") == pytest.approx((-high / 2, -low / 2), rel=1e-9)


def test_a_straight_line_is_nested_in_a_spline(small):
    x, y = small.data.design[:, 1], small.data.outcome
    line = fit_logistic(x[:, None], y)
    spline = restricted_cubic_spline(x, 4)
    curve = fit_logistic(spline.basis(x), y, names=spline.names("vbq"))
    test = compare_nested(curve, line)
    assert test.df == 2
    assert test.chi2 == pytest.approx(likelihood_ratio_test(curve, ["vbq'", "vbq''"]).chi2)


def test_models_that_cannot_be_compared(small):
    x, y = small.data.design[:, 1:], small.data.outcome
    vbq, age = fit_logistic(x[:, :1], y, names=["vbq"]), fit_logistic(x[:, 1:], y, names=["age"])
    with pytest.raises(UsageError, match="model of age is not nested in the model of vbq"):
        compare_nested(vbq, age)
    with pytest.raises(UsageError, match="not nested"):
        compare_nested(vbq, small)
    square = fit_logistic(x[:, :1] ** 2, y, names=["vbq²"])
    with pytest.raises(UsageError, match="model of vbq² is not nested in the model of vbq, age"):
        compare_nested(small, square)
    with pytest.raises(UsageError, match="n = 60 and 50"):
        compare_nested(small, fit_logistic(x[:50, :1], y[:50]))
    with pytest.raises(UsageError, match="maximum likelihood"):
        compare_nested(fit_firth(x, y), fit_firth(x[:, :1], y))
    with pytest.raises(UsageError, match="no predictor 'bmi'"):
        likelihood_ratio_test(small, ["bmi"])
    with pytest.raises(UsageError, match="No predictor"):
        wald_test(small, [])
    with pytest.raises(UsageError, match="confidence level of 95"):
        profile_interval(small, "vbq", confidence=95)


def test_an_odds_ratio_too_large_to_represent_is_refused(simulated_unit):
    x, y = simulated_unit
    with pytest.raises(InputError, match="odds ratio of x1 is too large"):
        coefficients(fit_logistic(x / 1e4, y))


@pytest.fixture
def simulated_unit():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 1))
    return x, (rng.random(200) < 1 / (1 + np.exp(-x[:, 0]))) * 1.0
