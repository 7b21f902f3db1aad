"""Controls, and the sites, scanners and field strengths of the patients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.scan.field_strength import nominal_field
from vbq.study.cohort.join import PREFIX, join_readings
from vbq.study.cohort.resolve import resolve
from vbq.study.plan.plan import Plan
from vbq.tables.categories import same_meaning, text_cells
from vbq.tables.cells import present
from vbq.tables.numbers import parse_numbers
from vbq.tables.raw_table import RawTable, nearest
from vbq.tables.read_table import read_table

if TYPE_CHECKING:
    import pandas as pd


def split_controls(plan: Plan, table: RawTable) -> tuple[RawTable, RawTable | None]:
    """Separate the patients from the controls that a column of their table marks.

    Returns:
        The patients; the controls, None where the plan marks none.
    """
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
    """Controls with the index and the variables adjusted for, typed like the cohort.

    Args:
        plan: The plan, its variables with types.
        marked: Controls marked in the patients' table; None where there are none.

    Returns:
        Their table, None where the plan has no controls or no index, or where a ``refuse`` is among
        the findings; the findings.
    """
    import numpy as np
    import pandas as pd

    if plan.controls is None or plan.index is None:
        return None, []
    table, findings = marked, list[Finding]()
    if plan.controls.file is not None:
        table = read_table(plan.path(plan.controls.file), plan.controls.sheet)
        findings += [_about_controls(note) for note in table.notes]
        needs_readings = plan.predictor(plan.index).column.startswith(PREFIX)
        if plan.readings is not None and needs_readings:
            table, joined = join_readings(plan, table)
            findings += map(_about_controls, joined)
    assert table is not None
    if table.columns.empty:
        message = (
            f"No row of {plan.controls.column} is “{plan.controls.value}”: there are no controls. "
            "Correct controls.value in the plan."
        )
        return None, [
            Finding("no_controls", "refuse", message, {"column": plan.controls.column or ""})
        ]
    variables = {variable.name: variable for variable in plan.variables}
    columns = {}
    for name in dict.fromkeys([plan.index, *plan.controls.adjust]):
        column = variables[name].column
        if column not in table.columns:
            suggestion = nearest(column, [str(name) for name in table.columns])
            message = f"The table of controls has no column {column}: {suggestion}"
            findings.append(Finding("no_such_column", "refuse", message, {"column": column}))
            continue
        cells = table.columns[column]
        if plan.readings is not None and column.startswith(
            PREFIX
        ):  # added in the same way for the patients
            usable = table.columns[f"{PREFIX}status"].isin(plan.readings.keep)
            cells = cells.where(usable, np.nan if cells.dtype == float else "")
        _, columns[name], cell_findings = resolve(
            variables[name], cells, grouping_signs=table.grouping_signs
        )
        findings += map(_about_controls, cell_findings)
    return pd.DataFrame(columns, index=table.columns.index), findings


def _about_controls(finding: Finding) -> Finding:
    return replace(finding, message=f"Controls: {finding.message}")


def read_scanners(plan: Plan, rows: RawTable) -> tuple[pd.DataFrame, list[Finding]]:
    """Site and scanner as text, None where missing; nominal field strength in tesla."""
    import pandas as pd

    columns: dict[str, Any] = {}
    findings = list[Finding]()
    for name, column in plan.scanner.model_dump(exclude_none=True).items():
        if name == "field_strength":
            cells = rows.columns[column]
            if cells.dtype != float:  # 1.5T and 3 T are numbers with their unit
                cells = cells.str.replace(r"\s*[tT]$", "", regex=True)
            parsed = parse_numbers(cells, column, grouping_signs=rows.grouping_signs)
            columns[name] = parsed.typed.map(nominal_field, na_action="ignore")
            findings += parsed.findings
        else:
            text = present(text_cells(rows.columns[column]))
            columns[name] = text.reindex(rows.columns.index).astype("object")
    return pd.DataFrame(columns, index=rows.columns.index), findings
