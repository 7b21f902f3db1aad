"""The check finds, before any model, what would make a study wrong; and says where."""

import numpy as np
import pandas as pd
import pytest

from vbq.cli.study_table import show_examination
from vbq.errors import InputError
from vbq.study.check.checks import examine
from vbq.study.cohort.cohort_file import read_cohort
from vbq.study.plan.plan import Plan
from vbq.study.plan.plan_file import read_plan


def codes(examination, severity):
    return [finding.code for finding in examination.findings if finding.severity == severity]


def test_a_clean_cohort_is_not_stopped(check, patients):
    examination = check(patients, predictors=["vbq", "age", "dxa_t"], comparators=["dxa_t"])
    assert not examination.stopped
    assert codes(examination, "caution") == ["few_events", "riley"]
    assert examination.cohort.n == 60
    assert examination.cohort.events == 24
    assert examination.size.events_per_parameter == 8
    assert examination.cohort.table.index.tolist() == list(range(2, 62))


def test_the_cohort_is_typed(check, patients):
    patients.loc[3, "steroid"] = "NA"
    patients["risk"] = np.resize(["Less", "Same", "More"], 60)
    risk = {"name": "risk", "type": "ordered", "levels": ["Less", "Same", "More"]}
    cohort = check(patients, predictors=["vbq", "steroid", risk]).cohort
    assert cohort.plan.predictors[1].levels == ("no", "yes")
    assert cohort.table["steroid"].isna().tolist().index(True) == 3
    assert set(cohort.table["steroid"].dropna()) == {0.0, 1.0}
    assert cohort.table["risk"].cat.categories.tolist() == ["Less", "Same", "More"]
    assert cohort.plan.parameters == 4


def change(column, row, value):
    """A damage: the entry of one cell."""

    def damage(table):
        table[column] = table[column].astype(object)
        table.loc[row - 2, column] = value
        return table

    return damage


def fill(column, values):
    def damage(table):
        table[column] = values(table) if callable(values) else values
        return table

    return damage


@pytest.mark.parametrize(
    ("damage", "code", "text"),
    [
        (change("age", 7, "old"), "text_in_numbers", "age in row 7"),
        (change("age", 7, "65 yrs"), "unit_in_cell", "age in row 7"),
        (change("vbq", 9, "3,25"), "mixed_decimals", "row 9"),
        (change("vbq", 9, "#DIV/0!"), "formula_error", "vbq in row 9"),
        (change("age", 5, 250), "out_of_range", "age in row 5"),
        (change("id", 12, "P001"), "duplicate_patient", "rows 3, 12"),
        (change("id", 12, " P001 "), "duplicate_patient", "rows 3, 12"),
        (change("id", 12, ""), "no_id", "row 12"),
        (change("fracture", 4, "perhaps"), "not_binary", "row 4"),
        (change("fracture", 4, 2), "not_binary", "row 4"),
        (change("fracture", 4, 9), "not_binary", "means missing"),
        (fill("fracture", 0), "one_class", "No patient"),
        (fill("fracture", 1), "one_class", "All patients"),
        (fill("age", 70), "constant", "age"),
        (fill("age", ""), "mostly_missing", "age"),
        (fill("age", lambda t: t["age"].where(t.index < 6)), "mostly_missing", "90 %"),
        (fill("age", lambda t: 60 + t["fracture"]), "perfect_predictor", "age"),
        (fill("age", lambda t: 60 + 5 * t["fracture"] + t.index % 4), "perfect_predictor", "age"),
        (fill("age", lambda t: 20 * t["vbq"]), "same_predictor", "vbq and age"),
        (lambda t: t.iloc[:19], "too_few_patients", "19 patients"),
        (lambda t: t.rename(columns={"age": "Age "}), "no_such_column", "did you mean Age"),
    ],
)  # fmt: skip
def test_damage_stops_the_study_with_its_place(stop, patients, damage, code, text):
    finding = stop(damage(patients))
    assert finding.code == code
    assert text in finding.message
    assert "\n" not in finding.message


def test_no_id_is_ever_printed(check, patients):
    patients["id"] = [f"Mustermann-{i}" for i in range(60)]
    patients = change("id", 12, "Mustermann-1")(patients)
    assert "Mustermann" not in str(check(patients).document())


def test_too_many_parameters_for_the_events(check, patients):
    random = np.random.default_rng(0)
    table = {f"x{i}": random.normal(size=60) for i in range(30)}
    examination = check(patients.assign(**table), predictors=["vbq", *table])
    assert codes(examination, "refuse") == ["too_many_parameters"]


@pytest.mark.parametrize(
    ("entries", "named"), [(("2", "1"), "“1” and “2”"), (("alive", "broken"), "“broken”")]
)
def test_an_outcome_whose_event_is_not_known_stops(stop, check, patients, entries, named):
    """1 = yes and 2 = no is as frequent as the reverse: it must not be guessed."""
    patients["fracture"] = np.where(patients["fracture"] == 1, entries[1], entries[0])
    finding = stop(patients)
    assert finding.code == "no_event"
    assert named in finding.message
    assert "outcome.event" in finding.message
    examination = check(patients, outcome={"column": "fracture", "event": entries[1]})
    assert not examination.stopped
    assert examination.cohort.events == 24


def test_a_predictor_that_is_almost_the_outcome_is_named(check, patients):
    table = pd.concat([patients] * 4, ignore_index=True)
    table["id"] = range(240)
    rng = np.random.default_rng(1)
    nearly = table["fracture"].where(table.index != 7, 1 - table["fracture"])
    table["copy"] = nearly
    table["healed"] = 1 - nearly
    table["levels"] = np.where(nearly == 1, rng.choice(["L1", "L2", "L3"], 240), "none")
    table["days"] = (100 * nearly + rng.normal(0, 10, 240)).round(2)
    for name in ("copy", "healed", "levels", "days"):
        examination = check(table, predictors=["vbq", name])
        assert not examination.stopped
        (finding,) = [f for f in examination.findings if f.code == "near_perfect_predictor"]
        assert (finding.severity, finding.column) == ("caution", name)
        assert "copy of the outcome" in finding.message
    honest = check(table, predictors=["vbq", "age", "steroid"])
    assert "near_perfect_predictor" not in codes(honest, "caution")


def test_columns_that_combine_to_one_another_stop_the_study(stop, check, patients):
    group = np.resize(["a", "b", "c", "a", "b"], 60)
    for name in "abc":
        patients[name] = (group == name).astype(int)
    finding = stop(patients, predictors=["vbq", "a", "b", "c"])
    assert finding.code == "collinear_columns"
    assert "c is fully determined by a and b" in finding.message
    patients.loc[[1, 5, 9], "vbq"] = np.nan
    patients.loc[[2, 7], ["a", "b", "c"]] = np.nan
    assert "(58 patients)" in stop(patients, predictors=["vbq", "a", "b", "c"]).message
    assert not check(patients, predictors=["vbq", "a", "b"]).stopped


def test_an_interaction_that_nobody_has_stops_the_study(stop, patients):
    patients["a"], patients["b"] = patients.index % 4 == 3, patients.index % 4 == 2
    patients[["a", "b"]] = patients[["a", "b"]].astype(int)
    finding = stop(patients, predictors=["vbq", "a", "b"], interactions=[["a", "b"]])
    assert "a × b is the same in all patients" in finding.message


def test_what_only_complete_cases_lack_does_not_stop_a_study_that_imputes(check, patients):
    patients["rare"] = (patients.index % 12 == 4).astype(int)
    patients.loc[patients["rare"] == 1, "age"] = np.nan
    assert not check(patients, predictors=["vbq", "age", "rare"]).stopped


def test_yes_and_1_mixed_are_read_and_said(check, patients):
    examination = check(change("fracture", 2, "yes")(patients))
    assert not examination.stopped
    assert examination.cohort.events == 24
    assert "mixed_yes_no" in codes(examination, "note")


def test_comma_decimals_throughout_are_read_and_said(check, patients):
    text = patients.to_csv(index=False, sep=";", decimal=",")
    examination = check(text)
    assert not examination.stopped
    assert "comma_decimals" in codes(examination, "note")
    np.testing.assert_array_equal(examination.cohort.table["vbq"], patients["vbq"])


def test_suspected_codes_are_said_and_not_removed(check, patients):
    examination = check(
        change("bmi", 5, 99)(patients), predictors=[{"name": "bmi", "range": [10, 120]}]
    )
    assert not examination.stopped
    examination = check(
        change("crp", 5, 999)(patients.assign(crp=patients["bmi"])), predictors=["crp"]
    )
    assert "suspected_code" in codes(examination, "caution")
    assert examination.cohort.table["crp"].max() == 999


def test_every_code_of_missing_is_suspected_among_categories(check, patients):
    risk = ["1", "2", "8"] * 20
    examination = check(
        patients.assign(risk=risk), predictors=[{"name": "risk", "type": "categorical"}]
    )
    assert "risk has the category 8" in " ".join(
        finding.message for finding in examination.findings
    )


def test_a_range_of_the_plan_takes_the_place_of_the_built_in_one(stop, check, patients):
    assert stop(patients, predictors=[{"name": "age", "range": [60, 75]}]).code == "out_of_range"
    wide = [{"name": "age", "range": [0, 300]}]
    assert not check(change("age", 5, 250)(patients), predictors=wide).stopped


def test_a_logarithm_and_a_spline_need_values_for_it(stop, patients):
    log = [{"name": "dxa_t", "type": "continuous", "transformation": "log"}]
    assert stop(patients, predictors=log).code == "no_logarithm"
    spline = [{"name": "few", "type": "continuous", "transformation": "rcs4"}]
    examination = stop(patients.assign(few=patients.index % 7), predictors=spline)
    assert examination.code == "few_values"


def test_a_category_without_events_is_a_caution(check, patients):
    patients["statin"] = ((patients.index % 5 == 3) & (patients.index > 20)).astype(int)
    assert "separated" in codes(check(patients, predictors=["vbq", "statin"]), "caution")


def test_complete_cases_are_refused_as_the_main_result(check, patients):
    patients.loc[:9, "age"] = np.nan
    examination = check(patients, missing={"strategy": "complete_case"})
    assert codes(examination, "refuse") == ["complete_case_loss"]
    assert examination.missing.complete == 50
    assert "complete_case_loss" in codes(check(patients), "note")


def test_fewer_imputations_than_percent_of_incomplete_patients_are_noted(check, patients):
    patients.loc[:9, "age"] = np.nan  # 10 of 60: 17 %
    assert "few_imputations" in codes(check(patients, missing={"imputations": 16}), "note")
    assert "few_imputations" not in codes(check(patients, missing={"imputations": 17}), "note")


def test_field_strengths_are_those_that_scanners_are_sold_with(check, patients):
    patients["tesla"] = ["1.494", "1.5T", "2.8936", "3"] * 15
    examination = check(patients, scanner={"field_strength": "tesla"})
    assert [(group.value, group.n) for group in examination.scanners] == [("1.5", 30), ("3", 30)]


def test_scanners_that_differ_are_a_caution_with_their_table(check, patients):
    patients["tesla"] = np.where(patients.index % 2, "3T", "1.5 T")
    patients["vbq"] += 0.8 * (patients.index % 2 == 0)
    examination = check(patients, scanner={"field_strength": "tesla"})
    assert "scanner_differs" in codes(examination, "caution")
    assert [(group.value, group.n) for group in examination.scanners] == [("1.5", 30), ("3", 30)]
    assert examination.scanners[0].index_mean > examination.scanners[1].index_mean


@pytest.mark.parametrize(("share", "message"), [(0, "is similar"), (1, "cannot be excluded")])
def test_scanner_and_outcome_are_confounded_only_where_both_differ(check, patients, share, message):
    even = patients.index // 5 % 2  # each five patients have two events
    group = patients["fracture"] if share else even
    patients["tesla"] = np.where(group == 1, 3.0, 1.5)
    patients["vbq"] = 3 + 0.8 * group + 0.01 * (patients.index % 7)
    examination = check(patients, predictors=["age", "vbq"], scanner={"field_strength": "tesla"})
    (finding,) = [f for f in examination.findings if f.code == "scanner_differs"]
    assert message in finding.message
    assert "Declare it as a predictor" in finding.message


@pytest.mark.parametrize(
    ("events", "n", "balanced"),
    [(6, 100, False), (39, 100, False), (31, 100, True), (29, 100, True)],
)
def test_few_events_do_not_excuse_a_scanner(check, events, n, balanced):
    """0 % to 6 %, and 29 % to 39 %, is not "hardly": what counts is the ratio of the odds."""
    first = 0 if events == 6 else 29
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "id": range(2 * n),
            "tesla": np.repeat([1.5, 3.0], n),
            "fracture": [*(np.arange(n) < first).astype(int), *(np.arange(n) < events).astype(int)],
            "vbq": np.repeat([3.0, 3.6], n) + rng.normal(0, 0.5, 2 * n).round(3),
        }
    )
    examination = check(table, predictors=["vbq"], scanner={"field_strength": "tesla"})
    (finding,) = [f for f in examination.findings if f.code == "scanner_differs"]
    assert f"{first} % to {events} %" in finding.message
    assert ("cannot be excluded" in finding.message) is not balanced
    assert "hardly" not in finding.message


def test_ids_are_no_scanner(stop, patients):
    assert "is the patient id" in stop(patients, scanner={"site": "id"}).message
    patients["bed"] = [f"Mustermann {i // 2}" for i in range(60)]
    finding = stop(patients, scanner={"site": "bed"})
    assert finding.code == "scanner_is_id"
    assert "30 different entries in 60 patients" in finding.message


def test_places_of_few_patients_are_not_listed(check, patients):
    patients["site"] = ["A"] * 30 + ["B"] * 25 + ["Mustermann"] * 4 + ["Meier"]
    examination = check(patients, scanner={"site": "site"})
    assert not examination.stopped
    assert [(group.value, group.n) for group in examination.scanners] == [
        ("A", 30),
        ("B", 25),
        ("2 with fewer than 5 patients each", 5),
    ]
    assert "Mustermann" not in str(examination.document()["scanners"])
    patients.loc[55:58, "site"] = "B"
    groups = check(patients, scanner={"site": "site"}).scanners
    assert [(group.value, group.n) for group in groups] == [("A", 30), ("B", 29)]


def test_one_field_strength_tells_nobody_apart(check, patients):
    patients["tesla"] = [3, 3, 3, 3, *[""] * 56]
    assert not check(patients, scanner={"field_strength": "tesla"}).stopped


def test_an_index_of_categories_is_counted_by_site(check, patients):
    patients["grade"] = np.resize(["low", "mid", "high"], 60)
    patients.loc[:2, "grade"] = ""
    patients["site"] = np.where(patients.index < 30, "A", "B")
    grade = {"name": "grade", "type": "ordered", "levels": ["low", "mid", "high"]}
    examination = check(
        patients, predictors=[grade, "age"], index="grade", scanner={"site": "site"}
    )
    counted = [(group.index_n, group.index_mean) for group in examination.scanners]
    assert counted == [(27, None), (30, None)]


DATES = {"mri": "mri", "event": "fx", "last_seen": "seen"}


@pytest.fixture
def dated(patients):
    patients["mri"] = "2020-01-01"
    patients["fx"] = np.where(patients["fracture"] == 1, "2021-01-01", "")
    patients["seen"] = "2023-01-01"
    return patients


def test_follow_up_is_counted_from_the_mri(check, dated):
    cohort = check(dated, dates=DATES).cohort
    assert cohort.follow_up_years[cohort.outcome == 1] == pytest.approx(366 / 365.25)
    assert cohort.follow_up_years[cohort.outcome == 0] == pytest.approx(1096 / 365.25)
    assert cohort.status.tolist() == cohort.outcome.tolist()


def test_an_mri_after_the_fracture_leaves_the_study_counted(check, dated):
    examination = check(change("fx", 2, "2020-01-01")(dated), dates=DATES)
    assert "mri_after_event" in codes(examination, "caution")
    step = examination.cohort.flow[-1]
    assert (step.n, step.events, step.removed) == (59, 23, 1)
    assert 2 not in examination.cohort.table.index


def test_only_those_who_leave_because_of_dates_are_listed(check, dated):
    """One MRI after the event and two short follow-ups; one of each had left before."""
    for row in (2, 3):
        dated = change("fx", row, "2020-01-01")(dated)
    for row in (4, 5):
        dated = change("seen", row, "2020-06-01")(dated)
    dated["tumour"] = ["yes" if row in (2, 4) else "no" for row in range(2, 62)]
    examination = check(
        dated,
        dates=DATES | {"minimum_follow_up_years": 2.0},
        exclusions=[{"column": "tumour", "value": "yes"}],
    )
    rows = {
        finding.code: finding.rows
        for finding in examination.findings
        if finding.severity == "caution"
    }
    assert (rows["mri_after_event"], rows["short_follow_up"]) == ((3,), (5,))
    assert [step.removed for step in examination.cohort.flow[1:]] == [2, 1, 1]
    assert 5 in examination.cohort.followed.table.index  # analyses of time keep who was followed
    assert not {2, 3, 4} & set(examination.cohort.followed.table.index)


def test_short_follow_up_leaves_and_the_dead_stay(check, dated):
    dated = change("seen", 5, "2020-06-01")(dated)
    dated["died"] = ""
    dated = change("died", 6, "2020-06-01")(dated)
    dates = DATES | {"competing": "died", "minimum_follow_up_years": 2.0}
    cohort = check(dated, dates=dates).cohort
    assert cohort.flow[-1].removed == 1
    assert 5 not in cohort.table.index
    assert cohort.followed.n == cohort.n + 1
    assert cohort.followed.follow_up_years[3] == pytest.approx(152 / 365.25)
    assert check(dated, dates=dates | {"minimum_follow_up_years": 0}).cohort.followed is None
    assert cohort.status[cohort.table.index == 6].tolist() == [2]


def test_the_values_of_those_followed_for_too_short_are_looked_at(stop, dated):
    dates = DATES | {"minimum_follow_up_years": 2.0}
    dated = change("seen", 5, "2020-06-01")(dated)
    assert stop(change("age", 5, 250)(dated), dates=dates).rows == (5,)
    log = [{"name": "bmi", "transformation": "log", "range": [0, 90]}, "vbq"]
    examination = stop(change("bmi", 5, 0)(dated), dates=dates, predictors=log)
    assert (examination.code, examination.rows) == ("no_logarithm", (5,))


@pytest.mark.parametrize(
    ("column", "entries"),
    [("steroid", ("unclear", "not asked")), ("age", ("old", "3 score")), ("steroid", ("ja", "2"))],
)
def test_entries_of_the_shortly_followed_alone_stop_no_study(check, dated, column, entries):
    for row, entry in zip((4, 5), entries, strict=True):
        dated = change(column, row, entry)(change("seen", row, "2020-06-01")(dated))
    examination = check(
        change("seen", 6, "2020-06-01")(dated),
        predictors=["vbq", "age", "steroid"],
        dates=DATES | {"minimum_follow_up_years": 2.0},
    )
    assert not examination.stopped
    (unreadable,) = (
        finding for finding in examination.findings if finding.code == "level_of_short"
    )
    assert f"({column})" in unreadable.message
    included = set(examination.cohort.followed.table.index) - set(examination.cohort.table.index)
    assert included == {4, 5, 6} - set(unreadable.rows)
    (message,) = (
        finding.message for finding in examination.findings if finding.code == "kept_in_time"
    )
    assert f"include {len(included)} of the 3 patients whom the main model excludes" in message


def test_who_has_no_known_follow_up_is_in_no_count_of_the_analyses_of_time(check, dated, capsys):
    for row, seen in ((4, "2020-06-01"), (5, ""), (6, "")):
        dated = change("seen", row, seen)(dated)
    examination = check(dated, dates=DATES | {"minimum_follow_up_years": 2.0})
    assert examination.cohort.n == 57
    assert examination.cohort.followed.timed == (58, 24)
    show_examination(examination)
    assert "In time-to-event analyses: 58, 24 events" in capsys.readouterr().out
    message = " ".join(finding.message for finding in examination.findings)
    assert "Time-to-event analyses include 1 of the 3" in message
    assert "include all" not in message


def test_the_flow_says_that_a_competing_event_is_followed_long_enough(check, dated):
    dated = change("seen", 5, "2020-06-01")(dated)
    dated["died"] = ""
    least = {"minimum_follow_up_years": 2.0}
    died = check(dated, dates=DATES | least | {"competing": "died"}).cohort.flow[-1]
    assert died.reason.startswith("neither the event nor a competing one, and followed for less")
    assert check(dated, dates=DATES | least).cohort.flow[-1].reason.startswith("no event, and")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (change("fx", 4, "2021-05-05"), "date_without_event"),
        (change("seen", 4, "2019-01-01"), "seen_before_mri"),
        (change("mri", 4, "31.12.2019"), "not_a_date"),
        (change("mri", 4, "2019-02-30"), "not_a_date"),
    ],
)
def test_dates_that_contradict_stop_the_study(stop, dated, damage, code):
    finding = stop(damage(dated), dates=DATES)
    assert finding.code == code
    assert finding.rows == (4,)


def test_a_horizon_needs_times(stop, check, patients, dated):
    assert stop(patients.drop(columns=["mri"]), horizon_years=2.0).code == "no_times"
    assert stop(dated, dates=DATES, horizon_years=9.0).code == "horizon_too_late"
    assert not check(dated, dates=DATES, horizon_years=2.0).stopped


def test_a_follow_up_of_0_for_everybody_stops_the_study(stop, check, patients):
    patients["years"] = 0.0
    finding = stop(patients, dates={"follow_up_years": "years"})
    assert (finding.code, finding.column) == ("no_follow_up", "years")
    assert "all 36 patients without the event is 0 years" in finding.message
    patients.loc[3, "years"] = 0.1
    assert not check(patients, dates={"follow_up_years": "years"}).stopped


def test_exclusions_are_counted_in_the_flow(check, patients):
    exclusions = [{"column": "steroid", "value": "yes", "reason": "Steroids"}]
    flow = check(patients, exclusions=exclusions).cohort.flow
    assert flow[1].reason == "Steroids"
    assert flow[1].n + flow[1].removed == 60


def test_an_unknown_outcome_leaves_the_study_counted(check, patients):
    flow = check(change("fracture", 2, "")(patients)).cohort.flow
    assert (flow[0].n, flow[1].n, flow[1].removed) == (60, 59, 1)


READ = [{"name": "vbq", "column": "readings.score"}]


@pytest.fixture
def readings(tmp_path, patients):
    table = pd.DataFrame(
        {
            "id": patients["id"],
            "status": "ok",
            "score": patients["vbq"] + 1,
            "flags": "",
            "field_strength_t": 1.5,
        }
    )
    table.loc[0, ["status", "score"]] = ["refused", np.nan]
    table.loc[1, ["status", "flags"]] = ["caution", "csf_fallback"]
    table.loc[59, "id"] = "elsewhere"
    table[::-1].to_csv(tmp_path / "readings.csv", index=False)
    return {"file": "readings.csv"}


def test_readings_are_joined_and_the_refused_leave_counted(check, patients, readings):
    cohort = check(patients, readings=readings, predictors=READ).cohort
    assert cohort.flow[1].name == "MRI read"
    assert cohort.flow[1].removed == 2
    assert cohort.table.index.tolist() == list(range(3, 61))
    np.testing.assert_allclose(cohort.table["vbq"], patients["vbq"][1:59] + 1)
    assert cohort.readings.loc[3].tolist() == ["caution", "csf_fallback"]


def test_only_the_statuses_asked_for_are_kept(check, patients, readings):
    cohort = check(patients, readings=readings | {"keep": ["ok"]}, predictors=READ).cohort
    assert cohort.flow[1].removed == 3


def test_readings_of_other_people_are_refused(stop, patients, readings):
    patients["id"] = range(60)
    assert stop(patients, readings=readings, predictors=READ).code == "no_match"


def test_controls_marked_in_the_table(check, patients):
    patients["group"] = np.where(patients.index < 12, "control", "clinic")
    controls = {"column": "group", "value": "Control"}
    cohort = check(patients, controls=controls).cohort
    assert cohort.n == 48
    assert cohort.controls.columns.tolist() == ["vbq", "age"]
    assert len(cohort.controls) == 12
    first, second = cohort.flow
    events = int(patients["fracture"].sum())
    assert (first.name, first.n, first.events) == ("In the table", 60, events)
    assert (second.n, second.removed) == (48, 12)
    assert second.events == patients["fracture"][12:].sum() < events
    assert second.reason.startswith("controls")


def test_a_reading_that_is_not_kept_is_not_used_of_controls_either(check, patients, readings):
    patients["group"] = np.where(patients.index < 12, "control", "clinic")
    controls = {"column": "group", "value": "control"}
    ok_only = readings | {"keep": ["ok"]}
    cohort = check(patients, readings=ok_only, predictors=[*READ, "age"], controls=controls).cohort
    assert cohort.controls["vbq"].isna().tolist() == [True, True] + [False] * 10


def test_controls_of_a_file_of_their_own(check, stop, patients, tmp_path):
    patients[["id", "vbq", "age"]].iloc[:15].to_csv(tmp_path / "controls.csv", index=False)
    cohort = check(patients, controls={"file": "controls.csv"}).cohort
    assert (cohort.n, len(cohort.controls)) == (60, 15)
    patients[["id", "vbq"]].iloc[:15].to_csv(tmp_path / "controls.csv", index=False)
    assert "controls has no column age" in stop(patients, controls={"file": "controls.csv"}).message


def test_read_cohort_raises_the_first_reason(write, patients):
    with pytest.raises(InputError, match="age in row 7") as error:
        read_cohort(read_plan(write(change("age", 7, "old")(patients))))
    assert error.value.code == "text_in_numbers"


def test_the_teaching_cohorts(real_table):
    published = Plan(
        data={"file": str(real_table("seed_cohort_LR_D_completecase")), "id": "id"},
        outcome={"column": "fracture"},
        predictors=["prior_fx", "vbq", "bmi", "gc", "dxa_t"],
        comparators=["dxa_t"],
    )
    examination = examine(published)
    assert not examination.stopped
    assert (examination.size.n, examination.size.events) == (184, 72)
    assert examination.size.needed > 184
    assert "riley" in codes(examination, "caution")
    glow = Plan(
        data={"file": str(real_table("aplore3_glow_mis_wmissing")), "id": "sub_id"},
        outcome={"column": "fracture"},
        predictors=["age", "weight", "momfrac", "raterisk", "priorfrac"],
    )
    examination = examine(glow)
    assert not examination.stopped
    assert (examination.size.n, examination.size.events, examination.missing.complete) == (
        500,
        125,
        167,
    )


def test_a_large_cohort_is_read_whole(check):
    """The time is not asserted; a million patients take 18 s of one core and 0.8 GB."""
    n = 50_000
    random = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "id": np.arange(n),
            "fracture": random.integers(0, 2, n),
            "vbq": random.normal(3, 0.4, n).round(3),
            "age": random.integers(50, 90, n),
        }
    )
    examination = check(table)
    assert not examination.stopped
    assert examination.cohort.n == n
    np.testing.assert_array_equal(examination.cohort.table["vbq"], table["vbq"])
