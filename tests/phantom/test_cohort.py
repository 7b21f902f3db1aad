"""Simulated cohorts: reproducible by seed, with the truth they were made from."""

import json
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from vbq.errors import UsageError
from vbq.phantom.cohort import (
    CohortDesign,
    MissingData,
    Scanner,
    simulate_cohort,
    simulate_published_cohort,
    write_cohort,
)
from vbq.phantom.cohort.target_model import TargetModel, _estimating_equations
from vbq.stats.regression.likelihood import coefficients
from vbq.stats.regression.logistic import fit_logistic
from vbq.study.check.checks import examine
from vbq.study.plan.plan_file import read_plan

LARGE = CohortDesign(patients=10_000)


@pytest.fixture(scope="module")
def published():
    """Published cohorts by structure, each simulated once."""
    return lru_cache(maxsize=None)(simulate_published_cohort)


def fitted(table, names):
    known = table.dropna()
    model = fit_logistic(known[names].to_numpy(float), known["fracture"], names=names)
    return known, {c.name: c for c in coefficients(model)}


def printed(c):
    low, high = c.odds_ratio_wald
    return f"{c.odds_ratio:.2f} [{low:.2f}–{high:.2f}]"


@pytest.mark.parametrize(
    ("structure", "n", "events"),
    [("complete_case", 121, 44), ("treatment", 184, 72), ("independent", 184, 72)],
)
def test_published_cohort_yields_the_abstract(published, structure, n, events, tmp_path):
    cohort = published(structure)
    plan = write_cohort(cohort, tmp_path)
    table = pd.read_csv(tmp_path / "cohort.csv")  # as rounded in the file
    fracture = table["fracture"] == 1
    assert (len(table), fracture.sum()) == (184, 72)
    assert table["gc"].groupby(table["fracture"]).sum().tolist() == [17, 22]
    assert table["prior_fx"].groupby(table["fracture"]).sum().tolist() == [24, 26]
    assert table["vbq"].groupby(table["fracture"]).mean().round(2).tolist() == [3.01, 3.50]
    known, model = fitted(table, list(cohort.truth.coefficients))
    assert (len(known), known["fracture"].sum()) == (n, events)
    assert printed(model["prior_fx"]) == "6.94 [2.48–19.40]"
    assert printed(model["vbq"]) == "2.40 [1.30–4.44]"
    assert printed(model["bmi"]) == "1.09 [1.01–1.17]"
    assert printed(model["gc"]) == "2.89 [1.03–8.17]"
    p = {name: c.likelihood_ratio_p for name, c in model.items()}
    assert p["prior_fx"] < 0.001
    assert [f"{p[name]:.3f}" for name in ("vbq", "bmi", "gc", "dxa_t")] == [
        "0.003",
        "0.030",
        "0.043",
        "0.081",
    ]
    assert not examine(read_plan(plan)).stopped


def test_published_cohort_states_its_assumptions(published):
    assumptions = " ".join(published("treatment").truth.assumptions)
    for topic in ("treatment that the abstract does not report", "T-score", "controls", "age"):
        assert topic in assumptions


def test_published_cohort_has_the_treatment_that_explains_the_odds_ratio(published):
    table = published("treatment").patients
    assert table["treated"].groupby(table["prior_fx"]).sum().tolist() == [27, 30]


def test_files_depend_on_the_seed_alone(tmp_path):
    design = CohortDesign(missing=MissingData(share=0.2), controls=5, icc=0.9)

    def files(seed, name):
        write_cohort(simulate_cohort(design, seed), tmp_path / name)
        return {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}

    assert files(1, "a") == files(1, "b")
    assert files(1, "a")["cohort.csv"] != files(2, "c")["cohort.csv"]
    assert set(files(1, "a")) == {"cohort.csv", "plan.yaml", "truth.json", "controls.csv"}
    assert json.loads(files(1, "a")["truth.json"])["simulated"] is True


def test_a_large_cohort_recovers_its_coefficients_and_event_share():
    cohort = simulate_cohort(LARGE, seed=4)
    _, model = fitted(cohort.patients, list(cohort.truth.coefficients))
    for name, truth in cohort.truth.coefficients.items():
        c = model[name]
        assert abs(c.estimate - truth) < 4 * c.standard_error, name
    assert cohort.patients["fracture"].mean() == pytest.approx(72 / 184, abs=0.02)
    assert expit(cohort.truth.log_odds).mean() == pytest.approx(72 / 184, abs=0.02)


def test_measurement_error_lowers_the_reliability_to_the_icc():
    cohort = simulate_cohort(replace(LARGE, icc=0.749), seed=5)
    r = np.corrcoef(cohort.patients["vbq"], cohort.truth.complete["vbq"])[0, 1]
    assert r**2 == pytest.approx(0.749, abs=0.02)  # reliability is the squared correlation


def test_scanner_effect_shifts_the_measured_but_not_the_true_vbq():
    scanners = (Scanner("A", 1.5), Scanner("B", 3.0, share=2, vbq_effect=-0.57, log_odds=1.0))
    cohort = simulate_cohort(replace(LARGE, scanners=scanners), seed=6)
    at_3t = cohort.patients["field_strength"] == 3.0
    assert at_3t.mean() == pytest.approx(2 / 3, abs=0.02)
    measured, true = (t["vbq"] for t in (cohort.patients, cohort.truth.complete))
    assert measured[at_3t].mean() - measured[~at_3t].mean() == pytest.approx(-0.57, abs=0.06)
    assert true[at_3t].mean() - true[~at_3t].mean() == pytest.approx(0, abs=0.06)
    risk = cohort.patients["fracture"].groupby(at_3t).mean()
    assert risk[True] > risk[False] + 0.1


@pytest.mark.parametrize("mechanism", ["MCAR", "MAR"])
def test_values_are_missing_by_the_declared_mechanism(mechanism):
    missing = MissingData(("dxa_t", "bmi"), 0.3, mechanism)
    table = simulate_cohort(replace(LARGE, missing=missing), seed=7).patients
    is_missing = table["dxa_t"].isna()
    assert is_missing.mean() == pytest.approx(0.3, abs=0.02)
    assert table["bmi"].isna().mean() == pytest.approx(0.3, abs=0.02)
    assert table.drop(columns=["dxa_t", "bmi"]).notna().all(axis=None)
    share = is_missing.groupby(table["fracture"]).mean()
    if mechanism == "MCAR":
        assert share[1] == pytest.approx(share[0], abs=0.04)
    else:
        assert share[1] > share[0] + 0.1


def test_plan_of_a_free_design_is_ready_to_run(tmp_path):
    design = CohortDesign(
        patients=600,
        scanners=(Scanner("A", 1.5), Scanner("B", 3.0, vbq_effect=-0.57)),
        missing=MissingData(("dxa_t",), 0.3, "MAR"),
        icc=0.9,
        controls=45,
    )
    plan = read_plan(write_cohort(simulate_cohort(design, seed=3), tmp_path))
    check = examine(plan)
    assert not check.stopped
    assert "Simulated" in plan.title
    assert plan.measurement_error.icc == 0.9
    assert len(check.cohort.controls) == 45
    assert {group.value for group in check.scanners} == {"A", "B", "1.5", "3"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"patients": 0},
        {"icc": 0.0},
        {"event_share": 1.0},
        {"coefficients": {"vbq": 1.0}},
        {"scanners": ()},
        {"missing": MissingData(("fracture",))},
        {"missing": MissingData(share=1.0)},
        {"vbq_with_age": 1.0},
    ],
)
def test_impossible_designs_are_refused(wrong):
    with pytest.raises(UsageError, match="cannot be simulated"):
        CohortDesign(**wrong)


def test_an_unknown_structure_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="complete_case, treatment, independent"):
        simulate_published_cohort("selection")


def test_derivatives_that_shift_the_patients_are_those_of_the_estimating_equations():
    rng = np.random.default_rng(0)
    n, h = 60, 1e-6
    x = np.column_stack([rng.integers(0, 2, n).astype(float), *rng.normal(size=(2, n))])
    outcome, modelled = (rng.random(n) < 0.5) * 1.0, rng.random(n) < 0.8
    target = TargetModel(
        np.array([0.5, 0.3, -0.2]), {0: 0.5, 1: 0.4}, {1: 3.0, 2: 2.0}, {1: (0.0, 0.5)}
    )

    def residuals(shifted):
        return _estimating_equations(shifted, outcome, modelled, -0.3, target)[0]

    _, jacobian = _estimating_equations(x, outcome, modelled, -0.3, target)
    for cell in range(0, x.size, 7):
        step = np.zeros(x.size)
        step[cell] = h
        numeric = (residuals(x + step.reshape(x.shape)) - residuals(x - step.reshape(x.shape))) / (
            2 * h
        )
        assert jacobian[:, 1 + cell] == pytest.approx(numeric, abs=1e-6)
