"""Covariates of a table as columns of a design: numbers as they are, categories as 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError
from vbq.reference.people import parse_sex
from vbq.tables.csv_text import as_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.reference.readings_table import ReadingsTable

__all__ = ["Covariate", "covariate", "missing_cell", "one_spelling"]

MOST_CATEGORIES = 12


@dataclass(frozen=True, eq=False, slots=True)
class Covariate:
    """One covariate of n readings.

    Attributes:
        name: Its column.
        categories: Sorted, the first without a column; empty for numbers.
        columns: Shape (n, 1) for numbers, (n, categories - 1) for categories.
    """

    name: str
    categories: tuple[str, ...]
    columns: NDArray[np.float64]

    @property
    def labels(self) -> tuple[str, ...]:
        """What each column stands for."""
        if not self.categories:
            return (self.name,)
        return tuple(f"{self.name}: {category}" for category in self.categories[1:])


def covariate(table: ReadingsTable, rows: Sequence[int], name: str) -> Covariate:
    """Read a covariate: numbers if every cell is one, categories if none is.

    Raises:
        InputError: a cell is empty, some cells are numbers and others not, their decimal sign
            cannot be told, or there are more categories than a category has.
    """
    cells = []
    for row in rows:
        cell = table.text(row, name)
        if cell is None:
            raise missing_cell(table, row, name)
        cells.append(cell)
    if name in table.unclear:
        raise table.unclear[name]
    comma = name in table.decimal_comma
    numbers = [as_number(cell, decimal_comma=comma) for cell in cells]
    known = [number for number in numbers if number is not None]
    if len(known) == len(cells):
        return Covariate(name, (), np.array(known)[:, None])
    if known:
        row = rows[numbers.index(None)]
        raise InputError(
            f"The {table.where(row, name)} is no number, and others are.",
            remedy="Correct it, or write all as words.",
            code="not_a_number",
        )
    words = [parse_sex(cell) or cell for cell in cells] if _is_sex(cells) else one_spelling(cells)
    categories = tuple(sorted(set(words)))
    if len(categories) > MOST_CATEGORIES:
        raise InputError(
            f"Column {name} has {len(categories)} different entries: no category.",
            remedy="Group them, or keep another column.",
            code="too_many_categories",
        )
    columns = [[float(word == category) for category in categories[1:]] for word in words]
    return Covariate(name, categories, np.array(columns).reshape(len(words), -1))


def missing_cell(table: ReadingsTable, row: int, column: str) -> InputError:
    """The refusal of an empty cell that is needed."""
    return InputError(
        f"The {table.where(row, column)} is missing.",
        remedy="Fill it in, or leave that reading out of the table.",
        code="missing_values",
    )


def one_spelling(words: Sequence[str]) -> list[str]:
    """Words that differ in case only are one, spelt as the first."""
    first: dict[str, str] = {}
    return [first.setdefault(word.casefold(), word) for word in words]


def _is_sex(cells: Sequence[str]) -> bool:
    return all(parse_sex(cell) for cell in cells)
