"""``readings.csv``: one row for each study, for a spreadsheet or a data frame."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from vbq.errors import OutputError, VBQError
from vbq.files import raising_output_errors, write_file
from vbq.measure.reading import Reading
from vbq.measure.readings_columns import (
    ACQUISITION_FIELDS,
    CSF_FIELDS,
    LEVEL_FIELDS,
    LEVELS,
    READINGS_COLUMNS,
    VARIANT_COLUMNS,
)
from vbq.report.reading.phrases import refusal
from vbq.tables.csv_write import csv_bytes, escape_formula
from vbq.text import one_line

Row = dict[str, str | float | int | None]

COLUMNS: tuple[str, ...] = tuple(READINGS_COLUMNS)
REQUIRED = {"id", "path", "status", "score", "flags"}  # columns that every version writes


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
        row |= {f"csf_{field}": getattr(csf, field) for field in CSF_FIELDS}
    for level_name in LEVELS:
        if level_name in levels:
            level = levels[level_name]
            row |= {f"{level_name}_{field}": getattr(level, field) for field in LEVEL_FIELDS}
    row |= {column: reading.variants.get(name) for column, name in VARIANT_COLUMNS.items()}
    row["shading_corrected_sd"] = reading.shading_corrected_sd
    if scan is not None:
        row |= {field: getattr(scan, field) for field in ACQUISITION_FIELDS}
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
    """The row of an input from which no reading was made: status ``failed``, code and message."""
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
    """Write the table, completely or not at all: RFC 4180, UTF-8, `COLUMNS` in that order.

    Rows of an earlier run stay unless a new row has the same id. Columns that a person added to the
    table stay too, after the others; their cells of an id that is written again stay if the image
    is the same, or the path if one of the two images was not read.

    Numbers are written with all their digits; an empty cell means that there is no value.

    Raises:
        OutputError: the table could not be written, or would replace a file that is not such a
            table; the file is unchanged.
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
    """Columns that were added to an earlier table, and its rows; also those of older versions.

    Both are empty if there is no file or an empty one.

    Raises:
        OutputError: the file is not a table of readings.
    """
    path = Path(path)
    try:
        with raising_output_errors(path):
            # paths in it need not be UTF-8, and a spreadsheet may have added a byte-order mark
            content = path.read_bytes() if path.exists() else b""
        text = content.decode("utf-8-sig", "surrogateescape")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        # a spreadsheet may leave empty rows below the table and empty columns beside it
        lines = [line for line in reader if any(line)]
    except csv.Error as error:
        raise _not_a_table(path) from error
    if not lines:
        return [], []
    width = max(1 + i for line in lines for i, cell in enumerate(line) if cell)
    columns, *rows = [[*line, *[""] * width][:width] for line in lines]
    if not set(columns) >= REQUIRED or len(set(columns)) < width or "" in columns:
        raise _not_a_table(path)
    added = [name for name in columns if name not in COLUMNS]
    return added, [dict(zip(columns, row, strict=True)) for row in rows]


def _same_study(row: Row, earlier: Mapping[str, str]) -> bool:
    """Whether two rows with the same id have the same image, or path if either has no image."""
    image, earlier_image = str(row["voxels_sha256"] or ""), earlier.get("voxels_sha256", "")
    if image and earlier_image:
        return image == earlier_image
    return str(row["path"]) == earlier.get("path", "")


def _not_a_table(path: Path | str) -> OutputError:
    return OutputError(
        f"{path} exists and is not a table of readings (comma-separated, UTF-8).",
        remedy="Move it elsewhere, or save it as “CSV UTF-8” with commas; its rows are then kept.",
        code="not_readings",
    )


def _one_line_cell(text: str | None) -> str | None:
    """Text from a file on one line, which no spreadsheet runs as a formula."""
    if text is None:
        return None
    return escape_formula(one_line(text))
