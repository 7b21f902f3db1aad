"""The methods section says what was done, and nothing else."""

import re
from dataclasses import replace

import numpy as np
import scipy

from vbq import __version__
from vbq.report.study.methods import methods
from vbq.report.study.tables.controls import controls
from vbq.report.study.tripod import checklist
from vbq.study.cohort.cohort import FlowStep
from vbq.study.plan.plan import Controls


def text(analysis):
    return "\n".join(methods(analysis))


def test_what_was_run_is_said_with_its_numbers(whole):
    words, full = text(whole), whole.added_value.models["full"]
    for said in (
        "160 patients were analysed, 67 of whom had the event",
        "The outcome was new fracture.",
        "VBQ (linear, per 1)",
        "Age (linear, per 10 years)",
        "Sex (male versus female)",
        "Self-rated risk (middle and high versus low)",
        "No predictor was missing",
        "maximum likelihood",
        "profile likelihood",
        full.method,
        "seed 20260101",
        "500 resamples",
        "VBQ instead of DXA T-score",
        "Subgroups by Sex and Age were declared in the plan",
        "ICC of 0.90 (rescans)",
        "adjusted for field strength",
        "60 controls",
        "Net reclassification was calculated because the plan requests it",
        f"vbq {__version__}, NumPy {np.__version__} and SciPy {scipy.__version__}",
    ):
        assert said in words, said


def test_controls_of_the_same_file_are_counted_in_the_flow(whole):
    """With 60 of them in the table, the table held 220, and 60 are said to have left."""
    first, *steps = whole.flow
    leave = FlowStep("Patients", first.n, first.events, 60, "controls, who are in no model")
    marked = replace(
        whole,
        plan=whole.plan.model_copy(update={"controls": Controls(column="group", value="healthy")}),
        flow=(replace(first, n=first.n + 60), leave, *steps),
        controls=replace(whole.controls, unread=4),
    )
    words = " ".join(methods(marked))
    assert f"The study table contained {first.n + 60} patients and controls." in words
    assert "controls, who are in no model (n = 60)" in words
    assert "VBQ was unknown in 4 further controls." in words
    items = {item.number: item.answer for item in checklist(marked)}
    assert f"From {first.n + 60} patients and controls" in items["20a"]
    assert "in 4 further controls" in " ".join(controls(marked).notes)
    assert f"The study table contained {first.n} patients." in " ".join(methods(whole))


def test_what_was_not_done_is_not_said(whole):
    bare = replace(
        whole, subgroups=(), sensitivity=(), held_out={}, measurement_error=None, controls=None
    )
    words = text(bare)
    for absent in (
        "imput", "Rubin", "Firth", "Subgroups", "controls", "calibration with an ICC",
        "field strength", "Cox", "incidence",
    ):  # fmt: skip
        assert absent not in words, absent


def test_imputation_is_described_as_it_was_done(abstract):
    words = text(abstract)
    for said in (
        "DXA T-score (63)",
        "imputed 3 times by chained equations",
        f"with {abstract.missing.iterations} iterations",
        "continuous variables by predictive mean matching",
        "Rubin's rules",
        "pooled Wald",
        "times anew",
        "complete cases for comparison",
    ):
        assert said in words, said
    assert "logistic regression and" not in words  # nothing binary was missing
    assert "by profile likelihood" not in words


def test_firth_is_named_only_where_it_was_used(whole):
    main = replace(
        whole.multivariable, method="Firth's penalised likelihood", separated="Sex separates."
    )
    assert "Firth's penalised likelihood [" in text(replace(whole, multivariable=main))
    assert "profile penalised likelihood" in text(replace(whole, multivariable=main))
    assert "Firth" not in text(whole)
    assert "penalised" not in text(whole)


def test_references_are_numbered_as_they_are_cited(whole, abstract):
    for analysis in (whole, abstract):
        *body, references = methods(analysis)
        cited = [
            int(n)
            for group in re.findall(r" \[(\d+(?:, \d+)*)\]", "\n".join(body))
            for n in group.split(", ")
        ]
        assert list(dict.fromkeys(cited)) == list(range(1, max(cited) + 1))
        listed = [int(n) for n in re.findall(r"\[(\d+)\] ", references)]
        assert listed == sorted(set(cited))
        assert "\ue000" not in "".join(body) + references


def test_two_runs_say_the_same(whole):
    assert methods(whole) == methods(whole)
