"""What stands beside the cohort: controls, and where the MRI was made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.scan.field_strength import nominal_field
from vbq.study.cohort.join import PREFIX, join_readings
from vbq.study.cohort.resolve import resolve
from vbq.tables.categories import same_meaning, text_cells
from vbq.tables.cells import present
from vbq.tables.numbers import parse_numbers
from vbq.tables.raw_table import RawTable, nearest
from vbq.tables.read_table import read_table

if TYPE_CHECKING:
    import pandas as pd

    from vbq.study.plan.plan import Plan

__all__ = ["read_controls", "read_scanners", "split_controls"]


def split_controls(plan: Plan, table: RawTable) -> tuple[RawTable, RawTable | None]:
    """Patients, and the controls that a column of their table marks."""
    if plan.controls is None or plan.controls.column is None:
        return table, None
    cells = text_cells(table.columns[plan.controls.column])
    marks = {cell for cell in cells.unique() if same_meaning(cell, plan.controls.value)}
    control = cells.isin(marks)
    return (
        table.with_columns(table.columns[~control]),
        table.with_columns(table.columns[control]),
    )


def read_controls(plan: Plan, marked: RawTable | None) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Controls with the index and what the comparison is adjusted for, typed as the cohort."""
    import numpy as np
    import pandas as pd

    if plan.controls is None or plan.index is None:
        return None, []
    table, findings = marked, list[Finding]()
    if plan.controls.file is not None:
        table = read_table(plan.path(plan.controls.file), plan.controls.sheet)
        findings += [_of_controls(note) for note in table.notes]
        needs_readings = plan.predictor(plan.index).column.startswith(PREFIX)
        if plan.readings is not None and needs_readings:
            table, joined = join_readings(plan, table)
            findings += map(_of_controls, joined)
    assert table is not None
    if table.columns.empty:
        message = (
            f"No row has “{plan.controls.value}” in {plan.controls.column}: there are no controls. "
            "Correct controls.value in the plan."
        )
        return None, [
            Finding("no_controls", "refuse", message, {"column": plan.controls.column or ""})
        ]
    of = {variable.name: variable for variable in plan.variables}
    columns = {}
    for name in dict.fromkeys([plan.index, *plan.controls.adjust]):
        column = of[name].column
        if column not in table.columns:
            near = nearest(column, [str(one) for one in table.columns])
            message = f"The table of controls has no column {column}: {near}"
            findings.append(Finding("no_such_column", "refuse", message, {"column": column}))
            continue
        cells = table.columns[column]
        if plan.readings is not None and column.startswith(PREFIX):  # as of the patients
            kept = table.columns[f"{PREFIX}status"].isin(plan.readings.keep)
            cells = cells.where(kept, np.nan if cells.dtype == float else "")
        _, columns[name], seen = resolve(of[name], cells, grouping_signs=table.grouping_signs)
        findings += map(_of_controls, seen)
    return pd.DataFrame(columns, index=table.columns.index), findings


def _of_controls(finding: Finding) -> Finding:
    return replace(finding, message=f"Controls: {finding.message}")


def read_scanners(plan: Plan, rows: RawTable) -> tuple[pd.DataFrame, list[Finding]]:
    """Site and scanner as text (missing is None); field strength in tesla, as scanners are sold."""
    import pandas as pd

    columns: dict[str, Any] = {}
    findings = list[Finding]()
    for name, column in plan.scanner.model_dump(exclude_none=True).items():
        if name == "field_strength":
            cells = rows.columns[column]
            if cells.dtype != float:  # 1.5T and 3 T mean what they say
                cells = cells.str.replace(r"\s*[tT]$", "", regex=True)
            parsed = parse_numbers(cells, column, grouping_signs=rows.grouping_signs)
            columns[name] = parsed.typed.map(nominal_field, na_action="ignore")
            findings += parsed.findings
        else:
            text = present(text_cells(rows.columns[column]))
            columns[name] = text.reindex(rows.columns.index).astype("object")
    frame = pd.DataFrame(columns, index=rows.columns.index)
    return frame, findings
