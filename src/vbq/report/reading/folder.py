"""The results of one study: a folder that is written whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from vbq.report.reading.document import reading_bytes

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from vbq.measure.measurement import Measurement
    from vbq.measure.reading import FileRecord, Reading

__all__ = ["as_written", "results_name", "write_results"]

GIVEN = (ROI_FILE, LABEL_FILE)  # these may be edited and given to the next run


def results_name(out: Path, name: str, reading: Reading, taken: Container[str]) -> str:
    """The name of a study's folder: the one given, or with a number if that is not free.

    A folder that an earlier run wrote for the same scan is used again; one of another scan is
    not, so that no patient's results ever replace another's, nor one with files of such names
    that no run wrote.

    Args:
        out: Where the studies' folders lie.
        name: The name wanted.
        reading: What is to be written there.
        taken: Names used in this run.
    """
    return next(
        candidate
        for candidate in candidate_names(name)
        if candidate not in taken and _is_free(out / candidate, reading)
    )


def _is_free(folder: Path, reading: Reading) -> bool:
    """Whether nothing would be lost there but earlier results of the same scan."""
    if not any(os.path.lexists(folder / name) for name in RESULT_FILES):
        return True
    earlier = _earlier(folder)
    if earlier is None:
        return False
    scan = earlier.get("scan")
    if not isinstance(scan, dict):  # refused before a scan was read: nothing to lose
        return True
    return reading.scan is not None and scan.get("voxels_sha256") == reading.scan.voxels_sha256


def _earlier(folder: Path) -> dict[str, Any] | None:
    """The reading that an earlier run wrote to a folder, if one did."""
    try:
        document = json.loads((folder / READING_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    ours = isinstance(document, dict) and str(document.get("schema")).startswith("vbq.reading/")
    return document if ours else None


def as_written(folder: Path | str, measurement: Measurement) -> Measurement:
    """The measurement as `write_results` writes it to a folder.

    Its reading names the files beside it. Where the folder's ``rois.json`` or ``labels.nii.gz`` is
    the file that regions or labels were given in, it stays, and is named as it is.
    """
    return _with_files(Path(folder), measurement, _label_map(measurement))


def _label_map(measurement: Measurement) -> bytes | None:
    from vbq.report.reading.label_map import label_map_bytes

    if measurement.scan is None or measurement.anatomy is None:
        return None
    return label_map_bytes(measurement.scan, measurement.anatomy)


def _with_files(folder: Path, measurement: Measurement, label_map: bytes | None) -> Measurement:
    """The measurement whose reading names the files beside it."""
    from vbq.measure.reading import FileRecord

    labels = None
    if label_map is not None:
        labels = FileRecord(file=LABEL_FILE, sha256=sha256(label_map).hexdigest())
    reading = measurement.reading
    files = {
        "rois": _as_given(reading.rois, folder, measurement),
        "labels": _as_given(labels, folder, measurement),
    }
    return replace(measurement, reading=reading.model_copy(update=files))


def _as_given(
    record: FileRecord | None, folder: Path, measurement: Measurement
) -> FileRecord | None:
    """The record of a file; of the one in the folder, where that was given and stays."""
    if record is None or not _was_given(folder / record.file, measurement):
        return record
    digest = sha256((folder / record.file).read_bytes()).hexdigest()
    if digest == record.sha256:  # as this program writes it
        return record
    return record.model_copy(update={"sha256": digest, "given": True})


def _was_given(file: Path, measurement: Measurement) -> bool:
    """Whether regions or labels came from a file; a label map may be given as its folder."""
    with raising_output_errors(file):
        if not measurement.supplied_files or not file.exists():
            return False
        here = [file] if file.name == ROI_FILE else [file, *file.resolve().parents]
        return any(
            supplied.samefile(path) for supplied in measurement.supplied_files for path in here
        )


def write_results(folder: Path | str, measurement: Measurement) -> dict[str, Path]:
    """Write everything that can be said about one study.

    ``reading.json`` and ``report.html`` are always written, ``overlay.png`` where there is a
    scan, ``labels.nii.gz`` where there is an anatomy, ``rois.json`` where something was measured.
    In a folder that exists, the files of an earlier run are replaced or removed and all others
    are left alone; so are ``rois.json`` and ``labels.nii.gz`` where the measurement was made from
    them. One of these that a person edited is never replaced.

    Args:
        folder: Where to; made if missing.
        measurement: The reading with what is behind it.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written, or ``rois.json`` or ``labels.nii.gz`` in it
            is not as an earlier run wrote it; what was there before still is.
    """
    from vbq.measure.regions.roi_file import rois_bytes
    from vbq.report.reading.overlay import draw_overlay
    from vbq.report.reading.page import report_html

    folder = Path(folder)
    kept = {name for name in GIVEN if _was_given(folder / name, measurement)}
    _stop_if_edited(folder, {"rois": ROI_FILE, "labels": LABEL_FILE}, kept)
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
    fresh = {name: content for name, content in contents.items() if name not in kept}
    return write_folder(folder, fresh, owned=set(RESULT_FILES) - kept)


def _stop_if_edited(folder: Path, files: Mapping[str, str], kept: Container[str]) -> None:
    """Stop before a reader's work is lost: edited since a run wrote it, or kept as given.

    Args:
        folder: Of the study.
        files: Names of the files by what the reading calls them, which is their option too.
        kept: Those that stay.

    Raises:
        OutputError: naming the file and the two ways out.
    """
    earlier = _earlier(folder)
    for what, name in files.items():
        file = folder / name
        with raising_output_errors(file):
            if name in kept or not file.exists():
                continue
            digest = sha256(file.read_bytes()).hexdigest()
        if earlier is not None and what not in earlier:  # of a version that kept no record of it
            continue
        written = (earlier or {}).get(what) or {}
        given = bool(written.get("given"))
        if given or written.get("sha256") != digest:
            raise OutputError(
                f"{file} was {'given' if given else 'edited'} by hand and would be lost.",
                remedy=f"Give it with --{what} {file} to use it, or write elsewhere (--out) to "
                "keep it.",
                code=f"{what}_edited",
            )
