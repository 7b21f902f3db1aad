"""``report.docx``: the report as a Word document with editable tables."""

import io
import zipfile
from datetime import datetime
from typing import Any

from vbq.report import colours
from vbq.report.study.report_figure import ReportFigure
from vbq.report.study.report_table import ReportTable
from vbq.report.study.sections import Report, Section

# Word requires dates; the same study must give the same bytes
DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - a document's dates have no zone
ZIP_DAY = (2000, 1, 1, 0, 0, 0)
FONT = "Calibri"
SIMULATED = "SIMULATED PATIENTS: nothing here applies to real patients"
A4 = (297, 210)  # mm, landscape: the tables are wide
MARGIN = 16  # mm
LARGEST_FIGURE = (170, 140)  # mm


def report_docx(report: Report) -> bytes:
    """The document; the same bytes for the same report."""
    from docx import Document

    document = Document()
    _set_up(document, report)
    document.add_heading(report.title, level=0)
    for key_figure in report.key_figures:
        paragraph = document.add_paragraph()
        paragraph.add_run(key_figure.value).bold = True
        paragraph.add_run(f" {key_figure.name} ({key_figure.detail})")
    for sentence in report.summary:
        document.add_paragraph(sentence)
    if report.cautions:
        document.add_paragraph().add_run("Points a reviewer would raise").bold = True
        for caution in report.cautions:
            document.add_paragraph(caution, style="List Bullet")
    tables = figures = 0
    for figure in report.first_figures:
        figures += 1
        _add_figure(document, figure, figures)
    for section in report.sections:
        _add_section(document, section, figures, tables)
        figures += len(section.figures)
        tables += len(section.tables)
    return _reproducible(document)


def _set_up(document: Any, report: Report) -> None:
    """Set page, fonts, properties, header and footer."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt, RGBColor

    page = document.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = (Mm(side) for side in A4)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(MARGIN)
    black = RGBColor(0, 0, 0)
    sizes = {"Normal": 10, "Title": 20, "Heading 1": 14, "Caption": 9.5, "List Bullet": 10}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), black
        # the template's headings name a theme font, which would take precedence
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[key]
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    properties = document.core_properties
    properties.title = f"SIMULATED: {report.title}" if report.simulated else report.title
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.created = properties.modified = DAY
    properties.revision = 1
    if report.simulated:
        run = page.header.paragraphs[0].add_run(SIMULATED)
        run.bold, run.font.color.rgb = True, RGBColor(*colours.SIMULATED)
    page.footer.paragraphs[0].add_run(f"{report.footer} {report.software}").font.size = Pt(8)


def _add_section(document: Any, section: Section, figures: int, tables: int) -> None:
    from docx.shared import Pt

    document.add_heading(section.title, level=1)
    for paragraph in section.paragraphs:
        document.add_paragraph(paragraph)
    for number, figure in enumerate(section.figures, figures + 1):
        _add_figure(document, figure, number)
    for number, table in enumerate(section.tables, tables + 1):
        _add_table(document, table, number)
    if section.code:
        run = document.add_paragraph().add_run(section.code)
        run.font.name, run.font.size = "Consolas", Pt(8)


def _add_figure(document: Any, figure: ReportFigure, number: int) -> None:
    from docx.shared import Mm

    widest, highest = (Mm(side) for side in LARGEST_FIGURE)
    picture = document.add_picture(io.BytesIO(figure.png))
    scale = min(widest / picture.width, highest / picture.height)
    picture.width, picture.height = round(picture.width * scale), round(picture.height * scale)
    picture._inline.docPr.set("descr", f"{figure.title}. {figure.caption}")  # noqa: SLF001 - no public way
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    paragraph = document.add_paragraph(style="Caption")
    paragraph.add_run(f"Figure {number}. {figure.title}. ")
    paragraph.add_run(figure.caption).bold = False


def _add_table(document: Any, table: ReportTable, number: int) -> None:
    from docx.shared import Pt

    caption = document.add_paragraph(f"Table {number}. {table.title}", style="Caption")
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(10)
    header_rows = 2 if table.groups else 1
    added = document.add_table(rows=header_rows + len(table.rows), cols=len(table.header))
    _add_rules(added)
    rows = list(added.rows)
    if table.groups:
        cells, column = rows[0].cells, 0
        for name, span in table.groups:
            cell = cells[column].merge(cells[column + span - 1])
            _write(cell, name, bold=True)
            column += span
    for row in rows[:header_rows]:
        _set_property(row, "w:tblHeader")
    for cell, text in zip(rows[header_rows - 1].cells, table.header, strict=True):
        _write(cell, text, bold=True)
    for row, texts in zip(rows[header_rows:], table.rows, strict=True):
        _set_property(row, "w:cantSplit")
        for cell, text in zip(row.cells, texts, strict=True):
            _write(cell, text, bold=table.is_heading(texts))
    for note in table.notes:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(1)
        paragraph.add_run(note).font.size = Pt(8)
    document.add_paragraph()


def _write(cell: Any, text: str, *, bold: bool = False) -> None:
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(8), bold


def _set_property(row: Any, name: str) -> None:
    """Set a property of a table row for which python-docx has no interface."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))  # noqa: SLF001 - no public way


def _add_rules(table: Any) -> None:
    """Draw lines above, below and between the rows, as journals do."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side, width in (("top", 8), ("bottom", 8), ("insideH", 2)):
        line = OxmlElement(f"w:{side}")
        attributes = {"val": "single", "sz": str(width), "space": "0", "color": "777777"}
        for key, value in attributes.items():
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)  # noqa: SLF001 - no public way


def _reproducible(document: Any) -> bytes:
    """The file, without the time at which it was written."""
    written, reproducible = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(reproducible, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return reproducible.getvalue()
