"""Figures: all that the analysis has data for, the same bytes, true to the numbers."""

import itertools
import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.special import expit

from vbq.report.figure_style import style
from vbq.report.study.figures import draw_figures
from vbq.report.study.figures.calibration import draw_calibration
from vbq.report.study.figures.decision import draw_decision
from vbq.report.study.figures.flow import draw_flow
from vbq.report.study.figures.forest import Row, draw_forest_plot
from vbq.report.study.figures.nomogram import draw_nomogram, nomogram_scales
from vbq.report.study.figures.odds_ratio_axis import odds_ratio_axis
from vbq.report.study.figures.odds_ratios import draw_odds_ratios
from vbq.report.study.figures.subgroups import draw_subgroups
from vbq.report.study.report_figure import report_figure
from vbq.report.study.tables import robustness
from vbq.study.analysis.estimates import Contrast
from vbq.text import p_value

ALL = ("flow", "odds_ratios", "effect", "roc", "calibration", "decision", "subgroups", "nomogram")


@pytest.fixture(scope="module")
def drawn(whole):
    return {figure.name: figure for figure in draw_figures(whole)}


def files(one, analysis):
    """The files of one figure."""
    with style():
        return report_figure(one(analysis), simulated=analysis.simulated)


@pytest.fixture(scope="module")
def bent(made):
    """A study with a spline and an interaction of the index."""
    rng = np.random.default_rng(3)
    n = 200
    table = pd.DataFrame(
        {
            "id": np.arange(n),
            "vbq": rng.normal(3, 0.6, n).round(3),
            "age": rng.normal(68, 8, n).round(1),
            "sex": rng.choice(["female", "male"], n),
            "fracture": (rng.random(n) < 0.4).astype(int),
        }
    )
    predictors = [{"name": "vbq"}, {"name": "age", "transformation": "rcs4"}, {"name": "sex"}]
    return made(table, predictors=predictors, interactions=[["vbq", "sex"]], comparators=[])


def text_of(svg):
    """Words of a figure: matplotlib leaves each text as a comment beside its outlines."""
    return re.findall(r"<!-- (.*?) -->", svg.decode())


def test_every_figure_is_drawn_as_svg_pdf_and_png(drawn):
    assert tuple(drawn) == ALL
    for figure in drawn.values():
        assert figure.svg.startswith(b"<?xml")
        assert figure.pdf.startswith(b"%PDF")
        assert figure.png.startswith(b"\x89PNG")
        assert figure.title
        assert figure.caption.endswith(".")


def test_two_runs_give_the_same_bytes_and_no_date(whole, drawn):
    assert files(draw_calibration, whole) == drawn["calibration"]
    for figure in drawn.values():
        assert b"CreationDate" not in figure.pdf
        assert b"<dc:date>" not in figure.svg


SCRIPT = """
import hashlib
from vbq.report.figure_style import single_panel, style
from vbq.report.study.report_figure import Drawing, report_figure
with style():
    drawn, axes = single_panel(3, 3)
    axes.plot([0, 1], label="VBQ ≥ 3")
    axes.legend()
    figure = report_figure(Drawing("a", "b", "c", drawn), simulated=True)
answer = [hashlib.sha256(b).hexdigest() for b in (figure.svg, figure.pdf, figure.png)]
"""


def test_another_process_draws_the_same_bytes(tmp_path):
    # the order of sets differs between processes; a subset of a font must not follow it
    here = {}
    exec(SCRIPT, here)
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT + "print(*answer)"],
        env={**os.environ, "PYTHONHASHSEED": "1", "MPLCONFIGDIR": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert there.stdout.split() == here["answer"]


def test_simulated_patients_are_called_so_in_every_figure(whole, drawn):
    for name, figure in drawn.items():
        assert "SIMULATED PATIENTS" in text_of(figure.svg), name
        assert figure.caption.startswith("Simulated patients.")
    real = replace(whole, simulated=False)
    figure = files(draw_flow, real)
    assert "SIMULATED PATIENTS" not in text_of(figure.svg)
    assert "Simulated" not in figure.caption


def test_the_numbers_drawn_are_those_of_the_analysis(whole, drawn):
    main = whole.multivariable
    vbq = main.estimate("vbq")
    assert f"{vbq.odds_ratio:.2f} [{vbq.interval[0]:.2f}–{vbq.interval[1]:.2f}]" in text_of(
        drawn["odds_ratios"].svg
    )
    full = whole.added_value.models["full"]
    assert any(
        f"AUC {full.discrimination.estimate:.2f}" in words
        and words.endswith(f"corrected {full['auc'].corrected:.2f}")
        for words in text_of(drawn["roc"].svg)
    )
    flow = " ".join(text_of(drawn["flow"].svg))
    assert f"n = {main.events}" in flow
    assert f"n = {main.n - main.events}" in flow
    interaction = whole.subgroups[0].interaction.p
    assert f"{interaction:.2f}" in text_of(drawn["subgroups"].svg)


def test_decision_curves_show_what_the_index_adds_to_its_comparator(whole, drawn):
    words = text_of(drawn["decision"].svg)
    for name in ("All predictors except VBQ", "DXA T-score with VBQ", "DXA T-score alone"):
        assert name in words
    # of the same predictors one curve is drawn
    value = whole.added_value
    two = {
        "full": replace(value.models["full"], predictors=("vbq", "dxa_t")),
        "without the index": replace(value.models["without the index"], predictors=("dxa_t",)),
    }
    both = replace(whole, added_value=replace(value, models=value.models | two))
    words = text_of(files(draw_decision, both).svg)
    assert [w for w in words if "VBQ" in w or "DXA" in w] == ["All predictors except VBQ"]


def test_complete_cases_stand_beside_imputed_odds_ratios(abstract):
    figure = files(draw_odds_ratios, abstract)
    words = text_of(figure.svg)
    n = abstract.complete_case.n
    assert f"Imputed (n = {abstract.multivariable.n})" in words
    assert f"Complete cases (n = {n})" in words
    beside = abstract.complete_case.estimate("vbq")
    assert any(word.startswith(f"{beside.odds_ratio:.2f} [") for word in words)


def test_no_patient_can_be_told_from_a_figure(drawn, words_in):
    for figure in drawn.values():
        for words in (words_in(figure.svg), words_in(figure.pdf)):
            assert b"SIMULATED PATIENTS" in words  # the text of this very file is searched
            assert b"SECRET" not in words


def test_histograms_hold_every_patient_once(whole):
    risks, seen = whole.curves.risks, whole.curves.effect.observed
    main = whole.multivariable
    assert int(risks.events.sum()) == main.events
    assert int(risks.no_events.sum()) == main.n - main.events
    assert int((seen.events + seen.no_events).sum()) == main.n


def test_corrected_curves_belong_to_the_same_model(whole, abstract):
    curves = whole.curves
    assert curves.corrected_decision.apparent == pytest.approx(
        curves.decision["full"].net_benefit, abs=1e-12
    )
    assert curves.corrected_calibration.resamples > 90
    assert abstract.curves.corrected_calibration is None


def test_points_of_the_nomogram_give_the_risk_of_the_model(whole):
    scales, main = whole.multivariable.design, whole.multivariable
    found = nomogram_scales(whole)
    # one patient: each predictor at one of its ticks
    picked = [scale.ticks[-1] for scale in found.predictors]
    total = sum(points for points, _ in picked)
    row = []
    for term, (_, word) in zip(scales.terms, picked, strict=True):
        value = term.levels.index(word) if term.kind == "categories" else float(
            word.replace("−", "-")
        )  # fmt: skip
        row.extend(term.matrix(np.array([float(value)]))[0])
    risk = expit(main.intercept + np.dot(row, main.coefficients[1:]))
    assert expit(found.lowest + found.per_point * total) == pytest.approx(risk, rel=1e-9)
    assert max(scale.ends[1] for scale in found.predictors) == pytest.approx(100)


def test_no_odds_ratio_is_drawn_of_an_index_in_an_interaction(made, made_up):
    analysis = made(
        made_up(), predictors=["vbq", "age", "sex"], comparators=[], interactions=[["vbq", "age"]],
        subgroups=["sex", {"name": "age", "cuts": [70]}],
    )  # fmt: skip
    figure = files(draw_subgroups, analysis)
    words = text_of(figure.svg)
    # of all patients and of both sexes; the bands of age have models without the product
    assert words.count("no single ratio") == 3
    drawn = [word for word in words if re.fullmatch(r"[\d.,]+ \[.*\]", word)]
    assert len(drawn) == 2
    assert "In an interaction vbq has no single odds ratio." in figure.caption
    p = analysis.multivariable.test("vbq × age").p
    assert p_value(p) in words
    table = robustness.subgroups(analysis)
    rows = [one[2:4] for one in table.rows if one[0].startswith("– sex")]
    assert rows == [("joint test of 2 terms, interactions included", "–")] * 2
    (age,) = [one for one in table.rows if one[0] == "age"]
    assert age[4:] == (p_value(p), "interaction, likelihood ratio, df 1")
    assert any("declares an interaction" in note for note in table.notes)
    only = replace(analysis, subgroups=analysis.subgroups[:1])
    with style():
        assert draw_subgroups(only) is None


def test_a_spline_is_shown_by_its_quartiles_and_a_product_draws_no_nomogram(bent):
    age = next(c for c in bent.multivariable.contrasts if c.predictor == "age")
    low, high = next(c for c in bent.table_one if c.name == "age").summaries[0].quartiles
    assert age.compared.startswith(f"{high:.1f} vs {low:.1f}")
    assert age.interval[0] < age.ratio < age.interval[1]
    assert age.p == next(t.p for t in bent.multivariable.tests if t.name == "age")
    assert draw_nomogram(bent) is None
    assert draw_subgroups(bent) is None  # none are declared


def test_numbers_of_an_axis_never_run_together():
    ends = [Contrast("x", "x", "", o, (o / 3, o * 3), 0.1, "", "") for o in (0.03, 5.0)]
    rows = [Row("name" * 9, "1,000 (100)", (one,)) for one in ends]
    figure = draw_forest_plot(rows, series=("",), heading="Subgroup", simulated=False)
    renderer = FigureCanvasAgg(figure).get_renderer()
    (axes,) = figure.axes
    boxes = [label.get_window_extent(renderer) for label in axes.get_xticklabels()]
    assert len(boxes) >= 3
    assert all(a.x1 + 3 < b.x0 for a, b in itertools.pairwise(boxes))


def test_ticks_of_odds_ratios_are_few_and_round():
    from matplotlib.figure import Figure

    for low, high in ((0.9, 1.1), (0.3, 4.0), (0.02, 30.0), (1e-4, 1e5)):
        axis = Figure().add_subplot().xaxis
        odds_ratio_axis(axis, low, high)
        ticks = axis.get_majorticklocs()
        assert 1.0 in ticks
        assert 1 <= len(ticks) <= 11
