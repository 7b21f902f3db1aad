"""Selection of the patients: the steps from the table to the cohort, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.finding import Finding, any_refusal
from vbq.study.cohort.cohort import FlowStep
from vbq.study.cohort.follow_up import FollowUp, follow_up
from vbq.study.cohort.join import PREFIX
from vbq.study.plan.plan import Plan
from vbq.tables.categories import same_meaning, text_cells
from vbq.tables.raw_table import RawTable
from vbq.text import in_rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Selection:
    """The patients who are studied.

    Attributes:
        rows: Rows of the patients studied.
        followed: Rows of the patients in time-to-event analyses, which keep those whose follow-up
            was too short; None where they are the same.
        flow: The steps of the selection.
        times: Follow-up of all rows, studied or not; None without dates.
        findings: Contradictory dates, and exclusions because of dates.
    """

    rows: pd.Index[Any]
    followed: pd.Index[Any] | None
    flow: tuple[FlowStep, ...]
    times: FollowUp | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class MarkedControls:
    """Number of controls that a column of the patients' table marks.

    Attributes:
        n: Number of controls.
        events: Controls with the event, as far as their outcome is known.
    """

    n: int
    events: int


def select_patients(
    plan: Plan, table: RawTable, event: pd.Series[Any], marked: MarkedControls | None = None
) -> Selection:
    """Apply the plan's exclusions, readings, outcome and dates, in this order.

    Args:
        plan: The plan.
        table: All patients, with their readings.
        event: 1, 0 or NaN where the outcome is unknown, by row.
        marked: Controls in the same table; None where there are none.
    """
    remaining = table.columns.index
    patients, events = len(remaining), int(event.sum())
    flow = [FlowStep("In the table", patients, events)]
    if marked is not None:
        flow = [
            FlowStep("In the table", patients + marked.n, events + marked.events),
            FlowStep("Patients", patients, events, marked.n, "controls, who are in no model"),
        ]

    def exclude(step: str, excluded: pd.Series[Any], reason: str) -> None:
        nonlocal remaining
        removed = excluded.loc[remaining].astype(bool)
        remaining = remaining[~removed.to_numpy()]
        with_event = int(event.loc[remaining].sum())
        flow.append(FlowStep(step, len(remaining), with_event, int(removed.sum()), reason))

    for exclusion in plan.exclusions:
        cells = text_cells(table.columns[exclusion.column])
        reason = exclusion.reason or exclusion.column
        entries = {cell for cell in cells.unique() if same_meaning(cell, exclusion.value)}
        exclude(f"Without: {reason}", cells.isin(entries), reason)
    if plan.readings is not None:
        status = table.columns[f"{PREFIX}status"]
        reason = f"no reading of status {' or '.join(plan.readings.keep)}"
        exclude("MRI read", ~status.isin(plan.readings.keep), reason)
    if event.isna().any():
        exclude("Outcome known", event.isna(), f"{plan.outcome.column} is missing")
    times, followed = follow_up(plan.dates, table, event), None
    findings = list(times.findings) if times else []
    if times is not None and not any_refusal(findings):
        if plan.dates.event:
            late = times.mri_after_event.loc[remaining]
            exclude("MRI before the event", late, "event on or before the day of the MRI")
            findings += _exclusion(
                late,
                "mri_after_event",
                plan.dates.mri or "",
                "The MRI was made on or after the day of the event {rows}: VBQ may be its "
                "consequence. These patients are excluded, and counted in the flow.",
            )
        if plan.dates.minimum_follow_up_years:
            years = plan.dates.minimum_follow_up_years
            neither = (
                "neither the event nor a competing one" if plan.dates.competing else "no event"
            )
            reason = (
                f"{neither}, and followed for less than {years:g} years or not known how long: not "
                "in the main model"
            )
            short = times.too_short.loc[remaining]
            followed = remaining if short.any() else None
            exclude("Followed long enough", short, reason)
            findings += _exclusion(
                short,
                "short_follow_up",
                "",
                "Follow-up without an event is unknown, or shorter than the minimum, {rows}. These "
                "patients are excluded from the main model, and counted in the flow; patients with "
                "an early event stay, which raises the predicted risks.",
            )
    return Selection(remaining, followed, tuple(flow), times, tuple(findings))


def _exclusion(excluded: pd.Series[Any], code: str, column: str, message: str) -> list[Finding]:
    """A caution about the rows excluded, named at ``{rows}`` in its message; none without any."""
    rows = tuple(int(row) for row in excluded.index[excluded.to_numpy(dtype=bool)])
    if not rows:
        return []
    message = message.format(rows=in_rows(rows))
    return [Finding(code, "caution", message, {"column": column, "rows": rows})]
