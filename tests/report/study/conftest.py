"""Small studies whose reports are read, made once for all tests."""

import io
import re
import zipfile
import zlib
from dataclasses import replace

import docx
import numpy as np
import pandas as pd
import pytest

from places import SHARED
from vbq.report.figure_style import single_panel, style
from vbq.report.study import figures as study_figures
from vbq.report.study.report_figure import Drawing, report_figure
from vbq.report.study.sections import compose
from vbq.study.analysis.performance import performance
from vbq.study.analysis.run import run_study
from vbq.study.plan.plan import Plan

TABLES = SHARED / "references" / "data"


def patients_like_real(n=160, *, seed=1):
    """Patients with everything that a plan can ask for; ids that must never be seen."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "id": [f"SECRET-{i:04d}" for i in range(n)],
            "vbq": rng.normal(3, 0.6, n).round(3),
            "age": rng.normal(68, 8, n).round(1),
            "dxa_t": rng.normal(-2.2, 0.9, n).round(2),
            "sex": rng.choice(["female", "male"], n, p=[0.7, 0.3]),
            "risk": rng.choice(["low", "middle", "high"], n),
            "field": rng.choice([1.5, 3.0], n),
        }
    )
    odds = -6.0 + 1.2 * table["vbq"] + 0.03 * table["age"]
    table["fracture"] = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)
    return table


PLAN = {
    "title": "Bone <quality> & fractures",
    "outcome": {"column": "fracture", "label": "new fracture"},
    "predictors": [
        {"name": "vbq", "label": "VBQ"},
        {"name": "age", "label": "Age", "unit": "years", "per": 10},
        {"name": "dxa_t", "label": "DXA T-score"},
        {"name": "sex", "label": "Sex"},
        {"name": "risk", "label": "Self-rated risk", "levels": ["low", "middle", "high"]},
    ],
    "comparators": ["dxa_t"],
    "bootstrap": 50,
}
ALL = {
    "scanner": {"field_strength": "field"},
    "subgroups": ["sex", {"name": "age", "cuts": [70]}],
    "measurement_error": {"icc": 0.9, "interval": [0.85, 0.95], "source": "rescans"},
    "reclassification": True,
}


@pytest.fixture(scope="session")
def made_up():
    """Makes a table of patients."""
    return patients_like_real


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Runs a study of made-up patients."""

    def made(table, **parts):
        folder = tmp_path_factory.mktemp("study")
        table.to_csv(folder / "patients.csv", index=False)
        patients_like_real(60, seed=2).to_csv(folder / "controls.csv", index=False)
        plan = Plan.model_validate({"data": {"file": "patients.csv", "id": "id"}, **PLAN, **parts})
        return run_study(plan.located(folder))

    return made


@pytest.fixture(scope="session")
def whole(made):
    """A study with everything, nothing missing, and the patients said to be simulated."""
    return replace(
        made(patients_like_real(), controls={"file": "controls.csv"}, **ALL), simulated=True
    )


@pytest.fixture(scope="session")
def figures(whole):
    """Two of the figures: all take long to draw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_figures, "IN_ORDER", study_figures.IN_ORDER[:2])
        return study_figures.draw_figures(whole)


@pytest.fixture(scope="session")
def report(whole, figures):
    return compose(whole, figures)


def words_of(content):
    """What a search can find in a file: as it is, and unpacked where it is a PDF or a zip file."""
    if content.startswith(b"PK"):  # DOCX, XLSX
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())
    if not content.startswith(b"%PDF"):
        return content
    starts = re.finditer(rb"FlateDecode.*?>>\s*?stream\r?\n", content, re.DOTALL)
    streams = [zlib.decompressobj().decompress(content[start.end() :]) for start in starts]
    shown = [  # kerning stands between the letters, which may have two bytes: "(\0V) -0.43 (\0B)"
        b"".join(re.findall(rb"\(((?:\\.|[^\\()])*)\)", text, re.DOTALL)).replace(b"\0", b"")
        for stream in streams
        for text in re.findall(rb"\bBT\b(.*?)\bET\b", stream, re.DOTALL)
    ]
    return b"\n".join([content, *streams, *shown])


@pytest.fixture(scope="session")
def words_in():
    """`words_of`, once it has found a planted word in each kind of file that it is shown."""
    planted = "SECRET-0017"
    with style():
        drawing, axes = single_panel(3, 3)
        axes.set_title(f"{planted} ≥ 3")
        figure = report_figure(Drawing("a", "b", "c", drawing), simulated=False)
    document, file = docx.Document(), io.BytesIO()
    document.add_paragraph(planted)
    document.save(file)
    for packed in (figure.pdf, file.getvalue()):
        assert planted.encode() not in packed  # nobody finds it without unpacking
        assert planted.encode() in words_of(packed)
    assert planted.encode() in words_of(figure.svg)
    return words_of


@pytest.fixture(scope="session")
def abstract(tmp_path_factory):
    """The synthetic cohort of the published abstract: all patients, DXA known in the complete."""
    if not TABLES.is_dir():
        pytest.skip("the tables behind R's answers (shared/references) are not on this machine")
    table = pd.read_csv(TABLES / "seed_cohort_LR_D_completecase.csv")
    table.loc[table["complete"] == 0, "dxa_t"] = np.nan
    folder = tmp_path_factory.mktemp("abstract")
    table.to_csv(folder / "patients.csv", index=False)
    names = {"prior_fx": "Prior fracture", "vbq": "VBQ", "bmi": "BMI", "gc": "Glucocorticoids"}
    plan = {
        "data": {"file": "patients.csv", "id": "id"},
        "outcome": {"column": "fracture"},
        "predictors": [
            *({"name": name, "label": label} for name, label in names.items()),
            {"name": "dxa_t", "label": "DXA T-score"},
        ],
        "missing": {"imputations": 3},
        "bootstrap": 50,
    }
    with pytest.MonkeyPatch.context() as patch:  # of the performance nothing is read here
        patch.setattr(performance, "MAX_IMPUTED_RESAMPLES", 4)
        patch.setattr(performance, "IMPUTATIONS_PER_RESAMPLE", 2)
        return run_study(Plan.model_validate(plan).located(folder))
