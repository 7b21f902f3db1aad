"""The results of one study: a folder that is written whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.files import numbered, write_folder, writing
from vbq.report.reading_file import reading_bytes

if TYPE_CHECKING:
    from collections.abc import Container

    from vbq.measure.measurement import Measurement
    from vbq.measure.reading import Reading

__all__ = ["FILES", "as_written", "results_name", "write_results"]

ROI_FILE, LABEL_FILE = "rois.json", "labels.nii.gz"  # may be edited and given to the next run
FILES = ("reading.json", ROI_FILE, "overlay.png", "report.html", LABEL_FILE)


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


def as_written(folder: Path | str, measurement: Measurement) -> Measurement:
    """The measurement as `write_results` writes it to a folder.

    Where the folder's ``rois.json`` is the file that the regions were given in, it stays, and the
    reading names it as it is.
    """
    file, record = Path(folder) / ROI_FILE, measurement.reading.rois
    if record is None or not _was_given(file, measurement):
        return measurement
    digest = sha256(file.read_bytes()).hexdigest()
    named = record.model_copy(update={"sha256": digest})
    return replace(measurement, reading=measurement.reading.model_copy(update={"rois": named}))


def _was_given(file: Path, measurement: Measurement) -> bool:
    """Whether regions or labels came from a file; a label map may be given as its folder."""
    with writing(file):
        if not measurement.given or not file.exists():
            return False
        here = [file] if file.name == ROI_FILE else [file, *file.resolve().parents]
        return any(given.samefile(path) for given in measurement.given for path in here)


def write_results(folder: Path | str, measurement: Measurement) -> dict[str, Path]:
    """Write everything that can be said about one study.

    ``reading.json`` and ``report.html`` are always written, ``overlay.png`` where there is a
    scan, ``labels.nii.gz`` where there is an anatomy, ``rois.json`` where something was measured.
    In a folder that exists, the files of an earlier run are replaced or removed and all others
    are left alone; so are ``rois.json`` and ``labels.nii.gz`` where the measurement was made from
    them.

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

    folder = Path(folder)
    measurement = as_written(folder, measurement)
    reading, scan = measurement.reading, measurement.scan
    contents = {"reading.json": reading_bytes(reading)}
    if scan is not None and reading.scan is not None and reading.rois is not None:
        contents[ROI_FILE] = rois_bytes(
            scan, measurement.rois, reading.protocol.name, reading.scan.voxels_sha256
        )
    overlay = draw_overlay(measurement)
    if overlay is not None:
        contents["overlay.png"] = overlay
    contents["report.html"] = report_html(measurement)
    if scan is not None and measurement.anatomy is not None:
        contents[LABEL_FILE] = label_map_bytes(scan, measurement.anatomy)
    kept = {name for name in (ROI_FILE, LABEL_FILE) if _was_given(folder / name, measurement)}
    fresh = {name: content for name, content in contents.items() if name not in kept}
    return write_folder(folder, fresh, owned=set(FILES) - kept)
