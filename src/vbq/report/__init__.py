"""A Reading for people and systems: picture, page, label map, JSON and table.

Pillow, jinja2 and numpy are loaded when something is first drawn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vbq.files import write_file, write_folder
from vbq.report.reading.document import reading_bytes, write_reading
from vbq.report.reading.folder import results_name, write_results
from vbq.report.reading.readings_table import COLUMNS, Row, failed_row, readings_row, write_readings

if TYPE_CHECKING:
    from vbq.report.reading.label_map import label_map_bytes
    from vbq.report.reading.overlay import draw_overlay
    from vbq.report.reading.page import report_html
    from vbq.report.reading.picture import draw_picture

__all__ = [
    "COLUMNS",
    "Row",
    "draw_overlay",
    "draw_picture",
    "failed_row",
    "label_map_bytes",
    "reading_bytes",
    "readings_row",
    "report_html",
    "results_name",
    "write_file",
    "write_folder",
    "write_reading",
    "write_readings",
    "write_results",
]

_HOME = {
    "draw_overlay": "vbq.report.reading.overlay",
    "draw_picture": "vbq.report.reading.picture",
    "label_map_bytes": "vbq.report.reading.label_map",
    "report_html": "vbq.report.reading.page",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
