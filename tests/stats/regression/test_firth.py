"""Firth's regression equals logistf, and stays finite where the outcome is separated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vbq.stats.regression.firth import fit_firth, flac_coefficients, flic_coefficients
from vbq.stats.regression.likelihood import coefficients, likelihood_ratio_test
from vbq.stats.regression.logistic import fit_logistic


@pytest.fixture(scope="module")
def sex2(r_table):
    table = r_table("logistf_sex2")
    return fit_firth(table.iloc[:, 1:].to_numpy(float), table.case, names=list(table.columns[1:]))


@pytest.fixture(scope="module")
def glow(r_table):
    table = r_table("aplore3_glow500")
    yes = [table[name] == "Yes" for name in ("priorfrac", "momfrac", "armassist", "smoke")]
    raterisk = [table.raterisk == level for level in ("Same", "Greater")]
    design = np.column_stack([table.age, table.bmi, *yes, *raterisk]).astype(float)
    return fit_firth(design, (table.fracture == "Yes").astype(float))


@pytest.mark.parametrize("name", ["firth_sex2", "firth_glow_main"])
def test_logistf(request, answers, name):
    fit = request.getfixturevalue("sex2" if name == "firth_sex2" else "glow")
    answer, rows = answers[name], coefficients(fit)
    assert fit.coefficients == pytest.approx(list(answer["coef"].values()), rel=1e-6)
    assert fit.standard_errors == pytest.approx(answer["se"], rel=1e-6)
    assert [row.odds_ratio for row in rows] == pytest.approx(answer["OR"], rel=1e-6)
    assert [row.profile_interval[0] for row in rows] == pytest.approx(answer["ci_lo"], rel=1e-8)
    assert [row.profile_interval[1] for row in rows] == pytest.approx(answer["ci_hi"], rel=1e-8)
    assert [row.likelihood_ratio_p for row in rows] == pytest.approx(answer["p"], rel=1e-8)


def test_log_likelihoods(answers, sex2):
    known = answers["sex2_loglik"]
    assert sex2.log_likelihood == pytest.approx(known["full"], rel=1e-10)
    assert sex2.null_log_likelihood == pytest.approx(known["null"], rel=1e-10)


def test_flic_and_flac(answers, sex2):
    known = answers["flic_flac_sex2"]
    assert flic_coefficients(sex2) == pytest.approx(list(known["flic"].values()), rel=1e-6)
    assert flac_coefficients(sex2) == pytest.approx(list(known["flac"].values()), rel=1e-6)


def test_firthmodels(sex2):
    firthmodels = pytest.importorskip("firthmodels")
    peer = firthmodels.FirthLogisticRegression(gtol=1e-10, xtol=1e-10, max_iter=200)
    peer.fit(sex2.data.design[:, 1:], sex2.data.outcome)
    assert sex2.coefficients[1:] == pytest.approx(peer.coef_, rel=1e-8)
    assert sex2.log_likelihood == pytest.approx(peer.loglik_)


counts = st.integers(0, 30)


@settings(max_examples=40, deadline=None)
@given(counts, counts, counts, counts)
def test_a_2x2_table_gets_half_a_subject_per_cell(a, b, c, d):
    """Firth 1993: in a saturated model the penalty adds 1/2 to every cell."""
    if not (a + b and c + d and a + c and b + d) or a + b + c + d < 3:
        return
    x = np.repeat([1.0, 1, 0, 0], (a, b, c, d))[:, None]
    y = np.repeat([1.0, 0, 1, 0], (a, b, c, d))
    fit = fit_firth(x, y)
    expected = np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    assert fit.coefficients[1] == pytest.approx(expected, abs=1e-8)
    assert fit.coefficients[0] == pytest.approx(np.log((c + 0.5) / (d + 0.5)), abs=1e-8)


def test_complete_separation_has_an_answer():
    x = np.arange(20.0)[:, None]
    fit = fit_firth(x, x[:, 0] > 9, names=["vbq"])
    row = coefficients(fit)[1]
    assert 0 < row.profile_interval[0] < row.estimate < row.profile_interval[1] < 50
    assert likelihood_ratio_test(fit, ["vbq"]).name == "penalised likelihood-ratio test"
    assert row.likelihood_ratio_p < 0.001


def test_it_nears_maximum_likelihood_in_large_samples():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(5_000, 2))
    y = rng.random(5_000) < 1 / (1 + np.exp(1 - x[:, 0]))
    assert fit_firth(x, y).coefficients == pytest.approx(fit_logistic(x, y).coefficients, abs=2e-3)


def test_units_do_not_matter(sex2):
    x = sex2.data.design[:, 1:]
    rescaled = fit_firth(x * [1e5, 1, 1, 1e-5, 1, 1] + 1000, sex2.data.outcome)
    assert rescaled.coefficients[1] * 1e5 == pytest.approx(sex2.coefficients[1], rel=1e-7)
    assert rescaled.coefficients[2] == pytest.approx(sex2.coefficients[2], rel=1e-6)


def test_weights_are_counts():
    x, y, weights = [[0.0], [0], [1], [1]], [0, 1, 0, 1], np.array([9, 4, 2, 7])
    rows = fit_firth(x, y, weights=weights)
    subjects = fit_firth(np.repeat(x, weights, axis=0), np.repeat(y, weights))
    assert rows.coefficients == pytest.approx(subjects.coefficients)
    assert rows.covariance == pytest.approx(subjects.covariance)
    assert flic_coefficients(rows) == pytest.approx(flic_coefficients(subjects))
    assert flac_coefficients(rows) == pytest.approx(flac_coefficients(subjects))


def test_flic_and_flac_do_not_bias_the_mean_risk(sex2):
    y = sex2.data.outcome
    assert abs(sex2.probabilities().mean() - y.mean()) > 1e-3
    for mended in (flic_coefficients(sex2), flac_coefficients(sex2)):
        risk = 1 / (1 + np.exp(-sex2.data.design @ mended))
        assert risk.mean() == pytest.approx(y.mean(), abs=1e-9)
    assert flic_coefficients(sex2)[1:] == pytest.approx(sex2.coefficients[1:])
