"""Time from the MRI to the event, and dates that contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vbq.finding import Finding, Severity
from vbq.study.plan.plan import Dates
from vbq.tables.dates import parse_dates
from vbq.tables.numbers import parse_numbers
from vbq.tables.raw_table import RawTable
from vbq.text import in_rows

if TYPE_CHECKING:
    import pandas as pd

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Follow-up of the rows of a table; every series is indexed by row.

    Attributes:
        years: Years from the MRI to the event, the competing event or the last contact; NaN where
            unknown.
        status: 1 event, 2 competing event, 0 neither.
        mri_after_event: Whether the event was on or before the day of the MRI.
        too_short: Whether there was neither the event nor a competing one, and the follow-up is
            unknown or shorter than the plan's minimum.
        findings: Dates that contradict each other.
    """

    years: pd.Series[Any]
    status: pd.Series[Any]
    mri_after_event: pd.Series[Any]
    too_short: pd.Series[Any]
    findings: tuple[Finding, ...]


class _Days(NamedTuple):
    """Day numbers by row; NaN where the date is missing or the plan names no column for it."""

    mri: pd.Series[Any]
    event: pd.Series[Any]
    last_seen: pd.Series[Any]
    competing: pd.Series[Any]


class _Check(NamedTuple):
    """Rows for which a statement about a column holds, and what it is reported as."""

    rows: pd.Series[Any]
    code: str
    severity: Severity
    column: str | None
    statement: str

    def findings(self) -> list[Finding]:
        """The finding; none where no row is concerned."""
        concerned: NDArray[np.bool_] = self.rows.to_numpy(dtype=bool)
        rows = tuple(int(row) for row in self.rows.index[concerned])
        if not rows:
            return []
        column = self.column or ""
        message = f"{column} {in_rows(rows)} {self.statement}"
        return [Finding(self.code, self.severity, message, {"column": column, "rows": rows})]


def follow_up(dates: Dates, table: RawTable, outcome: pd.Series[Any]) -> FollowUp | None:
    """Follow-up of each row; None where the plan names neither dates nor a length of follow-up.

    Args:
        dates: The columns that the plan names.
        table: All rows.
        outcome: 1, 0 or NaN, by row.
    """
    import pandas as pd

    unknown = pd.Series(float("nan"), index=outcome.index)
    no_rows = pd.Series(data=False, index=outcome.index)
    dated, findings = _read_days(dates, table)
    days = _Days(*(dated.get(name, unknown) for name in _Days._fields))
    event = outcome == 1
    if dates.follow_up_years is not None and dates.follow_up_years in table.columns:
        column = dates.follow_up_years
        parsed = parse_numbers(table.columns[column], column, grouping_signs=table.grouping_signs)
        years = parsed.typed
        negative = _Check(years < 0, "negative_follow_up", "refuse", column,
                          "is below zero. Correct it.")  # fmt: skip
        findings += [*parsed.findings, *negative.findings()]
    elif dated.keys() & {"event", "last_seen", "competing"}:
        end = days.event.where(event, days.competing.fillna(days.last_seen))
        years = (end - days.mri) / DAYS_PER_YEAR
        findings += _contradictions(dates, event, days)
    elif findings:
        return FollowUp(unknown, unknown, no_rows, no_rows, tuple(findings))
    else:
        return None
    no_competing_event = days.competing.isna()
    status = event.astype("int8").where(event | no_competing_event, 2)
    too_short = no_rows
    if dates.minimum_follow_up_years:
        long_enough = years >= dates.minimum_follow_up_years
        too_short = ~event & no_competing_event & ~long_enough
    return FollowUp(years, status, event & (days.event <= days.mri), too_short, tuple(findings))


def _read_days(dates: Dates, table: RawTable) -> tuple[dict[str, pd.Series[Any]], list[Finding]]:
    """Day numbers of the columns that the plan names and the table has, by key of ``dates``."""
    days, findings = {}, list[Finding]()
    for name in _Days._fields:
        column = getattr(dates, name)
        if column is not None and column in table.columns:
            parsed = parse_dates(table.columns[column], column, dates.format)
            days[name] = parsed.typed
            findings += parsed.findings
    return days, findings


def _contradictions(dates: Dates, event: pd.Series[Any], days: _Days) -> list[Finding]:
    checks = [
        _Check(
            ~event & days.event.notna(), "date_without_event", "refuse", dates.event,
            "has a date although the outcome says that there was no event. Correct one of them.",
        ),
        _Check(
            days.last_seen < days.mri, "seen_before_mri", "refuse", dates.last_seen,
            f"is before {dates.mri}. Correct one of the dates.",
        ),
        _Check(
            days.competing < days.mri, "competing_before_mri", "refuse", dates.competing,
            f"is before {dates.mri}. Correct one of the dates.",
        ),
        _Check(
            event & (days.competing < days.event), "event_after_competing", "refuse", dates.event,
            f"is after {dates.competing}, which is impossible. Correct one of the dates.",
        ),
        _Check(
            days.last_seen < days.event, "seen_before_event", "caution", dates.last_seen,
            f"is before {dates.event}; the date of the event is used.",
        ),
        _Check(
            days.mri.isna(), "no_mri_date", "caution", dates.mri,
            "is missing: it is unknown whether the MRI preceded the fracture.",
        ),
    ]  # fmt: skip
    if dates.event:
        checks.append(
            _Check(
                event & days.event.isna(), "event_without_date", "caution", dates.event,
                "is missing although the outcome says that there was an event: its time is "
                "unknown.",
            )
        )  # fmt: skip
    return [finding for check in checks for finding in check.findings()]
