"""The risk model of a study whose truth is known."""

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from vbq.errors import RefusalError
from vbq.report.risk.model_card import card_text
from vbq.report.study.folder import risk_model_files
from vbq.risk.apply import table_risks
from vbq.risk.model_file import read_risk_model
from vbq.stats.regression.logistic import fit_logistic
from vbq.study.analysis.analysis import analysis_json
from vbq.study.analysis.association import fit_association
from vbq.study.analysis.imputed_tables import complete_cases, impute_cohort
from vbq.study.analysis.risk_model import risk_model
from vbq.study.analysis.run import run_study
from vbq.study.cohort.cohort_file import read_cohort
from vbq.study.design import design_of
from vbq.study.plan.plan import Plan

N = 600


def made_up(n, *, seed):
    """Patients, and their true risks."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "id": np.arange(n),
            "vbq": rng.normal(3, 0.6, n).round(3),
            "age": rng.normal(68, 8, n).round(1),
            "steroid": rng.choice(["no", "yes"], n, p=[0.7, 0.3]),
            "years": rng.uniform(2, 5, n).round(2),
        }
    )
    log_odds = -6 + 1.1 * table["vbq"] + 0.8 * (table["steroid"] == "yes") + 0.025 * table["age"]
    risk = expit(log_odds.to_numpy())
    return table.assign(fracture=(rng.random(n) < risk).astype(int)), risk


def plan_of(table, folder, **parts):
    path = folder / "patients.csv"
    table.to_csv(path, index=False)
    return Plan.model_validate(
        {
            "data": {"file": str(path), "id": "id"},
            "outcome": {"column": "fracture", "label": "New fracture"},
            "dates": {"follow_up_years": "years"},
            "predictors": [
                "vbq",
                {"name": "age", "unit": "years", "per": 10},
                "steroid",
            ],
            "bootstrap": 50,
            **parts,
        }
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    table, truth = made_up(N, seed=11)
    analysis = run_study(plan_of(table, folder), simulated=True)
    return analysis, folder / "patients.csv", truth


def test_the_mean_risk_is_the_share_of_events(study):
    analysis, path, _ = study
    result = table_risks(analysis.risk_model, path)
    assert result.entries.usable.all()
    share = analysis.multivariable.events / N
    assert result.risks.risk.mean() == pytest.approx(share, abs=1e-9)
    assert analysis.risk_model.baseline.event_share == share


def test_the_coefficients_are_those_of_the_report_times_the_corrected_slope(study):
    analysis, _, _ = study
    model = analysis.risk_model
    slope = analysis.added_value.models["full"]["slope"].corrected
    assert 0.85 < slope < 1
    assert model.shrinkage.factor == slope
    for shrunken, fitted in zip(model.coefficients, analysis.multivariable.estimates, strict=True):
        assert shrunken.unshrunken == fitted.coefficient
        assert shrunken.coefficient == slope * fitted.coefficient


def test_true_risks_are_recovered_within_their_intervals(study):
    analysis, path, truth = study
    result = table_risks(analysis.risk_model, path).risks
    assert np.abs(result.risk - truth).mean() < 0.04
    assert np.corrcoef(result.risk, truth)[0, 1] > 0.97
    inside = (result.lower <= truth) & (truth <= result.upper)
    assert inside.mean() > 0.85  # one cohort: its patients' intervals miss together


def test_it_holds_what_a_reader_needs(study):
    analysis, path, _ = study
    model, table = analysis.risk_model, pd.read_csv(path)
    vbq, age, steroid = model.predictors
    assert model.design.names == analysis.multivariable.design.names
    for predictor, term in zip(model.predictors, analysis.multivariable.design.terms, strict=True):
        assert asdict(predictor).items() >= asdict(term).items()
    assert vbq.observed.range == (table["vbq"].min(), table["vbq"].max())
    assert age.observed.percentiles == pytest.approx(table["age"].quantile([0.01, 0.99]).tolist())
    assert (age.unit, age.per) == ("years", 10)
    assert steroid.levels == ("no", "yes")
    assert [count.n for count in steroid.counts] == table["steroid"].value_counts().tolist()
    assert model.provenance.simulated
    assert model.provenance.sources[0].name == "patients.csv"
    assert model.baseline.outcome == "New fracture"
    assert model.baseline.median_years == pytest.approx(table["years"].median())


def test_its_files_can_be_read_and_are_the_same_each_time(study, tmp_path):
    analysis, _, _ = study
    result = risk_model_files(analysis)
    assert set(result) == {"risk-model.json", "risk-model.md"}
    assert result == risk_model_files(analysis)
    path = tmp_path / "risk-model.json"
    path.write_bytes(result["risk-model.json"])
    assert read_risk_model(path) == analysis.risk_model
    assert b"SIMULATED" in result["risk-model.md"]
    assert b'"vbq.risk-model/1"' in analysis_json(analysis)


@pytest.fixture
def incomplete(tmp_path):
    """A cohort with missing values, its model and its completed tables."""
    table, _ = made_up(300, seed=12)
    table.loc[::7, "vbq"] = np.nan
    cohort, _ = read_cohort(plan_of(table, tmp_path, missing={"imputations": 3}))
    tables = impute_cohort(cohort)
    return cohort, fit_association(design_of(cohort), tables), tables


ABOUT = {"patients": "imputed", "sources": (), "simulated": False}


def test_of_imputed_patients_too_the_mean_risk_is_the_share_of_events(study, incomplete):
    performance = study[0].added_value.models["full"]  # any will do
    cohort, main, tables = incomplete
    model = risk_model(cohort, main, performance, tables, **ABOUT)
    c = np.array(model.all_coefficients)
    risks = [expit(c[0] + model.design.matrix(table) @ c[1:]) for table in tables.tables]
    assert np.mean(risks) == pytest.approx(cohort.events / 300, abs=1e-9)
    assert model.provenance.imputations == 3
    known = cohort.table["vbq"].dropna()
    assert model.predictors[0].observed.range == (known.min(), known.max())


@pytest.mark.parametrize(("slope", "factor"), [(-0.1, None), (0.0, None), (0.4, 0.4), (1.3, 1.0)])
def test_coefficients_are_never_enlarged_nor_turned_round(study, incomplete, slope, factor):
    performance = study[0].added_value.models["full"]
    indices = tuple(
        replace(index, corrected=slope) if index.name == "slope" else index
        for index in performance.indices
    )
    performance = replace(performance, indices=indices)
    if factor is None:
        with pytest.raises(RefusalError, match="no better than chance"):
            risk_model(*incomplete[:2], performance, incomplete[2], **ABOUT)
    else:
        model = risk_model(*incomplete[:2], performance, incomplete[2], **ABOUT)
        assert model.shrinkage.factor == factor
        assert ("overfitted" in card_text(model)) == (factor < 0.9)


def unsettled(performance):
    """The same, with a calibration slope that depends on the seed."""
    indices = tuple(
        replace(index, corrected=7.0, monte_carlo_error=0.5) if index.name == "slope" else index
        for index in performance.indices
    )
    return replace(performance, indices=indices)


def test_a_slope_that_depends_on_the_seed_gives_way_to_the_heuristic(study, tmp_path):
    table, _ = made_up(150, seed=13)
    cohort, _ = read_cohort(plan_of(table, tmp_path))
    tables = complete_cases(cohort, ["vbq", "age", "steroid"])
    main = fit_association(design_of(cohort), tables)
    model = risk_model(
        cohort, main, unsettled(study[0].added_value.models["full"]), tables, **ABOUT
    )
    fit = fit_logistic(main.design.matrix(tables.tables[0]), tables.outcome)
    chi2 = 2 * (fit.log_likelihood - fit.null_log_likelihood)
    assert model.shrinkage.factor == pytest.approx((chi2 - 3) / chi2)
    assert "van Houwelingen" in model.shrinkage.method
    assert f"({chi2:.2f} − 3) / {chi2:.2f}" in model.shrinkage.method
    assert {index.name for index in model.performance.indices} == {
        "auc",
        "brier",
        "intercept",
        "r2",
    }
    card = card_text(model)
    assert "slope in new patients is not estimable" in card
    assert "7.0" not in card


def test_of_imputed_patients_the_heuristic_takes_the_pooled_test(study, incomplete):
    cohort, main, tables = incomplete
    performance = unsettled(study[0].added_value.models["full"])
    model = risk_model(cohort, main, performance, tables, **ABOUT)
    models = [fit_logistic(main.design.matrix(table), tables.outcome) for table in tables.tables]
    statistics = [2 * (fit.log_likelihood - fit.null_log_likelihood) for fit in models]
    # missing values cost information, and Wald's chi-squared is below the likelihood ratio's
    assert 0.7 < model.shrinkage.factor < (np.mean(statistics) - 3) / np.mean(statistics)
    assert "pooled Wald" in model.shrinkage.method


def test_the_heuristic_too_can_leave_nothing(study, tmp_path):
    table, _ = made_up(150, seed=14)
    table["fracture"] = np.random.default_rng(1).integers(0, 2, 150)
    cohort, _ = read_cohort(plan_of(table, tmp_path))
    tables = complete_cases(cohort, ["vbq", "age", "steroid"])
    main = fit_association(design_of(cohort), tables)
    with pytest.raises(RefusalError, match="remove all predictive value"):
        risk_model(cohort, main, unsettled(study[0].added_value.models["full"]), tables, **ABOUT)


def test_a_study_without_a_model_has_no_files_of_one(study):
    assert risk_model_files(replace(study[0], risk_model=None)) == {}
