"""A long table of readings, one row for each reading, arranged as one row for each subject."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError, UsageError
from vbq.tables.categories import text_cells
from vbq.tables.numbers import parse_numbers
from vbq.tables.raw_table import raise_refusal
from vbq.tables.read_table import read_table
from vbq.text import one_line

# usual names of the columns, for when the user names none
SUBJECT_NAMES = ("subject", "study", "patient", "id")
READER_NAMES = ("reader", "rater", "method", "repeat", "scan")
VALUE_NAMES = ("vbq", "score")
# columns whose readings were made under the same conditions; any other name means that reader,
# method or scanner differ
REPEAT_NAMES = ("repeat", "scan", "rescan")
MOST_READERS = 12  # a column with more entries is likely not the one of readers
FEWEST_SUBJECTS = 3


@dataclass(frozen=True, eq=False)
class ReadingsBySubject:
    """Readings of every subject who has all of them.

    Attributes:
        subject_column: Column that names the subject.
        reader_column: Column that names the reader, method, repeat or scan.
        value_column: Column of the readings.
        names: The k readers, methods, repeats or scans, in order of first appearance.
        values: Readings, shape (n, k), complete.
        subjects: Number of subjects in the table, complete or not.
        missing: Number of subjects without a reading, by name.
    """

    subject_column: str
    reader_column: str
    value_column: str
    names: tuple[str, ...]
    values: NDArray[np.float64]
    subjects: int
    missing: dict[str, int]

    @property
    def repeats(self) -> bool:
        """Whether readings were repeated under the same conditions, by the name of their column.

        Their scatter is then repeatability, otherwise reproducibility (ISO 5725-1, ISO/IEC Guide
        99).
        """
        return self.reader_column.casefold() in REPEAT_NAMES

    @property
    def coefficient(self) -> str:
        """The name of 2.77 times the within-subject SD."""
        return "repeatability coefficient" if self.repeats else "reproducibility coefficient"

    @property
    def decimals(self) -> int:
        """Decimals that show about a hundredth of the SD of all readings: 2 for VBQ."""
        spread = float(self.values.std())
        return min(max(1 - math.floor(math.log10(spread)), 0), 6) if spread else 2


def read_long_table(
    path: Path, *, subject: str | None = None, reader: str | None = None, value: str | None = None
) -> ReadingsBySubject:
    """Read a table (CSV, TSV, XLSX or Parquet) with one row for each reading.

    An empty cell, or NA, is no reading. Subjects who lack a reading are left out, and counted.

    Args:
        path: The file.
        subject: Column that names the subject; by default subject, study, patient or id.
        reader: Column that names the reader or method; by default reader, rater, method, repeat or
            scan.
        value: Column of the readings; by default vbq or score.

    Raises:
        UsageError: a column does not exist or several could be meant; fewer than two readers.
        UnreadableFileError: the file is not a table.
        InputError: a cell is not a number, its decimal sign is ambiguous, or a subject has two
            readings by one reader.
    """
    table = read_table(path)
    header = [str(name) for name in table.columns]
    subject = _column(path, header, subject, SUBJECT_NAMES, "--subject")
    reader = _column(path, header, reader, READER_NAMES, "--by")
    value = _column(path, header, value, VALUE_NAMES, "--value")
    if len({subject, reader, value}) < 3:
        raise UsageError(
            "Subject, reader and value must be three different columns.",
            remedy="Check --subject, --by and --value.",
        )
    subjects, readers = (text_cells(table.columns[name]).str.strip() for name in (subject, reader))
    for column, cells in ((subject, subjects), (reader, readers)):
        empty = cells.index[cells == ""]
        if len(empty):
            raise InputError(
                f"{path}: {column} in row {empty[0]} is empty.",
                remedy="Fill in the cell or delete the row.",
                code="missing_values",
            )
    subject_index, subject_names = subjects.factorize()
    reader_index, reader_names = readers.map(one_line).factorize()
    pairs = list(zip(subject_index, reader_index, strict=True))
    if len(set(pairs)) < len(pairs):
        repeated = next(i for i, pair in enumerate(pairs) if pair in pairs[:i])
        raise InputError(
            f"{path}: the subject in row {table.columns.index[repeated]} already has a reading "
            f"with {reader} {reader_names[reader_index[repeated]]}.",
            remedy="Give repeats a column of their own and name it with --by, one reader at a "
            "time.",
            code="duplicate_reading",
        )
    parsed = parse_numbers(table.columns[value], value, grouping_signs=table.grouping_signs)
    raise_refusal(path, parsed.findings)
    if not 2 <= len(reader_names) <= MOST_READERS:
        raise UsageError(
            f"{path}: column {reader} has {len(reader_names)} different entries, not 2 to "
            f"{MOST_READERS}.",
            remedy="Name the column of readers, methods or repeats with --by.",
            code="too_few",
        )
    values = np.full((len(subject_names), len(reader_names)), math.nan)
    values[subject_index, reader_index] = parsed.typed
    missing = np.isnan(values)
    complete = values[~missing.any(axis=1)]
    if len(complete) < FEWEST_SUBJECTS:
        raise InputError(
            f"{path}: only {len(complete)} of {len(values)} subjects have a reading for each of "
            f"the {len(reader_names)} entries of column {reader}.",
            remedy="Check --subject and --by: a subject must have the same name in all its rows.",
            code="too_few",
        )
    return ReadingsBySubject(
        subject_column=subject,
        reader_column=reader,
        value_column=value,
        names=tuple(reader_names),
        values=complete,
        subjects=len(values),
        missing=dict(zip(reader_names, missing.sum(axis=0).tolist(), strict=True)),
    )


def _column(
    path: Path, header: Sequence[str], name: str | None, usual: tuple[str, ...], option: str
) -> str:
    """The column of that name; without one, the only column with a usual name (in any case)."""
    if name is not None:
        matches = [column for column in header if column == " ".join(name.split())]
    else:
        matches = [column for column in header if column.lower() in usual]
        if usual == SUBJECT_NAMES:  # a table of readings has an id in each row besides the subject
            matches = sorted(matches, key=lambda column: usual.index(column.lower()))[:1]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        expected = name if name is not None else " or ".join(usual)
        columns = ", ".join(map(one_line, header[:MOST_READERS]))
        raise UsageError(
            f"{path} has no column {expected}; it has {columns}.",
            remedy=f"Name the column with {option}.",
            code="no_such_column",
        )
    raise UsageError(
        f"{path} has several columns that could be meant: {', '.join(matches)}.",
        remedy=f"Name one with {option}.",
        code="no_such_column",
    )
