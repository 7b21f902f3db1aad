"""The Word file: real tables, the same words as the page, the same bytes twice."""

import io
import zipfile
from dataclasses import replace

import docx
import pytest

from vbq.report.study.page import report_html
from vbq.report.study.sections import compose
from vbq.report.study.word_document import report_docx


@pytest.fixture(scope="module")
def content(report):
    return report_docx(report)


@pytest.fixture(scope="module")
def document(content):
    return docx.Document(io.BytesIO(content))


def test_every_table_is_a_table_with_its_cells(report, document):
    assert len(document.tables) == len(report.tables)
    for made, table in zip(document.tables, report.tables, strict=True):
        cells = [[cell.text for cell in row.cells] for row in made.rows]
        heads = 2 if table.groups else 1
        assert tuple(cells[heads - 1]) == table.header
        assert [tuple(row) for row in cells[heads:]] == list(table.rows)


def test_headings_repeat_on_every_page(document):
    for table in document.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml


def test_figures_are_pictures_with_a_description(report, document):
    assert len(document.inline_shapes) == len(report.figures)
    for shape, figure in zip(document.inline_shapes, report.figures, strict=True):
        assert shape._inline.docPr.get("descr").startswith(figure.title)
        assert shape.width.mm <= 170


def test_sections_are_headings(report, document):
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == [section.title for section in report.sections]


def test_every_page_says_that_the_patients_are_simulated(document, whole):
    assert "SIMULATED" in document.sections[0].header.paragraphs[0].text
    real = docx.Document(io.BytesIO(report_docx(compose(replace(whole, simulated=False), ()))))
    assert real.sections[0].header.paragraphs[0].text == ""


def test_the_same_report_gives_the_same_bytes(report, content):
    assert report_docx(report) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {2000}


def test_no_name_in_a_plan_or_table_breaks_it(made, made_up):
    bad = "B\x07\x1b\u202e <&> ä"
    table = made_up(60).assign(sex=lambda t: t["sex"] + bad)
    predictors = [{"name": "vbq", "label": f"VBQ {bad}", "unit": bad}, "sex"]
    outcome = {"column": "fracture", "label": bad}
    analysis = made(table, predictors=predictors, comparators=[], outcome=outcome, title=bad)
    report = compose(analysis, ())
    made_document = docx.Document(io.BytesIO(report_docx(report)))
    assert made_document.paragraphs[0].text == "B <&> ä"
    assert b"\x07" not in report_html(report)


def test_it_says_nothing_of_who_made_it_or_of_patients(content, document):
    properties = document.core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert all(b"SECRET" not in archive.read(name) for name in archive.namelist())
