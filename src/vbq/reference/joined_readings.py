"""A table of readings as ``vbq score`` writes it, with a table of people joined to it by id."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vbq.errors import InputError, RefusalError, UsageError
from vbq.measure.protocol import STANDARD, STANDARD_ID, protocols
from vbq.measure.readings_columns import NOT_SCORES
from vbq.tables.categories import text_cells
from vbq.tables.cells import is_missing
from vbq.tables.numbers import parse_numbers
from vbq.tables.raw_table import RawTable, raise_refusal
from vbq.tables.read_table import read_table
from vbq.text import in_rows

ID = "id"
NO_READING = ("refused", "failed")
COLUMNS_SHOWN = 12
# names that a column of the standard score may have
STANDARD_COLUMNS = ("score", STANDARD.name.casefold())


@dataclass(frozen=True, eq=False)
class ReadingsTable:
    """Readings, one row each, and what another table says of the same people.

    Rows are named by their number in the table of readings, as a spreadsheet shows it.

    Attributes:
        readings: The table of readings, with a column ``id``.
        people: More columns for each id, if they come from another table.
        person_rows: For each row of readings the row of people with its id; rows without one are
            absent.
    """

    readings: RawTable
    people: RawTable | None = None
    person_rows: dict[int, int] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The table of readings."""
        return self.readings.path

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, those of people after those of readings."""
        people = [] if self.people is None else [c for c in self.people.columns if c != ID]
        return (*map(str, self.readings.columns), *map(str, people))

    @property
    def rows(self) -> list[int]:
        """All rows of readings."""
        rows: list[int] = self.readings.columns.index.tolist()
        return rows

    @property
    def ids(self) -> dict[int, str]:
        """The id of each row."""
        return _ids(self.readings)

    @property
    def unmatched(self) -> frozenset[int]:
        """Rows of readings whose id is not in the table of people."""
        if self.people is None:
            return frozenset()
        return frozenset(self.rows) - self.person_rows.keys()

    def require(self, columns: Sequence[str], option: str) -> None:
        """Refuse columns that do not exist.

        Raises:
            UsageError: one does not; those that do are listed.
        """
        absent = [column for column in columns if column not in self.columns]
        if absent:
            known = ", ".join(self.columns[:COLUMNS_SHOWN])
            ellipsis = " …" if len(self.columns) > COLUMNS_SHOWN else ""
            raise UsageError(
                f"{self.path} has no column {', '.join(absent)}; it has {known}{ellipsis}.",
                remedy=f"Name another with {option}, or join a table that has it with --people.",
                code="no_such_column",
            )

    def place(self, row: int, column: str) -> str:
        """Where a cell is, for messages: ``people.csv: age in row 3``."""
        if self.people is None or column in self.readings.columns:
            return f"{self.path}: {column} in row {row}"
        if row in self.person_rows:
            return f"{self.people.path}: {column} in row {self.person_rows[row]}"
        return f"{self.people.path}: {column} of the id in row {row} of {self.path}"

    def texts(self, column: str, rows: Sequence[int] | None = None) -> list[str | None]:
        """Cells on one line each.

        Args:
            column: Its name.
            rows: Rows of readings; by default all.

        Returns:
            One entry for each row; None if the cell is empty or the column does not exist.
        """
        rows = self.rows if rows is None else rows
        source, positions = self._source(column, rows)
        if source is None:
            return [None] * len(rows)
        cells: dict[Any, str] = text_cells(source.columns[column]).to_dict()
        lines = [" ".join(cells.get(position, "").split()) for position in positions]
        return [None if is_missing(line) else line for line in lines]

    def numbers(
        self, column: str, rows: Sequence[int] | None = None, *, positive: bool = False
    ) -> list[float | None]:
        """Cells as finite numbers.

        Args:
            column: Its name.
            rows: Rows of readings; by default all.
            positive: Whether zero and negative numbers are refused.

        Returns:
            One entry for each row; None if the cell is empty or the column does not exist.

        Raises:
            InputError: a cell is not a number, or not positive where it has to be, or the decimal
                sign of the column is ambiguous.
        """
        rows = self.rows if rows is None else rows
        source, positions = self._source(column, rows)
        if source is None:
            return [None] * len(rows)
        cells = source.columns[column].loc[[p for p in positions if p is not None]]
        parsed = parse_numbers(cells, column, grouping_signs=source.grouping_signs)
        raise_refusal(source.path, parsed.findings)
        if positive and (parsed.typed <= 0).any():
            bad = in_rows(int(row) for row in cells.index[parsed.typed <= 0])
            raise InputError(
                f"{source.path}: {column} {bad} is not a positive number.",
                remedy="Correct it, or leave the cell empty.",
                code="not_a_number",
            )
        values: dict[Any, float] = parsed.typed.dropna().to_dict()
        return [values.get(position) for position in positions]

    def without_reading(self) -> frozenset[int]:
        """Rows of studies that ``vbq score`` refused, or failed on."""
        statuses = zip(self.rows, self.texts("status"), strict=True)
        return frozenset(row for row, status in statuses if status in NO_READING)

    def flags(self) -> dict[int, frozenset[str]]:
        """The codes of the quality flags of each row, whatever sign separates them."""
        cells = zip(self.rows, self.texts("flags"), strict=True)
        return {row: frozenset(re.findall(r"\w+", text or "")) for row, text in cells}

    def protocol_of(self, column: str) -> str:
        """The protocol that a column of scores was measured with.

        A column named after a protocol, or after the score of one level, has that protocol; for
        any other a column ``protocol`` names it; without one, ``score`` or ``VBQ`` is the standard
        score. Other columns of ``readings.csv`` never hold scores.

        Raises:
            UsageError: there is no such column.
            RefusalError: the rows have more than one protocol or one that is not known, or nothing
                says that the column holds scores.
        """
        self.require([column], "--score")
        name = column.removeprefix("vbq_")
        if name in protocols() and column not in NOT_SCORES:
            return name
        named = {text for text in self.texts("protocol") if text is not None}
        if column in NOT_SCORES or not (named or column.casefold() in STANDARD_COLUMNS):
            raise RefusalError(
                f"Nothing says that column {column} of {self.path} holds scores.",
                remedy="Name a column of scores with --score (score, or one that 'vbq protocols' "
                "lists, such as vbq_L1), or add a column protocol with such a name.",
                code="not_a_score",
            )
        if len(named) > 1:
            raise RefusalError(
                f"{self.path} mixes readings of {len(named)} protocols: "
                f"{', '.join(sorted(named))}.",
                remedy="Give readings of one protocol at a time: their scales differ.",
                code="protocols_mixed",
            )
        protocol = named.pop() if named else STANDARD_ID
        if protocol not in protocols():
            raise RefusalError(
                f"{self.path}: column protocol names {protocol}, which is not a known protocol.",
                remedy="'vbq protocols' lists them; rename the column if it means something else.",
                code="no_such_protocol",
            )
        return protocol

    def _source(self, column: str, rows: Sequence[int]) -> tuple[RawTable | None, list[int | None]]:
        """The table a column is in, and the row of that table for each row of readings."""
        if column in self.readings.columns:
            return self.readings, list(rows)
        if self.people is not None and column in self.people.columns:
            return self.people, [self.person_rows.get(row) for row in rows]
        return None, []


def read_readings(path: Path | str, people: Path | str | None = None) -> ReadingsTable:
    """Read a table (CSV, TSV, XLSX or Parquet) with one row for each reading.

    Args:
        path: The readings, with a column ``id``.
        people: More columns for each ``id``, such as age and sex, one row for each id.

    Raises:
        UnreadableFileError: a file cannot be read as a table.
        InputError: an id is missing or repeated, both tables have a column, or none of the ids of
            the readings is in the table of people.
    """
    readings = read_table(Path(path))
    ids = _ids(readings)
    if people is None:
        return ReadingsTable(readings)
    person_table = read_table(Path(people))
    row_of_id = {name: row for row, name in _ids(person_table).items()}
    shared = [str(c) for c in person_table.columns if c != ID and c in readings.columns]
    if shared:
        raise InputError(
            f"{readings.path} and {person_table.path} both have a column {', '.join(shared)}.",
            remedy="Remove or rename it in one of them.",
            code="column_twice",
        )
    person_rows = {row: row_of_id[name] for row, name in ids.items() if name in row_of_id}
    if not person_rows:
        raise InputError(
            f"No {ID} of {readings.path} is in {person_table.path}.",
            remedy="Check that both tables identify people in the same way, spelt alike.",
            code="no_id_matches",
        )
    return ReadingsTable(readings, person_table, person_rows)


def _ids(table: RawTable) -> dict[int, str]:
    """The id of each row, all different; never quoted in a message, as they may be patients'.

    Raises:
        InputError: there is no column of ids, or one is missing or repeated.
    """
    if ID not in table.columns:
        raise InputError(
            f"{table.path} has no column {ID}.",
            remedy="Add one that identifies each reading, as readings.csv has.",
            code="no_column",
        )
    ids = text_cells(table.columns[ID]).str.strip()
    empty = ids.index[ids == ""]
    repeated = ids.index[ids.duplicated()]
    if len(empty) or len(repeated):
        if len(empty):
            problem = f"{ID} in row {empty[0]} is empty"
        else:
            first = ids.index[ids == ids.loc[repeated[0]]][0]
            problem = f"{ID} in row {repeated[0]} is the same as in row {first}"
        raise InputError(
            f"{table.path}: {problem}.",
            remedy="Give each row an id of its own.",
            code="bad_id",
        )
    return dict(zip(ids.index.tolist(), ids.tolist(), strict=True))
