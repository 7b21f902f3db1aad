"""The analysis records what its models support: contrasts, the index, agreement between models."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from vbq.stats.performance.delong import AucDifference
from vbq.study.analysis.analysis import analysis_json
from vbq.study.analysis.estimates import Contrast, IndexEvidence, TermTest
from vbq.study.analysis.evidence import index_evidence
from vbq.study.analysis.model_comparison import (
    compare_index,
    estimates_conflict,
    fold_difference,
    sign_reversed,
)
from vbq.study.analysis.performance.added_value import superior_model
from vbq.study.analysis.run import run_study


def contrast(ratio, interval=(0.01, 100.0)):
    return Contrast("vbq", "VBQ", "per 1", ratio, interval, 0.01, "", "")


def evidence(ratio, interval, *, shown):
    test = TermTest("vbq", 1, 9.0, 0.01, "")
    return IndexEvidence("VBQ", (contrast(ratio, interval),), test, ("age",), (), shown, False)


@pytest.mark.parametrize(
    ("first", "second", "fold"),
    [(2.0, 0.5, 4.0), (3.0, 3.0, 1.0), (0.0, 2.0, math.inf), (math.inf, math.inf, 1.0)],
)
def test_a_fold_difference_is_at_least_1(first, second, fold):
    assert fold_difference(contrast(first), contrast(second)) == fold
    assert fold_difference(contrast(second), contrast(first)) == fold


def test_estimates_conflict_where_one_lies_outside_the_interval_of_the_other():
    wide, narrow = contrast(2.0, (1.0, 4.0)), contrast(1.5, (1.3, 1.7))
    assert estimates_conflict(wide, narrow)
    assert estimates_conflict(narrow, wide)
    assert not estimates_conflict(wide, contrast(1.5, (0.7, 3.0)))


def test_a_sign_is_reversed_across_1_only():
    assert sign_reversed(contrast(0.9), contrast(1.1))
    assert not sign_reversed(contrast(1.0), contrast(1.1))


@pytest.mark.parametrize(
    ("ratio", "interval", "shown", "verdict"),
    [  # against 2.0 [1.2-3.4], which is shown
        (1.9, (0.9, 4.1), False, "agrees"),
        (5.0, (3.0, 8.0), True, "differs in size"),
        (0.5, (0.3, 0.9), True, "contradicts"),
        (1.1, (0.6, 1.9), False, "contradicts"),
    ],
)
def test_the_verdict_on_another_model_rests_on_its_odds_ratio(ratio, interval, shown, verdict):
    main = evidence(2.0, (1.2, 3.4), shown=True)
    variant = evidence(ratio, interval, shown=shown)
    assert compare_index(main, variant).verdict == verdict
    assert compare_index(replace(main, shown=False), variant).verdict == "agrees"
    assert compare_index(main, replace(variant, interacts_with=("age",))) is None


@pytest.mark.parametrize(
    ("difference", "interval", "corrected", "superior"),
    [
        (0.1, (0.02, 0.18), 0.08, "second"),
        (-0.1, (-0.18, -0.02), -0.08, "first"),
        (0.1, (-0.02, 0.22), 0.08, None),
        (0.1, (0.02, 0.18), -0.01, None),
    ],
)
def test_superiority_needs_the_interval_and_the_corrected_difference(
    difference, interval, corrected, superior
):
    apparent = AucDifference(0.7, 0.7 + difference, difference, 0.04, interval, 2.5, None, 0.01,
                             0.95, "DeLong")  # fmt: skip
    assert superior_model(apparent, corrected) == superior


@pytest.fixture
def spline_study(make):
    rng = np.random.default_rng(3)
    vbq, age = rng.normal(3, 0.6, 300).round(3), rng.normal(68, 8, 300).round(1)
    field = rng.choice([1.5, 3.0], 300)
    odds = 1.2 * (vbq - 3)
    fracture = (rng.random(300) < 1 / (1 + np.exp(-odds))).astype(int)
    table = pd.DataFrame({"vbq": vbq, "age": age, "field": field, "fracture": fracture})
    plan = make(
        table,
        predictors=[{"name": "vbq", "transformation": "rcs3"}, "age"],
        scanner={"field_strength": "field"},
        bootstrap=50,
    ).cohort.plan
    return run_study(plan)


def test_every_number_that_the_report_words_is_in_the_document(spline_study):
    document = json.loads(analysis_json(spline_study))
    main = document["multivariable"]
    index, age = main["contrasts"]  # one for the spline, though it has two columns
    low, high = spline_study.table_one[0].summaries[0].quartiles
    assert index["quartiles"] == [low, high]
    assert index["p"] == main["tests"][0]["p"]
    assert age["quartiles"] is None
    assert age["ratio"] == main["estimates"][2]["odds_ratio"]
    assert main["index"]["contrasts"] == [index]
    assert main["index"]["adjusted_for"] == ["age"]
    assert main["index"]["shown"] is True
    assert [test["name"] for test in document["nonlinearity"]] == ["vbq"]
    (adjusted,) = document["sensitivity"]
    assert adjusted["comparison"]["verdict"] == "agrees"
    assert adjusted["comparison"]["shifts"][0]["fold"] >= 1
    age_alone = document["univariable"][1]["association"]
    assert age_alone["index"] is None


def test_a_model_without_the_index_has_no_evidence_about_it(spline_study):
    age_alone = spline_study.univariable[1].association
    assert index_evidence(age_alone, "vbq") is None
    assert index_evidence(spline_study.multivariable, None) is None
