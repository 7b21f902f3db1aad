"""Discrimination, calibration, net benefit and validation equal R's answers.

Deterministic answers within 1e-6, bootstrap ones within 3 Monte-Carlo standard errors of the
difference of the two runs.
"""

import math

import numpy as np
import pytest

from vbq.stats.design.power import auc_power
from vbq.stats.performance.brier import brier
from vbq.stats.performance.calibration import calibration
from vbq.stats.performance.calibration_curve import calibration_errors
from vbq.stats.performance.delong import auc, compare_auc, compare_auc_unpaired
from vbq.stats.performance.measures import implied_emax
from vbq.stats.performance.net_benefit import decision_curve
from vbq.stats.performance.net_benefit_survival import decision_curve_survival
from vbq.stats.performance.reclassification import reclassification
from vbq.stats.performance.roc import youden_point
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.regression.shrinkage import uniform_shrinkage
from vbq.stats.validation.bootstrap import validate_bootstrap
from vbq.stats.validation.bootstrap_632 import validate_632
from vbq.stats.validation.corrected_curves import validated_calibration_curve
from vbq.stats.validation.cross_validation import cross_validate
from vbq.stats.validation.internal_external import leave_one_site_out

PREDICTORS = ("age", "bmi", "priorfrac", "momfrac", "armassist", "smoke")
PRIOR_FRACTURE = 2  # its column
R_NAMES = {"dxy": "Dxy", "r2": "R2", "brier": "B", "intercept": "Intercept", "slope": "Slope"}
# glm(epsilon = 1e-14): the answers file has R's default, whose standard errors are those of the
# last iteration but one, off by up to 8e-5. In the large, and slope; all women, then by site.
CONVERGED_ERRORS = (
    (0.1092031309946, 0.1486172464623),
    (0.2697316442568, 0.3611770218104),
    (0.2442762469283, 0.3674098386359),
    (0.3040281408464, 0.3443676005908),
    (0.4695740368253, 0.6611080303426),
    (0.2121681102241, 0.2620545320875),
    (0.2646454813379, 0.3254461505269),
)


def equal(value):
    return pytest.approx(value, rel=1e-6, abs=1e-9)


@pytest.fixture(scope="session")
def women(r_table):
    return r_table("aplore3_glow500")


@pytest.fixture(scope="session")
def glow(women):
    """The main model's design (500, 8) and outcome."""
    columns = [women[name].replace({"No": 0, "Yes": 1}) for name in PREDICTORS]
    columns += [women.raterisk == level for level in ("Same", "Greater")]
    return np.column_stack(columns).astype(float), (women.fracture == "Yes").to_numpy(float)


@pytest.fixture(scope="session")
def risk(glow):
    return fit_logistic(*glow).probabilities()


@pytest.fixture(scope="session")
def stroke(r_table):
    table = r_table("proc_aSAH")
    return table, (table.outcome == "Poor").to_numpy(float)


@pytest.mark.parametrize("name", ["s100b", "ndka", "wfns"])
def test_single_areas(answers, stroke, name):
    table, outcome = stroke
    expected = answers["aSAH"]["single"][name]
    result = auc(outcome, table[name])
    assert (result.events, result.non_events) == (41, 72)
    assert result.estimate == equal(expected["auc"])
    assert result.interval == equal((expected["delong_lo"], expected["delong_hi"]))
    assert result.standard_error**2 == equal(expected["var"])


@pytest.mark.parametrize("names", [("s100b", "wfns"), ("s100b", "ndka"), ("wfns", "ndka")])
def test_areas_compared(answers, stroke, names):
    table, outcome = stroke
    expected = answers["aSAH"]["_vs_".join(names)]
    first, second = (table[name] for name in names)
    paired = compare_auc(outcome, first, second)
    assert paired.difference == equal(expected["diff"])
    assert paired.standard_error == equal(expected["se_diff"])
    assert paired.statistic == equal(expected["Z"])
    assert paired.p == equal(expected["p"])
    assert paired.interval == equal((expected["ci_lo"], expected["ci_hi"]))
    unpaired = compare_auc_unpaired(outcome, first, outcome, second)
    assert unpaired.statistic == equal(expected["unpaired_D"])
    assert unpaired.df == equal(expected["unpaired_df"])
    assert unpaired.p == equal(expected["unpaired_p"])


def test_youden(answers, stroke):
    table, outcome = stroke
    expected = answers["aSAH"]["youden_s100b"]
    result = youden_point(outcome, table.s100b)
    assert result.threshold == equal(expected["threshold"])
    assert result.sensitivity.estimate == equal(expected["sensitivity"])
    assert result.specificity.estimate == equal(expected["specificity"])


def test_areas_in_glow(answers, women, glow, risk):
    y = glow[1]
    low, area, high = answers["glow_main"]["auc_delong"]
    assert auc(y, risk).estimate == equal(area)
    assert auc(y, risk).interval == equal((low, high))
    expected = answers["glow_delong"]
    for name, column in (("fracscore", women.fracscore), ("age", women.age)):
        low, area, high = expected[f"ci_{name}"]
        assert auc(y, column).estimate == equal(area)
        assert auc(y, column).interval == equal((low, high))
    for name, pair in (
        ("model_vs_fracscore", (risk, women.fracscore)),
        ("fracscore_vs_age", (women.fracscore, women.age)),
    ):
        result = compare_auc(y, *pair)
        assert abs(result.statistic) == equal(expected[name]["Z"])
        assert result.p == equal(expected[name]["p"])


@pytest.mark.parametrize("group", ["No", "Yes"])
def test_areas_in_subgroups(answers, women, glow, risk, group):
    expected = answers["glow_subgroup_auc_by_priorfrac"][group]
    inside = (women.priorfrac == group).to_numpy()
    result = auc(glow[1][inside], risk[inside])
    assert (result.events, int(inside.sum())) == (expected["events"], expected["n"])
    assert result.estimate == equal(expected["auc"])
    assert result.interval == equal((expected["ci"][0], expected["ci"][2]))


def test_added_value(answers, glow, risk):
    x, y = glow
    expected = answers["glow_added_value_priorfrac"]
    without = fit_logistic(np.delete(x, PRIOR_FRACTURE, 1), y).probabilities()
    compared = compare_auc(y, risk, without)
    assert (compared.second, compared.first) == equal((expected["auc0"], expected["auc1"]))
    assert abs(compared.statistic) == equal(expected["delong_Z"])
    assert compared.p == equal(expected["delong_p"])
    moved = reclassification(y, without, risk)
    assert moved.nri == equal(expected["NRI"])
    assert moved.nri_events == equal(expected["NRI_ev"])
    assert moved.nri_non_events == equal(expected["NRI_ne"])
    assert moved.nri_standard_error == equal(expected["NRI_se"])
    assert moved.nri / moved.nri_standard_error == equal(expected["NRI_z"])
    assert moved.idi == equal(expected["IDI"])
    assert moved.idi_standard_error == equal(expected["IDI_se"])
    assert moved.idi / moved.idi_standard_error == equal(expected["IDI_z"])


def test_power_of_one_area(answers):
    assert auc_power(0.70, 72, 112) == equal(answers["power_one_auc_0.70_n72_112"])


def test_apparent_calibration(answers, glow, risk):
    y = glow[1]
    result = calibration(y, risk)
    expected = answers["glow_main"]["calibration_apparent"]
    assert result.in_the_large.estimate == equal(expected["CITL"])
    assert result.intercept.estimate == equal(expected["intercept"])
    assert result.slope.estimate == equal(expected["slope"])
    assert result.observed_expected == equal(expected["OE"])
    assert result.spiegelhalter_z == equal(expected["spiegelhalter_z"])
    assert result.spiegelhalter_p == equal(answers["glow_valprob_apparent"]["S:p"])
    assert result.in_the_large.standard_error == equal(CONVERGED_ERRORS[0][0])
    assert result.slope.standard_error == equal(CONVERGED_ERRORS[0][1])
    assert result.in_the_large.standard_error == pytest.approx(expected["CITL_se"], rel=1e-5)
    assert brier(y, risk).estimate == equal(expected["brier"])


def test_distances_from_the_diagonal(answers, glow, risk):
    expected = answers["glow_ICI"]
    loess = calibration_errors(glow[1], risk)
    assert (loess.ici, loess.e50) == equal((expected["ICI"], expected["E50"]))
    assert (loess.e90, loess.emax) == equal((expected["E90"], expected["Emax"]))
    expected = answers["glow_valprob_apparent"]
    lowess = calibration_errors(glow[1], risk, smoother="lowess")
    assert (lowess.ici, lowess.e90) == equal((expected["Eavg"], expected["E90"]))
    assert lowess.emax == equal(expected["Emax"])


def test_leaving_out_one_site(answers, women, glow):
    result = leave_one_site_out(*glow, women.site_id)
    assert [f"site{site.site}" for site in result] == list(answers["glow_internal_external"])
    for site, errors in zip(result, CONVERGED_ERRORS[1:], strict=True):
        expected = answers["glow_internal_external"][f"site{site.site}"]
        assert (site.n, site.events) == (expected["n"], expected["events"])
        assert site.auc.estimate == equal(expected["auc"])
        assert site.auc.interval == equal((expected["auc_ci"][0], expected["auc_ci"][2]))
        assert site.brier.estimate == equal(expected["brier"])
        right = site.calibration
        assert right.in_the_large.estimate == equal(expected["CITL"])
        assert right.slope.estimate == equal(expected["slope"])
        assert right.intercept.estimate == equal(expected["intercept"])
        assert right.observed_expected == equal(expected["OE"])
        assert right.spiegelhalter_z == equal(expected["spiegelhalter_z"])
        assert right.in_the_large.standard_error == equal(errors[0])
        assert right.slope.standard_error == equal(errors[1])
        assert errors == pytest.approx((expected["CITL_se"], expected["slope_se"]), rel=1e-4)


def test_net_benefit_in_glow(answers, glow, risk):
    expected = answers["glow_dca"]
    result = decision_curve(glow[1], risk, expected["thresholds"], seed=1, resamples=100)
    assert result.net_benefit == equal(expected["model"])
    assert result.treat_all == equal(expected["all"])


def test_net_benefit_in_the_tutorial(answers, r_table):
    table = r_table("dcurves_df_binary")
    for name, expected in answers["dcurves_df_binary"].items():
        grid, benefit = expected["threshold"], expected["net_benefit"]
        if name in ("all", "none"):
            continue
        score = table[name].to_numpy(float)
        if score.max() > 1:  # dcurves turns a marker into risks by a logistic regression
            score = fit_logistic(score[:, None], table.cancer).probabilities()
        result = decision_curve(table.cancer, score, grid, seed=1, resamples=100)
        assert result.net_benefit == equal(benefit), name
        assert result.treat_all == equal(answers["dcurves_df_binary"]["all"]["net_benefit"])


def test_net_benefit_with_censoring(answers, r_table):
    table, expected = r_table("dcurves_df_surv"), answers["dcurves_df_surv_t1.5"]
    result = decision_curve_survival(
        table.ttcancer,
        table.cancer,
        table.cancerpredmarker,
        expected["all"]["threshold"],
        horizon=1.5,
        seed=1,
        resamples=50,
    )
    assert result.net_benefit == equal(expected["cancerpredmarker"]["net_benefit"])
    assert result.treat_all == equal(expected["all"]["net_benefit"])


def test_uniform_shrinkage(answers, glow):
    fit = fit_logistic(*glow)
    result = uniform_shrinkage(2 * (fit.log_likelihood - fit.null_log_likelihood), 8)
    assert result == equal(answers["glow_uniform_shrinkage_vanHouwelingen"])


@pytest.fixture(scope="session")
def validation(glow):
    return validate_bootstrap(*glow, resamples=2000, seed=20260101)


@pytest.mark.parametrize("name", R_NAMES)
def test_optimism(answers, validation, name):
    expected = answers["glow_rms_validate_B2000"]
    row = expected["rows"].index(R_NAMES[name])
    result = validation[name]
    assert result.apparent == equal(expected["index.orig"][row])
    allowed = 3 * math.sqrt(2) * result.monte_carlo_error  # both runs have 2000 resamples
    for run in ("index.corrected", "index.corrected_otherseed"):
        assert abs(result.corrected - expected[run][row]) < allowed, run


def test_optimism_of_the_area_and_of_emax(answers, validation):
    expected = answers["glow_rms_validate_B2000"]
    area, emax = validation["auc"], validation["emax"]
    assert area.apparent == equal(expected["C_orig"])
    difference = area.corrected - expected["C_corrected"]
    assert abs(difference) < 3 * math.sqrt(2) * area.monte_carlo_error
    # Emax is a function of intercept and slope: an error of one standard error in either
    intercept, slope = validation["intercept"], validation["slope"]
    moved = [
        implied_emax(intercept.corrected + intercept.monte_carlo_error, slope.corrected),
        implied_emax(intercept.corrected, slope.corrected + slope.monte_carlo_error),
    ]
    error = math.hypot(*(m - emax.corrected for m in moved))
    row = expected["rows"].index("Emax")
    assert abs(emax.corrected - expected["index.corrected"][row]) < 3 * math.sqrt(2) * error
    low, high = validation.auc_interval
    assert low < area.corrected < high < 0.8
    assert validation.failed < 10


@pytest.mark.parametrize("name", R_NAMES)
def test_632(answers, glow, name):
    expected = answers["glow_validate_632"]
    result = validate_632(*glow, resamples=500, seed=1)  # R's answer is of 500 resamples too
    corrected, error = result["auc"].corrected, result["auc"].monte_carlo_error
    if name == "dxy":
        corrected, error = 2 * corrected - 1, 2 * error
    else:
        corrected, error = result[name].corrected, result[name].monte_carlo_error
    known = expected["corrected"][expected["rows"].index(R_NAMES[name])]
    assert abs(corrected - known) < 3 * math.sqrt(2) * error


@pytest.fixture(scope="session")
def crossed(glow):
    return cross_validate(*glow, folds=10, repeats=50, seed=1)


@pytest.mark.parametrize("name", R_NAMES)
def test_cross_validation(answers, crossed, name):
    expected = answers["glow_validate_cv10"]
    known = expected["corrected"][expected["rows"].index(R_NAMES[name])]
    single_error = crossed[name].monte_carlo_error * math.sqrt(50)  # R's answer is of one division
    assert abs(crossed[name].corrected - known) < 3 * single_error * math.sqrt(1 + 1 / 50)


def test_corrected_calibration_curve(answers, glow):
    expected = answers["glow_rms_calibrate_B500"]
    grid = expected["predy"][1:]  # R has no value at 0.05, below all predictions
    result = validated_calibration_curve(*glow, grid, resamples=100, seed=1)
    assert result.apparent == equal(expected["apparent"][1:])
    error = result.monte_carlo_error * math.sqrt(1 + 100 / 500)
    assert (np.abs(result.corrected - expected["corrected"][1:]) < 3 * error).all()
