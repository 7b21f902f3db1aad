"""The people behind a site's norm, read from a table of readings."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from vbq.errors import InputError

if TYPE_CHECKING:
    from vbq.reference.population import Sex
    from vbq.reference.readings_table import ReadingsTable

__all__ = ["Columns", "Person", "parse_sex", "read_people", "read_sex"]

SEXES: dict[str, Sex] = {"f": "F", "female": "F", "m": "M", "male": "M"}


@dataclass(frozen=True, slots=True)
class Person:
    """One person's score, age in years, sex and the field strength of the scanner in tesla."""

    score: float
    age: float
    sex: Sex
    field_strength_t: float


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns are called."""

    score: str = "score"
    age: str = "age"
    sex: str = "sex"
    field: str = "field_strength_t"


def parse_sex(text: str) -> Sex | None:
    """F, M, female or male, in any case; ``None`` for anything else."""
    return SEXES.get(text.strip().casefold())


def read_sex(table: ReadingsTable, row: int, column: str = "sex") -> Sex | None:
    """The sex in a cell; ``None`` where it is empty.

    Raises:
        InputError: it is something else. The cell is not repeated: it may be a name.
    """
    text = table.text(row, column)
    sex = parse_sex(text or "")
    if text is not None and sex is None:
        raise InputError(
            f"The {table.where(row, column)} is neither F nor M.",
            remedy="Write F or M (female or male), or leave the cell empty.",
            code="not_a_sex",
        )
    return sex


def read_people(
    table: ReadingsTable, columns: Columns | None = None
) -> tuple[list[Person], dict[str, int]]:
    """The people of a table with one row a person, such as ``readings.csv`` with age and sex.

    Returns:
        The people, and how many rows were left out for want of each thing.

    Raises:
        UsageError: a column is not there.
        InputError: a cell is neither empty nor readable.
    """
    columns = columns or Columns()
    for option, column in asdict(columns).items():
        table.require([column], f"--{option}")
    people: list[Person] = []
    missing: Counter[str] = Counter()
    for row in range(len(table.rows)):
        score, age, field = (
            table.number(row, column, positive=True)
            for column in (columns.score, columns.age, columns.field)
        )
        sex = read_sex(table, row, columns.sex)
        if score is None:
            missing["score"] += 1
        elif age is None:
            missing["age"] += 1
        elif sex is None:
            missing["sex"] += 1
        elif field is None:
            missing["field strength"] += 1
        else:
            people.append(Person(score, age, sex, field))
    return people, dict(missing)
