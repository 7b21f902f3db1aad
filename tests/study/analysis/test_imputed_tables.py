"""The imputation knows what the analyses will ask for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from vbq.stats.survival.cox import fit_cox
from vbq.study.analysis.imputed_tables import (
    COMPETING,
    HAZARD,
    OUTCOME,
    imputation_columns,
    impute_cohort,
    imputed_from,
    main_effects_only,
)

TRUE = 0.7  # log hazard ratio of vbq, in SDs


def followed(seed, *, n=400):
    """Patients censored at any time, a third of whom lack vbq; their vbq before it was lost."""
    rng = np.random.default_rng(seed)
    vbq = rng.normal(0, 1, n)
    event, end = rng.exponential(4 / np.exp(TRUE * vbq)), rng.uniform(0.5, 8, n)
    table = pd.DataFrame(
        {
            "vbq": np.where(rng.random(n) < 0.4, np.nan, vbq),
            "fracture": (event <= end).astype(int),
            "years": np.minimum(event, end),
        }
    )
    return table, vbq


def log_hazard_ratio(vbq, table):
    return fit_cox(vbq[:, None], table["years"], table["fracture"]).terms[0].coefficient


def test_imputed_values_carry_the_hazard_ratio_of_the_whole(make):
    """White & Royston 2009: with the event alone the log hazard ratio loses a seventh."""
    complete, known, blind = [], [], []
    for seed in range(8):
        table, vbq = followed(seed)
        complete.append(log_hazard_ratio(vbq, table))
        cohort, _, tables = make(
            table, predictors=["vbq"], dates={"follow_up_years": "years"}, seed=seed,
            missing={"imputations": 5},
        )  # fmt: skip
        without_times = impute_cohort(replace(cohort, follow_up_years=None, status=None))
        for result, inputs in ((known, tables), (blind, without_times)):
            result.append(np.mean([log_hazard_ratio(t["vbq"], table) for t in inputs.tables]))
    assert np.mean(complete) == pytest.approx(TRUE, abs=0.05)
    assert np.mean(known) == pytest.approx(np.mean(complete), rel=0.05)
    assert np.mean(blind) < 0.92 * np.mean(complete)


def test_the_words_for_what_the_imputation_saw_follow_its_columns(make):
    """A death but no event with a known time: no hazard, and yet a competing event."""
    table, _ = followed(1)
    table["mri"], table["seen"] = "2020-01-01", "2024-01-01"
    table["died"] = np.where((table["fracture"] == 0) & (table.index % 3 == 0), "2023-01-01", "")
    cohort = make(
        table,
        predictors=["vbq"],
        dates={"mri": "mri", "last_seen": "seen", "competing": "died"},
        subgroups=[{"name": "years", "cuts": [2.0]}],
    ).cohort
    assert imputed_from(cohort) == (
        "all predictors",
        "years (of the subgroups)",
        "the outcome",
        "whether a competing event occurred",
    )
    assert [column.strip() for column in named(cohort)[2:]] == ["outcome", "competing event"]


def named(cohort):
    return [column.name for column in imputation_columns(cohort)]


def test_without_dates_the_imputation_sees_predictors_and_outcome_only(make):
    table, _ = followed(1)
    assert named(make(table, predictors=["vbq"]).cohort) == ["vbq", OUTCOME]


def test_deaths_and_unknown_times_are_among_what_is_known(make):
    table, _ = followed(1)
    start = pd.Timestamp("2018-01-01")
    last = (start + pd.to_timedelta((table["years"] * 365.25).round(), "D")).dt.strftime("%Y-%m-%d")
    died = (table["fracture"] == 0) & (np.arange(400) % 3 == 0)
    lost = (table["fracture"] == 0) & (np.arange(400) % 5 == 1)
    table = table.assign(
        mri="2018-01-01",
        broken=last.where(table["fracture"] == 1),
        dead=last.where(died),
        seen=last.mask(lost),
    )
    dates = {"mri": "mri", "event": "broken", "competing": "dead", "last_seen": "seen"}
    inputs = make(table, predictors=["vbq"], dates=dates)
    assert named(inputs.cohort) == ["vbq", OUTCOME, HAZARD, COMPETING]
    hazard, competing = imputation_columns(inputs.cohort)[-2:]
    assert hazard.missing.sum() == (lost & ~died).sum() > 0
    assert np.sum(competing.values) == died.sum()
    assert set(inputs.tables.tables[0]) == {"vbq"}  # none of it is left where models could see it


def test_variables_of_subgroups_are_known_once_and_keep_their_gaps(make):
    table, _ = followed(1)
    rng = np.random.default_rng(2)
    table["age"] = rng.normal(68, 8, 400).round(1)
    table["sex"] = np.where(np.arange(400) % 7 == 0, None, rng.choice(["f", "m"], 400))
    subgroups = ["sex", {"name": "old", "column": "age", "cuts": [70]}]
    inputs = make(table, subgroups=subgroups)
    assert named(inputs.cohort) == ["vbq", "age", "sex", OUTCOME]  # old is age
    assert np.isnan(inputs.tables.tables[0]["sex"]).sum() == table["sex"].isna().sum()


def test_what_main_effects_cannot_carry_is_named(make):
    table, _ = followed(1)
    table["age"] = np.random.default_rng(2).normal(68, 8, 400).round(1)
    predictors = [{"name": "vbq", "label": "VBQ", "transformation": "rcs3"}, "age"]
    inputs = make(table, predictors=predictors, interactions=[["vbq", "age"]], subgroups=["age"])
    assert main_effects_only(inputs.cohort) == (
        "the interaction of VBQ and age", "the spline of VBQ",
        "differences of VBQ between subgroups",
    )  # fmt: skip
    complete = table.assign(vbq=table["vbq"].fillna(0), age=table["age"].mask(np.arange(400) < 9))
    assert main_effects_only(make(complete, predictors=predictors).cohort) == ()


def test_a_subgroup_that_is_hardly_known_does_not_stop_the_imputation(make):
    table, _ = followed(1)
    table["sex"] = np.where(np.arange(400) < 4, "m", None)
    table.loc[:1, "sex"] = "f"
    inputs = make(table, predictors=["vbq"], subgroups=["sex"])
    assert named(inputs.cohort) == ["vbq", OUTCOME]
