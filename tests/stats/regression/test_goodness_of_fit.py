"""R² and their kin equal R's and their definitions."""

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


def test_what_cannot_be_judged():
    x, y = np.repeat([0.0, 1], 20)[:, None], np.tile([0.0, 1, 1, 1], 10)
    y[:3] = 0
    with pytest.raises(InputError, match="too few values for 10 groups"):
        hosmer_lemeshow_test(fit_logistic(x, y))
    with pytest.raises(UsageError, match="2 groups"):
        hosmer_lemeshow_test(fit_logistic(x, y), groups=2)
    with pytest.raises(UsageError, match="weighted"):
        goodness_of_fit(fit_logistic(x, y, weights=np.full(40, 2.0)))
