"""Readings of ``vbq score`` joined to the table of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vbq.finding import Finding, any_refusal
from vbq.study.plan.plan import Plan
from vbq.tables.categories import text_cells
from vbq.tables.raw_table import RawTable
from vbq.tables.read_table import read_table
from vbq.text import in_rows, listed, number_of

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "readings."
REQUIRED_COLUMNS = ("id", "status", "score", "flags")


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
    absent = [column for column in REQUIRED_COLUMNS if column not in readings.columns]
    if absent:
        message = (
            f"{name} has no column {listed(absent)}. Give the readings.csv written by 'vbq score'."
        )
        return patients, [Finding("not_readings", "refuse", message)]
    column = plan.readings.id or plan.data.id
    if column not in patients.columns:
        return patients, []  # a missing column is reported by itself
    patient_ids, reading_ids = keys(patients.columns[column]), keys(readings.columns["id"])
    findings = [
        *_duplicates(reading_ids, f"{name}: id"),
        *_duplicates(patient_ids[patient_ids != ""], column),
    ]
    if any_refusal(findings):
        return patients, findings
    has_reading = patient_ids.isin(reading_ids)
    if not has_reading.any():
        message = (
            f"None of the {number_of(len(patient_ids), 'entry', 'entries')} of {column} is an id "
            f"in {name}. State readings.id, the column that holds the ids of the readings."
        )
        return patients, [Finding("no_match", "refuse", message, {"column": column})]
    unused = int((~reading_ids.isin(patient_ids)).sum())
    note = (
        f"{int(has_reading.sum()):,} of {number_of(len(patient_ids), 'patient')} have a reading in "
        f"{name}; {number_of(unused, 'reading')} in it belong to no patient of the table."
    )
    findings.append(Finding("joined", "note", note))
    positions = pd.Series(range(len(reading_ids)), index=reading_ids).reindex(patient_ids)
    joined = {
        PREFIX + str(name): _cells_at(cells, positions.to_numpy(), patients.columns.index)
        for name, cells in readings.columns.items()
    }
    columns = pd.concat([patients.columns, pd.DataFrame(joined)], axis=1)
    signs = patients.grouping_signs | readings.grouping_signs
    return RawTable(patients.path, columns, signs, patients.notes), findings


def keys(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Ids as text without surrounding spaces; 007 is not 7."""
    return text_cells(cells).str.strip()


def _duplicates(ids: pd.Series[Any], column: str) -> list[Finding]:
    duplicates = ids[ids.duplicated(keep=False)]
    if duplicates.empty:
        return []
    rows = tuple(int(row) for row in duplicates.index)
    message = (
        f"{column} names the same reading more than once, {in_rows(rows)}. Keep one row for each "
        "reading."
    )
    return [Finding("duplicate_reading", "refuse", message, {"column": column, "rows": rows})]


def _cells_at(cells: pd.Series[Any], positions: Any, index: pd.Index[Any]) -> pd.Series[Any]:
    """The cells at these positions, with another index; empty where the position is NaN."""
    import numpy as np
    import pandas as pd

    absent = np.isnan(positions.astype(float))
    selected = cells.iloc[np.where(absent, 0, positions).astype(int)].set_axis(index)
    empty = np.nan if cells.dtype == float else ""
    return pd.Series(selected.where(~absent, empty), index=index)
