"""What a reader finds in the tables."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from vbq.cli.study_run import show_results
from vbq.report.model_labels import MEASURE_LABELS, predictor_scale
from vbq.report.risk.model_card import card_text
from vbq.report.study.labels import model_label
from vbq.report.study.report_table import ReportTable
from vbq.report.study.sections import compose
from vbq.report.study.tables import added_value, odds_ratios, patients, performance, robustness
from vbq.report.study.tables.controls import controls
from vbq.report.study.tables.follow_up import incidence, time_models
from vbq.report.study.tables.provenance import plan_text
from vbq.stats.regression.terms import Term
from vbq.study.plan.plan import Plan
from vbq.text import p_value


def named(report, name):
    return next(table for table in report.tables if table.name == name)


def row(table, name):
    return dict(zip(table.flat_header, next(r for r in table.rows if r[0] == name), strict=True))


def test_the_abstract_is_found_number_by_number(abstract):
    """Counts, means, odds ratios, intervals and p-values as the paper prints them."""
    report = compose(abstract, ())
    table_one, complete = named(report, "table1"), named(report, "imputed_and_complete_cases")
    assert table_one.header[1:4] == ("All (n = 184)", "Event (n = 72)", "No event (n = 112)")
    prior, vbq, steroids = (row(table_one, n) for n in ("Prior fracture", "VBQ", "Glucocorticoids"))
    assert prior["Event (n = 72)"] == "26/72 (36.1 %)"
    assert prior["No event (n = 112)"] == "24/112 (21.4 %)"
    assert steroids["Event (n = 72)"] == "22/72 (30.6 %)"
    assert steroids["No event (n = 112)"] == "17/112 (15.2 %)"
    assert vbq["Event (n = 72)"].startswith("3.50 ±")
    assert vbq["No event (n = 112)"].startswith("3.01 ±")
    assert (vbq["p"], vbq["Test"]) == ("<0.001", "Welch's t test")
    assert named(report, "size").rows[1] == ("With the event", "72/184 (39.1 %)")

    group = "Complete cases (n = 121, 44 events): "
    printed = {
        "Prior fracture": ("6.94", "[2.48–19.41]", "<0.001"),
        "VBQ": ("2.40", "[1.30–4.44]", "0.003"),
        "BMI": ("1.09", "[1.01–1.17]", "0.030"),
        "Glucocorticoids": ("2.89", "[1.03–8.14]", "0.043"),
        "DXA T-score": ("0.64", "[0.38–1.07]", "0.082"),
    }
    for name, (odds_ratio, wald, p) in printed.items():
        found = row(complete, name)
        assert found[group + "OR [95 % CI, profile likelihood]"].split()[0] == odds_ratio
        assert found[group + "[95 % CI], p (Wald)"].startswith(f"{wald}, ")
        assert found[group + "p (likelihood ratio)"] == p
    crude = row(named(report, "odds_ratios"), "Glucocorticoids")
    assert crude["Univariable: n (events)"] == "184 (72)"
    assert crude["Univariable: p (likelihood ratio)"] == "0.014"


def test_complete_cases_that_lose_many_are_said_to_be_no_main_result(abstract):
    notes = " ".join(odds_ratios.complete_cases(abstract).notes)
    assert "34.2 % of the patients" in notes
    assert "not a main result" in notes


def test_imputed_models_name_rubin_and_show_what_is_missing(abstract):
    table = odds_ratios.odds_ratios(abstract)
    assert "p (Rubin, t)" in table.header
    assert "3 imputations" in table.groups[2][0]
    (r_hat,) = [r for r in named(compose(abstract, ()), "missing").rows if r[0] == "DXA T-score"]
    assert r_hat[1] == "63/184 (34.2 %)"
    assert float(r_hat[2]) > 0.5


def test_every_table_says_n_and_events(report):
    for table in report.tables:
        if table.name in {"made_with", "tripod_ai", "flow", "size"}:
            continue
        if any(heading.startswith("n (events") for heading in table.header):
            continue
        text = " ".join((table.title, *table.header, *table.notes))
        assert "160" in text, table.name
        assert "67" in text, table.name


def test_every_p_has_the_name_of_its_test(report):
    for table in report.tables:
        for k, heading in enumerate(table.flat_header):
            if heading.split(": ")[-1] == "p":
                test = next(j for j, h in enumerate(table.header) if h == "Test")
                for one in table.rows:
                    assert one[k] in {"", "–"} or len(one[test]) > 3, (table.name, one)
            elif heading.split(": ")[-1].startswith("p "):
                assert "(" in heading, (table.name, heading)


def test_the_sections_follow_the_plan(report):
    names = {table.name for table in report.tables}
    assert names >= {
        "table1", "flow", "size", "missing", "odds_ratios", "whole_predictors", "equation",
        "performance", "optimism", "calibration", "added_value", "net_benefit_change",
        "reclassification", "net_benefit", "subgroups", "scanners", "left_out", "sensitivity",
        "measurement_error", "controls", "findings", "made_with", "tripod_ai",
    }  # fmt: skip
    assert len(names) == len(report.tables)


def test_what_was_not_planned_is_said_not_to_be_there(abstract):
    report = compose(abstract, ())
    said = {s.title: s.paragraphs for s in report.sections if s.paragraphs and not s.tables}
    assert said["Controls"] == ("The plan has no controls.",)
    assert "no site, scanner" in said["Scanners"][0]
    assert "no reliability" in said["Measurement error"][0]


def test_the_model_can_be_worked_out_from_its_table(whole):
    table, model = odds_ratios.full_model(whole), whole.multivariable
    values = [float(one[2].replace("−", "-")) for one in table.rows]
    assert values == pytest.approx(model.coefficients, abs=5e-5)
    assert table.rows[2][:2] == ("Age", "per 10 years")


def test_changes_of_net_benefit_stand_at_the_thresholds_of_net_benefit(whole, abstract):
    shown, benefit = added_value.net_benefit_change(whole), performance.net_benefit(whole)
    assert [one[0] for one in shown.rows] == [one[0] for one in benefit.rows]
    questions = tuple(one.question for one in whole.added_value.comparisons)
    assert shown.header == ("Threshold", *questions)
    assert len(questions) == 3

    def number(cell):
        return float(cell.split(" [")[0].replace("−", "-"))

    for one, other in zip(shown.rows, benefit.rows, strict=True):
        at = dict(zip(benefit.header, other, strict=True))
        larger, smaller = at["All predictors"], at["All predictors except VBQ"]
        assert number(one[1]) == pytest.approx(number(larger) - number(smaller), abs=0.0011)
        assert all("[" in cell for cell in one[1:])
    notes = " ".join(shown.notes)
    assert "not corrected for optimism" in notes
    assert "500 bootstrap resamples" in notes
    assert "imput" not in notes
    assert "Means over the imputed datasets" in " ".join(
        added_value.net_benefit_change(abstract).notes
    )


def test_differences_of_brier_scores_have_an_interval(whole):
    table = added_value.added_value(whole)
    k = table.flat_header.index("Difference in Brier score: apparent [95 % CI]")
    one = whole.added_value.comparisons[0]
    low, high = (f"{end:.4f}".replace("-", "−") for end in one.brier_interval)
    assert table.rows[0][k].endswith(f"[{low} to {high}]")
    assert "df 1" in table.rows[0][3]


def test_subgroups_put_the_interaction_first(whole):
    table = robustness.subgroups(whole)
    names = ["Sex", "– Sex: female", "– Sex: male"]
    names += ["Age", "– Age below 70 years", "– Age 70 years or more"]
    assert [one[0] for one in table.rows] == names
    assert table.rows[0][5].startswith("interaction, likelihood ratio")
    assert sum(int(one[1].split()[0]) for one in table.rows[1:3]) == 160


def test_separated_models_say_firth(made, made_up):
    table = made_up(80)
    table["steroids"] = np.where(table["fracture"] == 1, np.arange(80) % 3 == 0, 0).astype(int)
    predictors = ["age", "dxa_t", "steroids"]
    analysis = made(table, predictors=predictors, comparators=[])
    shown = odds_ratios.odds_ratios(analysis)
    (crude,) = [one for one in shown.rows if one[0] == "steroids"]
    assert crude[3].endswith("†")
    assert any("Firth" in note for note in shown.notes)
    section = next(s for s in compose(analysis, ()).sections if s.title.startswith("Predictors"))
    assert "Firth's penalised likelihood" in section.paragraphs[0]


def test_splines_and_interactions_are_explained(made, made_up):
    predictors = [{"name": "vbq", "transformation": "rcs3"}, {"name": "age", "per": 10}, "sex"]
    analysis = made(
        made_up(), predictors=predictors, comparators=[], interactions=[["age", "sex"]],
        measurement_error={"icc": 0.9},
    )  # fmt: skip
    table = odds_ratios.odds_ratios(analysis)
    assert [one[0] for one in table.rows].count("vbq") == 1
    assert " vs " in table.rows[0][1]
    assert table.rows[0][6].endswith("‡")
    assert any("cubic spline" in note for note in table.notes)
    assert any("interaction" in note for note in table.notes)
    bends = [one for one in odds_ratios.joint_tests(analysis).rows if "nonlin" in one[0]]
    assert [(one[0], one[3]) for one in bends] == [
        ("vbq: nonlinearity (3 knots)", "1"),
        ("vbq: nonlinearity (4 knots, as in the figure)", "2"),
    ]
    assert bends[1][4] == p_value(analysis.curves.effect.nonlinear.p)
    tested = {one[0]: one[3] for one in odds_ratios.joint_tests(analysis).rows}
    assert tested["age × sex"] == "1"
    assert (tested["age"], tested["sex"]) == ("2", "2")  # with the product, as the title says
    assert "linear" in robustness.measurement_error(analysis).rows[-1][3]


def test_a_spline_of_the_index_is_compared_at_its_quartiles_everywhere(made, made_up):
    analysis = made(
        made_up(),
        predictors=[{"name": "vbq", "label": "VBQ", "transformation": "rcs3"}, "age"],
        comparators=[],
        scanner={"field_strength": "field"},
        subgroups=["sex"],
    )
    main = next(one for one in odds_ratios.odds_ratios(analysis).rows if one[0] == "VBQ")
    others = robustness.sensitivity(analysis)
    assert [one[0] for one in others.rows] == ["Main model", "Adjusted for field strength"]
    assert f"{others.rows[0][3]} ‡" in main
    _, *parts = robustness.subgroups(analysis).rows
    assert len(parts) == 2
    for one in (*others.rows, *parts):
        assert one[2] == main[1]
        assert "vs" in one[2]
        assert one[5] == "likelihood ratio, df 2; CI: Wald"


def test_a_model_has_one_name_in_tables_and_figures(whole):
    name = model_label(whole, "comparators and index")
    assert name == "DXA T-score with VBQ"
    assert name in [one[0] for one in performance.performance(whole).rows]
    assert name in performance.net_benefit(whole).header


def test_an_index_of_performance_has_one_name(whole):
    names = {one[1] for one in performance.optimism(whole).rows}
    card = card_text(whole.risk_model)
    shown = {words for words in MEASURE_LABELS.values() if f"| {words} |" in card}
    assert shown == names == set(MEASURE_LABELS.values())


def test_a_difference_adjusted_for_nothing_says_so(whole):
    bare = replace(whole.controls, adjusted=None, adjusted_for=(), reason="Nothing.")
    table = controls(replace(whole, controls=bare))
    assert [one[0] for one in table.rows] == ["Crude"]
    assert table.notes[-1] == "The difference is not adjusted for anything, not even age."


def test_a_spline_in_an_interaction_has_no_odds_ratio_of_its_products(made, made_up):
    predictors = [{"name": "vbq", "transformation": "rcs3"}, "age"]
    analysis = made(made_up(), predictors=predictors, comparators=[], interactions=[["vbq", "age"]])
    products = [one for one in odds_ratios.odds_ratios(analysis).rows if "×" in one[0]]
    assert [one[2:] for one in products] == [("–",) * 7] * 2
    assert len(odds_ratios.full_model(analysis).rows) == 1 + 2 + 1 + 2
    assert (
        odds_ratios.joint_tests(analysis)
        .rows[-1][0]
        .endswith("(4 knots, without its interactions, as in the figure)")
    )


def test_each_product_says_of_what_it_is(made, made_up, capsys):
    analysis = made(
        made_up(), predictors=["vbq", {"name": "risk", "levels": ["low", "middle", "high"]}],
        comparators=[], interactions=[["vbq", "risk"]],
    )  # fmt: skip
    columns = ["vbq × risk=middle", "vbq × risk=high"]
    found = [c for c in analysis.multivariable.contrasts if not c.predictor]
    assert [c.compared for c in found] == columns
    assert [one[1] for one in odds_ratios.odds_ratios(analysis).rows][-2:] == columns
    assert [one.compared for one in analysis.risk_model.coefficients][-2:] == columns
    show_results(analysis, Path("out"))
    shown = capsys.readouterr().out
    assert all(f"vbq × risk, {column}: " in shown for column in columns)


def test_whether_the_index_bends_is_in_a_table_where_it_is_a_straight_line(made, made_up):
    analysis = made(made_up(), predictors=["vbq", "age"], comparators=[])
    (only,) = odds_ratios.joint_tests(analysis).rows
    effect = analysis.curves.effect.nonlinear
    assert only[2:] == (f"χ² {effect.statistic:.2f}", "2", p_value(effect.p), "Wald")


def test_a_reader_can_work_out_a_spline_from_the_words_beside_the_equation():
    """The printed formula, computed as it stands, gives the columns the model was fitted to."""
    term = Term("age", "Age", "years", "spline", 10.0, (5.25, 6.1, 7.05, 8.4))
    text = predictor_scale(term)
    names = {"x": None} | {name: float(at) for name, at in re.findall(r"(t\d) = ([\d.]+)", text)}
    formula = text.split(": ", 1)[1].replace("−", "-").replace("·", "*").replace("²", "**2")
    formula = re.sub(r"\(([^()]*)\)₊³", r"max(\1, 0)**3", formula).replace("[", "(")
    columns = [part.split(" = ") for part in formula.replace("]", ")").split("; ")[:3]]
    assert [name for name, _ in columns] == ["age", "age'", "age''"]
    assert "x = Age in years / 10 " in text
    for age in (45.0, 58.0, 66.0, 77.0, 92.0):
        here = names | {"x": age / 10, "max": max, "__builtins__": {}}
        found = [eval(words, here) for _, words in columns]
        assert found == pytest.approx(term.matrix(np.array([age]))[0].tolist(), abs=1e-9)


def test_small_coefficients_have_four_significant_digits(made, made_up):
    analysis = made(made_up(), predictors=[{"name": "age", "per": 0.01}], comparators=[])
    table = odds_ratios.full_model(analysis)
    (found,) = analysis.multivariable.estimates
    printed = float(table.rows[1][2].replace("−", "-"))
    assert printed == pytest.approx(found.coefficient, rel=6e-4)
    assert "age enters as x = age / 0.01." in table.notes


def test_follow_up_has_tables_of_its_own(made, made_up):
    table = made_up()
    rng = np.random.default_rng(3)
    table["years"] = rng.uniform(0.5, 6, len(table)).round(2)
    analysis = made(
        table, predictors=["vbq", "age"], comparators=[], horizon_years=4.5,
        dates={"follow_up_years": "years"},
    )  # fmt: skip
    curve = incidence(analysis)
    assert [one[0] for one in curve.rows] == ["1", "2", "3", "4.5", "5"]
    assert "160" in curve.title
    models = time_models(analysis)
    assert models.rows[0][0] == "Cox, cause-specific: hazard ratio"
    assert models.rows[1][2].startswith("160 (")
    assert models.rows[-1][0] == "– age"


def test_the_plan_is_shown_without_folders(whole, tmp_path):
    somewhere = whole.plan.model_copy(
        update={"data": whole.plan.data.model_copy(update={"file": str(tmp_path / "p.csv")})}
    )
    text = plan_text(replace(whole, plan=somewhere))
    assert "file: p.csv" in text
    assert str(tmp_path) not in text
    assert f"seed: {whole.plan.seed}" in text


def test_the_shown_plan_can_be_run_again(whole):
    again = Plan.model_validate(yaml.safe_load(plan_text(whole)))
    assert [one.cuts for one in again.subgroups] == [(), (70.0,)]
    assert again.predictors == whole.plan.predictors


def test_a_csv_is_read_by_spreadsheets_and_runs_nothing(report):
    table = ReportTable("x", "X", ("A", "B"), (("=HYPERLINK(1)", "a\x00\n\u202eb"), ("-1", "±")))
    content = table.csv()
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert read == [["A", "B"], ["'=HYPERLINK(1)", "a b"], ["'-1", "±"]]
    shown = named(report, "performance")
    header = next(csv.reader(io.StringIO(shown.csv().decode("utf-8-sig"))))
    assert "AUC [95 % CI]: corrected" in header


def test_table_one_describes_categories_and_skewed_values(made, made_up):
    table = made_up()
    table["marker"] = np.exp(np.random.default_rng(4).normal(0, 1.2, len(table))).round(3)
    analysis = made(table, predictors=["vbq", "marker", "risk"], comparators=[])
    shown = patients.table_one(analysis)
    assert "[" in row(shown, "marker")["All (n = 160)"]
    assert "Mann-Whitney" in row(shown, "marker")["Test"]
    levels = [one for one in shown.rows if one[0].startswith("–")]
    assert sum(int(one[1].split("/")[0]) for one in levels) == 160


def test_a_model_of_categories_alone_has_a_calibration_too(made, made_up):
    analysis = made(made_up(), predictors=["vbq", "sex"], comparators=["sex"])
    found = row(named(compose(analysis, ()), "calibration"), "sex alone")
    assert (
        found["Distance of the smooth curve from perfect calibration, apparent: ICI (mean)"]
        == "0.000"
    )
    only = made(made_up(), predictors=["sex"], comparators=[])
    curve = only.curves.calibration
    assert len(curve.predicted) == len(curve.observed) == 2
    assert (curve.lower <= curve.observed).all()
    assert (curve.observed <= curve.upper).all()
