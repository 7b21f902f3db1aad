"""The results of one study: a folder that is written completely or not at all."""

import json
import os
from collections.abc import Container
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from vbq.errors import OutputError
from vbq.files import (
    LABEL_FILE,
    OVERLAY_FILE,
    READING_FILE,
    REPORT_FILE,
    RESULT_FILES,
    ROI_FILE,
    candidate_names,
    raising_output_errors,
    write_folder,
)
from vbq.measure.measurement import Measurement
from vbq.measure.reading import FileRecord, Reading
from vbq.report.reading.document import reading_bytes

EDITABLE = {"rois": ROI_FILE, "labels": LABEL_FILE}  # option that reads each file again


def results_name(out: Path, name: str, reading: Reading, used_names: Container[str]) -> str:
    """The name of a study's folder: ``name``, with a number if it is not free.

    A folder that an earlier run wrote for the same scan is used again. A folder of another scan is
    not, so that no patient's results ever replace another's; neither is one with files of these
    names that no run wrote.

    Args:
        out: Folder that contains the folders of the studies.
        name: The preferred name.
        reading: The reading to be written there.
        used_names: Names already used in this run.
    """
    return next(
        candidate
        for candidate in candidate_names(name)
        if candidate not in used_names and _is_free(out / candidate, reading)
    )


def _is_free(folder: Path, reading: Reading) -> bool:
    """Whether writing there would replace nothing but earlier results of the same scan."""
    if not any(os.path.lexists(folder / name) for name in RESULT_FILES):
        return True
    earlier = _earlier(folder)
    if earlier is None:
        return False
    scan = earlier.get("scan")
    if not isinstance(scan, dict):  # refused before a scan was read: nothing is lost
        return True
    return reading.scan is not None and scan.get("voxels_sha256") == reading.scan.voxels_sha256


def _earlier(folder: Path) -> dict[str, Any] | None:
    """The reading that an earlier run wrote to a folder; None if there is none."""
    try:
        document = json.loads((folder / READING_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    ours = isinstance(document, dict) and str(document.get("schema")).startswith("vbq.reading/")
    return document if ours else None


def as_written(folder: Path | str, measurement: Measurement) -> Measurement:
    """The measurement as `write_results` writes it to a folder.

    Its reading records the files written with it. If the folder's ``rois.json`` or
    ``labels.nii.gz`` was an input of the measurement, it stays and is recorded as it is.
    """
    return _with_files(Path(folder), measurement, _label_map(measurement))


def _label_map(measurement: Measurement) -> bytes | None:
    from vbq.report.reading.label_map import label_map_bytes

    if measurement.scan is None or measurement.anatomy is None:
        return None
    return label_map_bytes(measurement.scan, measurement.anatomy)


def _with_files(folder: Path, measurement: Measurement, label_map: bytes | None) -> Measurement:
    """The measurement with a reading that records the files written with it."""
    from vbq.measure.reading import FileRecord

    labels = None
    if label_map is not None:
        labels = FileRecord(file=LABEL_FILE, sha256=sha256(label_map).hexdigest())
    reading = measurement.reading
    files = {
        "rois": _record_of(reading.rois, folder, measurement),
        "labels": _record_of(labels, folder, measurement),
    }
    return replace(measurement, reading=reading.model_copy(update=files))


def _record_of(
    record: FileRecord | None, folder: Path, measurement: Measurement
) -> FileRecord | None:
    """The record of a file to be written, or of the one there that was an input and stays."""
    if record is None or not _was_supplied(folder / record.file, measurement):
        return record
    digest = sha256((folder / record.file).read_bytes()).hexdigest()
    if digest == record.sha256:  # unchanged since this program wrote it
        return record
    return record.model_copy(update={"sha256": digest, "given": True})


def _was_supplied(file: Path, measurement: Measurement) -> bool:
    """Whether a file was an input of the measurement; a label map may be supplied as its folder."""
    with raising_output_errors(file):
        if not measurement.supplied_files or not file.exists():
            return False
        paths = [file] if file.name == ROI_FILE else [file, *file.resolve().parents]
        return any(
            supplied.samefile(path) for supplied in measurement.supplied_files for path in paths
        )


def write_results(folder: Path | str, measurement: Measurement) -> dict[str, Path]:
    """Write all results of one study.

    ``reading.json`` and ``report.html`` are always written; ``overlay.png`` if there is a scan,
    ``labels.nii.gz`` if there is an anatomy, ``rois.json`` if anything was measured. In an existing
    folder, the files of an earlier run are replaced or removed; other files are left alone, and so
    are ``rois.json`` and ``labels.nii.gz`` if they were inputs of the measurement. Neither of them
    is ever replaced if a person edited it.

    Args:
        folder: Folder for the results; created if missing.
        measurement: The reading with its scan, anatomy and ROIs.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written, or ``rois.json`` or ``labels.nii.gz`` in it
            is not as an earlier run wrote it; its earlier content is unchanged.
    """
    from vbq.measure.regions.roi_file import rois_bytes
    from vbq.report.reading.overlay import draw_overlay
    from vbq.report.reading.page import report_html

    folder = Path(folder)
    inputs = {name for name in EDITABLE.values() if _was_supplied(folder / name, measurement)}
    _stop_if_edited(folder, inputs)
    label_map = _label_map(measurement)
    measurement = _with_files(folder, measurement, label_map)
    reading, scan = measurement.reading, measurement.scan
    contents = {READING_FILE: reading_bytes(reading)}
    if scan is not None and reading.rois is not None:
        contents[ROI_FILE] = rois_bytes(scan, measurement.rois, reading.protocol.name)
    overlay = draw_overlay(measurement)
    if overlay is not None:
        contents[OVERLAY_FILE] = overlay
    contents[REPORT_FILE] = report_html(measurement)
    if label_map is not None:
        contents[LABEL_FILE] = label_map
    fresh = {name: content for name, content in contents.items() if name not in inputs}
    return write_folder(folder, fresh, owned=set(RESULT_FILES) - inputs)


def _stop_if_edited(folder: Path, inputs: Container[str]) -> None:
    """Stop before a reader's work is lost, in a file edited or supplied since a run wrote it.

    Args:
        folder: Folder of the study.
        inputs: Names of the files that were inputs of this measurement, and stay.

    Raises:
        OutputError: naming the file and what to do.
    """
    earlier = _earlier(folder)
    for option, name in EDITABLE.items():
        file = folder / name
        with raising_output_errors(file):
            if name in inputs or not file.exists():
                continue
            digest = sha256(file.read_bytes()).hexdigest()
        if earlier is not None and option not in earlier:  # a version without such a record
            continue
        written = (earlier or {}).get(option) or {}
        supplied = bool(written.get("given"))
        if supplied or written.get("sha256") != digest:
            raise OutputError(
                f"{file} was {'supplied' if supplied else 'edited'} by hand and would be lost.",
                remedy=f"Use it with --{option} {file}, or keep it by writing elsewhere (--out).",
                code=f"{option}_edited",
            )
