"""The folder of results."""

import io
import json

import docx
import pytest

from vbq.errors import OutputError
from vbq.report.study import figures as study_figures
from vbq.report.study import sections
from vbq.report.study.folder import study_files, write_study
from vbq.report.study.report_table import ReportTable


@pytest.fixture
def once(monkeypatch, figures):
    """The figures are drawn once for all tests."""
    monkeypatch.setattr(study_figures, "draw_figures", lambda _: figures)


@pytest.mark.usefixtures("once")
def test_everything_is_in_the_folder(whole, figures, tmp_path):
    written = write_study(tmp_path / "results", whole)
    here = {str(p.relative_to(tmp_path / "results")) for p in tmp_path.rglob("*") if p.is_file()}
    assert here == set(written)
    assert {"report.html", "report.docx", "analysis.json", "risk-model.json"} <= here
    for figure in figures:
        assert {f"figures/{figure.name}.{kind}" for kind in ("svg", "pdf", "png")} <= here
    assert "tables/odds_ratios.csv" in here
    assert json.loads(written["analysis.json"].read_bytes())["simulated"] is True


@pytest.mark.usefixtures("once")
def test_a_table_named_in_its_section_is_on_the_page_in_word_and_a_csv_file(whole, monkeypatch):
    def added(analysis):
        rows = (("Patients", f"{analysis.size.n + 7000}"),)
        return ReportTable("added", "A table added in one place", ("Item", "Number"), rows)

    tables = (*sections.TABLES["net benefit"], added, lambda _: None)
    monkeypatch.setitem(sections.TABLES, "net benefit", tables)
    contents = study_files(whole)
    document = docx.Document(io.BytesIO(contents["report.docx"]))
    in_word = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    number = f"{whole.size.n + 7000}"
    assert ["Patients", number] in in_word
    assert any(p.text.endswith("A table added in one place") for p in document.paragraphs)
    page = contents["report.html"].decode()
    assert "A table added in one place" in page
    assert number in page
    assert contents["tables/added.csv"].decode("utf-8-sig").split() == [
        "Item,Number", f"Patients,{number}",
    ]  # fmt: skip


@pytest.mark.usefixtures("once")
def test_no_patient_is_in_it(whole, words_in):
    for name, content in study_files(whole).items():
        if not name.endswith(".png"):  # pixels; the same figure's text is searched in its PDF
            words = words_in(content)
            assert b"SECRET" not in words, name
            if name.endswith((".pdf", ".docx")):
                assert b"SIMULATED PATIENTS" in words.upper(), name  # the very file is unpacked


@pytest.mark.usefixtures("once")
def test_a_full_disk_leaves_nothing_half_written(whole, small_disk):
    disk = small_disk("200k")
    with pytest.raises(OutputError, match="the disk is full"):
        write_study(disk / "results", whole)
    assert list(disk.iterdir()) == []


@pytest.mark.usefixtures("once")
def test_a_folder_that_cannot_be_made_is_one_line(whole, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="part of the path is a file"):
        write_study(tmp_path / "file" / "results", whole)
