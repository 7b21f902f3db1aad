"""The people a site's own norm is fitted to, read from a table of readings."""

from collections import Counter
from dataclasses import asdict, dataclass

from vbq.errors import InputError, RefusalError
from vbq.reference.comparability import incomparable_codes
from vbq.reference.joined_readings import ReadingsTable
from vbq.reference.population import Sex

SEXES: dict[str, Sex] = {"f": "F", "female": "F", "m": "M", "male": "M"}
OLDEST = 130  # years, the limit of 'vbq score --age' too


@dataclass(frozen=True, slots=True)
class Person:
    """One person's score, age in years, sex and the field strength of the scanner in tesla."""

    score: float
    age: float
    sex: Sex
    field_strength_t: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that a norm needs."""

    score: str = "score"
    age: str = "age"
    sex: str = "sex"
    field: str = "field_strength_t"


def parse_sex(text: str) -> Sex | None:
    """F, M, female or male, in any case; ``None`` for anything else."""
    return SEXES.get(text.strip().casefold())


def read_sexes(table: ReadingsTable, column: str = "sex") -> list[Sex | None]:
    """The sex in each row; None if the cell is empty or there is no such column.

    Raises:
        InputError: a cell holds something else. It is not quoted: it may be a name.
    """
    texts = table.texts(column)
    sexes = [parse_sex(text or "") for text in texts]
    for row, text, sex in zip(table.rows, texts, sexes, strict=True):
        if text is not None and sex is None:
            raise InputError(
                f"{table.place(row, column)} is neither F nor M.",
                remedy="Write F or M (female or male), or leave the cell empty.",
                code="not_a_sex",
            )
    return sexes


def read_ages(table: ReadingsTable, column: str = "age") -> list[float | None]:
    """The age in years in each row; None if the cell is empty or there is no such column.

    Raises:
        InputError: a cell is not a positive number, or above 130 years.
    """
    ages = table.numbers(column, positive=True)
    for row, age in zip(table.rows, ages, strict=True):
        if age is not None and age > OLDEST:
            raise InputError(
                f"{table.place(row, column)} is above {OLDEST} years.",
                remedy="Give the age at the scan in years, not in months or as a year of birth.",
                code="not_an_age",
            )
    return ages


def read_people(
    table: ReadingsTable, columns: Columns | None = None
) -> tuple[list[Person], dict[str, int]]:
    """The people of a table with one row for each, such as ``readings.csv`` with age and sex.

    Scans that would not be compared with the norm are excluded from it as well: contrast agent, TR
    or TE outside the normative range, or a series read against the program's advice.

    Returns:
        The people, and how many rows were excluded for each reason.

    Raises:
        UsageError: a column does not exist.
        InputError: a cell is neither empty nor readable.
        RefusalError: nobody is left.
    """
    columns = columns or Columns()
    for option, column in asdict(columns).items():
        table.require([column], f"--{option}")
    people: list[Person] = []
    excluded: Counter[str] = Counter()
    flags, unmatched = table.flags(), table.unmatched
    for row, score, field, age, sex in zip(
        table.rows,
        table.numbers(columns.score, positive=True),
        table.numbers(columns.field, positive=True),
        read_ages(table, columns.age),
        read_sexes(table, columns.sex),
        strict=True,
    ):
        codes = incomparable_codes(flags[row])
        if score is None:
            excluded["no score"] += 1
        elif codes:
            excluded[f"acquired unlike the others ({codes})"] += 1
        elif row in unmatched:
            excluded["the table of people lacks its id"] += 1
        elif age is None:
            excluded["no age"] += 1
        elif sex is None:
            excluded["no sex"] += 1
        elif field is None:
            excluded["no field strength"] += 1
        else:
            people.append(Person(score, age, sex, field))
    if not people:
        reasons = "; ".join(f"{count} × {reason}" for reason, count in excluded.items())
        raise RefusalError(
            f"A norm cannot be fitted: no row of {table.path} can be used ({reasons}).",
            remedy="A row needs score, age, sex, field strength and a T1 without contrast agent.",
            code="no_norm",
        )
    return people, dict(excluded)
