"""Readings of ``vbq score`` joined to the table of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.tables.categories import text_cells
from vbq.tables.raw_table import RawTable
from vbq.tables.read_table import read_table
from vbq.text import in_rows, number_of

if TYPE_CHECKING:
    import pandas as pd

    from vbq.study.plan.plan import Plan

__all__ = ["PREFIX", "join_readings", "keys"]

PREFIX = "readings."
NEEDED = ("id", "status", "score", "flags")


def join_readings(plan: Plan, patients: RawTable) -> tuple[RawTable, list[Finding]]:
    """The table of patients with the columns of the readings, called ``readings.…``.

    A patient without a reading has empty cells there.

    Raises:
        InputError: the table of readings cannot be read.
    """
    import pandas as pd

    if plan.readings is None:
        return patients, []
    readings = read_table(plan.path(plan.readings.file))
    name = plan.readings.file
    lacking = [column for column in NEEDED if column not in readings.columns]
    if lacking:
        message = f"{name} has no {', '.join(lacking)}. Give the readings.csv of 'vbq score'."
        return patients, [Finding("not_readings", "refuse", message)]
    column = plan.readings.id or plan.data.id
    if column not in patients.columns:
        return patients, []  # the missing column is a finding of its own
    wanted, there = keys(patients.columns[column]), keys(readings.columns["id"])
    findings = [*_twice(there, f"{name}: id"), *_twice(wanted[wanted != ""], column)]
    if any(finding.severity == "refuse" for finding in findings):
        return patients, findings
    found = wanted.isin(there)
    if not found.any():
        message = (
            f"None of the {number_of(len(wanted), 'entry', 'entries')} of {column} is an id in "
            f"{name}. State readings.id: the column that holds the ids of the readings."
        )
        return patients, [Finding("no_match", "refuse", message, {"column": column})]
    unused = int((~there.isin(wanted)).sum())
    note = (
        f"{number_of(int(found.sum()), 'patient')} of {len(wanted):,} have a reading in {name}; "
        f"{number_of(unused, 'reading')} there belong to nobody in the table."
    )
    findings.append(Finding("joined", "note", note))
    place = pd.Series(range(len(there)), index=there).reindex(wanted).to_numpy()
    joined = {
        PREFIX + str(name): _taken(cells, place, patients.columns.index)
        for name, cells in readings.columns.items()
    }
    columns = pd.concat([patients.columns, pd.DataFrame(joined)], axis=1)
    signs = patients.grouping_signs | readings.grouping_signs
    return RawTable(patients.path, columns, signs, patients.notes), findings


def keys(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Ids as text without spaces around them; 007 is not 7."""
    return text_cells(cells).str.strip()


def _twice(ids: pd.Series[Any], what: str) -> list[Finding]:
    again = ids[ids.duplicated(keep=False)]
    if again.empty:
        return []
    rows = tuple(int(row) for row in again.index)
    message = (
        f"{what} names the same reading twice, {in_rows(rows)}. Leave one row for each reading."
    )
    return [Finding("duplicate_reading", "refuse", message, {"column": what, "rows": rows})]


def _taken(cells: pd.Series[Any], place: Any, index: pd.Index[Any]) -> pd.Series[Any]:
    """The cells at these places; empty where there is no place."""
    import numpy as np
    import pandas as pd

    none = np.isnan(place.astype(float))
    taken = cells.iloc[np.where(none, 0, place).astype(int)].set_axis(index)
    empty = np.nan if cells.dtype == float else ""
    return pd.Series(taken.where(~none, empty), index=index)
