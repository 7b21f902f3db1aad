"""The results of one study: a folder that is written whole or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vbq.files import numbered, write_folder
from vbq.report.reading_file import reading_bytes

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from vbq.measure.measurement import Measurement
    from vbq.measure.reading import Reading

__all__ = ["FILES", "results_name", "write_results"]

FILES = ("reading.json", "rois.json", "overlay.png", "report.html", "labels.nii.gz")


def results_name(out: Path, name: str, reading: Reading, taken: Container[str]) -> str:
    """The name of a study's folder: the one given, or with a number if another study has it.

    A folder that an earlier run wrote for the same scan is used again; one of another scan is
    not, so that no patient's results ever replace another's.

    Args:
        out: Where the studies' folders lie.
        name: The name wanted.
        reading: What is to be written there.
        taken: Names used in this run.
    """
    return next(
        candidate
        for candidate in numbered(name)
        if candidate not in taken and not _of_another_scan(out / candidate, reading)
    )


def _of_another_scan(folder: Path, reading: Reading) -> bool:
    try:
        earlier = json.loads((folder / FILES[0]).read_bytes())["scan"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if not isinstance(earlier, dict):  # refused before a scan was read: nothing to lose
        return False
    return reading.scan is None or earlier.get("voxels_sha256") != reading.scan.voxels_sha256


def write_results(folder: Path | str, measurement: Measurement) -> dict[str, Path]:
    """Write everything that can be said about one study.

    ``reading.json`` and ``report.html`` are always written, ``overlay.png`` where there is a
    scan, ``labels.nii.gz`` where there is an anatomy, ``rois.json`` where something was measured.
    In a folder that exists, the files of an earlier run are replaced or removed and all others
    are left alone.

    Args:
        folder: Where to; made if missing.
        measurement: The reading with what is behind it.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written; what was there before still is.
    """
    from vbq.measure.roi_file import rois_bytes
    from vbq.report.html import report_html
    from vbq.report.label_map import label_map_bytes
    from vbq.report.overlay import draw_overlay

    reading, scan = measurement.reading, measurement.scan
    contents = {"reading.json": reading_bytes(reading)}
    if scan is not None and reading.scan is not None and reading.rois is not None:
        contents["rois.json"] = rois_bytes(
            scan, measurement.rois, reading.protocol.name, reading.scan.voxels_sha256
        )
    overlay = draw_overlay(measurement)
    if overlay is not None:
        contents["overlay.png"] = overlay
    contents["report.html"] = report_html(measurement)
    if scan is not None and measurement.anatomy is not None:
        contents["labels.nii.gz"] = label_map_bytes(scan, measurement.anatomy)
    return write_folder(folder, contents, owned=FILES)
