"""Who is studied: steps from the table to the cohort, each with those who left and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.finding import Finding
from vbq.study.cohort.cohort import FlowStep
from vbq.study.cohort.follow_up import FollowUp, follow_up
from vbq.study.cohort.join import PREFIX
from vbq.tables.categories import same_meaning, text_cells
from vbq.text import in_rows

if TYPE_CHECKING:
    import pandas as pd

    from vbq.study.plan.plan import Plan
    from vbq.tables.raw_table import RawTable

__all__ = ["Marked", "Selection", "select_patients"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Those who are studied.

    Attributes:
        rows: Their rows.
        followed: Rows of the analyses of time: those too who were followed for too short; None
            where nobody was.
        flow: The steps that led to them.
        times: Follow-up of all rows, studied or not; None without dates.
        findings: What dates contradict, and who left because of them.
    """

    rows: pd.Index[Any]
    followed: pd.Index[Any] | None
    flow: tuple[FlowStep, ...]
    times: FollowUp | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """Controls that a column of the patients' table marks.

    Attributes:
        n: How many.
        events: With the event, as far as their outcome is known.
    """

    n: int
    events: int


def select_patients(
    plan: Plan, table: RawTable, event: pd.Series[Any], marked: Marked | None = None
) -> Selection:
    """Apply the plan's exclusions, readings, outcome and dates, in this order.

    Args:
        plan: The plan.
        table: All patients, readings joined.
        event: 1, 0 or NaN where the outcome is not known, by row.
        marked: Controls that stood in the same file; None where there are none.
    """
    left = table.columns.index
    patients, events = len(left), int(event.sum())
    flow = [FlowStep("In the table", patients, events)]
    if marked is not None:
        flow = [
            FlowStep("In the table", patients + marked.n, events + marked.events),
            FlowStep("Patients", patients, events, marked.n, "controls, who are in no model"),
        ]

    def keep(name: str, leaves: pd.Series[Any], reason: str) -> None:
        nonlocal left
        gone = leaves.loc[left].astype(bool)
        left = left[~gone.to_numpy()]
        flow.append(FlowStep(name, len(left), int(event.loc[left].sum()), int(gone.sum()), reason))

    for exclusion in plan.exclusions:
        cells = text_cells(table.columns[exclusion.column])
        reason = exclusion.reason or exclusion.column
        leaves = {cell for cell in cells.unique() if same_meaning(cell, exclusion.value)}
        keep(f"Without: {reason}", cells.isin(leaves), reason)
    if plan.readings is not None:
        status = table.columns[f"{PREFIX}status"]
        reason = f"no reading of status {' or '.join(plan.readings.keep)}"
        keep("MRI read", ~status.isin(plan.readings.keep), reason)
    if event.isna().any():
        keep("Outcome known", event.isna(), f"{plan.outcome.column} is missing")
    times, followed = follow_up(plan.dates, table, event), None
    findings = list(times.findings) if times else []
    if times is not None and not any(one.severity == "refuse" for one in findings):
        if plan.dates.event:
            late = times.before.loc[left]
            keep("MRI before the event", late, "event on or before the day of the MRI")
            findings += _excluded(late, "mri_after_event", plan.dates.mri or "")
        if plan.dates.minimum_follow_up_years:
            years = plan.dates.minimum_follow_up_years
            neither = (
                "neither the event nor a competing one" if plan.dates.competing else "no event"
            )
            reason = (
                f"{neither}, and followed for less than {years:g} years or not known how long: not "
                "in the main model"
            )
            short = times.short.loc[left]
            followed = left if short.any() else None
            keep("Followed long enough", short, reason)
            findings += _excluded(short, "short_follow_up", "")
    return Selection(left, followed, tuple(flow), times, tuple(findings))


def _excluded(leaves: pd.Series[Any], code: str, column: str) -> list[Finding]:
    rows = tuple(int(row) for row in leaves.index[leaves.to_numpy(dtype=bool)])
    if not rows:
        return []
    message = {
        "mri_after_event": (
            f"The MRI was made on the day of the event or after it {in_rows(rows)}: VBQ may be "
            "its consequence. These patients leave the study, counted in the flow."
        ),
        "short_follow_up": (
            f"Follow-up without an event is shorter than asked for, or not known, "
            f"{in_rows(rows)}. These patients leave the main model, counted in the flow; those "
            "with an early event stay, which raises its risks."
        ),
    }[code]
    return [Finding(code, "caution", message, {"column": column, "rows": rows})]
