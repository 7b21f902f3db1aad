"""On simulated cohorts the study's answers are held against the truth.

A small sample of what ``benchmarks/study_simulation.py`` does with 500 cohorts.
"""

import numpy as np
import pytest
import typer
from scipy.special import expit
from typer.testing import CliRunner

from vbq.cli.study_demo import demo
from vbq.errors import UsageError
from vbq.phantom.cohort import CohortDesign, simulate_cohort
from vbq.stats.performance.measures import MEASURES, performance_measures
from vbq.stats.regression.terms import Design, Term
from vbq.stats.validation.bootstrap import validate_bootstrap
from vbq.study.analysis.association import fit_association
from vbq.study.analysis.imputed_tables import Tables

COHORTS = 40
NEW = 10_000
TRUTH = CohortDesign().coefficients
DESIGN = Design(tuple(Term(name, name, "", "linear") for name in TRUTH))


def tables(cohort):
    columns = {name: cohort.patients[name].to_numpy(float) for name in TRUTH}
    outcome = cohort.patients["fracture"].to_numpy(float)
    return Tables((columns,), outcome, np.arange(outcome.size))


@pytest.fixture(scope="module")
def cohorts():
    return [tables(simulate_cohort(CohortDesign(patients=400), seed)) for seed in range(COHORTS)]


@pytest.fixture(scope="module")
def models(cohorts):
    return [fit_association(DESIGN, cohort) for cohort in cohorts]


def test_intervals_hold_the_true_odds_ratio(models):
    held = [
        low <= np.exp(TRUTH[estimate.column]) <= high
        for model in models
        for estimate in model.estimates
        for low, high in [estimate.interval]
    ]
    # 240 intervals: 95 % within 3 standard errors of a binomial share
    assert len(held) == 240
    assert np.mean(held) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 240))


def test_corrected_performance_is_that_in_new_patients(cohorts, models):
    new_cohort = simulate_cohort(CohortDesign(patients=NEW), 10_000)
    new, risk = DESIGN.matrix(tables(new_cohort).tables[0]), expit(new_cohort.truth.log_odds)
    outcome, shares = np.repeat([1.0, 0.0], NEW), np.concatenate([risk, 1 - risk])[None]
    names = ("auc", "slope")
    bias, optimism = np.empty((2, COHORTS, len(names)))
    for i, (cohort, model) in enumerate(zip(cohorts, models, strict=True)):
        design = DESIGN.matrix(cohort.tables[0])
        result = validate_bootstrap(design, cohort.outcome, resamples=50, seed=i)
        log_odds = new @ np.array(model.coefficients[1:]) + model.intercept
        real = performance_measures(np.tile(log_odds, 2)[None], outcome, shares)[0]
        for j, name in enumerate(names):
            true = real[MEASURES.index(name)]
            bias[i, j] = result[name].corrected - true
            optimism[i, j] = result[name].apparent - true
    error = bias.std(axis=0, ddof=1) / np.sqrt(COHORTS)
    assert (np.abs(bias.mean(axis=0)) < 3 * error).all()
    assert (np.abs(bias.mean(axis=0)) < np.abs(optimism.mean(axis=0))).all()


def test_separated_cohorts_are_fitted_by_firths_likelihood():
    separated = 0
    for seed in range(60):
        cohort = tables(simulate_cohort(CohortDesign(patients=40, event_share=0.12), seed))
        if not 0 < cohort.events < cohort.n:
            continue
        model = fit_association(DESIGN, cohort)
        if not model.separated:
            continue
        separated += 1
        assert model.method == "Firth's penalised likelihood"
        for estimate in model.estimates:
            assert np.isfinite([estimate.coefficient, *estimate.interval]).all()
        if separated == 3:
            break
    assert separated == 3


@pytest.mark.slow
def test_demo_says_that_its_patients_are_simulated_and_overwrites_nothing(tmp_path, monkeypatch):
    # nothing missing: imputing within the bootstrap would take half a minute
    monkeypatch.setattr(
        "vbq.phantom.cohort.simulate_published_cohort",
        lambda _structure, seed: simulate_cohort(CohortDesign(), seed),
    )
    app = typer.Typer()
    app.command()(demo)
    arguments = ["--out", str(tmp_path / "demo")]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    assert "SIMULATED patients" in run.output
    assert {path.name for path in (tmp_path / "demo" / "cohort").iterdir()} == {
        "cohort.csv",
        "plan.yaml",
        "truth.json",
    }
    page = (tmp_path / "demo" / "results" / "report.html").read_text("utf-8")
    assert "SIMULATED" in page
    assert isinstance(CliRunner().invoke(app, arguments).exception, UsageError)
