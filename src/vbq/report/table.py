"""``readings.csv``: one row a study."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from vbq.report.files import write_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vbq.measure.reading import Reading

__all__ = ["COLUMNS", "readings_row", "write_readings"]

LEVELS = ("L1", "L2", "L3", "L4")
COLUMNS = (
    "study",
    "path",
    "status",
    "score",
    "mean_of_means",
    "median_of_medians",
    "mean_of_medians",
    *(f"{level}_{field}" for level in LEVELS for field in ("mean", "median", "sd", "pixels")),
    "csf_level",
    "csf_mean",
    "csf_median",
    "csf_sd",
    "csf_pixels",
    "levels_used",
    "numbering",
    "numbering_confidence",
    "field_strength_t",
    "repetition_time_ms",
    "echo_time_ms",
    "manufacturer",
    "model",
    "flags",
    "reason",
    "study_uid",
    "series_uid",
    "software_version",
    "model_sha256",
)


def readings_row(study: str, path: Path, reading: Reading) -> dict[str, str]:
    """A row of the table; cells that do not apply are empty.

    Args:
        study: The study's name, that of its folder of results.
        path: The path the user gave.
        reading: Its reading.
    """
    row: dict[str, object] = {
        "study": study,
        "path": path,
        "status": reading.status,
        "score": reading.score,
        "levels_used": " ".join(level.level for level in reading.levels if level.used),
        "numbering": reading.numbering,
        "numbering_confidence": reading.numbering_confidence,
        "flags": " ".join(flag.code for flag in reading.flags),
        "reason": " ".join(flag.message for flag in reading.flags if flag.severity == "refuse"),
        "software_version": reading.software.version,
    }
    for name in ("mean_of_means", "median_of_medians", "mean_of_medians"):
        row[name] = reading.variants.get(name)
    for level in reading.levels:
        if level.level in LEVELS:
            for field in ("mean", "median", "sd", "pixels"):
                row[f"{level.level}_{field}"] = getattr(level, field)
    if reading.csf is not None:
        for field in ("level", "mean", "median", "sd", "pixels"):
            row[f"csf_{field}"] = getattr(reading.csf, field)
    if reading.scan is not None:
        for field in (
            "field_strength_t",
            "repetition_time_ms",
            "echo_time_ms",
            "manufacturer",
            "model",
            "study_uid",
            "series_uid",
        ):
            row[field] = getattr(reading.scan, field)
    if reading.engine is not None:
        row["model_sha256"] = reading.engine.model_sha256
    return {column: _cell(row.get(column)) for column in COLUMNS}


def write_readings(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Write the table whole (RFC 4180, UTF-8).

    Raises:
        OutputError: It cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return write_files(path.parent, {path.name: text.getvalue().encode()})[path.name]


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    # a spreadsheet takes a cell that begins like this for a formula
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "@", "\t") else text
