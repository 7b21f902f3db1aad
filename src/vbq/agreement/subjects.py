"""A long table of readings, one row a reading, turned into one row a subject."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, UsageError
from vbq.tables.csv_text import as_number, is_missing, read_csv
from vbq.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vbq.tables.csv_text import CsvTable

__all__ = ["ReadingsBySubject", "read_long_table"]

# What the columns are called where the user does not say
SUBJECT = ("subject", "study", "patient", "id")
BY = ("reader", "rater", "method", "repeat", "scan")
VALUE = ("vbq", "score")
# Columns whose readings were made alike; those of any other name differ in reader, method, scanner
REPEATS = ("repeat", "scan", "rescan")
MOST = 12  # more readers than this, and the column is likely another one


@dataclass(frozen=True, eq=False)
class ReadingsBySubject:
    """Readings of every subject that has all of them.

    Attributes:
        subject_column: Column that names the subject.
        by_column: Column that names the reader, method, repeat or scan.
        value_column: Column of the readings.
        names: The k readers, methods, repeats or scans, in the order they first appear.
        values: Shape (n, k), complete; float64.
        subjects: All subjects of the table, complete or not.
        missing: How many subjects lack a reading, by name.
    """

    subject_column: str
    by_column: str
    value_column: str
    names: tuple[str, ...]
    values: NDArray[np.float64]
    subjects: int
    missing: dict[str, int]

    @property
    def repeats(self) -> bool:
        """Whether readings were repeated alike, by the name of their column.

        Then their scatter is repeatability, else reproducibility: ISO 5725-1, ISO/IEC Guide 99.
        """
        return self.by_column.casefold() in REPEATS

    @property
    def coefficient(self) -> str:
        """What 2.77 within-subject SD is called."""
        return "repeatability coefficient" if self.repeats else "reproducibility coefficient"

    @property
    def decimals(self) -> int:
        """As many as show a hundredth of the scatter between subjects, roughly: 2 for VBQ."""
        spread = float(self.values.std())
        return min(max(1 - math.floor(math.log10(spread)), 0), 6) if spread else 2


def read_long_table(
    path: Path, *, subject: str | None = None, by: str | None = None, value: str | None = None
) -> ReadingsBySubject:
    """Read a CSV file (comma, semicolon or tab; UTF-8) with one row a reading.

    An empty cell, or NA, is no reading. Subjects without a reading by each are left out, and
    counted. With semicolons or tabs a decimal comma is understood.

    Args:
        path: The file.
        subject: Column that names the subject; where not given, subject, study, patient or id.
        by: Column that names who or what read; where not given, reader, rater, method, repeat or
            scan.
        value: Column of the readings; where not given, vbq or score.

    Raises:
        UsageError: a column is not there or could be several; fewer than two readers.
        UnreadableFileError: it is not a CSV file.
        InputError: a cell is not a number, the decimal sign cannot be told, a subject has two
            readings by one reader.
    """
    table = read_csv(path)
    header = table.header
    columns = {
        "subject": _column(header, subject, SUBJECT, "--subject"),
        "by": _column(header, by, BY, "--by"),
        "value": _column(header, value, VALUE, "--value"),
    }
    if len(set(columns.values())) < 3:
        raise UsageError(
            "The columns of subject, reader and value are not three different ones.",
            remedy="Check --subject, --by and --value.",
        )
    if columns["value"] in table.unclear:
        raise table.unclear[columns["value"]]
    where = [header.index(columns[key]) for key in ("subject", "by", "value")]
    found: dict[str, dict[str, float]] = {}
    names: dict[str, None] = {}
    for number, row in zip(table.lines, table.rows, strict=True):
        who, reader, cell = (row[index] for index in where)
        if not who or not reader:
            raise InputError(
                f"Line {number} of {path} has no {columns['by'] if who else columns['subject']}.",
                remedy="Fill in the cell or remove the line.",
                code="missing_values",
            )
        reader = one_line(reader)
        names[reader] = None
        readings = found.setdefault(who, {})
        if reader in readings:
            raise InputError(
                f"Line {number} of {path}: that subject already has a reading with "
                f"{columns['by']} {reader}.",
                remedy="Give repeats a column of their own and name it with --by, one reader "
                "at a time.",
                code="duplicate_reading",
            )
        readings[reader] = _number(table, number, columns["value"], cell)
    if not 2 <= len(names) <= MOST:
        raise UsageError(
            f"Column {columns['by']} has {len(names)} different entries, not 2 to {MOST}.",
            remedy="Name the column of readers, methods or repeats with --by.",
            code="too_few",
        )
    readings_of = np.array([[row.get(name, math.nan) for name in names] for row in found.values()])
    there = np.isfinite(readings_of)
    values = readings_of[there.all(axis=1)]
    if len(values) < 3:
        raise InputError(
            f"Only {len(values)} of {len(found)} subjects have a reading for each of the "
            f"{len(names)} in column {columns['by']}.",
            remedy="Check --subject and --by: a subject must have the same name in all its lines.",
            code="too_few",
        )
    return ReadingsBySubject(
        subject_column=columns["subject"],
        by_column=columns["by"],
        value_column=columns["value"],
        names=tuple(names),
        values=values,
        subjects=len(found),
        missing={name: int((~there[:, index]).sum()) for index, name in enumerate(names)},
    )


def _column(header: Sequence[str], given: str | None, usual: tuple[str, ...], option: str) -> str:
    """The column asked for, or the only one of the usual names (in any case)."""
    if given is not None:
        found = [name for name in header if name == given]
    else:
        found = [name for name in header if name.lower() in usual]
        if option == "--subject":  # readings.csv has an id in each row, whatever else names them
            found = sorted(found, key=lambda name: usual.index(name.lower()))[:1]
    if len(found) == 1:
        return found[0]
    columns = ", ".join(one_line(name) for name, _ in Counter(header).most_common(MOST))
    if not found:
        asked = given if given is not None else " or ".join(usual)
        raise UsageError(
            f"The table has no column {asked}; it has {columns}.",
            remedy=f"Name the column with {option}.",
            code="no_such_column",
        )
    raise UsageError(
        f"Several columns could be meant: {', '.join(found)}.",
        remedy=f"Name one with {option}.",
        code="no_such_column",
    )


def _number(table: CsvTable, line: int, column: str, cell: str) -> float:
    if is_missing(cell):
        return math.nan
    value = as_number(cell, decimal_comma=table.decimal_comma)
    if value is None:
        raise InputError(
            f"Line {line} of {table.path}: {column} is not a number.",
            remedy="Correct the cell, or leave it empty where there is no reading.",
            code="not_numeric",
        )
    return value
