"""Follow-up: who is counted in which model."""

import numpy as np
import pandas as pd
import pytest

from vbq.stats.survival.ipcw import horizon_outcome
from vbq.study.analysis.time_to_event import time_to_event


@pytest.fixture
def followed():
    """Fractures, deaths and ends of follow-up of 200 patients."""
    rng = np.random.default_rng(8)
    n = 200
    vbq = rng.normal(3, 0.6, n)
    event = rng.exponential(8 / np.exp(0.9 * (vbq - 3)))
    death, end = rng.exponential(15, n), rng.uniform(1, 8, n)
    first = np.minimum(np.minimum(event, death), end)
    cause = np.select([event == first, death == first], [1, 2], 0)
    days = np.ceil(first * 365.25)
    day = (pd.Timestamp("2018-01-01") + pd.to_timedelta(days, "D")).strftime("%Y-%m-%d")
    table = pd.DataFrame(
        {
            "vbq": vbq.round(3),
            "fracture": (cause == 1).astype(int),
            "mri": "2018-01-01",
            "broken": np.where(cause == 1, day, ""),
            "dead": np.where(cause == 2, day, ""),
            "seen": np.where(cause == 0, day, ""),
        }
    )
    return table, days / 365.25, cause


DATES = {"mri": "mri", "event": "broken", "competing": "dead", "last_seen": "seen"}


def test_a_model_at_a_horizon_counts_what_came_by_then(make, followed):
    table, years, cause = followed
    inputs = make(table, predictors=["vbq"], dates=DATES, horizon_years=3.0)
    result = time_to_event(*inputs)
    cox, gray, horizon = result.models
    assert (cox.n, cox.events, cox.unknown) == (200, int((cause == 1).sum()), 0)
    assert gray.competing == int((cause == 2).sum())
    direct = horizon_outcome(years, cause, 3.0)
    assert (horizon.events, horizon.unknown) == (direct.events, direct.unknown)
    assert horizon.events == ((cause == 1) & (years <= 3)).sum() < cox.events
    assert horizon.n == 200 - ((cause == 0) & (years < 3)).sum()
    assert horizon.competing == ((cause == 2) & (years <= 3)).sum() < cox.competing
    assert horizon.ratios[0].ratio > 1


def test_deaths_and_spread_of_follow_up_are_counted(make, followed):
    table, years, cause = followed
    result = time_to_event(*make(table, predictors=["vbq"], dates=DATES))
    assert result.competing == (cause == 2).sum() > 0
    assert result.event_free == pytest.approx((years[cause != 1].min(), years[cause != 1].max()))
    assert result.quartiles == pytest.approx(np.quantile(years, [0.25, 0.75]))


def test_a_model_of_time_needs_more_events_than_parameters(make, followed):
    table, years, cause = followed
    early = float(np.sort(years[cause == 1])[2]) + 1e-6  # three events by then
    table["age"], table["bmi"] = np.arange(200) % 37, np.arange(200) % 11
    inputs = make(table, predictors=["vbq", "age", "bmi"], dates=DATES, horizon_years=early)
    *time_models, horizon = time_to_event(*inputs).models
    assert all(model.ratios for model in time_models)
    assert not horizon.ratios
    assert horizon.reason == "3 patients with the event for 3 parameters."


def test_events_without_a_time_stop_no_study(make, followed):
    table, *_ = followed
    dates = {key: DATES[key] for key in ("mri", "competing", "last_seen")}
    assert time_to_event(*make(table, predictors=["vbq"], dates=dates)) is None


def test_a_minimum_follow_up_does_not_bias_the_analyses_of_time(make):
    """Exponential times of known risk, censored uniformly: the risk at 3 years is 0.302.

    Those who leave the main model, all without the event, had raised it to 0.339.
    """
    rng = np.random.default_rng(1)
    n = 4_000
    event, end = rng.exponential(1 / 0.12, n), rng.uniform(0.2, 6, n)
    table = pd.DataFrame(
        {
            "vbq": rng.normal(3, 0.6, n).round(3),
            "fracture": (event <= end).astype(int),
            "years": np.minimum(event, end),
        }
    )
    dates = {"follow_up_years": "years"}
    short = int(((table["fracture"] == 0) & (table["years"] < 2)).sum())
    inputs = make(table, predictors=["vbq"], dates=dates | {"minimum_follow_up_years": 2.0})
    result = time_to_event(*inputs)
    assert inputs.tables.n == n - short
    assert inputs.cohort.flow[-1].removed == result.short == short > 0
    assert (result.incidence.n, result.models[0].n) == (n, n)
    share, (low, high) = result.incidence.estimate_at(3.0)
    assert low < 1 - np.exp(-0.36) < high
    assert result.event_free[0] >= 2  # the minimum of the main model
    everybody = time_to_event(*make(table, predictors=["vbq"], dates=dates))
    assert (everybody.short, everybody.incidence.estimate_at(3.0)) == (0, (share, (low, high)))
    assert everybody.models == result.models


def test_missing_values_of_everybody_followed_are_completed(make, followed):
    table, years, cause = followed
    table["vbq"] = table["vbq"].mask(np.arange(200) % 7 == 0)
    inputs = make(table, predictors=["vbq"], dates=DATES | {"minimum_follow_up_years": 2.0})
    short = int(((cause == 0) & (years < 2)).sum())
    result = time_to_event(*inputs)
    assert (inputs.tables.n, result.short) == (200 - short, short)
    assert {model.n for model in result.models} == {200}
    assert all(model.ratios for model in result.models)


def test_those_whose_follow_up_is_not_known_ask_for_no_other_imputation(make, followed):
    table, years, cause = followed
    missing = (cause == 0) & (years < 2)
    table["seen"] = table["seen"].mask(missing, "")
    table["vbq"] = table["vbq"].mask(missing)  # known of all others
    inputs = make(table, predictors=["vbq"], dates=DATES | {"minimum_follow_up_years": 2.0})
    result = time_to_event(*inputs)
    assert inputs.cohort.followed.n == 200
    assert (result.short, result.imputations) == (0, 1)


def test_a_level_of_the_shortly_followed_alone_is_in_no_model(make, followed):
    table, years, cause = followed
    short = (cause == 0) & (years < 2)
    table["site"] = np.resize(["a", "b", "c"], 200)
    table.loc[np.flatnonzero(short)[:2], "site"] = "d"
    inputs = make(table, predictors=["vbq", "site"], dates=DATES | {"minimum_follow_up_years": 2.0})
    assert inputs.cohort.plan.predictor("site").levels == ("a", "b", "c")
    assert inputs.cohort.followed.n == 198
    assert time_to_event(*inputs).short == short.sum() - 2


def test_follow_up_of_the_events_alone_is_no_follow_up(make, followed):
    """Dates of MRI and fracture only: a model of time would be of fractures alone."""
    table, *_ = followed
    dates = {key: DATES[key] for key in ("mri", "event")}
    assert time_to_event(*make(table, predictors=["vbq"], dates=dates)) is None
