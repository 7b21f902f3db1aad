"""From the files that a plan names to a `Cohort`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vbq.errors import InputError
from vbq.finding import Finding
from vbq.study.cohort.cohort import Cohort
from vbq.study.cohort.controls import read_controls, read_scanners, split_controls
from vbq.study.cohort.join import PREFIX, join_readings, keys
from vbq.study.cohort.resolve import resolve
from vbq.study.cohort.select import Marked, select_patients
from vbq.tables.categories import parse_binary, same_meaning, text_cells
from vbq.tables.cells import Parsed, canonical, present, quoted
from vbq.tables.raw_table import RawTable, nearest
from vbq.tables.read_table import read_table
from vbq.text import in_rows, row_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from vbq.study.cohort.follow_up import FollowUp
    from vbq.study.plan.plan import Plan
    from vbq.study.plan.variable import Variable

__all__ = ["assemble", "read_cohort"]


def read_cohort(plan: Plan) -> tuple[Cohort, tuple[Finding, ...]]:
    """The cohort of a plan, and how its table was read.

    Raises:
        InputError: a table cannot be read, or holds what cannot be understood; the first reason
            is given, and how many more there are.
    """
    cohort, findings = assemble(plan)
    stops = [finding for finding in findings if finding.severity == "refuse"]
    if cohort is None or stops:
        more = f" There are {len(stops) - 1} more." if len(stops) > 1 else ""
        raise InputError(
            f"{plan.data.file}: {stops[0].message}{more}",
            remedy="'vbq study check' lists all.",
            code=stops[0].code,
        )
    return cohort, tuple(findings)


def assemble(plan: Plan) -> tuple[Cohort | None, list[Finding]]:
    """As `read_cohort`, but with everything that is wrong among the findings.

    Returns:
        The cohort, None with a ``refuse`` among the findings; the findings.

    Raises:
        InputError: a table cannot be read at all.
    """
    table = read_table(plan.path(plan.data.file), plan.data.sheet)
    findings = list(table.notes)
    table, joined = join_readings(plan, table)
    findings += joined
    findings += [] if _stopped(joined) else _missing_columns(plan, table)
    if _stopped(findings):
        return None, findings
    table, marked = split_controls(plan, table)
    findings += _ids(plan, table)
    event = _event(plan, table)
    findings += event.findings
    if _stopped(list(event.findings)):  # nobody can be selected, but all columns be looked at
        return None, findings + _typed(plan, table)[2]
    selected = select_patients(plan, table, event.typed, _counted(plan, marked, event))
    findings += selected.findings
    kept, times = selected.rows, selected.times
    if kept.empty:
        message = "Nobody is left to be studied. Look at the exclusions and dates in the plan."
        findings.append(Finding("nobody_left", "refuse", message))
        return None, findings
    rows = table.with_columns(table.columns.loc[kept])
    plan, columns, found = _typed(plan, rows)
    findings += found
    controls, found = read_controls(plan, marked)
    findings += found
    scanners, found = read_scanners(plan, rows)
    findings += found
    if _stopped(findings):
        return None, findings
    label = plan.outcome.label or plan.outcome.column
    value = event.levels[1] if event.levels else plan.outcome.event
    outcome = plan.outcome.model_copy(update={"event": value, "label": label})
    cohort = Cohort(
        plan=plan.model_copy(update={"outcome": outcome}),
        table=columns,
        outcome=event.typed.loc[kept].to_numpy(dtype="float64"),
        follow_up_years=times.years.loc[kept].to_numpy(dtype="float64") if times else None,
        status=times.status.loc[kept].to_numpy(dtype="int8") if times else None,
        scanners=scanners,
        readings=_readings(plan, rows),
        controls=controls,
        flow=selected.flow,
    )
    if selected.followed is None or times is None:
        return cohort, findings
    whole = table.with_columns(table.columns.loc[selected.followed])
    followed, found = _followed(cohort, whole, event.typed, times)
    findings += found
    return (None if _stopped(found) else replace(cohort, followed=followed)), findings


def _followed(
    cohort: Cohort, rows: RawTable, event: pd.Series[Any], times: FollowUp
) -> tuple[Cohort, list[Finding]]:
    """A cohort with those too who were followed for too short, typed as it is itself.

    Whose entries cannot be typed so, such as a level that nobody of the cohort is at, can be in no
    model of it, and must not stop the study of the others.
    """
    short = set(rows.columns.index) - set(cohort.table.index)
    strange: dict[int, str] = {}  # and the column
    while True:  # one entry may hide another of its column
        kept = rows.columns.drop(index=list(strange))
        rows = rows.with_columns(kept)
        _, columns, found = _typed(cohort.plan, rows)
        stops = [one for one in found if one.severity == "refuse"]  # the rest is said already
        seen = {row: one.column for one in stops for row in one.rows if row in short - set(strange)}
        if not seen:
            break
        strange |= seen
    if stops:
        return cohort, stops
    here = rows.columns.index
    findings = _kept_in_time(short, strange, times.years.loc[here])
    followed = replace(
        cohort,
        table=columns,
        outcome=event.loc[here].to_numpy(dtype="float64"),
        follow_up_years=times.years.loc[here].to_numpy(dtype="float64"),
        status=times.status.loc[here].to_numpy(dtype="int8"),
        scanners=read_scanners(cohort.plan, rows)[0],
        readings=_readings(cohort.plan, rows),
    )
    return followed, findings


def _kept_in_time(short: set[int], strange: dict[int, str], years: pd.Series[Any]) -> list[Finding]:
    """How many of those followed for too short the analyses of time keep, and whom they cannot."""
    kept = years.loc[sorted(short - set(strange))].notna().sum()
    message = (
        f"Analyses of time keep {kept:,} of the {len(short):,} whom the main model leaves out for "
        f"their follow-up: those of whom it is known{', with readable entries' * bool(strange)}."
    )
    findings = [Finding("kept_in_time", "note", message)]
    if strange:
        message = (
            f"{row_numbers(strange).capitalize()}: followed for too short, with an entry "
            f"({', '.join(sorted(set(strange.values())))}) that cannot be read as those of the "
            "main model. No analysis of time keeps them."
        )
        findings.append(
            Finding("level_of_short", "caution", message, {"rows": tuple(sorted(strange))})
        )
    return findings


def _readings(plan: Plan, rows: RawTable) -> pd.DataFrame | None:
    if plan.readings is None:
        return None
    wanted = rows.columns[[f"{PREFIX}status", f"{PREFIX}flags"]]
    return wanted.rename(columns=lambda name: str(name).removeprefix(PREFIX))


def _stopped(findings: list[Finding]) -> bool:
    return any(finding.severity == "refuse" for finding in findings)


def _event(plan: Plan, table: RawTable) -> Parsed:
    """The outcome as 0 and 1; the event is what the plan says, or a yes, and never guessed."""
    column = plan.outcome.column
    parsed = parse_binary(table.columns[column], column, coded_1=plan.outcome.event)
    if parsed.levels is None or all(one.code != "binary_order" for one in parsed.findings):
        return parsed
    codes = {canonical(level) for level in parsed.levels} == {"1", "2"}
    both = "; some tables mean yes and no by 1 and 2, others no and yes" if codes else ""
    message = (
        f"{column} has {quoted(list(parsed.levels))}, and which of them is the event is not "
        f"known{both}. State outcome.event in the plan, the entry that means that it happened."
    )
    return Parsed(parsed.typed, None, (Finding("no_event", "refuse", message, {"column": column}),))


def _counted(plan: Plan, marked: RawTable | None, event: Parsed) -> Marked | None:
    """The controls of the patients' table; their outcome is only counted."""
    if marked is None:
        return None
    cells = text_cells(marked.columns[plan.outcome.column])
    yes = event.levels[1] if event.levels else plan.outcome.event
    return Marked(len(cells), sum(same_meaning(cell, yes) for cell in cells))


def _named_columns(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every column that the plan names, and where."""
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
    found = []
    for where, column in _named_columns(plan):
        if column not in table.columns:
            near = nearest(column, [str(name) for name in table.columns])
            named = "" if where == column else f", which the plan names at {where}"
            message = f"There is no column {column}{named}: {near}"
            found.append(Finding("no_such_column", "refuse", message, {"column": column}))
    return found


def _ids(plan: Plan, table: RawTable) -> list[Finding]:
    ids = keys(table.columns[plan.data.id])
    none = tuple(int(row) for row in ids.index[~ids.index.isin(present(ids).index)])
    again = ids[ids.duplicated(keep=False) & ~ids.index.isin(none)]
    rows = tuple(int(row) for row in again.index)
    found = []
    if none:
        message = f"{plan.data.id} {in_rows(none)} is empty. Give every patient an id."
        found.append(Finding("no_id", "refuse", message, {"column": plan.data.id, "rows": none}))
    if rows:
        message = (
            f"{plan.data.id} names {again.nunique():,} of the patients more than once, "
            f"{in_rows(rows)}. Leave one row for each patient."
        )
        found.append(
            Finding("duplicate_patient", "refuse", message, {"column": plan.data.id, "rows": rows})
        )
    return found


def _typed(plan: Plan, rows: RawTable) -> tuple[Plan, pd.DataFrame, list[Finding]]:
    """The plan with types and levels, and the table of its variables."""
    import pandas as pd

    found: dict[str, Variable] = {}
    columns, findings = {}, list[Finding]()
    for variable in plan.variables:
        typed, values, seen = resolve(
            variable, rows.columns[variable.column], grouping_signs=rows.grouping_signs
        )
        found[variable.name], columns[variable.name] = typed, values
        findings += seen

    def known(variable: Any) -> Any:
        typed = found[variable.name]
        what = ("column", "label", "type", "unit", "range", "levels", "reference")
        return variable.model_copy(update={key: getattr(typed, key) for key in what})

    missing = plan.missing.model_copy(
        update={"auxiliary": tuple(map(known, plan.missing.auxiliary))}
    )
    resolved = plan.model_copy(
        update={
            "predictors": tuple(map(known, plan.predictors)),
            "subgroups": tuple(map(known, plan.subgroups)),
            "missing": missing,
        }
    )
    return resolved, pd.DataFrame(columns, index=rows.columns.index), findings
