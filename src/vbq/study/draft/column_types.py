"""What the columns of an unknown table may be, by their names and what stands in them.

Guesses for a person to correct: nothing here enters a study without standing in its plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.study.cohort.resolve import guess_type
from vbq.study.plan.limits import limits_of
from vbq.study.plan.variable import Variable
from vbq.tables.categories import NO, YES, parse_binary, text_cells
from vbq.tables.cells import canonical, present
from vbq.tables.dates import FORMATS, parse_dates
from vbq.tables.numbers import looks_numeric

if TYPE_CHECKING:
    import pandas as pd

    from vbq.study.plan.variable import VariableType
    from vbq.tables.raw_table import RawTable

__all__ = ["Column", "Guess", "guess"]

# words in the names of columns, which are compared in lower case with _ between their words
ID = r"((patient|pat|subject|sub|study|case|person|fall|record)_?)?(id|nr|no|number|key)|mrn|pid"
EVENT = r"fract?[a-z]*|fx|event|outcome|fraktur"
EARLIER = r"prior[a-z]*|prev[a-z]*|hist[a-z]*|family|m[ou]m[a-z]*|parent[a-z]*|fracscore"
LATER = r"follow[a-z]*|fu|censor[a-z]*|death|died|dead|tod"  # known after the event only
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
MOST_OUTCOMES = 4  # entries of a column that is taken for the outcome: unknown may be among them
SHARE = 0.8  # of the cells of a column that is taken for dates must be dates


@dataclass(frozen=True)
class Column:
    """A column that may be a predictor.

    Attributes:
        variable: With its type, and unit and range where its name tells them.
        levels: Of a binary or categorical one.
        doubt: Why it is probably none; empty where it may be one.
    """

    variable: Variable
    levels: tuple[str, ...] = ()
    doubt: str = ""


@dataclass(frozen=True)
class Guess:
    """The roles of a table's columns.

    Attributes:
        id: Column that tells patients apart; empty where none was found.
        outcome: The column called like a fracture, one of two values first; empty where there is
            none.
        other_outcomes: Others called so or, where none is, all of two values.
        event: The entry of the outcome that is the event; empty where not known.
        dates: Column of each date; its role is the key.
        other_dates: Columns of dates whose role is not known.
        date_format: Of all of them.
        scanner: Column of each of site, scanner and field strength.
        controls: Column and entry that marks controls; None where there is none.
        columns: All others.
        index: Name of the index predictor; empty where none was found.
        comparators: Names of predictors that may be DXA.
    """

    id: str
    outcome: str
    other_outcomes: tuple[str, ...]
    event: str
    dates: dict[str, str]
    other_dates: tuple[str, ...]
    date_format: str
    scanner: dict[str, str]
    controls: tuple[str, str] | None
    columns: tuple[Column, ...]
    index: str
    comparators: tuple[str, ...]


def guess(table: RawTable) -> Guess:
    """Guess what the columns of a table are."""
    rest = [str(name) for name in table.columns]
    of = table.columns
    identity = _id(of, rest)
    rest = [name for name in rest if name != identity]
    dates, other, date_format = _dates(of, rest)
    rest = [name for name in rest if name not in (*dates.values(), *other)]
    scanner: dict[str, str] = {}
    for role, pattern in SCANNER.items():
        named = [name for name in rest if _called(pattern, name) and name not in scanner.values()]
        if named:
            scanner[role] = named[0]
    controls = _controls(of, rest)
    taken = {*scanner.values(), *(controls or ())[:1]}
    rest = [name for name in rest if name not in taken]
    events = [name for name in rest if _called(EVENT, name) and not _called(EARLIER, name)]
    entries = {name: _entries(of[name]) for name in rest}
    likely = [name for name in events if 2 <= entries[name] <= MOST_OUTCOMES]
    outcomes = sorted(likely, key=lambda name: entries[name] > 2)
    others = outcomes[1:] or [name for name in rest if not events and entries[name] == 2]
    columns = tuple(
        _column(name, of[name], "called like the outcome" if name in events else "")
        for name in rest
        if name not in outcomes[:1]
    )
    usable = [one.variable.name for one in columns if not one.doubt]
    numbers = [one.variable.name for one in columns if one.variable.type == "continuous"]
    index = next((name for name in usable if name in numbers and _called(INDEX, name)), "")
    return Guess(
        id=identity,
        outcome=outcomes[0] if outcomes else "",
        other_outcomes=tuple(others),
        event=_event(of[outcomes[0]]) if outcomes else "",
        dates=dates,
        other_dates=tuple(other),
        date_format=date_format,
        scanner=scanner,
        controls=controls,
        columns=columns,
        index=index,
        comparators=tuple(name for name in usable if _called(COMPARATOR, name)),
    )


def _called(words: str, name: str) -> bool:
    """Whether a name has one of these words."""
    return re.fullmatch(rf"(.*_)?({words})(_.*)?", _words(name)) is not None


def _words(name: str) -> str:
    return re.sub(r"[^a-z0-9äöüß]+", "_", name.lower()).strip("_")


def _id(of: pd.DataFrame, names: list[str]) -> str:
    """The column called like an id, or else the first that differs in every row."""
    called = [name for name in names if re.fullmatch(ID, _words(name))]
    differs = [name for name in names if of[name].nunique() == len(of)]
    named = [name for name in called if name in differs] + called
    return next(
        iter([*named, *(name for name in differs if not limits_of(Variable(name=name)))]), ""
    )


def _dates(of: pd.DataFrame, names: list[str]) -> tuple[dict[str, str], list[str], str]:
    formats: dict[str, str] = {}
    for name in names:
        if not looks_numeric(of[name]):
            fits = [one for one in ("ISO", *FORMATS) if _share_of_dates(of[name], one) >= SHARE]
            if fits:
                formats[name] = fits[0]
    dates: dict[str, str] = {}
    for role, pattern in DATES.items():
        named = [n for n in formats if _called(pattern, n) and n not in dates.values()]
        if named:
            dates[role] = named[0]
    date_format = formats[next(iter(dates.values()))] if dates else "ISO"
    return dates, [name for name in formats if name not in dates.values()], date_format


def _share_of_dates(cells: pd.Series[Any], date_format: str) -> float:
    there = present(cells).iloc[:500]
    if there.empty:
        return 0.0
    parsed = parse_dates(there, "", date_format)
    return float(parsed.typed.notna().mean())


def _controls(of: pd.DataFrame, names: list[str]) -> tuple[str, str] | None:
    for name in names:
        if not looks_numeric(of[name]):
            entries = present(of[name]).unique()
            found = [entry for entry in entries if re.fullmatch(CONTROL, entry.lower())]
            if found and len(entries) <= 10:
                return name, found[0]
    return None


def _entries(cells: pd.Series[Any]) -> int:
    return len({entry.lower() for entry in present(text_cells(cells)).unique()})


def _event(cells: pd.Series[Any]) -> str:
    """The entry that is a yes, where another is a no; empty where that is not known."""
    entries = [str(entry).strip() for entry in present(text_cells(cells)).value_counts().index]
    yes = [entry for entry in entries if canonical(entry) in YES]
    return yes[0] if yes and any(canonical(entry) in NO for entry in entries) else ""


def _column(name: str, cells: pd.Series[Any], doubt: str) -> Column:
    bare = Variable(name=name)
    there = present(text_cells(cells))
    kind: VariableType | None = guess_type(bare, cells)
    distinct = there.nunique()
    if distinct < 2:
        return Column(bare, doubt="empty, or the same in everybody")
    if kind is None:
        return Column(bare, doubt=f"text with {distinct:,} different entries")
    if not doubt and _called(LATER, name):
        doubt = "called like what is known after the event only"
    if doubt:
        return Column(bare, doubt=doubt)
    if re.fullmatch(rf"{ID}|.*_(id|nr)", _words(name)):
        return Column(bare, doubt="called like an identifier")
    if kind == "continuous":
        known = limits_of(bare)
        limits, unit = known or (None, "")
        variable = Variable(name=name, type=kind, range=limits, unit=unit)
        few = distinct <= 6 and there.str.fullmatch(r"[0-9]+").all()
        return Column(variable, tuple(sorted(there.unique())) if few else ())
    entries = list(dict.fromkeys(there.value_counts().index))
    if kind == "binary":
        parsed = parse_binary(cells, name)
        return Column(Variable(name=name, type=kind), parsed.levels or ())
    return Column(Variable(name=name, type=kind), tuple(entries))
