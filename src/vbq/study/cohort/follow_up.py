"""Time from the MRI to the event, and what dates contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vbq.finding import Finding, Severity
from vbq.tables.dates import parse_dates
from vbq.tables.numbers import parse_numbers
from vbq.text import in_rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from vbq.study.plan.plan import Dates
    from vbq.tables.raw_table import RawTable

__all__ = ["FollowUp", "follow_up"]

DAYS_A_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Follow-up of the rows of a table.

    Attributes:
        years: From the MRI; NaN where not known.
        status: 1 event, 2 competing event, 0 neither.
        before: True where the event was on or before the day of the MRI.
        short: True where there was neither event nor competing event, and the follow-up is
            shorter than asked for or not known.
        findings: What the dates contradict.
    """

    years: pd.Series[Any]
    status: pd.Series[Any]
    before: pd.Series[Any]
    short: pd.Series[Any]
    findings: tuple[Finding, ...]


def follow_up(dates: Dates, table: RawTable, outcome: pd.Series[Any]) -> FollowUp | None:
    """Follow-up of each row; None where the plan names neither dates nor a length.

    Args:
        dates: Which columns.
        table: All rows.
        outcome: 1, 0 or NaN, by row.
    """
    import pandas as pd

    days, findings = _days(dates, table)
    event = outcome == 1
    nothing = pd.Series(float("nan"), index=outcome.index)
    never = pd.Series(data=False, index=outcome.index)
    start, fracture = days.get("mri", nothing), days.get("event", nothing)
    seen, other = days.get("last_seen", nothing), days.get("competing", nothing)
    if dates.follow_up_years is not None and dates.follow_up_years in table.columns:
        column = dates.follow_up_years
        parsed = parse_numbers(table.columns[column], column, grouping_signs=table.grouping_signs)
        years = parsed.typed
        findings += parsed.findings
        findings += _found(
            years < 0, "negative_follow_up", "refuse", column, "is below zero. Correct it."
        )
    elif days.keys() & {"event", "last_seen", "competing"}:
        end = fracture.where(event, other.fillna(seen))
        years = (end - start) / DAYS_A_YEAR
        findings += _contradictions(dates, event, start, fracture, seen, other)
    else:
        return None if not findings else FollowUp(nothing, nothing, never, never, tuple(findings))
    status = event.astype("int8").where(event | other.isna(), 2)
    short = ~event & other.isna() & ~(years >= dates.minimum_follow_up_years)
    if not dates.minimum_follow_up_years:
        short = never
    return FollowUp(years, status, event & (fracture <= start), short, tuple(findings))


def _days(dates: Dates, table: RawTable) -> tuple[dict[str, pd.Series[Any]], list[Finding]]:
    days, findings = {}, list[Finding]()
    for name in ("mri", "event", "last_seen", "competing"):
        column = getattr(dates, name)
        if column is not None and column in table.columns:
            parsed = parse_dates(table.columns[column], column, dates.format)
            days[name] = parsed.typed
            findings += parsed.findings
    return days, findings


def _contradictions(
    dates: Dates,
    event: pd.Series[Any],
    start: pd.Series[Any],
    fracture: pd.Series[Any],
    seen: pd.Series[Any],
    other: pd.Series[Any],
) -> list[Finding]:
    mri, column = dates.mri or "", dates.event or ""
    last, rival = dates.last_seen or "", dates.competing or ""
    checks: list[tuple[pd.Series[Any], str, Severity, str, str]] = [
        (
            ~event & fracture.notna(),
            "date_without_event",
            "refuse",
            column,
            "has a date of the event, but the outcome says that there was none. Correct one.",
        ),
        (
            seen < start,
            "seen_before_mri",
            "refuse",
            last,
            f"is before {mri}. Correct one of the dates.",
        ),
        (
            other < start,
            "competing_before_mri",
            "refuse",
            rival,
            f"is before {mri}. Correct one of the dates.",
        ),
        (
            event & (other < fracture),
            "event_after_competing",
            "refuse",
            column,
            f"is after {rival}, which makes it impossible. Correct one of the dates.",
        ),
        (
            seen < fracture,
            "seen_before_event",
            "caution",
            last,
            f"is before {column}: the patient was seen with it later. The event's date is used.",
        ),
        (
            start.isna(),
            "no_mri_date",
            "caution",
            mri,
            "is missing: nobody can tell whether the MRI was before the fracture.",
        ),
    ]
    if dates.event:
        checks.append(
            (
                event & fracture.isna(),
                "event_without_date",
                "caution",
                column,
                "is missing though the outcome says that there was an event: it has no time.",
            )
        )
    return [finding for check in checks for finding in _found(*check)]


def _found(
    where: pd.Series[Any], code: str, severity: Severity, column: str, what: str
) -> list[Finding]:
    hit: NDArray[np.bool_] = where.to_numpy(dtype=bool)
    rows = tuple(int(row) for row in where.index[hit])
    if not rows:
        return []
    return [
        Finding(
            code, severity, f"{column} {in_rows(rows)} {what}", {"column": column, "rows": rows}
        )
    ]
