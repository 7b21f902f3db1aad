"""What the report says of deaths, of uneven follow-up, and of what the imputation knew of them."""

from dataclasses import replace

import numpy as np
import pytest

from vbq.study.analysis.time_to_event import TimeToEvent
from vbq.study.check.finding import Finding
from vbq.study.report.methods import methods
from vbq.study.report.tables import follow_up, patients, stability


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
    assert f"stand for the {at.unknown} who were lost earlier" in table.notes[0]
    assert "IPCW" not in follow_up.time_models(without_horizon(followed)).notes[0]


def without_horizon(analysis):
    found = analysis.time_to_event
    return replace(analysis, time_to_event=replace(found, models=found.models[:-1]))


def test_deaths_and_follow_up_are_said_in_flow_and_methods(followed, whole):
    low, high = followed.time_to_event.event_free
    spread = f"followed for {low:.1f} to {high:.1f} years"
    died = "13 patients with a competing event, such as death, before it count as without the event"
    for analysis, shown in ((with_deaths(followed, 13), True), (followed, False)):
        for text in (" ".join(patients.flow(analysis).notes), " ".join(methods(analysis))):
            assert spread in text
            assert (died in text) is shown
    assert "1 patient with a competing event, such as death, before it counts" in " ".join(
        methods(with_deaths(followed, 1))
    )
    assert len(patients.flow(whole).notes) == 1


def test_the_imputation_names_all_it_knew(followed, abstract):
    assert "from all predictors and the outcome [" in " ".join(methods(abstract))
    known = with_deaths(replace(abstract, time_to_event=followed.time_to_event), 13)
    text = " ".join(methods(known))
    assert "cumulative hazard of the event at each patient's time" in text
    assert "and whether a competing event came" in text
    assert "doi:10.1002/sim.3618" in text


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
    table = stability.subgroups(replace(whole, subgroups=(bare,)))
    assert table.rows[0][5] == "none: 5 patients with the event for 6 parameters."
    assert "no more patients than the model has parameters" in table.notes[0]


def test_sites_left_out_say_how_they_were_pooled(whole, abstract):
    table = stability.left_out(whole)
    assert "AUC [95 % CI, DeLong]" in table.header
    assert not table.notes
    pooled = stability.left_out(replace(abstract, left_out=whole.left_out))
    assert "AUC [95 % CI, DeLong, pooled]" in pooled.header
    assert "Rubin's rules" in pooled.notes[0]
