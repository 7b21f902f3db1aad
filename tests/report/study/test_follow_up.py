"""What the report says of deaths, of uneven follow-up, and of what the imputation knew of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from vbq.finding import Finding
from vbq.report.study import tripod
from vbq.report.study.conclusions import summary
from vbq.report.study.figures import flow
from vbq.report.study.methods import methods
from vbq.report.study.tables import follow_up, patients, robustness
from vbq.study.analysis.imputed_tables import IMPUTATION_LABELS
from vbq.study.analysis.time_to_event import TimeToEvent
from vbq.text import p_value


@pytest.fixture(scope="module")
def followed(made, made_up):
    """Some of the patients are lost early."""
    table = made_up()
    table["years"] = np.random.default_rng(3).uniform(0.5, 6, len(table)).round(2)
    return made(
        table, predictors=["vbq", "age"], comparators=[], horizon_years=4.5,
        dates={"follow_up_years": "years"},
    )  # fmt: skip


def with_deaths(analysis, number):
    """The same follow-up, some of whom died."""
    found = analysis.time_to_event
    assert isinstance(found, TimeToEvent)
    return replace(analysis, time_to_event=replace(found, competing=number))


def test_a_model_at_a_horizon_says_whom_it_knows(followed):
    table, at = follow_up.time_models(followed), followed.time_to_event.models[-1]
    assert table.rows[-1][2] == f"{at.n} ({at.events}; 0)"
    assert at.n + at.unknown == 160
    assert f"represent the {at.unknown} who were lost earlier" in table.notes[0]
    assert "IPCW" not in follow_up.time_models(without_horizon(followed)).notes[0]


def test_the_bootstrap_behind_a_model_at_a_horizon_is_named(followed):
    table, words = follow_up.time_models(followed), " ".join(methods(followed))
    cox, weighted = table.rows[1:3], table.rows[4:6]
    assert {one[5] for one in cox} == {"Wald"}
    assert {one[5] for one in weighted} == {"Wald, bootstrap covariance (500 resamples)"}
    assert "the covariance of 500 bootstrap resamples" in words
    assert "bootstrap covariance" not in str(follow_up.time_models(without_horizon(followed)))
    assert "the covariance of 500" not in " ".join(methods(without_horizon(followed)))
    at = followed.time_to_event.models[-1]
    assert at.test("vbq").method == "Wald, bootstrap covariance (500 resamples)"


def without_horizon(analysis):
    found = analysis.time_to_event
    return replace(analysis, time_to_event=replace(found, models=found.models[:-1]))


def test_deaths_and_follow_up_are_said_in_flow_and_methods(followed, whole):
    low, high = followed.time_to_event.event_free
    spread = f"followed for {low:.1f} to {high:.1f} years"
    assert "the event, including these, were followed" in " ".join(
        methods(with_deaths(followed, 13))
    )
    assert "including these" not in " ".join(methods(followed))
    died = (
        "13 patients with a competing event, such as death, before the event are counted as without"
    )
    for analysis, shown in ((with_deaths(followed, 13), True), (followed, False)):
        for text in (" ".join(patients.flow(analysis).notes), " ".join(methods(analysis))):
            assert spread in text
            assert (died in text) is shown
    assert (
        "1 patient with a competing event, such as death, before the event is counted"
        in " ".join(methods(with_deaths(followed, 1)))
    )
    assert len(patients.flow(whole).notes) == 1


def test_the_imputation_names_all_it_knew(abstract):
    assert "from all predictors and the outcome [" in " ".join(methods(abstract))
    assert "doi:10.1002/sim.3618" not in " ".join(methods(abstract))
    seen = ("all predictors", *IMPUTATION_LABELS.values())
    known = replace(abstract, missing=replace(abstract.missing, imputed_from=seen))
    text = " ".join(methods(known))
    assert "cumulative hazard of the event at each patient's time [" in text
    assert "and whether a competing event occurred" in text
    assert "doi:10.1002/sim.3618" in text


def test_a_spline_has_no_ratio_of_a_single_term(made, made_up):
    table = made_up()
    table["years"] = np.random.default_rng(3).uniform(0.5, 6, len(table)).round(2)
    analysis = made(
        table, predictors=[{"name": "vbq", "label": "VBQ", "transformation": "rcs3"}, "age"],
        comparators=[], dates={"follow_up_years": "years"},
    )  # fmt: skip
    shown, (cox,) = follow_up.time_models(analysis), analysis.time_to_event.models
    _, vbq, age = shown.rows
    assert age[:2] == ("– age", "per 1")
    main = next(c for c in analysis.multivariable.contrasts if c.predictor == "vbq")
    assert vbq[:2] == ("– VBQ", main.compared)
    assert vbq[5] == "Wald, df 2"
    assert cox.test("vbq").p == pytest.approx(chi2.sf(cox.test("vbq").statistic, 2))
    assert vbq[4] == p_value(cox.test("vbq").p)
    low, high = next(c for c in analysis.table_one if c.name == "vbq").summaries[0].quartiles
    first, second = analysis.multivariable.design.term("vbq").matrix(np.array([low, high]))
    log_ratio = (second - first) @ np.array(cox.coefficients[:2])
    assert vbq[3].startswith(f"{np.exp(log_ratio):.2f} [")
    assert "upper quartile" in shown.notes[1]
    (words,) = [s for s in summary(analysis) if "(Cox, cause-specific;" in s]
    assert f"VBQ: hazard ratio {vbq[3]} ({main.compared}), p " in words


def test_a_product_with_a_spline_is_tested_whole_in_models_of_time(made, made_up):
    table = made_up()
    table["years"] = np.random.default_rng(3).uniform(0.5, 6, len(table)).round(2)
    analysis = made(
        table, predictors=["vbq", {"name": "age", "transformation": "rcs3"}], comparators=[],
        interactions=[["vbq", "age"]], dates={"follow_up_years": "years"},
    )  # fmt: skip
    shown, (cox,) = follow_up.time_models(analysis), analysis.time_to_event.models
    product = shown.rows[-1]
    assert product[:2] == ("– vbq × age", "joint test of 2 terms")
    assert product[3:] == ("–", p_value(cox.test("vbq × age").p), "Wald, df 2")
    assert any("0 or at its reference" in note for note in shown.notes)
    assert cox.test("vbq").df == 3
    (whole,) = [
        row for row in shown.rows if row[1] == "joint test of 3 terms, interactions included"
    ]
    assert whole[0] == "– vbq"  # the row of the spline of age is of all its terms
    assert whole[3:] == ("–", p_value(cox.test("vbq").p), "Wald, df 3")
    (words,) = [s for s in summary(analysis) if "(Cox, cause-specific;" in s]
    assert "vbq: joint test of its 3 terms, interactions included, p " in words


def test_what_the_imputation_weakens_is_said_in_the_methods(abstract):
    message = "Missing values are imputed from main effects only, which may weaken x. Hold them."
    doubt = Finding("imputed_main_effects", "caution", message)
    text = " ".join(methods(replace(abstract, findings=(doubt,))))
    assert "imputed from main effects only, which may weaken x [" in text
    assert "Hold them" not in text
    assert "main effects only" not in " ".join(methods(abstract))


def test_subgroups_say_why_there_is_no_test(whole):
    first, *_ = whole.subgroups
    bare = replace(first, interaction=None, reason="5 patients with the event for 6 parameters.")
    table = robustness.subgroups(replace(whole, subgroups=(bare,)))
    assert table.rows[0][5] == "none: 5 patients with the event for 6 parameters."
    assert "no more patients than the model has parameters" in table.notes[0]


def test_sites_left_out_say_how_they_were_pooled(whole, abstract):
    table = robustness.leave_one_group_out(whole)
    assert "AUC [95 % CI, DeLong]" in table.header
    assert not table.notes
    pooled = robustness.leave_one_group_out(replace(abstract, held_out=whole.held_out))
    assert "AUC [95 % CI, DeLong, pooled]" in pooled.header
    assert "Rubin's rules" in pooled.notes[0]


def test_both_numbers_of_patients_are_said_where_the_main_model_asks_for_a_follow_up(made, made_up):
    table = made_up()
    table["years"] = np.random.default_rng(3).uniform(0.5, 6, len(table)).round(2)
    analysis = made(
        table, predictors=["vbq", "age"], comparators=[],
        dates={"follow_up_years": "years", "minimum_follow_up_years": 2.0},
    )  # fmt: skip
    found, main = analysis.time_to_event, analysis.multivariable
    assert main.n + found.short == found.incidence.n == found.models[0].n == 160
    said = (
        f"Analyses of time include 160 patients, {found.incidence.events} with the event: among "
        f"them are the {found.short} patients without the event who were followed for less than 2 "
        f"years. The main model (n = {main.n}) excludes those, which raises its risks."
    )
    assert said in " ".join(methods(analysis))
    assert said in follow_up.incidence(analysis).notes
    assert said in follow_up.time_models(analysis).notes
    assert said in patients.flow(analysis).notes
    assert "not in the main model" in patients.flow(analysis).rows[-1][2]
    items = {one.number: one.answer for one in tripod.checklist(analysis)}
    assert said in items["20a"]
    assert f"analyses of time: 160 and {found.incidence.events}" in items["21"]
    assert "in the main model only" in items["5b"]
    assert any("analyses of time: n = 160" in box.text for box in flow._boxes(analysis))
    assert "less than 2 years without an event" in analysis.risk_model.baseline.time
    assert "re-imputed" not in str((methods(analysis), follow_up.time_models(analysis)))


def test_early_deaths_do_not_contradict_the_minimum_follow_up(made, made_up):
    """Who died early stays in the main model: nobody asks for a follow-up of theirs."""
    table = made_up()
    years = np.random.default_rng(3).uniform(0.5, 6, len(table)).round(2)
    seen = pd.Timestamp("2018-01-01") + pd.to_timedelta((years * 365.25).round(), "D")
    table["mri"], table["seen"] = "2018-01-01", seen.strftime("%Y-%m-%d")
    free = np.flatnonzero(table["fracture"] == 0)
    table["fx"] = table["seen"].where(table["fracture"] == 1, "")
    table["died"] = table["seen"].where(table.index.isin(free[:12]), "")
    short = (table["fracture"] == 0) & (table["died"] == "") & (years < 2)
    table.loc[np.flatnonzero(short)[:2], "vbq"] = np.nan  # of nobody in the main model
    dates = {"mri": "mri", "event": "fx", "last_seen": "seen", "competing": "died"}
    analysis = made(
        table, predictors=["vbq", "age"], comparators=[], missing={"imputations": 5},
        dates=dates | {"minimum_follow_up_years": 2.0},
    )  # fmt: skip
    found, words = analysis.time_to_event, " ".join(methods(analysis))
    assert found.event_free[0] < 2 < found.competing
    assert "Patients with neither the event nor a competing event had to be followed" in words
    assert (
        f"the {short.sum()} patients with neither the event nor a competing event who were" in words
    )
    assert "Patients without the event had to be followed" not in words
    assert (analysis.multivariable.imputations, found.imputations) == (1, 5)
    anew = "missing values in these 160 patients were re-imputed, 5 times."
    assert anew in words
    assert "No predictor was missing in any patient of the main model." in words
    assert "doi:10.1177/0962280206074463" in words  # chained equations
    assert any(anew in note for note in follow_up.time_models(analysis).notes)
