"""``readings.csv``: one row a study, for a spreadsheet or a data frame."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.errors import OutputError, VBQError
from vbq.files import raising_output_errors, write_file
from vbq.report.reading.phrases import refusal
from vbq.tables.csv_write import csv_bytes, escape_formula
from vbq.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vbq.measure.reading import Reading

__all__ = ["COLUMNS", "Row", "earlier_readings", "failed_row", "readings_row", "write_readings"]

Row = dict[str, str | float | int | None]

LEVELS = ("L1", "L2", "L3", "L4")
SIGNAL = ("mean", "median", "sd", "pixels", "slice", "source")
OF_LEVELS = (*SIGNAL, "excluded_share")
SINGLE = (*LEVELS, "S1", "T12")  # levels with a score of their own
VARIANTS = {
    "median_of_means": "median_of_means",
    "mean_of_means": "mean_of_means",
    "median_of_medians": "median_of_medians",
    "mean_of_medians": "mean_of_medians",
    "median_of_means_shading_corrected": "median_of_means_shading_corrected",
    **{f"vbq_{level}": level for level in SINGLE},
    "EBQ_csf": "EBQ_csf",
    "EBQ_marrow": "EBQ_marrow",
}  # id of a variant by its column
ACQUISITION = (
    "field_strength_t",
    "repetition_time_ms",
    "echo_time_ms",
    "pixel_bandwidth_hz",
    "slice_thickness_mm",
)
COLUMNS: tuple[str, ...] = (
    "id",
    "path",
    "status",
    "score",
    "interval_low",
    "interval_high",
    "csf_level",
    *(f"csf_{what}" for what in SIGNAL),
    *(f"{level}_{what}" for level in LEVELS for what in OF_LEVELS),
    *VARIANTS,
    "shading_corrected_sd",
    *ACQUISITION,
    "manufacturer",
    "model",
    "levels_used",
    "numbering",
    "numbering_confidence",
    "lumbar_count",
    "flags",
    "reason",
    "study_uid",
    "series_uid",
    "voxels_sha256",
    "software_version",
    "model_sha256",
)
EVER = {"id", "path", "status", "score", "flags"}  # in the tables of every version


def readings_row(name: str, path: Path | str, reading: Reading) -> Row:
    """The row of one study.

    Args:
        name: What the study is called, as its results folder is.
        path: What the user gave, better relative than absolute.
        reading: Its reading; refused ones have a reason and no score.
    """
    levels = {level.level: level for level in reading.levels}
    scan, csf = reading.scan, reading.csf
    row: Row = dict.fromkeys(COLUMNS)
    row |= {
        "id": name,
        "path": escape_formula(str(path)),
        "status": reading.status,
        "score": reading.score,
    }
    if reading.interval is not None:
        row["interval_low"], row["interval_high"] = reading.interval
    if csf is not None:
        row["csf_level"] = csf.level
        row |= {f"csf_{what}": getattr(csf, what) for what in SIGNAL}
    for name_of_level in LEVELS:
        if name_of_level in levels:
            level = levels[name_of_level]
            row |= {f"{name_of_level}_{what}": getattr(level, what) for what in OF_LEVELS}
    row |= {column: reading.variants.get(name) for column, name in VARIANTS.items()}
    row["shading_corrected_sd"] = reading.shading_corrected_sd
    if scan is not None:
        row |= {what: getattr(scan, what) for what in ACQUISITION}
        row |= {
            "manufacturer": _one_line_cell(scan.manufacturer),
            "model": _one_line_cell(scan.model),
            "study_uid": _one_line_cell(scan.study_uid),
            "series_uid": _one_line_cell(scan.series_uid),
            "voxels_sha256": scan.voxels_sha256,
        }
    row |= {
        "levels_used": ";".join(level.level for level in reading.levels if level.used) or None,
        "numbering": reading.numbering,
        "numbering_confidence": reading.numbering_confidence,
        "lumbar_count": reading.lumbar_count,
        "flags": ";".join(dict.fromkeys(flag.code for flag in reading.flags)),
        "reason": _one_line_cell(refusal(reading)) or None,
        "software_version": reading.software.version,
        "model_sha256": reading.engine.model_sha256 if reading.engine else None,
    }
    return row


def failed_row(name: str, path: Path | str, error: Exception) -> Row:
    """The row of an input that gave no reading at all: status ``failed``, code and message."""
    row: Row = dict.fromkeys(COLUMNS)
    known = isinstance(error, VBQError)
    return row | {
        "id": name,
        "path": escape_formula(str(path)),
        "status": "failed",
        "flags": error.code if isinstance(error, VBQError) else "internal_error",
        # the text of an unknown error may hold anything, a patient's name too
        "reason": _one_line_cell(str(error)) if known else f"unexpected {type(error).__name__}",
    }


def write_readings(path: Path | str, rows: Iterable[Row]) -> Path:
    """Write the table, whole or not at all: RFC 4180, UTF-8, `COLUMNS` in that order.

    Rows of an earlier run stay, unless a new one has their id; so do columns that were added to
    the table since, after the others. What they say of an id that comes again stays if that is the
    same image, or the same path where one of the two was not read.

    Numbers are written with all their digits; an empty cell means that there is no value.

    Raises:
        OutputError: it could not be written, or what is there is no such table and would be lost;
            it is still whole.
    """
    new = list(rows)
    added, earlier = earlier_readings(path)
    ids = {str(row["id"]) for row in new}
    before = {row["id"]: row for row in earlier}
    lines: list[Mapping[str, str | float | None]] = [row for row in earlier if row["id"] not in ids]
    for row in new:
        known = before.get(str(row["id"]), {})
        lines.append(row | {name: known[name] for name in added if _same_study(row, known)})
    columns = [*COLUMNS, *added]
    return write_file(
        path, csv_bytes(columns, ([row.get(c, "") for c in columns] for row in lines))
    )


def earlier_readings(path: Path | str) -> tuple[list[str], list[dict[str, str]]]:
    """Columns that were added to an earlier table, and its rows; also of an older version's.

    Nothing where there is no file, or an empty one.

    Raises:
        OutputError: what is there is no table of readings.
    """
    path = Path(path)
    try:
        with raising_output_errors(path):
            # a path in it may be no UTF-8, and a spreadsheet may have put a mark before it
            content = path.read_bytes() if path.exists() else b""
        text = content.decode("utf-8-sig", "surrogateescape")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        # a spreadsheet may leave empty rows below the table and empty columns beside it
        lines = [line for line in reader if any(line)]
    except csv.Error as error:
        raise _no_table(path) from error
    if not lines:
        return [], []
    width = max(1 + i for line in lines for i, cell in enumerate(line) if cell)
    columns, *rows = [[*line, *[""] * width][:width] for line in lines]
    if not set(columns) >= EVER or len(set(columns)) < width or "" in columns:
        raise _no_table(path)
    added = [name for name in columns if name not in COLUMNS]
    return added, [dict(zip(columns, row, strict=True)) for row in rows]


def _same_study(row: Row, earlier: Mapping[str, str]) -> bool:
    """Whether two rows of one id are of one image; of one path where either has none."""
    now, then = str(row["voxels_sha256"] or ""), earlier.get("voxels_sha256", "")
    if now and then:
        return now == then
    return str(row["path"]) == earlier.get("path", "")


def _no_table(path: Path | str) -> OutputError:
    return OutputError(
        f"{path} is in the way: it is no table of readings, with commas and in UTF-8.",
        remedy="Move it elsewhere, or save it as “CSV UTF-8” with commas; its rows are then kept.",
        code="not_readings",
    )


def _one_line_cell(text: str | None) -> str | None:
    """A text from a file on one line, which no spreadsheet takes for a formula."""
    if text is None:
        return None
    return escape_formula(one_line(text))
