"""``report.html``: the study on one page that needs no other file, no network and no script."""

from __future__ import annotations

import re
from base64 import b64encode
from itertools import count
from typing import TYPE_CHECKING

from vbq.report.template import page_template

if TYPE_CHECKING:
    from vbq.report.study.sections import Report

__all__ = ["report_html"]


def report_html(report: Report) -> bytes:
    """The page as UTF-8. Every text that came from plan or data is escaped."""
    tables, figures = count(1), count(1)
    page = page_template("vbq.report.study", "report.html.j2").render(
        report=report,
        inlined=lambda svg: b64encode(svg).decode(),
        width=_width,
        table_number=lambda: next(tables),
        figure_number=lambda: next(figures),
        anchor=lambda title: "".join(c if c.isalnum() else "-" for c in title.lower()),
    )
    return page.encode()


def _width(svg: bytes) -> int:
    """Of a figure as it was drawn, in CSS pixels, so that its letters have one size on the page."""
    points = re.search(rb'<svg[^>]*\bwidth="([0-9.]+)pt"', svg)
    return round(float(points[1]) * 4 / 3) if points else 600
