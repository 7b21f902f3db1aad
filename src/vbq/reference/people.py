"""The people behind a site's norm, read from a table of readings."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from vbq.errors import InputError, RefusalError
from vbq.reference.comparable_contrast import unlike

if TYPE_CHECKING:
    from vbq.reference.population import Sex
    from vbq.reference.readings_table import ReadingsTable

__all__ = ["Columns", "Person", "parse_sex", "read_age", "read_people", "read_sex"]

SEXES: dict[str, Sex] = {"f": "F", "female": "F", "m": "M", "male": "M"}
OLDEST = 130  # years, as of 'vbq score --age'


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


def read_age(table: ReadingsTable, row: int, column: str = "age") -> float | None:
    """The age in years in a cell; ``None`` where it is empty.

    Raises:
        InputError: it is no positive number, or above 130 years.
    """
    age = table.number(row, column, positive=True)
    if age is not None and age > OLDEST:
        raise InputError(
            f"The {table.where(row, column)} is above {OLDEST} years.",
            remedy="Give the age at the scan in years, not in months and no year of birth.",
            code="not_an_age",
        )
    return age


def read_people(
    table: ReadingsTable, columns: Columns | None = None
) -> tuple[list[Person], dict[str, int]]:
    """The people of a table with one row a person, such as ``readings.csv`` with age and sex.

    A scan that would not be compared with the norm is not in it either: contrast agent, TR or TE
    outside the normative range, or a series read against the program's advice.

    Returns:
        The people, and how many rows were left out for each reason.

    Raises:
        UsageError: a column is not there.
        InputError: a cell is neither empty nor readable.
        RefusalError: nobody is left.
    """
    columns = columns or Columns()
    for option, column in asdict(columns).items():
        table.require([column], f"--{option}")
    people: list[Person] = []
    left_out: Counter[str] = Counter()
    for row in range(len(table.rows)):
        score = table.number(row, columns.score, positive=True)
        field = table.number(row, columns.field, positive=True)
        age, sex = read_age(table, row, columns.age), read_sex(table, row, columns.sex)
        codes = unlike(table.flags(row))
        if score is None:
            left_out["no score"] += 1
        elif codes:
            left_out[f"acquired unlike the others ({codes})"] += 1
        elif row in table.unmatched:
            left_out["the table of people lacks its id"] += 1
        elif age is None:
            left_out["no age"] += 1
        elif sex is None:
            left_out["no sex"] += 1
        elif field is None:
            left_out["no field strength"] += 1
        else:
            people.append(Person(score, age, sex, field))
    if not people:
        reasons = "; ".join(f"{count} × {why}" for why, count in left_out.items())
        raise RefusalError(
            f"No norm can be made: no row of {table.path} can be used ({reasons}).",
            remedy="A row needs score, age, sex, field strength, and a T1 without contrast agent.",
            code="no_norm",
        )
    return people, dict(left_out)
