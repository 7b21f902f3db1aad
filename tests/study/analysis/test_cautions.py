"""What only the analysis sees is said among the cautions."""

import numpy as np
import pandas as pd

from vbq.study.analysis.performance import performance
from vbq.study.analysis.run import run_study


def test_weak_imputation_and_events_without_a_time_are_cautioned(make, monkeypatch):
    monkeypatch.setattr(performance, "MAX_IMPUTED_RESAMPLES", 4)
    monkeypatch.setattr(performance, "IMPUTATIONS_PER_RESAMPLE", 2)
    rng = np.random.default_rng(1)
    vbq = rng.normal(3, 0.6, 150)
    table = pd.DataFrame(
        {
            "vbq": np.where(rng.random(150) < 0.2, np.nan, vbq.round(3)),
            "fracture": (rng.random(150) < 1 / (1 + np.exp(3 - vbq))).astype(int),
            "mri": "2020-01-01",
            "seen": "2022-06-01",
        }
    )
    predictors = [{"name": "vbq", "label": "VBQ", "transformation": "rcs3"}]
    dates = {"mri": "mri", "last_seen": "seen"}  # that of the fracture is not named
    analysis = run_study(make(table, predictors=predictors, dates=dates, bootstrap=50).cohort.plan)
    messages = {f.code: f.message for f in analysis.findings if f.severity == "caution"}
    assert "may weaken the spline of VBQ." in messages["imputed_main_effects"]
    assert "Name dates.event" in messages["no_event_times"]
    assert analysis.time_to_event is None
    severities = [f.severity for f in analysis.findings]
    assert severities == sorted(severities)  # cautions, then notes


def test_times_of_the_events_alone_are_cautioned(make):
    rng = np.random.default_rng(1)
    vbq = rng.normal(3, 0.6, 150)
    broken = rng.random(150) < 1 / (1 + np.exp(3 - vbq))
    table = pd.DataFrame(
        {
            "vbq": vbq.round(3),
            "fracture": broken.astype(int),
            "mri": "2020-01-01",
            "broken": np.where(broken, "2021-06-01", ""),
        }
    )
    dates = {"mri": "mri", "event": "broken"}  # when the others were last seen is not named
    analysis = run_study(make(table, predictors=["vbq"], dates=dates, bootstrap=50).cohort.plan)
    messages = {f.code: f.message for f in analysis.findings if f.severity == "caution"}
    assert "No patient without the event has a known time" in messages["no_event_times"]
    assert "Name dates.last_seen" in messages["no_event_times"]
    assert analysis.time_to_event is None
