"""A table of readings as ``vbq score`` writes it, with a table of people joined to it by id."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vbq.errors import InputError, RefusalError, UnreadableFileError, UsageError
from vbq.measure.protocol import STANDARD, STANDARD_ID, protocols
from vbq.tables.csv_text import as_number, is_missing, read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.tables.csv_text import CsvTable

__all__ = ["ReadingsTable", "read_readings"]

ID = "id"
NO_READING = ("refused", "failed")
# what a column with the standard score may be called
STANDARD_COLUMNS = ("score", STANDARD.name.casefold())
# columns of readings.csv that hold numbers, but no score
NO_SCORE = re.compile(r"(csf|[TLS]\d+)_(mean|median|sd|pixels|slice|excluded_share)|interval_\w+")


@dataclass(frozen=True, slots=True)
class ReadingsTable:
    """Rows of cells by column, and where each came from.

    Attributes:
        path: The table of readings.
        header: Columns, those of people after those of readings.
        rows: Cells, stripped; an empty one where there is none.
        places: For each row where its readings and its covariates are, as in
            ``line 2 of readings.csv``.
        people_columns: Columns that came from the table of people.
        decimal_comma: Columns in which a comma is the decimal sign.
        unmatched: Rows of readings whose id is not in the table of people.
        unclear: Columns whose decimal sign cannot be told; see `vbq.tables.csv_text.CsvTable`.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    places: tuple[tuple[str, str], ...]
    people_columns: frozenset[str] = frozenset()
    decimal_comma: frozenset[str] = frozenset()
    unmatched: frozenset[int] = frozenset()
    unclear: dict[str, InputError] = field(default_factory=dict, compare=False)

    def require(self, columns: Sequence[str], option: str) -> None:
        """Refuse a column that is not there.

        Raises:
            UsageError: it is not; the columns that are, are listed.
        """
        absent = [column for column in columns if column not in self.header]
        if absent:
            there = ", ".join(self.header[:12]) + (" …" if len(self.header) > 12 else "")
            raise UsageError(
                f"{self.path} has no column {', '.join(absent)}; it has {there}.",
                remedy=f"Name another with {option}, or join a table that has it with --people.",
                code="no_such_column",
            )

    def where(self, row: int, column: str) -> str:
        """``age in line 3 of people.csv``."""
        return f"{column} in {self.places[row][column in self.people_columns]}"

    def text(self, row: int, column: str) -> str | None:
        """A cell, on one line; ``None`` where it is empty or the column is not there."""
        cell = " ".join(self.rows[row].get(column, "").split())
        return None if is_missing(cell) else cell

    def number(self, row: int, column: str, *, positive: bool = False) -> float | None:
        """A cell as a finite number; ``None`` where it is empty or the column is not there.

        Raises:
            InputError: it is something else, not positive where it has to be, or the decimal
                sign of the column cannot be told.
        """
        if column in self.unclear:
            raise self.unclear[column]
        cell = self.text(row, column)
        if cell is None:
            return None
        value = as_number(cell, decimal_comma=column in self.decimal_comma)
        if value is None or (positive and value <= 0):
            raise InputError(
                f"The {self.where(row, column)} is no {'positive ' if positive else ''}number.",
                remedy="Correct it, or leave the cell empty.",
                code="not_a_number",
            )
        return value

    def has_no_reading(self, row: int) -> bool:
        """Whether ``vbq score`` refused that study, or failed on it."""
        return self.rows[row].get("status", "") in NO_READING

    def flags(self, row: int) -> frozenset[str]:
        """The codes of its quality flags, however a person or a spreadsheet parted them."""
        return frozenset(re.findall(r"\w+", self.rows[row].get("flags", "")))

    def protocol_of(self, column: str) -> str:
        """The protocol that a column of scores was measured with.

        The name of a protocol, or of a level's score, is that protocol; a column ``protocol``
        tells it for any other; without one, ``score`` or ``VBQ`` is the standard score.

        Raises:
            UsageError: there is no such column.
            RefusalError: the rows are of more than one protocol or of none that is known, or
                nothing says that the column holds scores.
        """
        self.require([column], "--score")
        name = column.removeprefix("vbq_")
        if name in protocols():
            return name
        named = {self.text(row, "protocol") for row in range(len(self.rows))} - {None}
        if NO_SCORE.fullmatch(column) or not (named or column.casefold() in STANDARD_COLUMNS):
            raise RefusalError(
                f"Nothing says that column {column} of {self.path} holds scores.",
                remedy="Name one that does with --score (score, or one that 'vbq protocols' "
                "lists, such as vbq_L1), or add a column protocol with such a name.",
                code="not_a_score",
            )
        if len(named) > 1:
            raise RefusalError(
                f"{self.path} mixes readings of {len(named)} protocols: "
                f"{', '.join(sorted(str(one) for one in named))}.",
                remedy="Give readings of one protocol at a time: they differ in scale.",
                code="protocols_mixed",
            )
        one = str(named.pop()) if named else STANDARD_ID
        if one not in protocols():
            raise RefusalError(
                f"{self.path}: column protocol names {one}, which is none of a score.",
                remedy="'vbq protocols' lists them; rename the column if it means another thing.",
                code="no_such_protocol",
            )
        return one


def read_readings(path: Path | str, people: Path | str | None = None) -> ReadingsTable:
    """Read one row a reading; CSV with commas, semicolons or tabs, in UTF-8.

    With semicolons or tabs a decimal comma is understood.

    Args:
        path: The readings, with a column ``id``.
        people: More columns for each ``id``, such as age and sex; one row each.

    Raises:
        UnreadableFileError: a file cannot be read as a table.
        InputError: an id is missing or there twice, both tables have a column, or not one id of
            the readings is in the table of people.
    """
    table = _read(Path(path))
    ids = _ids(table)
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    here = [f"line {number} of {table.path}" for number in table.lines]
    decimal = frozenset(table.header if table.decimal_comma else ())
    if people is None:
        places = tuple((place, place) for place in here)
        return ReadingsTable(
            table.path, table.header, tuple(rows), places, decimal_comma=decimal,
            unclear=table.unclear,
        )  # fmt: skip
    other = _read(Path(people))
    added = tuple(column for column in other.header if column != ID)
    twice = [column for column in added if column in table.header]
    if twice:
        raise InputError(
            f"{table.path} and {other.path} both have a column {', '.join(twice)}.",
            remedy="Remove or rename it in one of them.",
            code="column_twice",
        )
    of = {name: position for position, name in enumerate(_ids(other))}
    unmatched = frozenset(row for row, name in enumerate(ids) if name not in of)
    if len(unmatched) == len(ids):
        raise InputError(
            f"No {ID} of {table.path} is in {other.path}.",
            remedy="Check that both tables name the same people, written alike.",
            code="no_id_matches",
        )
    there = list[str]()
    for name, row in zip(ids, rows, strict=True):
        position = of.get(name)
        found = ("",) * len(other.header) if position is None else other.rows[position]
        cells = dict(zip(other.header, found, strict=True))
        row.update({column: cells[column] for column in added})
        there.append(
            f"{other.path}, which lacks the id of {here[len(there)]}"
            if position is None
            else f"line {other.lines[position]} of {other.path}"
        )
    return ReadingsTable(
        table.path,
        table.header + added,
        tuple(rows),
        tuple(zip(here, there, strict=True)),
        frozenset(added),
        decimal | frozenset(added if other.decimal_comma else ()),
        unmatched=unmatched,
        unclear=table.unclear
        | {name: other.unclear[name] for name in added if name in other.unclear},
    )


def _ids(table: CsvTable) -> list[str]:
    """The ids, each there once. They may be patients' and are repeated in no message."""
    if ID not in table.header:
        raise InputError(
            f"{table.path} has no column {ID}.",
            remedy="Add one that names each reading, as readings.csv has.",
            code="no_column",
        )
    position, first = table.header.index(ID), dict[str, int]()
    for row, number in zip(table.rows, table.lines, strict=True):
        name = row[position]
        if not name or name in first:
            what = f"has the {ID} of line {first[name]}" if name else f"has no {ID}"
            raise InputError(
                f"Line {number} of {table.path} {what}.",
                remedy="Give each row an id of its own.",
                code="bad_id",
            )
        first[name] = number
    return list(first)


def _read(path: Path) -> CsvTable:
    table = read_csv(path)
    if len(set(table.header)) < len(table.header):
        raise UnreadableFileError(
            f"{path} has two columns of one name.", remedy="Rename one of them."
        )
    return table
