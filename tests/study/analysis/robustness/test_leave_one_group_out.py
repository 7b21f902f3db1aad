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
    made = make(cohort_table(), predictors=["vbq", "age", "hospital"], scanner={"site": "hospital"})
    assert sensitivity_analyses(*made) == ()
    without = make(cohort_table(), scanner={"site": "hospital"})
    (adjusted,) = sensitivity_analyses(*without)
    ours = [e.odds_ratio for e in adjusted.association.estimates]
    theirs = {e.column: e.odds_ratio for e in _main(made).estimates}
    assert ours[:2] == pytest.approx([theirs["vbq"], theirs["age"]])


def _main(made):
    from vbq.study.analysis.association import fit_association

    return fit_association(made.design, made.tables)


def test_a_site_that_is_a_predictor_is_left_out_of_the_models_made_elsewhere(make):
    with_it = make(
        cohort_table(), predictors=["vbq", "age", "hospital"], scanner={"site": "hospital"}
    )
    without = make(cohort_table(), scanner={"site": "hospital"})
    found = leave_one_group_out(*with_it)
    assert found == leave_one_group_out(*without)
    assert [one.site for one in found["site"]] == ["X", "Y", "Z"]
    assert sum(one.n for one in found["site"]) == 240
    assert all(one.auc.estimate > 0.5 and one.reason == "" for one in found["site"])


def test_nothing_is_left_of_a_model_of_the_site_alone(make):
    made = make(cohort_table(), predictors=["hospital"], scanner={"site": "hospital"})
    assert leave_one_group_out(*made) == {}


def test_a_separated_model_is_judged_by_the_likelihood_it_is_fitted_with(make):
    table = cohort_table()
    table["steroids"] = np.where(table["fracture"] == 1, np.arange(240) % 4 == 0, 0).astype(int)
    made = make(table, predictors=["vbq", "steroids"], scanner={"site": "hospital"})
    found = leave_one_group_out(*made)["site"]
    assert all(one.auc for one in found)
    direct = leave_one_site_out(
        table[["vbq", "steroids"]],
        table["fracture"],
        table["hospital"],
        lambda x, y: fit_firth(x, y).probabilities,
    )
    assert [one.auc.estimate for one in found] == pytest.approx([d.auc.estimate for d in direct])


def test_of_imputed_tables_all_are_judged(make):
    table = cohort_table()
    table["vbq"] = table["vbq"].mask(np.random.default_rng(1).random(240) < 0.3)
    made = make(table, scanner={"site": "hospital"})
    assert len(made.tables.tables) == 3
    found = leave_one_group_out(*made)["site"][0]
    each = [
        leave_one_site_out(made.design.matrix(t), made.tables.outcome, table["hospital"])[0]
        for t in made.tables.tables
    ]
    slopes = [one.calibration.slope.estimate for one in each]
    assert found.slope.estimate == pytest.approx(np.mean(slopes))
    areas = [one.auc.estimate for one in each]
    assert min(areas) < found.auc.estimate < max(areas)
    widths = [np.diff(one.calibration.slope.interval) for one in each]
    assert np.diff(found.slope.interval) > min(widths)
    assert found.brier.estimate == pytest.approx(np.mean([one.brier.estimate for one in each]))


def test_a_site_without_events_says_so(make):
    table = cohort_table()
    table.loc[table["hospital"] == "Z", "fracture"] = 0
    last = leave_one_group_out(*make(table, scanner={"site": "hospital"}))["site"][-1]
    assert last.auc is None
    assert "0 of" in last.reason


def test_places_of_few_patients_are_left_out_together(make):
    table = cohort_table()
    table.loc[:2, "hospital"], table.loc[3:6, "hospital"] = "Mustermann", "Meier"
    found = leave_one_group_out(*make(table, scanner={"site": "hospital"}))["site"]
    assert {one.site: one.n for one in found if one.site not in "XYZ"} == {
        "2 with fewer than 5 patients each": 7
    }
    assert sum(one.n for one in found) == 240
    table.loc[1:6, "hospital"] = "X"
    alone = leave_one_group_out(*make(table, scanner={"site": "hospital"}))["site"]
    assert [one.site for one in alone] == ["X", "Y", "Z"]
