"""A model in another cohort: judged by known answers, recalibrated, and refused."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import expit

from vbq.errors import InputError, RefusalError, UsageError
from vbq.risk.model_file import model_bytes, read_risk_model
from vbq.risk.recalibrate import recalibrate
from vbq.risk.validate import validate_risk
from vbq.stats.performance.calibration import calibration
from vbq.stats.performance.delong import auc
from vbq.study.external_cohort import read_external_cohort


def cohort(n=600, *, intercept=0.0, slope=1.0, seed=4):
    """Patients whose true log odds are ``intercept + slope ×`` those of the model."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "id": np.arange(n),
            "vbq": rng.uniform(1.6, 5.4, n).round(2),
            "steroid": rng.choice(["no", "yes"], n),
            "age": rng.uniform(46, 89, n).round(),
        }
    )
    model = -5 + 0.5 * table["vbq"] + (table["steroid"] == "yes") + 0.04 * table["age"]
    table["risk"] = expit(model)
    true = expit(intercept + slope * model)
    table["fracture"] = np.where(rng.random(n) < true, "yes", "no")
    return table


@pytest.fixture
def write_cohort(tmp_path):
    def write(table, name="other.csv"):
        table.drop(columns="risk").to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return write


def test_the_indices_are_those_of_the_risks(model, write_cohort):
    table = cohort()
    patients = read_external_cohort(model, write_cohort(table), outcome="fracture")
    validation = validate_risk(model, patients)
    y, risk = (table["fracture"] == "yes").to_numpy(float), table["risk"].to_numpy()
    assert (validation.n, validation.events, validation.left_out) == (600, int(y.sum()), {})
    assert validation.mean_risk == pytest.approx(risk.mean(), rel=1e-9)
    assert validation.auc.estimate == auc(y, np.round(risk, 9)).estimate
    assert validation.calibration.slope.estimate == pytest.approx(
        calibration(y, risk).slope.estimate, rel=1e-6
    )
    assert validation.brier.estimate == pytest.approx(np.mean((y - risk) ** 2), rel=1e-9)
    treated = risk >= 0.3
    benefit = (y[treated].sum() - (1 - y[treated]).sum() * 0.3 / 0.7) / 600
    assert validation.net_benefit.net_benefit[2] == pytest.approx(benefit, rel=1e-9)
    assert validation.cautions == ()


def test_recalibration_brings_the_mean_risk_to_the_share_of_events(model, write_cohort):
    path = write_cohort(cohort(intercept=1.5))
    before = read_external_cohort(model, path, outcome="fracture")
    share = before.events / before.n
    assert abs(before.risk.mean() - share) > 0.1
    for update in ("intercept", "intercept and slope"):
        new = recalibrate(model, before, update)
        after = read_external_cohort(new, path, outcome="fracture")
        assert after.risk.mean() == pytest.approx(share, abs=1e-9)
        (last,) = new.recalibrations
        assert (last.update, last.n, last.events) == (update, before.n, before.events)
        assert last.mean_risk_before == pytest.approx(before.risk.mean())
        assert any("this very file" in caution for caution in after.cautions)


def test_intercept_and_slope_of_another_cohort_are_found(model, write_cohort):
    path = write_cohort(cohort(4000, intercept=0.7, slope=0.6, seed=9))
    patients = read_external_cohort(model, path, outcome="fracture")
    new = recalibrate(model, patients, "intercept and slope")
    a, b = new.recalibrations[0].intercept, new.recalibrations[0].slope
    assert a == pytest.approx(0.7, abs=0.1)
    assert b == pytest.approx(0.6, abs=0.08)
    assert new.coefficients[0].coefficient == pytest.approx(0.5 * b, rel=1e-12)
    assert new.intercept == pytest.approx(a - 5 * b, rel=1e-12)
    result = validate_risk(new, read_external_cohort(new, path, outcome="fracture")).calibration
    assert (result.intercept.estimate, result.slope.estimate) == pytest.approx((0, 1), abs=1e-6)


def test_the_variance_after_recalibration_by_hand(model, write_cohort):
    patients = read_external_cohort(model, write_cohort(cohort(slope=0.8)), outcome="fracture")
    new = recalibrate(model, patients, "intercept and slope")
    b = new.recalibrations[0].slope
    x = np.array([1, 3.4, 1, 7.0])
    before = x @ np.array(model.covariance) @ x
    log_odds = x @ np.array(model.all_coefficients)
    from vbq.stats.regression.logistic import fit_logistic

    w = fit_logistic(patients.log_odds[:, None], patients.outcome).covariance
    u = np.array([1, log_odds])
    expected = b**2 * before + u @ w @ u
    assert x @ np.array(new.covariance) @ x == pytest.approx(expected, rel=1e-6)
    read_back = model_bytes(new)
    assert b'"recalibrations": [\n    {' in read_back


def test_a_recalibrated_model_is_recalibrated_again(model, write_cohort, tmp_path):
    first = recalibrate(
        model,
        read_external_cohort(model, write_cohort(cohort(intercept=1)), outcome="fracture"),
        "intercept",
    )
    path = tmp_path / "first.json"
    path.write_bytes(model_bytes(first))
    first = read_risk_model(path)
    later = write_cohort(cohort(intercept=-0.5, seed=5), "later.csv")
    second = recalibrate(first, read_external_cohort(first, later, outcome="fracture"), "intercept")
    assert len(second.recalibrations) == 2
    assert second.intercept < first.intercept


def test_a_plan_is_another_cohort_too(model, write_cohort, tmp_path):
    table = cohort()
    path = write_cohort(table)
    plan = {
        "data": {"file": path.name, "id": "id"},
        "outcome": {"column": "fracture"},
        "predictors": ["vbq", "steroid", {"name": "age", "unit": "months"}],
        "exclusions": [{"column": "steroid", "value": "yes"}],
    }
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan))
    # of one category alone no study could be made, but the model can be judged on them
    with_all = plan | {"exclusions": []}
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(with_all))
    by_plan = read_external_cohort(model, tmp_path / "all.yaml")
    by_table = read_external_cohort(model, path, outcome="fracture")
    assert by_plan.log_odds == pytest.approx(by_table.log_odds, rel=1e-12)
    assert (by_plan.outcome == by_table.outcome).all()
    assert "Age is in months in this cohort, and in years in the model." in by_plan.cautions
    small = read_external_cohort(model, tmp_path / "plan.yaml")
    assert small.n == (table["steroid"] == "no").sum()
    with pytest.raises(UsageError, match="A plan already names the outcome"):
        read_external_cohort(model, tmp_path / "all.yaml", outcome="fracture")


def test_who_is_left_out_is_counted_by_reason(model, write_cohort):
    table = cohort()
    table.loc[:39, "vbq"] = np.nan
    table.loc[40:42, "age"] = 101
    table.loc[43, "steroid"] = "once"
    table.loc[44:45, "fracture"] = ""
    patients = read_external_cohort(model, write_cohort(table), outcome="fracture")
    assert patients.excluded == {
        "a predictor is missing": 40,
        "at a level the model does not know": 1,
        "outside the range of the model's cohort": 3,
    }
    assert patients.n == 600 - 46
    cautions = " ".join(patients.cautions)
    assert "Excluded because the outcome is missing: 2 patients." in cautions
    assert "40 of 598 patients were excluded as incomplete" in cautions


def test_few_events_are_refused_and_under_a_hundred_said(model, write_cohort):
    table = cohort()
    yes = table.index[table["fracture"] == "yes"]
    small = table.drop(yes[9:])
    with pytest.raises(RefusalError, match="9 with the event"):
        read_external_cohort(model, write_cohort(small), outcome="fracture")
    medium = table.drop(yes[60:])
    (caution,) = read_external_cohort(model, write_cohort(medium), outcome="fracture").cautions
    assert caution.startswith("Only 60 patients with the event: calibration is uncertain")


def test_a_model_that_orders_the_wrong_way_is_not_recalibrated(model, write_cohort):
    patients = read_external_cohort(model, write_cohort(cohort(slope=-1)), outcome="fracture")
    with pytest.raises(RefusalError, match="no better than chance"):
        recalibrate(model, patients, "intercept and slope")


def test_the_outcome_must_be_named_be_there_and_have_two_values(model, write_cohort):
    path = write_cohort(cohort())
    with pytest.raises(UsageError, match="--outcome COLUMN"):
        read_external_cohort(model, path)
    with pytest.raises(InputError, match="no column fractured: did you mean fracture"):
        read_external_cohort(model, path, outcome="fractured")
    with pytest.raises(InputError, match="should have two values"):
        read_external_cohort(model, path, outcome="id")
    with pytest.raises(InputError, match="predictor of the model"):
        read_external_cohort(model, path, outcome="steroid")


def test_an_outcome_in_other_words_needs_the_event(model, write_cohort):
    table = cohort()
    table["fracture"] = table["fracture"].map({"yes": "broken", "no": "whole"})
    path = write_cohort(table)
    with pytest.raises(InputError, match="“broken” and “whole”, and it is unknown which"):
        read_external_cohort(model, path, outcome="fracture")
    patients = read_external_cohort(model, path, outcome="fracture", event="broken")
    assert patients.events == (table["fracture"] == "broken").sum()
    assert math.isclose(patients.risk.mean(), table["risk"].mean())


@pytest.mark.parametrize("event", ["yes", "1"])
def test_an_outcome_of_1_and_2_is_never_guessed(model, write_cohort, event):
    """1 is a yes of other tables; here it may as well mean no, and the model be judged inverted."""
    model = model.model_copy(
        update={"baseline": model.baseline.model_copy(update={"event": event})}
    )
    table = cohort()
    table["fracture"] = table["fracture"].map({"yes": 2, "no": 1})
    path = write_cohort(table)
    with pytest.raises(InputError, match="“1” and “2”, and it is unknown which") as error:
        read_external_cohort(model, path, outcome="fracture")
    assert "--event" in error.value.remedy
    patients = read_external_cohort(model, path, outcome="fracture", event="2")
    assert patients.events == (table["fracture"] == 2).sum()


def test_the_models_own_word_for_the_event_is_understood(model, write_cohort):
    model = model.model_copy(
        update={"baseline": model.baseline.model_copy(update={"event": "broken"})}
    )
    table = cohort()
    table["fracture"] = table["fracture"].map({"yes": "Broken", "no": "whole"})
    patients = read_external_cohort(model, write_cohort(table), outcome="fracture")
    assert patients.events == (table["fracture"] == "Broken").sum()
