"""The people behind a site's norm, read from a table of readings."""

from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.errors import InputError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vbq.reference.population import Sex

__all__ = ["Columns", "Person", "parse_sex", "read_people"]

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


def read_people(
    path: Path | str, columns: Columns | None = None
) -> tuple[list[Person], dict[str, int]]:
    """Read a table with one row a person, such as ``readings.csv`` with age and sex added.

    Returns:
        The people, and how many rows were left out for want of each thing.

    Raises:
        UnreadableFileError: the file cannot be read as a table.
        InputError: a column is not there, or a cell is neither empty nor readable.
    """
    columns = columns or Columns()
    people: list[Person] = []
    missing: Counter[str] = Counter()
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:  # noqa: PTH123 - str or Path
            reader = csv.DictReader(file)
            _require(path, columns, reader.fieldnames or ())
            for row in reader:
                where = f"line {reader.line_num} of {path}"
                score = _number(row[columns.score], columns.score, where)
                age = _number(row[columns.age], columns.age, where)
                field = _number(row[columns.field], columns.field, where)
                sex = _sex(row[columns.sex], columns.sex, where)
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
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(
            f"{path} cannot be read as a table.", remedy="Give a CSV file in UTF-8."
        ) from error
    return people, dict(missing)


def _require(path: Path | str, columns: Columns, there: Sequence[str]) -> None:
    names = {name: getattr(columns, name) for name in ("score", "age", "sex", "field")}
    absent = [name for name, column in names.items() if column not in there]
    if len(there) == 1 and ";" in there[0]:
        raise InputError(
            f"{path} separates its columns with semicolons.",
            remedy="Save it with commas.",
            code="no_column",
        )
    if absent:
        listed = ", ".join(f"'{names[name]}'" for name in absent)
        options = " ".join(f"--{name} COLUMN" for name in absent)
        raise InputError(
            f"{path} has no column {listed}.",
            remedy=f"Add it, or name the column that holds it with {options}.",
            code="no_column",
        )


def _number(text: str | None, column: str, where: str) -> float | None:
    """A positive number, or nothing where the cell is empty."""
    if text is None or not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(
            f"The {column} in {where} is no positive number.",
            remedy="Correct it, or leave the cell empty.",
            code="not_a_number",
        )
    return value


def _sex(text: str | None, column: str, where: str) -> Sex | None:
    if text is None or not text.strip():
        return None
    sex = parse_sex(text)
    if sex is None:
        raise InputError(
            f"The {column} in {where} is neither F nor M.",
            remedy="Write F or M (female or male), or leave the cell empty.",
            code="not_a_sex",
        )
    return sex
