"""``report.html``: the report of a study on one self-contained page."""

import re
from itertools import count

from vbq.report.page import page_bytes
from vbq.report.study.sections import Report


def report_html(report: Report) -> bytes:
    """The page as UTF-8. Every text that came from plan or data is escaped."""
    tables, figures = count(1), count(1)
    return page_bytes(
        "study/report.html.j2",
        report=report,
        software=report.software,
        width=_width,
        table_number=lambda: next(tables),
        figure_number=lambda: next(figures),
        anchor=lambda title: "".join(c if c.isalnum() else "-" for c in title.lower()),
    )


def _width(svg: bytes) -> int:
    """Width of a figure as drawn, in CSS pixels, so that letters have one size on the page."""
    points = re.search(rb'<svg[^>]*\bwidth="([0-9.]+)pt"', svg)
    return round(float(points[1]) * 4 / 3) if points else 600
