"""Measures of fit equal R's and their definitions; influence and inflation behave as they must.

R's own figures for influence (glm, car::vif) are in test_r_algorithms.py.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vbq.errors import InputError, UsageError
from vbq.stats.regression.diagnostics import (
    gini_mean_difference,
    goodness_of_fit,
    hosmer_lemeshow_test,
    influence,
    variance_inflation,
)
from vbq.stats.regression.logistic import fit_logistic


@pytest.fixture(scope="module")
def glow(r_table):
    table = r_table("aplore3_glow500")
    yes = [table[name] == "Yes" for name in ("priorfrac", "momfrac", "armassist", "smoke")]
    raterisk = [table.raterisk == level for level in ("Same", "Greater")]
    design = np.column_stack([table.age, table.bmi, *yes, *raterisk]).astype(float)
    return fit_logistic(design, (table.fracture == "Yes").astype(float))


def test_r2(glow, answers):
    fit, known = goodness_of_fit(glow), answers["glow_R2"]
    ours = fit.mcfadden, fit.cox_snell, fit.nagelkerke, fit.tjur
    names = "mcfadden", "coxsnell", "nagelkerke", "tjur"
    assert ours == pytest.approx([known[name] for name in names], rel=1e-9)
    main = answers["glow_main"]
    assert (fit.aic, fit.bic) == pytest.approx((main["AIC"], main["BIC"]), rel=1e-12)


def test_lrm(glow, answers):
    fit, known = goodness_of_fit(glow), answers["glow_rms_lrm_stats"]
    test = fit.likelihood_ratio
    assert (test.chi2, test.df) == (pytest.approx(known["Model L.R."], rel=1e-9), known["d.f."])
    assert test.p == pytest.approx(known["P"], rel=1e-7)
    ours = fit.nagelkerke, fit.brier, fit.g, fit.odds_ratio_g, fit.risk_g
    theirs = [known[name] for name in ("R2", "Brier", "g", "gr", "gp")]
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_hosmer_lemeshow(glow, answers):
    test, known = hosmer_lemeshow_test(glow), answers["glow_main"]["HL"]
    assert test.chi2 == pytest.approx(known["chi2"], rel=1e-9)
    assert (test.df, test.p) == (known["df"], pytest.approx(known["p"], rel=1e-9))


def test_every_model_of_glm(answers, r_table):
    table = r_table("aplore3_glow500")
    for name in ("age", "weight", "bmi"):
        fit = goodness_of_fit(fit_logistic(table[[name]], table.fracture == "Yes"))
        known = answers["glow_univariable"][name]
        assert (fit.aic, fit.bic) == pytest.approx((known["AIC"], known["BIC"]), rel=1e-12)


def test_by_hand():
    """26 of 50 exposed and 46 of 134 others had the event."""
    x = np.repeat([1.0, 1, 0, 0], (26, 24, 46, 88))[:, None]
    y = np.repeat([1.0, 0, 1, 0], (26, 24, 46, 88))
    fit = goodness_of_fit(fit_logistic(x, y))
    p, q = 26 / 50, 46 / 134
    assert fit.tjur == pytest.approx((26 * p + 46 * q) / 72 - (24 * p + 88 * q) / 112)
    assert fit.tjur == pytest.approx(np.corrcoef(x[:, 0], y)[0, 1] ** 2)
    assert fit.brier == pytest.approx((50 * p * (1 - p) + 134 * q * (1 - q)) / 184)
    share = 2 * 50 * 134 / (184 * 183)
    assert fit.risk_g == pytest.approx(share * (p - q))
    assert fit.odds_ratio_g == pytest.approx(math.exp(fit.g))


@given(arrays(float, st.integers(2, 30), elements=st.floats(-100, 100)))
def test_gini_is_the_mean_of_all_pairs(values):
    pairs = np.abs(np.subtract.outer(values, values)).sum() / (values.size * (values.size - 1))
    assert gini_mean_difference(values) == pytest.approx(pairs, abs=1e-9)


def test_hosmer_lemeshow_sees_gross_misfit():
    x = np.linspace(-3, 3, 2000)
    y = np.random.default_rng(8).random(2000) < 1 / (1 + np.exp(-(x**2) + 3))
    fit = fit_logistic(x[:, None], y)
    assert hosmer_lemeshow_test(fit).p < 1e-6
    square = fit_logistic(np.column_stack([x, x**2]), y)
    assert hosmer_lemeshow_test(square).p > 0.01


def test_invalid_input_is_refused():
    x, y = np.repeat([0.0, 1], 20)[:, None], np.tile([0.0, 1, 1, 1], 10)
    y[:3] = 0
    with pytest.raises(InputError, match="too few values for 10 groups"):
        hosmer_lemeshow_test(fit_logistic(x, y))
    with pytest.raises(UsageError, match="2 groups"):
        hosmer_lemeshow_test(fit_logistic(x, y), groups=2)
    with pytest.raises(UsageError, match="weighted"):
        goodness_of_fit(fit_logistic(x, y, weights=np.full(40, 2.0)))


@pytest.fixture(scope="module")
def study():
    rng = np.random.default_rng(21)
    x = rng.normal(size=(150, 2))
    return fit_logistic(x, rng.random(150) < 1 / (1 + np.exp(-x[:, 0])))


def test_leverages_add_up_to_the_coefficients(study):
    leverage = influence(study).leverage
    assert leverage.sum() == pytest.approx(3)
    assert leverage.min() > 0
    assert leverage.max() < 1


def test_cooks_distance_approximates_deletion(study):
    """One Newton step away: near for single subjects of a study of 150."""
    distance = influence(study).cooks_distance
    inverse = np.linalg.inv(study.covariance)
    for i in [*np.argsort(distance)[-5:], 0, 1]:
        remaining = np.arange(150) != i
        without = fit_logistic(study.data.design[remaining, 1:], study.data.outcome[remaining])
        moved = without.coefficients - study.coefficients
        assert distance[i] == pytest.approx(moved @ inverse @ moved / 3, rel=0.2)


def test_a_subject_of_weight_2_counts_as_two(study):
    x, y = study.data.design[:, 1:], study.data.outcome
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
