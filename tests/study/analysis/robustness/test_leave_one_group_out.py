"""Sites and scanners: adjusted for, and left out."""

import numpy as np
import pandas as pd
import pytest

from vbq.stats.regression.firth import fit_firth
from vbq.stats.validation.internal_external import leave_one_site_out
from vbq.study.analysis.robustness.leave_one_group_out import leave_one_group_out
from vbq.study.analysis.robustness.sensitivity import sensitivity_analyses


def cohort_table(n=240):
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "vbq": rng.normal(3, 0.6, n).round(3),
            "age": rng.normal(68, 8, n).round(1),
            "hospital": rng.choice(["X", "Y", "Z"], n),
        }
    )
    risk = 1 / (1 + np.exp(-1.2 * (table["vbq"] - 3)))
    return table.assign(fracture=(rng.random(n) < risk).astype(int))


def test_a_site_that_is_a_predictor_is_not_adjusted_for_again(make):
    inputs = make(
        cohort_table(), predictors=["vbq", "age", "hospital"], scanner={"site": "hospital"}
    )
    assert sensitivity_analyses(*inputs) == ()
    without = make(cohort_table(), scanner={"site": "hospital"})
    (adjusted,) = sensitivity_analyses(*without)
    ours = [e.odds_ratio for e in adjusted.association.estimates]
    theirs = {e.column: e.odds_ratio for e in _main(inputs).estimates}
    assert ours[:2] == pytest.approx([theirs["vbq"], theirs["age"]])


def _main(inputs):
    from vbq.study.analysis.association import fit_association

    return fit_association(inputs.design, inputs.tables)


def test_a_site_that_is_a_predictor_is_left_out_of_the_models_made_elsewhere(make):
    with_it = make(
        cohort_table(), predictors=["vbq", "age", "hospital"], scanner={"site": "hospital"}
    )
    without = make(cohort_table(), scanner={"site": "hospital"})
    result = leave_one_group_out(*with_it)
    assert result == leave_one_group_out(*without)
    assert [site.site for site in result["site"]] == ["X", "Y", "Z"]
    assert sum(site.n for site in result["site"]) == 240
    assert all(site.auc.estimate > 0.5 and site.reason == "" for site in result["site"])


def test_nothing_is_left_of_a_model_of_the_site_alone(make):
    inputs = make(cohort_table(), predictors=["hospital"], scanner={"site": "hospital"})
    assert leave_one_group_out(*inputs) == {}


def test_a_separated_model_is_judged_by_the_likelihood_it_is_fitted_with(make):
    table = cohort_table()
    table["steroids"] = np.where(table["fracture"] == 1, np.arange(240) % 4 == 0, 0).astype(int)
    inputs = make(table, predictors=["vbq", "steroids"], scanner={"site": "hospital"})
    result = leave_one_group_out(*inputs)["site"]
    assert all(site.auc for site in result)
    direct = leave_one_site_out(
        table[["vbq", "steroids"]],
        table["fracture"],
        table["hospital"],
        lambda x, y: fit_firth(x, y).probabilities,
    )
    assert [site.auc.estimate for site in result] == pytest.approx([d.auc.estimate for d in direct])


def test_of_imputed_tables_all_are_judged(make):
    table = cohort_table()
    table["vbq"] = table["vbq"].mask(np.random.default_rng(1).random(240) < 0.3)
    inputs = make(table, scanner={"site": "hospital"})
    assert len(inputs.tables.tables) == 3
    result = leave_one_group_out(*inputs)["site"][0]
    sites = [
        leave_one_site_out(inputs.design.matrix(t), inputs.tables.outcome, table["hospital"])[0]
        for t in inputs.tables.tables
    ]
    slopes = [site.calibration.slope.estimate for site in sites]
    assert result.slope.estimate == pytest.approx(np.mean(slopes))
    areas = [site.auc.estimate for site in sites]
    assert min(areas) < result.auc.estimate < max(areas)
    widths = [np.diff(site.calibration.slope.interval) for site in sites]
    assert np.diff(result.slope.interval) > min(widths)
    assert result.brier.estimate == pytest.approx(np.mean([site.brier.estimate for site in sites]))


def test_a_site_without_events_says_so(make):
    table = cohort_table()
    table.loc[table["hospital"] == "Z", "fracture"] = 0
    last = leave_one_group_out(*make(table, scanner={"site": "hospital"}))["site"][-1]
    assert last.auc is None
    assert "0 of" in last.reason


def test_places_of_few_patients_are_left_out_together(make):
    table = cohort_table()
    table.loc[:2, "hospital"], table.loc[3:6, "hospital"] = "Mustermann", "Meier"
    result = leave_one_group_out(*make(table, scanner={"site": "hospital"}))["site"]
    assert {site.site: site.n for site in result if site.site not in "XYZ"} == {
        "2 with fewer than 5 patients each": 7
    }
    assert sum(site.n for site in result) == 240
    table.loc[1:6, "hospital"] = "X"
    sites = leave_one_group_out(*make(table, scanner={"site": "hospital"}))["site"]
    assert [site.site for site in sites] == ["X", "Y", "Z"]
