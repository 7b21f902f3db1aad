"""A study from plan to analysis, on cohorts whose answers are known."""

import json
import sys

import jsonschema
import numpy as np
import pandas as pd
import pytest

from places import ROOT
from vbq.errors import InputError
from vbq.study.analysis.analysis import analysis_json
from vbq.study.analysis.run import run_study
from vbq.study.check.checks import examine
from vbq.study.plan.plan import Plan

# Odds ratio, Wald interval and likelihood-ratio p, as R fits the seed cohort. The abstract prints
# the same but for 19.40 and 8.17 (upper limits) and p = 0.081 of DXA.
FITTED = {
    "prior_fx": ("6.94", "2.48", "19.41", "<0.001"),
    "vbq": ("2.40", "1.30", "4.44", "0.003"),
    "bmi": ("1.09", "1.01", "1.17", "0.030"),
    "gc": ("2.89", "1.03", "8.14", "0.043"),
}


def test_the_published_abstract_comes_back(abstract):
    model = run_study(abstract()).multivariable
    assert (model.n, model.events) == (121, 44)
    for name, (odds_ratio, low, high, p) in FITTED.items():
        result = model.estimate(name)
        assert f"{result.odds_ratio:.2f}" == odds_ratio
        assert tuple(f"{limit:.2f}" for limit in result.wald_interval) == (low, high)
        assert result.p < 0.001 if p == "<0.001" else f"{result.p:.3f}" == p
    assert f"{model.estimate('dxa_t').p:.3f}" == "0.082"


def test_the_same_plan_gives_the_same_bytes(abstract):
    plan = abstract(subgroups=["prior_fx", {"name": "bmi", "cuts": [25]}])
    first, second = (analysis_json(run_study(plan)) for _ in range(2))
    assert first == second
    document = json.loads(first)
    assert document["schema"] == "vbq.analysis/2"
    assert document["size"]["n"] == 121


def test_complete_cases_that_lose_patients_are_no_main_result(glow):
    """The check already stops them: what it lets pass, the run does not refuse."""
    plan = glow(missing={"strategy": "complete_case"})
    assert examine(plan).stopped
    with pytest.raises(InputError, match=r"333 of 500 patients.* impute") as refused:
        run_study(plan)
    assert refused.value.code == "complete_case_loss"


def test_imputation_brings_back_what_was_removed(glow):
    # truth 2.007 in the complete data, 1.384 in complete cases
    analysis = run_study(glow())
    assert analysis.missing.headline == "imputed"
    assert (analysis.multivariable.n, analysis.complete_case.n) == (500, 167)
    assert 2.0 <= analysis.multivariable.estimate("priorfrac").odds_ratio <= 2.2
    assert analysis.complete_case.estimate("priorfrac").odds_ratio == pytest.approx(1.384, abs=1e-3)


def made_up(n=200, *, seed=1):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "id": np.arange(n),
            "vbq": rng.normal(3, 0.6, n).round(3),
            "age": rng.normal(68, 8, n).round(1),
            "field": rng.choice([1.5, 3.0], n),
        }
    )
    risk = 1 / (1 + np.exp(-(-4 + 1.1 * table["vbq"])))
    table["fracture"] = (rng.random(n) < risk).astype(int)
    return table


def plan_of(table, folder, **parts):
    path = folder / "patients.csv"
    table.to_csv(path, index=False)
    return Plan.model_validate(
        {
            "data": {"file": str(path), "id": "id"},
            "outcome": {"column": "fracture"},
            "predictors": [{"name": "vbq"}, {"name": "age", "per": 10}],
            "bootstrap": 50,
            **parts,
        }
    )


def test_a_separated_model_is_fitted_by_firth_and_says_so(tmp_path):
    table = made_up(60)
    table["steroids"] = np.where(table["fracture"] == 1, np.arange(60) % 3 == 0, 0).astype(int)
    plan = plan_of(table, tmp_path, predictors=["vbq", "age", "steroids"])
    model = run_study(plan).multivariable
    assert model.method == "Firth's penalised likelihood"
    assert "steroids" in model.separated
    assert np.isfinite(model.estimate("steroids").interval).all()


def test_scanner_measurement_error_and_controls_are_looked_at(tmp_path):
    table = made_up()
    controls = made_up(60, seed=2).assign(vbq=lambda t: t["vbq"] - 0.5)
    controls.to_csv(tmp_path / "controls.csv", index=False)
    plan = plan_of(
        table,
        tmp_path,
        scanner={"field_strength": "field"},
        measurement_error={"icc": 0.8, "interval": [0.7, 0.9], "source": "rescans"},
        controls={"file": str(tmp_path / "controls.csv")},
    )
    analysis = run_study(plan)
    main = analysis.multivariable.estimate("vbq")
    corrected = analysis.measurement_error.calibrated
    assert corrected.odds_ratio > main.odds_ratio  # error weakens the association
    assert [v.name for v in analysis.sensitivity] == ["adjusted for field strength"]
    assert {site.site for site in analysis.held_out["field_strength"]} == {"1.5 T", "3 T"}
    assert analysis.controls.adjusted.adjusted == pytest.approx(0.5, abs=0.25)


def test_a_stop_of_the_check_stops_the_study(tmp_path):
    table = made_up(15)
    with pytest.raises(InputError, match="15 patients"):
        run_study(plan_of(table, tmp_path))


def test_follow_up_with_death_as_a_competing_event(tmp_path):
    rng = np.random.default_rng(4)
    n = 400
    vbq = rng.normal(3, 0.6, n)
    event = rng.exponential(8 / np.exp(0.9 * (vbq - 3)))
    death, end = rng.exponential(15, n), rng.uniform(1, 8, n)
    first = np.minimum(np.minimum(event, death), end)
    start = pd.Timestamp("2018-01-01")
    day = {name: start + pd.to_timedelta((v * 365.25).round(), "D") for name, v in
           (("event", event), ("death", death), ("end", end))}  # fmt: skip
    table = pd.DataFrame(
        {
            "id": np.arange(n),
            "vbq": vbq.round(3),
            "fracture": (event == first).astype(int),
            "mri": start.date(),
            "event_on": np.where(event == first, day["event"].astype(str).str[:10], ""),
            "died_on": np.where(death == first, day["death"].astype(str).str[:10], ""),
            "seen_on": np.where(end == first, day["end"].astype(str).str[:10], ""),
        }
    )
    plan = plan_of(
        table,
        tmp_path,
        predictors=["vbq"],
        dates={"mri": "mri", "event": "event_on", "competing": "died_on", "last_seen": "seen_on"},
        horizon_years=3.0,
    )
    result = run_study(plan).time_to_event
    cox, fine_gray, horizon = result.models
    assert (cox.name, fine_gray.name) == ("Cox, cause-specific", "Fine-Gray")
    assert cox.ratios[0].interval[0] < np.exp(0.9) < cox.ratios[0].interval[1]
    assert fine_gray.ratios[0].interval[0] > 1
    assert horizon.ratios[0].p < 0.001
    assert cox.competing > 0
    assert cox.events == result.incidence.events


def test_a_comparison_that_cannot_be_validated_is_left_out_and_named(tmp_path):
    table = made_up(80)
    table["steroids"] = np.where(table["fracture"] == 1, np.arange(80) % 3 == 0, 0).astype(int)
    value = run_study(plan_of(table, tmp_path, predictors=["vbq", "steroids"])).added_value
    assert set(value.models) == {"full", "index"}
    assert set(value.not_fitted) == {"without the index"}
    assert not value.comparisons


@pytest.fixture
def schema_tool(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import schemas

    yield schemas
    sys.modules.pop("schemas")


def test_the_shipped_schemas_are_those_of_the_code(schema_tool):
    texts = schema_tool.schema_texts()
    assert len(texts) == 3
    for path, text in texts.items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_the_document_keeps_to_its_schema(tmp_path, schema_tool):
    table = made_up(120)
    table["sex"] = np.where(np.arange(120) % 3 == 0, "m", "f")
    table.loc[::9, "age"] = np.nan
    made_up(60, seed=2).to_csv(tmp_path / "controls.csv", index=False)
    plan = plan_of(
        table,
        tmp_path,
        predictors=["vbq", "age", "sex"],
        comparators=["age"],
        subgroups=["sex"],
        scanner={"field_strength": "field"},
        measurement_error={"icc": 0.9},
        controls={"file": str(tmp_path / "controls.csv")},
        missing={"imputations": 3},
        reclassification=True,
    )
    document = json.loads(analysis_json(run_study(plan)))
    schema = schema_tool.analysis_schema()
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["plan"]["data"]["file"] == "patients.csv"  # without its folder
