"""The results of one study: a folder that is written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.files import write_folder
from vbq.report.reading_file import reading_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from vbq.measure.measurement import Measurement

__all__ = ["FILES", "write_results"]

FILES = ("reading.json", "overlay.png", "report.html", "labels.nii.gz")


def write_results(folder: Path | str, measurement: Measurement) -> dict[str, Path]:
    """Write everything that can be said about one study.

    ``reading.json`` and ``report.html`` are always written, ``overlay.png`` where there is a
    scan, ``labels.nii.gz`` where there is an anatomy. In a folder that exists, the files of an
    earlier run are replaced or removed and all others are left alone.

    Args:
        folder: Where to; made if missing.
        measurement: The reading with what is behind it.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written; what was there before still is.
    """
    from vbq.report.html import report_html
    from vbq.report.label_map import label_map_bytes
    from vbq.report.overlay import draw_overlay

    contents = {"reading.json": reading_bytes(measurement.reading)}
    overlay = draw_overlay(measurement)
    if overlay is not None:
        contents["overlay.png"] = overlay
    contents["report.html"] = report_html(measurement)
    if measurement.scan is not None and measurement.anatomy is not None:
        contents["labels.nii.gz"] = label_map_bytes(measurement.scan, measurement.anatomy)
    return write_folder(folder, contents, owned=FILES)
