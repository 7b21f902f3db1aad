"""Yes and no, and categories, from cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.tables.cells import Parsed, bad_cells, canonical, present, quoted
from vbq.text import in_rows, row_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = [
    "CODES_OF_MISSING",
    "NO",
    "YES",
    "parse_binary",
    "parse_categories",
    "same_meaning",
    "text_cells",
]

NO = frozenset(["0", "no", "n", "false", "nein", "falsch", "non", "nee", "nej", "absent"])
YES = frozenset(["1", "yes", "y", "true", "ja", "j", "wahr", "oui", "present"])
CODES_OF_MISSING = frozenset(["9", "99", "999", "-9", "-99", "-999", "8", "88", "888"])
MOST_LEVELS = 20


def text_cells(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Cells as text, also of a column of stored numbers: 1.0 is ``1``, NaN is empty."""
    if cells.dtype != float:
        return cells
    names = {value: canonical(value) for value in cells.dropna().unique()}
    return cells.map(names).astype("object").fillna("").astype("str")


def same_meaning(entry: str, value: object) -> bool:
    """Whether a cell says what the plan's value says: 1, 1.0, yes, ja and true are one."""
    a, b = canonical(entry), canonical(value)
    return a == b or (a in YES and b in YES) or (a in NO and b in NO)


def parse_binary(
    cells: pd.Series[Any], column: str, *, one: object = None, zero: object = None
) -> Parsed:
    """A column of two values as 0 and 1.

    0, no, n, false, nein … and 1, yes, y, true, ja … may be mixed, which is noted. Any other two
    entries need no declaration, but it is noted which is 0.

    Args:
        cells: Text, or float64; the index is the row.
        column: Its name, for messages.
        one: The entry that is 1; by default it is found.
        zero: The entry that is 0; by default it is found.

    Returns:
        float64 values 0 and 1, ``levels`` as (entry of 0, entry of 1).
    """
    there = present(text_cells(cells))
    spelt, by_meaning = _spellings(there)
    errors = _formula_errors(there, column)
    values = cells.map({}).astype("float64")
    if errors:
        return Parsed(values, None, tuple(errors))
    keys = list(by_meaning)
    findings: list[Finding] = []
    if one is None and zero is None and set(keys) <= YES | NO:
        ones = [key for key in keys if key in YES]
        zeros = [key for key in keys if key in NO]
    elif one is not None or zero is not None:
        ones = [key for key in keys if one is not None and same_meaning(key, one)]
        zeros = [key for key in keys if zero is not None and same_meaning(key, zero)]
        rest = [key for key in keys if key not in ones and key not in zeros]
        if one is None and (len(rest) == 1 or set(rest) <= YES):
            ones, rest = rest, []
        elif zero is None and (len(rest) == 1 or set(rest) <= NO):
            zeros, rest = rest, []
        asked, found = (one, ones) if one is not None else (zero, zeros)
        if not found and keys:
            entries = quoted(list(by_meaning.values()))
            message = f"{column} has no “{asked}”; it has {entries}. Correct the plan."
            stop = Finding("no_such_value", "refuse", message, {"column": column})
            return Parsed(values, None, (stop,))
        if rest:
            return Parsed(values, None, (_third(there, by_meaning, _odd_ones(rest), column),))
    elif len(keys) <= 2:
        zeros, ones = keys[:1], keys[1:]
        if ones:
            a, b = by_meaning[zeros[0]], by_meaning[ones[0]]
            message = (
                f"{column}: “{a}” is taken as 0 and “{b}” as 1; state reference: in the plan to "
                "turn them round."
            )
            findings.append(Finding("binary_order", "note", message, {"column": column}))
    else:
        return Parsed(values, None, (_third(there, by_meaning, _odd_ones(keys), column),))
    if len(ones) > 1 or len(zeros) > 1:
        entries = quoted([by_meaning[key] for key in zeros + ones])
        message = f"{column} mixes {entries}; read as no and yes."
        findings.append(Finding("mixed_yes_no", "note", message, {"column": column}))
    codes = dict.fromkeys(zeros, 0.0) | dict.fromkeys(ones, 1.0)
    coded = {entry: codes[key] for entry, key in spelt.items()}
    values.loc[there.index] = there.map(coded).astype("float64")
    levels = (
        by_meaning[zeros[0]] if zeros else ("0" if zero is None else str(zero)),
        by_meaning[ones[0]] if ones else ("1" if one is None else str(one)),
    )
    return Parsed(values, levels, tuple(findings))


def parse_categories(
    cells: pd.Series[Any],
    column: str,
    *,
    levels: Sequence[object] | None = None,
    reference: object = None,
    ordered: bool = False,
) -> Parsed:
    """A column of categories.

    Entries that differ in case and spaces only are one, which is noted.

    Args:
        cells: Text, or float64; the index is the row.
        column: Its name, for messages.
        levels: All that may occur, in order.
        reference: The one that comes first, unless they are ordered.
        ordered: Whether their order means something; text then needs ``levels``.

    Returns:
        Text values (None where missing), and the levels.
    """
    there = present(text_cells(cells))
    spelt, by_meaning = _spellings(there)
    values = cells.map({}).astype("object").where(lambda cell: cell.notna(), None)
    stops: list[Finding] = _formula_errors(there, column)
    order = sorted(by_meaning, key=_rank)
    if levels is not None:
        order = [canonical(level) for level in levels]
        names = dict(zip(order, map(str, levels), strict=True))
        unknown = there[there.map(lambda cell: spelt[cell] not in names).astype(bool)]
        if len(unknown):
            entries = quoted(sorted(set(unknown)))
            message = (
                f"{column} {in_rows(int(row) for row in unknown.index)} has {entries}, which is "
                "not among the levels in the plan. Correct the cells, or add it to the levels."
            )
            rows = tuple(int(row) for row in unknown.index)
            stops.append(
                Finding("unknown_level", "refuse", message, {"column": column, "rows": rows})
            )
        by_meaning = names
    elif ordered and any(_rank(key)[0] for key in by_meaning):
        message = (
            f"{column} is ordered, but the order of {quoted(list(by_meaning.values()))} is not "
            "known. State levels: in the plan, lowest first."
        )
        stops.append(Finding("no_order", "refuse", message, {"column": column}))
    if len(by_meaning) > MOST_LEVELS:
        message = (
            f"{column} has {len(by_meaning):,} different entries. Leave it out, group them, or "
            "declare it continuous."
        )
        stops.append(Finding("too_many_levels", "refuse", message, {"column": column}))
    first = canonical(reference) if reference is not None else None
    if first is not None and first not in by_meaning:
        message = (
            f"{column} has no “{reference}”, its reference; it has "
            f"{quoted(list(by_meaning.values()))}. Correct the plan."
        )
        stops.append(Finding("no_such_value", "refuse", message, {"column": column}))
    if stops:
        return Parsed(values, None, tuple(stops))
    if not ordered and levels is None and first is None:
        first = next((key for key in order if key in NO), None)
    if first is not None and not ordered:
        order = [first, *(key for key in order if key != first)]
    values.loc[there.index] = there.map({cell: by_meaning[key] for cell, key in spelt.items()})
    notes = _merged(spelt, by_meaning, column)
    return Parsed(values, tuple(by_meaning[key] for key in order), tuple(notes))


def _spellings(there: pd.Series[Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Meaning of each entry, and for each meaning the spelling that is most frequent."""
    counts = there.value_counts()
    spelt = {str(entry): canonical(entry) for entry in counts.index}
    by_meaning: dict[str, str] = {}
    for entry, meaning in spelt.items():
        by_meaning.setdefault(meaning, " ".join(entry.split()))
    return spelt, dict(sorted(by_meaning.items(), key=lambda item: _rank(item[0])))


def _rank(meaning: str) -> tuple[bool, float, str]:
    """Numbers by size, then text by the alphabet."""
    try:
        return False, float(meaning), ""
    except ValueError:
        return True, 0.0, meaning


def _odd_ones(keys: list[str]) -> list[str]:
    """The entries that are neither yes nor no; all, where none is."""
    odd = [key for key in keys if key not in YES | NO]
    return odd if len(odd) < len(keys) else keys


def _third(
    there: pd.Series[Any], by_meaning: dict[str, str], odd: list[str], column: str
) -> Finding:
    """More than two values in a column that has two."""
    cells = there[there.map(lambda cell: canonical(cell) in odd).astype(bool)]
    rows = tuple(int(row) for row in cells.index)
    missing = [by_meaning[key] for key in odd if key in CODES_OF_MISSING]
    remedy = (
        f"If “{missing[0]}” means missing, empty those cells."
        if missing
        else "Correct the cells, empty what is not known, or declare a predictor categorical."
    )
    message = (
        f"{column} should have two values and has {quoted(list(by_meaning.values()))}; see "
        f"{row_numbers(rows)}. {remedy}"
    )
    return Finding("not_binary", "refuse", message, {"column": column, "rows": rows})


def _formula_errors(there: pd.Series[Any], column: str) -> list[Finding]:
    errors = there[there.str.fullmatch(r"#(?:[A-Z0-9/]+[!?]|N/A)|Err:[0-9]+").astype(bool)]
    return bad_cells(errors, column) if len(errors) else []


def _merged(spelt: dict[str, str], by_meaning: dict[str, str], column: str) -> list[Finding]:
    findings = []
    for meaning, name in by_meaning.items():
        ways = sorted(entry for entry, key in spelt.items() if key == meaning)
        if len(ways) > 1:
            message = f"{column}: {quoted(ways)} are taken as one, “{name}”."
            findings.append(Finding("merged_spellings", "note", message, {"column": column}))
    return findings
