"""From the files that a plan names to a `Cohort`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vbq.errors import InputError
from vbq.finding import Finding, any_refusal, refusals_in
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.controls import read_controls, read_scanners, split_controls
from vbq.study.cohort.follow_up import FollowUp
from vbq.study.cohort.join import PREFIX, join_readings, keys
from vbq.study.cohort.resolve import resolve
from vbq.study.cohort.select import MarkedControls, select_patients
from vbq.study.plan.plan import Plan
from vbq.study.plan.variable import Variable
from vbq.tables.categories import parse_binary, same_meaning, text_cells
from vbq.tables.cells import Parsed, canonical, present, quoted
from vbq.tables.raw_table import RawTable, nearest
from vbq.tables.read_table import read_table
from vbq.text import in_rows, listed, number_of

if TYPE_CHECKING:
    import pandas as pd


def read_cohort(plan: Plan) -> tuple[Cohort, tuple[Finding, ...]]:
    """The cohort of a plan, and the findings about its tables.

    Raises:
        InputError: a table cannot be read or understood; the first problem is given, and the number
            of further ones.
    """
    cohort, findings = assemble(plan)
    problems = refusals_in(findings)
    if cohort is None or problems:
        first, *further = problems
        count = f" ({number_of(len(further), 'further problem')})" if further else ""
        raise InputError(
            f"{plan.data.file}: {first.message}{count}",
            remedy="'vbq study check' lists all problems.",
            code=first.code,
        )
    return cohort, tuple(findings)


def assemble(plan: Plan) -> tuple[Cohort | None, list[Finding]]:
    """Read the tables of a plan; problems are returned as findings, not raised.

    Returns:
        The cohort, None where a ``refuse`` is among the findings; the findings.

    Raises:
        InputError: a table cannot be read at all.
    """
    table = read_table(plan.path(plan.data.file), plan.data.sheet)
    findings = list(table.notes)
    table, reading_findings = join_readings(plan, table)
    findings += reading_findings
    if not any_refusal(reading_findings):
        findings += _missing_columns(plan, table)
    if any_refusal(findings):
        return None, findings
    table, marked = split_controls(plan, table)
    findings += _check_ids(plan, table)
    event = _event(plan, table)
    findings += event.findings
    if any_refusal(event.findings):  # nobody can be selected, but every column can be checked
        return None, findings + _typed(plan, table)[2]
    selection = select_patients(plan, table, event.typed, _marked_controls(plan, marked, event))
    findings += selection.findings
    studied, times = selection.rows, selection.times
    if studied.empty:
        message = "No patients are left to be studied. Check the exclusions and dates in the plan."
        findings.append(Finding("nobody_left", "refuse", message))
        return None, findings
    rows = table.with_columns(table.columns.loc[studied])
    plan, columns, variable_findings = _typed(plan, rows)
    controls, control_findings = read_controls(plan, marked)
    scanners, scanner_findings = read_scanners(plan, rows)
    findings += [*variable_findings, *control_findings, *scanner_findings]
    if any_refusal(findings):
        return None, findings
    label = plan.outcome.label or plan.outcome.column
    value = event.levels[1] if event.levels else plan.outcome.event
    outcome = plan.outcome.model_copy(update={"event": value, "label": label})
    cohort = Cohort(
        plan=plan.model_copy(update={"outcome": outcome}),
        table=columns,
        outcome=event.typed.loc[studied].to_numpy(dtype="float64"),
        follow_up_years=times.years.loc[studied].to_numpy(dtype="float64") if times else None,
        status=times.status.loc[studied].to_numpy(dtype="int8") if times else None,
        scanners=scanners,
        readings=_readings(plan, rows),
        controls=controls,
        flow=selection.flow,
    )
    if selection.followed is None or times is None:
        return cohort, findings
    rows = table.with_columns(table.columns.loc[selection.followed])
    followed, followed_findings = _followed(cohort, rows, event.typed, times)
    findings += followed_findings
    return (
        None if any_refusal(followed_findings) else replace(cohort, followed=followed),
        findings,
    )


def _followed(
    cohort: Cohort, rows: RawTable, event: pd.Series[Any], times: FollowUp
) -> tuple[Cohort, list[Finding]]:
    """The cohort with the patients whose follow-up was too short, typed like the cohort.

    A patient whose entries cannot be read so, such as a category that nobody in the cohort has, can
    be in no model of it, and must not stop the study of the others.
    """
    short = set(rows.columns.index) - set(cohort.table.index)
    unreadable: dict[int, str] = {}  # row -> column
    while True:  # one entry may hide another in its column
        readable = rows.columns.drop(index=list(unreadable))
        rows = rows.with_columns(readable)
        _, columns, findings = _typed(cohort.plan, rows)
        problems = refusals_in(findings)
        remaining = short - set(unreadable)
        concerned = {
            row: problem.column for problem in problems for row in problem.rows if row in remaining
        }
        if not concerned:
            break
        unreadable |= concerned
    if problems:
        return cohort, problems
    index = rows.columns.index
    followed = replace(
        cohort,
        table=columns,
        outcome=event.loc[index].to_numpy(dtype="float64"),
        follow_up_years=times.years.loc[index].to_numpy(dtype="float64"),
        status=times.status.loc[index].to_numpy(dtype="int8"),
        scanners=read_scanners(cohort.plan, rows)[0],
        readings=_readings(cohort.plan, rows),
    )
    return followed, _short_follow_up(short, unreadable, times.years)


def _short_follow_up(
    short: set[int], unreadable: dict[int, str], years: pd.Series[Any]
) -> list[Finding]:
    """How many patients with too short a follow-up the time-to-event analyses include."""
    included = years.loc[sorted(short - set(unreadable))].notna().sum()
    readable = " and whose entries can be read" if unreadable else ""
    message = (
        f"Time-to-event analyses include {included:,} of the {len(short):,} patients whom the main "
        f"model excludes for their follow-up: those whose follow-up is known{readable}."
    )
    findings = [Finding("kept_in_time", "note", message)]
    if unreadable:
        message = (
            f"Follow-up {in_rows(unreadable)} is too short for the main model, and an entry there "
            f"({listed(sorted(set(unreadable.values())))}) cannot be read "
            "like those of the other patients. No time-to-event analysis includes them."
        )
        evidence = {"rows": tuple(sorted(unreadable))}
        findings.append(Finding("level_of_short", "caution", message, evidence))
    return findings


def _readings(plan: Plan, rows: RawTable) -> pd.DataFrame | None:
    if plan.readings is None:
        return None
    columns = rows.columns[[f"{PREFIX}status", f"{PREFIX}flags"]]
    return columns.rename(columns=lambda name: str(name).removeprefix(PREFIX))


def _event(plan: Plan, table: RawTable) -> Parsed:
    """The outcome as 0 and 1; the event is the plan's entry, or a yes or 1, and never guessed."""
    column = plan.outcome.column
    parsed = parse_binary(table.columns[column], column, coded_1=plan.outcome.event)
    if parsed.levels is None or all(finding.code != "binary_order" for finding in parsed.findings):
        return parsed
    ambiguity = ""
    if {canonical(level) for level in parsed.levels} == {"1", "2"}:
        ambiguity = " (some tables code yes and no as 1 and 2, others no and yes)"
    message = (
        f"The entries of {column} are {quoted(list(parsed.levels))}, and it is unknown which of "
        f"them is the event{ambiguity}. State outcome.event in the plan: the entry of patients "
        "with the event."
    )
    return Parsed(parsed.typed, None, (Finding("no_event", "refuse", message, {"column": column}),))


def _marked_controls(plan: Plan, marked: RawTable | None, event: Parsed) -> MarkedControls | None:
    """The number of controls in the patients' table; their outcome is only counted."""
    if marked is None:
        return None
    cells = text_cells(marked.columns[plan.outcome.column])
    event_entry = event.levels[1] if event.levels else plan.outcome.event
    return MarkedControls(len(cells), sum(same_meaning(cell, event_entry) for cell in cells))


def _named_columns(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every key of the plan that names a column, and the column."""
    yield "data.id", plan.data.id
    yield "outcome.column", plan.outcome.column
    if plan.readings and plan.readings.id:
        yield "readings.id", plan.readings.id
    for section in ("dates", "scanner"):
        for key, column in getattr(plan, section).model_dump(exclude_none=True).items():
            if key not in ("format", "minimum_follow_up_years"):
                yield f"{section}.{key}", column
    for exclusion in plan.exclusions:
        yield "exclusions", exclusion.column
    for variable in plan.variables:
        yield variable.name, variable.column
    if plan.controls and plan.controls.column:
        yield "controls.column", plan.controls.column


def _missing_columns(plan: Plan, table: RawTable) -> list[Finding]:
    findings = []
    for key, column in _named_columns(plan):
        if column not in table.columns:
            suggestion = nearest(column, [str(name) for name in table.columns])
            origin = "" if key == column else f", which the plan names under {key}"
            message = f"There is no column {column}{origin}: {suggestion}"
            findings.append(Finding("no_such_column", "refuse", message, {"column": column}))
    return findings


def _check_ids(plan: Plan, table: RawTable) -> list[Finding]:
    """Patients without an id, and ids in more than one row."""
    column = plan.data.id
    ids = keys(table.columns[column])
    empty = tuple(int(row) for row in ids.index[~ids.index.isin(present(ids).index)])
    duplicates = ids[ids.duplicated(keep=False) & ~ids.index.isin(empty)]
    rows = tuple(int(row) for row in duplicates.index)
    findings = []
    if empty:
        message = f"{column} {in_rows(empty)} is empty. Give every patient an id."
        findings.append(Finding("no_id", "refuse", message, {"column": column, "rows": empty}))
    if rows:
        message = (
            f"{column} lists {number_of(duplicates.nunique(), 'patient')} more than once, "
            f"{in_rows(rows)}. Keep one row for each patient."
        )
        findings.append(
            Finding("duplicate_patient", "refuse", message, {"column": column, "rows": rows})
        )
    return findings


def _typed(plan: Plan, rows: RawTable) -> tuple[Plan, pd.DataFrame, list[Finding]]:
    """The plan with types and levels, the table of its variables, and the findings."""
    import pandas as pd

    resolved: dict[str, Variable] = {}
    columns, findings = {}, list[Finding]()
    for variable in plan.variables:
        resolved[variable.name], columns[variable.name], cell_findings = resolve(
            variable, rows.columns[variable.column], grouping_signs=rows.grouping_signs
        )
        findings += cell_findings

    def typed(variable: Any) -> Any:
        """The same entry of the plan; variables of one name share these attributes."""
        attributes = ("column", "label", "type", "unit", "range", "levels", "reference")
        return variable.model_copy(
            update={name: getattr(resolved[variable.name], name) for name in attributes}
        )

    auxiliary = tuple(map(typed, plan.missing.auxiliary))
    typed_plan = plan.model_copy(
        update={
            "predictors": tuple(map(typed, plan.predictors)),
            "subgroups": tuple(map(typed, plan.subgroups)),
            "missing": plan.missing.model_copy(update={"auxiliary": auxiliary}),
        }
    )
    return typed_plan, pd.DataFrame(columns, index=rows.columns.index), findings
