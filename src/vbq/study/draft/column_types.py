"""The probable roles of the columns of an unknown table, by their names and contents.

They are suggestions for a person to correct: nothing enters a study unless its plan declares it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.study.cohort.resolve import guess_type
from vbq.study.plan.limits import limits_of
from vbq.study.plan.variable import Variable, VariableType
from vbq.tables.categories import NO, YES, parse_binary, text_cells
from vbq.tables.cells import canonical, present
from vbq.tables.dates import FORMATS, parse_dates
from vbq.tables.numbers import looks_numeric
from vbq.tables.raw_table import RawTable

if TYPE_CHECKING:
    import pandas as pd

# patterns of words in the names of columns, compared in lower case with _ between words
ID = r"((patient|pat|subject|sub|study|case|person|fall|record)_?)?(id|nr|no|number|key)|mrn|pid"
EVENT = r"fract?[a-z]*|fx|event|outcome|fraktur"
EARLIER = r"prior[a-z]*|prev[a-z]*|hist[a-z]*|family|m[ou]m[a-z]*|parent[a-z]*|fracscore"
LATER = r"follow[a-z]*|fu|censor[a-z]*|death|died|dead|tod"  # known only after the event
INDEX = r"vbq|vbqscore|readings_score"
COMPARATOR = r"dxa|tscore|t_score|bmd"
DATES = {
    "mri": r"mri?|mrt|scan|imaging|baseline",
    "event": r"frac[a-z]*|fx|event|fraktur",
    "competing": r"death|died|dead|tod",
    "last_seen": r"last|follow[a-z]*|fu|seen|censor[a-z]*|contact|end",
}
SCANNER = {
    "field_strength": r"field_?strength|tesla|field_t|feld|feldstärke",
    "site": r"site|centre|center|hospital|clinic|klinik",
    "scanner": r"scanner|device|manufacturer",
}
CONTROL = r"controls?|healthy|kontrolle"
MAX_OUTCOME_ENTRIES = 4  # distinct entries of an outcome: "unknown" may be among them
MIN_DATE_SHARE = 0.8  # share of the cells that must be dates in a column of dates
DATE_CELLS = 500  # cells looked at


@dataclass(frozen=True)
class CandidateColumn:
    """A column that may be a predictor.

    Attributes:
        variable: The variable, with its type, and with unit and range where its name is recognised.
        levels: Categories of a binary or categorical variable, or the distinct values of a few
            whole numbers; otherwise empty.
        exclusion: Why it is probably not a predictor; empty where it may be one.
    """

    variable: Variable
    levels: tuple[str, ...] = ()
    exclusion: str = ""


@dataclass(frozen=True)
class ColumnRoles:
    """The probable roles of the columns of a table.

    Attributes:
        id: Column that identifies the patients; empty where none is found.
        outcome: Column named like a fracture, preferably with two entries; empty where none is
            found.
        alternative_outcomes: Further columns named like a fracture or, where none is, all with two
            entries.
        event: Entry of the outcome that is the event; empty where unknown.
        dates: Columns of dates, by their role.
        unassigned_dates: Columns of dates whose role is unknown.
        date_format: Format of the dates.
        scanner: Columns of site, scanner and field strength, by their role.
        controls: Column and entry that mark controls; None where none is found.
        columns: All other columns.
        index: Name of the index predictor; empty where none is found.
        comparators: Names of predictors that may be DXA.
    """

    id: str
    outcome: str
    alternative_outcomes: tuple[str, ...]
    event: str
    dates: dict[str, str]
    unassigned_dates: tuple[str, ...]
    date_format: str
    scanner: dict[str, str]
    controls: tuple[str, str] | None
    columns: tuple[CandidateColumn, ...]
    index: str
    comparators: tuple[str, ...]


def column_roles(table: RawTable) -> ColumnRoles:
    """The probable roles of the columns of a table."""
    cells = table.columns
    names = [str(name) for name in cells]
    patient_id = _patient_id(cells, names)
    names = [name for name in names if name != patient_id]
    dates, unassigned_dates, date_format = _dates(cells, names)
    names = [name for name in names if name not in (*dates.values(), *unassigned_dates)]
    scanner = _roles(SCANNER, names)
    controls = _controls(cells, names)
    assigned = {*scanner.values(), *(controls or ())[:1]}
    names = [name for name in names if name not in assigned]
    events = [name for name in names if _named(EVENT, name) and not _named(EARLIER, name)]
    entries = {name: _distinct_entries(cells[name]) for name in names}
    outcomes = [name for name in events if 2 <= entries[name] <= MAX_OUTCOME_ENTRIES]
    outcomes.sort(key=lambda name: entries[name] > 2)
    binary = [name for name in names if not events and entries[name] == 2]
    columns = tuple(
        _candidate(name, cells[name], "named like the outcome" if name in events else "")
        for name in names
        if name not in outcomes[:1]
    )
    usable = [column.variable for column in columns if not column.exclusion]
    index = (v.name for v in usable if v.type == "continuous" and _named(INDEX, v.name))
    return ColumnRoles(
        id=patient_id,
        outcome=outcomes[0] if outcomes else "",
        alternative_outcomes=tuple(outcomes[1:] or binary),
        event=_event(cells[outcomes[0]]) if outcomes else "",
        dates=dates,
        unassigned_dates=tuple(unassigned_dates),
        date_format=date_format,
        scanner=scanner,
        controls=controls,
        columns=columns,
        index=next(index, ""),
        comparators=tuple(v.name for v in usable if _named(COMPARATOR, v.name)),
    )


def _named(pattern: str, name: str) -> bool:
    """Whether words of a name match a pattern."""
    return re.fullmatch(rf"(.*_)?({pattern})(_.*)?", _normalised(name)) is not None


def _normalised(name: str) -> str:
    return re.sub(r"[^a-z0-9äöüß]+", "_", name.lower()).strip("_")


def _roles(patterns: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    """For each role the first column that is named like it and has no role yet."""
    roles: dict[str, str] = {}
    for role, pattern in patterns.items():
        named = [n for n in names if _named(pattern, n) and n not in roles.values()]
        if named:
            roles[role] = named[0]
    return roles


def _patient_id(cells: pd.DataFrame, names: list[str]) -> str:
    """The column named like an id, or else the first that differs in every row."""
    named = [name for name in names if re.fullmatch(ID, _normalised(name))]
    distinct = [name for name in names if cells[name].nunique() == len(cells)]
    candidates = [
        *(name for name in named if name in distinct),
        *named,
        *(name for name in distinct if not limits_of(Variable(name=name))),
    ]
    return next(iter(candidates), "")


def _dates(cells: pd.DataFrame, names: list[str]) -> tuple[dict[str, str], list[str], str]:
    """Columns of dates by their role, columns of dates without a role, and their format."""
    formats: dict[str, str] = {}
    for name in names:
        if not looks_numeric(cells[name]):
            fitting = (
                f for f in ("ISO", *FORMATS) if _date_share(cells[name], f) >= MIN_DATE_SHARE
            )
            if date_format := next(fitting, ""):
                formats[name] = date_format
    dates = _roles(DATES, formats)
    date_format = formats[next(iter(dates.values()))] if dates else "ISO"
    return dates, [name for name in formats if name not in dates.values()], date_format


def _date_share(cells: pd.Series[Any], date_format: str) -> float:
    """Share of the cells that are dates of a format, 0..1."""
    filled = present(cells).iloc[:DATE_CELLS]
    if filled.empty:
        return 0.0
    return float(parse_dates(filled, "", date_format).typed.notna().mean())


def _controls(cells: pd.DataFrame, names: list[str]) -> tuple[str, str] | None:
    for name in names:
        if not looks_numeric(cells[name]):
            entries = present(cells[name]).unique()
            marks = [entry for entry in entries if re.fullmatch(CONTROL, entry.lower())]
            if marks and len(entries) <= 10:
                return name, marks[0]
    return None


def _distinct_entries(cells: pd.Series[Any]) -> int:
    return len({entry.lower() for entry in present(text_cells(cells)).unique()})


def _event(cells: pd.Series[Any]) -> str:
    """The entry that means yes, where another means no; empty where there is none."""
    entries = [str(entry).strip() for entry in present(text_cells(cells)).value_counts().index]
    yes = [entry for entry in entries if canonical(entry) in YES]
    return yes[0] if yes and any(canonical(entry) in NO for entry in entries) else ""


def _candidate(name: str, cells: pd.Series[Any], exclusion: str) -> CandidateColumn:
    """A column with its probable type, or with the reason why it is probably not a predictor."""
    undeclared = Variable(name=name)
    filled = present(text_cells(cells))
    kind: VariableType | None = guess_type(undeclared, cells)
    distinct = filled.nunique()
    if distinct < 2:
        exclusion = "empty, or the same in all patients"
    elif kind is None:
        exclusion = f"text with {distinct:,} distinct entries"
    elif not exclusion and _named(LATER, name):
        exclusion = "named like something known only after the event"
    elif not exclusion and re.fullmatch(rf"{ID}|.*_(id|nr)", _normalised(name)):
        exclusion = "named like an identifier"
    if exclusion:
        return CandidateColumn(undeclared, exclusion=exclusion)
    if kind == "continuous":
        limits, unit = limits_of(undeclared) or (None, "")
        variable = Variable(name=name, type=kind, range=limits, unit=unit)
        codes = distinct <= 6 and filled.str.fullmatch(r"[0-9]+").all()
        return CandidateColumn(variable, tuple(sorted(filled.unique())) if codes else ())
    variable = Variable(name=name, type=kind)
    if kind == "binary":
        return CandidateColumn(variable, parse_binary(cells, name).levels or ())
    return CandidateColumn(variable, tuple(filled.value_counts().index))
