"""Covariates of a table as columns of a design: numbers as they are, categories as 0 and 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.errors import InputError
from vbq.reference.joined_readings import ReadingsTable
from vbq.reference.people import parse_sex
from vbq.tables.numbers import is_number

MOST_CATEGORIES = 12


@dataclass(frozen=True, eq=False, slots=True)
class Covariate:
    """One covariate of n readings.

    Attributes:
        name: Column of the covariate.
        categories: Sorted, the first without a column; empty for numbers.
        columns: Shape (n, 1) for numbers, (n, categories - 1) for categories.
    """

    name: str
    categories: tuple[str, ...]
    columns: NDArray[np.float64]

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each column of the design: ``age``, or ``sex: M`` for a category."""
        if not self.categories:
            return (self.name,)
        return tuple(f"{self.name}: {category}" for category in self.categories[1:])


def covariate(table: ReadingsTable, rows: Sequence[int], name: str) -> Covariate:
    """Read a covariate: numbers if every cell is one, categories if none is.

    Args:
        table: The readings, with the covariate.
        rows: Rows of readings.
        name: The column.

    Raises:
        InputError: a cell is empty, some cells are numbers and others not, their decimal sign is
            ambiguous, or there are too many categories.
    """
    cells = required_texts(table, rows, name)
    numeric = [is_number(cell) for cell in cells]
    if all(numeric):
        return Covariate(name, (), np.array(table.numbers(name, rows), dtype=float)[:, None])
    if any(numeric):
        place = table.place(rows[numeric.index(False)], name)
        raise InputError(
            f"{place} is not a number, and other cells of the column are.",
            remedy="Correct it, or write all of them as words.",
            code="not_a_number",
        )
    sexes = [parse_sex(cell) for cell in cells]
    entries = [sex for sex in sexes if sex] if all(sexes) else unified_case(cells)
    categories = tuple(sorted(set(entries)))
    if len(categories) > MOST_CATEGORIES:
        raise InputError(
            f"{table.path}: column {name} has {len(categories)} different entries, too many for a "
            "category.",
            remedy="Group them, or keep another column.",
            code="too_many_categories",
        )
    columns = [[float(entry == category) for category in categories[1:]] for entry in entries]
    return Covariate(name, categories, np.array(columns).reshape(len(entries), -1))


def required_texts(table: ReadingsTable, rows: Sequence[int], column: str) -> list[str]:
    """Cells on one line each, none of them empty.

    Raises:
        InputError: one is.
    """
    cells = []
    for row, cell in zip(rows, table.texts(column, rows), strict=True):
        if cell is None:
            raise missing_cell(table, row, column)
        cells.append(cell)
    return cells


def missing_cell(table: ReadingsTable, row: int, column: str) -> InputError:
    """The error for a cell that is needed and empty."""
    return InputError(
        f"{table.place(row, column)} is missing.",
        remedy="Fill it in, or leave that reading out of the table.",
        code="missing_values",
    )


def unified_case(entries: Sequence[str]) -> list[str]:
    """Entries that differ only in case, all spelt as the first of them."""
    spelling: dict[str, str] = {}
    return [spelling.setdefault(entry.casefold(), entry) for entry in entries]
