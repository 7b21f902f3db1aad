"""Binary values and categories from cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.tables.cells import Parsed, bad_cells, canonical, present, quoted
from vbq.text import in_rows, row_numbers

if TYPE_CHECKING:
    import pandas as pd

NO = frozenset(["0", "no", "n", "false", "nein", "falsch", "non", "nee", "nej", "absent"])
YES = frozenset(["1", "yes", "y", "true", "ja", "j", "wahr", "oui", "present"])
CODES_OF_MISSING = frozenset(["9", "99", "999", "-9", "-99", "-999", "8", "88", "888"])
MOST_LEVELS = 20  # number of levels of a category; with more it is likely a text or a number


def text_cells(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Cells of text or of stored numbers as text: 1.0 becomes ``1``, NaN becomes empty."""
    if cells.dtype != float:
        return cells
    names = {value: canonical(value) for value in cells.dropna().unique()}
    return cells.map(names).astype("object").fillna("").astype("str")


def same_meaning(entry: str, value: object) -> bool:
    """Whether a cell means what the value means: 1, 1.0, yes, ja and true mean the same."""
    a, b = canonical(entry), canonical(value)
    return a == b or (a in YES and b in YES) or (a in NO and b in NO)


def parse_binary(
    cells: pd.Series[Any], column: str, *, coded_1: object = None, coded_0: object = None
) -> Parsed:
    """A column of two values as 0 and 1.

    0, no, n, false, nein … and 1, yes, y, true, ja … may be mixed, with a note. Any other two
    entries need no declaration, but a note says which is 0.

    Args:
        cells: Text, or float64; the index is the row.
        column: Its name, for messages.
        coded_1: The entry that becomes 1; by default it is inferred.
        coded_0: The entry that becomes 0; by default it is inferred.

    Returns:
        float64 values 0 and 1, ``levels`` as (entry of 0, entry of 1).
    """
    filled = present(text_cells(cells))
    meanings, by_meaning = _spellings(filled)
    errors = _formula_errors(filled, column)
    values = cells.map({}).astype("float64")
    if errors:
        return Parsed(values, None, tuple(errors))
    keys = list(by_meaning)
    no_keys, yes_keys, surplus = _binary_keys(keys, coded_1, coded_0)
    declared, matches = (coded_0, no_keys) if coded_1 is None else (coded_1, yes_keys)
    if keys and declared is not None and not matches:
        entries = quoted(list(by_meaning.values()))
        message = f"{column} has no “{declared}”; it has {entries}. Correct the plan."
        refusal = Finding("no_such_value", "refuse", message, {"column": column})
        return Parsed(values, None, (refusal,))
    if surplus:
        refusal = _not_binary(filled, by_meaning, _neither_yes_nor_no(surplus), column)
        return Parsed(values, None, (refusal,))
    findings: list[Finding] = []
    if yes_keys and declared is None and not set(keys) <= YES | NO:
        low, high = by_meaning[no_keys[0]], by_meaning[yes_keys[0]]
        message = (
            f"{column}: “{low}” is taken as 0 and “{high}” as 1; state reference: in the plan to "
            "swap them."
        )
        findings.append(Finding("binary_order", "note", message, {"column": column}))
    if len(yes_keys) > 1 or len(no_keys) > 1:
        entries = quoted([by_meaning[key] for key in no_keys + yes_keys])
        message = f"{column} mixes {entries}; read as no and yes."
        findings.append(Finding("mixed_yes_no", "note", message, {"column": column}))
    codes = dict.fromkeys(no_keys, 0.0) | dict.fromkeys(yes_keys, 1.0)
    code_of_entry = {entry: codes[key] for entry, key in meanings.items()}
    values.loc[filled.index] = filled.map(code_of_entry).astype("float64")
    levels = (
        by_meaning[no_keys[0]] if no_keys else ("0" if coded_0 is None else str(coded_0)),
        by_meaning[yes_keys[0]] if yes_keys else ("1" if coded_1 is None else str(coded_1)),
    )
    return Parsed(values, levels, tuple(findings))


def _binary_keys(
    keys: list[str], coded_1: object, coded_0: object
) -> tuple[list[str], list[str], list[str]]:
    """The entries that mean 0, those that mean 1, and those that mean neither."""
    if coded_1 is None and coded_0 is None:
        if set(keys) <= YES | NO:
            return [key for key in keys if key in NO], [key for key in keys if key in YES], []
        return (keys[:1], keys[1:], []) if len(keys) <= 2 else ([], [], keys)
    yes_keys = [key for key in keys if coded_1 is not None and same_meaning(key, coded_1)]
    no_keys = [key for key in keys if coded_0 is not None and same_meaning(key, coded_0)]
    unassigned = [key for key in keys if key not in yes_keys and key not in no_keys]
    if coded_1 is None and (len(unassigned) == 1 or set(unassigned) <= YES):
        return no_keys, unassigned, []
    if coded_0 is None and (len(unassigned) == 1 or set(unassigned) <= NO):
        return unassigned, yes_keys, []
    return no_keys, yes_keys, unassigned


def parse_categories(
    cells: pd.Series[Any],
    column: str,
    *,
    levels: Sequence[object] | None = None,
    reference: object = None,
    ordered: bool = False,
) -> Parsed:
    """A column of categories.

    Entries that differ only in case and spaces are one category, with a note.

    Args:
        cells: Text, or float64; the index is the row.
        column: Its name, for messages.
        levels: All categories that may occur, in order.
        reference: The category that comes first, unless they are ordered.
        ordered: Whether their order means something; text then needs ``levels``.

    Returns:
        Text values (None where missing), and the levels.
    """
    filled = present(text_cells(cells))
    meanings, by_meaning = _spellings(filled)
    values = cells.map({}).astype("object").where(lambda cell: cell.notna(), None)
    refusals: list[Finding] = _formula_errors(filled, column)
    order = sorted(by_meaning, key=_rank)
    if levels is not None:
        order = [canonical(level) for level in levels]
        names = dict(zip(order, map(str, levels), strict=True))
        unknown = filled[filled.map(lambda cell: meanings[cell] not in names).astype(bool)]
        if len(unknown):
            entries = quoted(sorted(set(unknown)))
            message = (
                f"{column} {in_rows(int(row) for row in unknown.index)} has {entries}, which is "
                "not among the levels in the plan. Correct the cells, or add it to the levels."
            )
            rows = tuple(int(row) for row in unknown.index)
            refusals.append(
                Finding("unknown_level", "refuse", message, {"column": column, "rows": rows})
            )
        by_meaning = names
    elif ordered and any(_rank(key)[0] for key in by_meaning):
        message = (
            f"{column} is ordered, but the order of {quoted(list(by_meaning.values()))} is not "
            "known. State levels: in the plan, lowest first."
        )
        refusals.append(Finding("no_order", "refuse", message, {"column": column}))
    if len(by_meaning) > MOST_LEVELS:
        message = (
            f"{column} has {len(by_meaning):,} different entries. Omit the column, group its "
            "entries, or declare it continuous."
        )
        refusals.append(Finding("too_many_levels", "refuse", message, {"column": column}))
    first = canonical(reference) if reference is not None else None
    if first is not None and first not in by_meaning:
        message = (
            f"{column} has no “{reference}”, its reference level; it has "
            f"{quoted(list(by_meaning.values()))}. Correct the plan."
        )
        refusals.append(Finding("no_such_value", "refuse", message, {"column": column}))
    if refusals:
        return Parsed(values, None, tuple(refusals))
    if not ordered and levels is None and first is None:
        first = next((key for key in order if key in NO), None)
    if first is not None and not ordered:
        order = [first, *(key for key in order if key != first)]
    values.loc[filled.index] = filled.map({cell: by_meaning[key] for cell, key in meanings.items()})
    notes = _merged_spellings(meanings, by_meaning, column)
    return Parsed(values, tuple(by_meaning[key] for key in order), tuple(notes))


def _spellings(filled: pd.Series[Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The meaning of each entry, and the most frequent spelling of each meaning."""
    counts = filled.value_counts()
    meanings = {str(entry): canonical(entry) for entry in counts.index}
    by_meaning: dict[str, str] = {}
    for entry, meaning in meanings.items():
        by_meaning.setdefault(meaning, " ".join(entry.split()))
    return meanings, dict(sorted(by_meaning.items(), key=lambda item: _rank(item[0])))


def _rank(meaning: str) -> tuple[bool, float, str]:
    """A key that sorts numbers by size, then text alphabetically."""
    try:
        return False, float(meaning), ""
    except ValueError:
        return True, 0.0, meaning


def _neither_yes_nor_no(keys: list[str]) -> list[str]:
    """The entries that mean neither yes nor no; all of them if none means either."""
    unclear = [key for key in keys if key not in YES | NO]
    return unclear if len(unclear) < len(keys) else keys


def _not_binary(
    filled: pd.Series[Any], by_meaning: dict[str, str], surplus: list[str], column: str
) -> Finding:
    """The refusal of a column with more than two values, and the rows of the surplus entries."""
    cells = filled[filled.map(lambda cell: canonical(cell) in surplus).astype(bool)]
    rows = tuple(int(row) for row in cells.index)
    missing = [by_meaning[key] for key in surplus if key in CODES_OF_MISSING]
    remedy = (
        f"If “{missing[0]}” means missing, empty those cells."
        if missing
        else "Correct the cells, empty those that are unknown, or declare a predictor categorical."
    )
    message = (
        f"{column} should have two values and has {quoted(list(by_meaning.values()))}; see "
        f"{row_numbers(rows)}. {remedy}"
    )
    return Finding("not_binary", "refuse", message, {"column": column, "rows": rows})


def _formula_errors(filled: pd.Series[Any], column: str) -> list[Finding]:
    """The refusal of cells in which a spreadsheet left an error, such as #DIV/0!."""
    errors = filled[filled.str.fullmatch(r"#(?:[A-Z0-9/]+[!?]|N/A)|Err:[0-9]+").astype(bool)]
    return bad_cells(errors, column) if len(errors) else []


def _merged_spellings(
    meanings: dict[str, str], by_meaning: dict[str, str], column: str
) -> list[Finding]:
    findings = []
    for meaning, name in by_meaning.items():
        spellings = sorted(entry for entry, key in meanings.items() if key == meaning)
        if len(spellings) > 1:
            message = f"{column}: {quoted(spellings)} are read as the same, “{name}”."
            findings.append(Finding("merged_spellings", "note", message, {"column": column}))
    return findings
