"""The table by outcome: counts behind percentages, and the test behind a p-value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

from vbq.audit.counts import counts_that_fit, totals_that_fit
from vbq.audit.finding import audit_finding
from vbq.audit.two_by_two import CrudeOddsRatio, crude_odds_ratio, tests_of
from vbq.text import p_exact

if TYPE_CHECKING:
    from vbq.audit.published_table import Characteristic, PublishedTable
    from vbq.finding import Finding

__all__ = ["AuditedRow", "audit_patients", "audit_row", "audit_tests"]

MOST_TABLES = 400
MOST_TOTALS = 1000


@dataclass(frozen=True)
class AuditedRow:
    """A row by outcome.

    Attributes:
        name: Of the variable.
        counts: Pairs of counts that fit what is printed; empty of a continuous variable.
        crude: Odds ratio where the counts are unique.
        p_printed: As printed; empty if it was not.
        tests: p-values by test, of the counts where they are unique.
        fitting: Tests that could have given the printed p-value.
        largest_sd: Of a continuous variable, the largest common SD that a t test allows; None
            where nothing follows.
    """

    name: str
    counts: tuple[tuple[int, int], ...]
    crude: CrudeOddsRatio | None
    p_printed: str
    tests: dict[str, float]
    fitting: tuple[str, ...]
    largest_sd: float | None = None


def audit_patients(table: PublishedTable) -> tuple[tuple[int, ...], list[Finding]]:
    """Every number of patients that fits the events and their percentage."""
    events = table.events
    if events.percent is None or events.percent.low <= 0:
        found = (events.patients,) if events.patients else ()
        return found, []
    percent = events.percent.text
    totals = totals_that_fit(events.count, events.percent)
    if not totals or (events.patients and events.patients not in totals):
        printed = f" of {events.patients}" if events.patients else ""
        message = f"{events.count} events{printed} cannot be printed as {percent} %."
        given = (events.patients,) if events.patients else ()
        return given, [audit_finding("no_count", "contradiction", "events", message)]
    if events.patients:
        return (events.patients,), []
    first, last = totals[0], totals[-1]
    if len(totals) == 1:
        message = (
            f"{events.count} events as {percent} % fit {first} patients and no other number: "
            f"{first - events.count} without the event."
        )
        return (first,), [audit_finding("unique_patients", "proof", "events", message)]
    message = f"{events.count} events as {percent} % fit any number of patients, {first} to {last}."
    known = tuple(totals) if len(totals) <= MOST_TOTALS else ()
    return known, [audit_finding("patients_range", "proof", "events", message)]


def audit_row(
    row: Characteristic, events: int, patients: tuple[int, ...]
) -> tuple[AuditedRow, list[Finding]]:
    """A row of the table by outcome."""
    if row.mean is not None:
        return _audit_means(row, events, patients)
    tables = []
    for total in patients:
        totals = events, total - events
        first, second = (_choices(row, group, size) for group, size in enumerate(totals))
        tables += [((a, b), totals) for a in first for b in second]
    counts = tuple(sorted({(a, b) for (a, b), _ in tables}))
    printed = row.p.text if row.p else ""
    if not tables:
        what = "/".join(p.text for p in row.percent) + " %" if row.percent else "the counts"
        beside = f" with {'/'.join(map(str, row.count))}" if row.count and row.percent else ""
        message = f"{what}{beside} fit no count of the patients with and without the event."
        finding = (
            [audit_finding("no_count", "contradiction", row.name, message)] if patients else []
        )
        return AuditedRow(row.name, (), None, printed, {}, ()), finding
    unique = tables[0] if len(tables) == 1 else None
    findings = []
    if unique and not row.count:
        (a, b), (m, n) = unique
        message = f"The percentages fit {a} of {m} and {b} of {n}, and no other counts."
        findings.append(audit_finding("unique_counts", "proof", row.name, message))
    tests = tests_of(*unique) if unique else {}
    fitting: list[str] = []
    if row.p and len(tables) <= MOST_TABLES:
        of_all = [tests_of(*one) for one in tables]
        names = dict.fromkeys(name for one in of_all for name in one)
        p = row.p
        fitting = [name for name in names if any(name in t and p.may_be(t[name]) for t in of_all)]
        if not fitting and names:
            shown = ", ".join(f"{name} {p_exact(p)}" for name, p in tests.items())
            message = f"The printed p = {printed} is that of no test tried ({shown})."
            findings.append(audit_finding("no_test_fits", "contradiction", row.name, message))
    crude = crude_odds_ratio(*unique) if unique else None
    return AuditedRow(row.name, counts, crude, printed, tests, tuple(fitting)), findings


def _choices(row: Characteristic, group: int, size: int) -> list[int]:
    """Counts of a group that fit what is printed of it."""
    fitting = counts_that_fit(size, row.percent[group]) if row.percent else range(size + 1)
    if row.count is None:
        return list(fitting)
    return [row.count[group]] if row.count[group] in fitting else []


def _audit_means(
    row: Characteristic, events: int, patients: tuple[int, ...]
) -> tuple[AuditedRow, list[Finding]]:
    assert row.mean is not None
    printed = row.p.text if row.p else ""
    first, second = row.mean
    apart = abs(first.value - second.value)
    if not (row.p and len(patients) == 1 and apart and 0 < row.p.high < 1):
        return AuditedRow(row.name, (), None, printed, {}, ()), []
    m, n = events, patients[0] - events
    widest = apart + 0.5 * 10.0**-first.decimals + 0.5 * 10.0**-second.decimals
    t = float(stats.t.isf(row.p.high / 2, m + n - 2))
    largest = widest / (t * (1 / m + 1 / n) ** 0.5)
    message = (
        f"If p {'= ' * (not row.p.sign)}{printed} is that of Student's t test, the standard "
        f"deviation within the groups is at most {largest:.2f}; none is printed."
    )
    finding = audit_finding("sd_implied", "inference", row.name, message)
    return AuditedRow(row.name, (), None, printed, {}, (), largest), [finding]


def audit_tests(rows: list[AuditedRow]) -> list[Finding]:
    """Which tests fit all rows, and which none."""
    tested = [row for row in rows if row.tests and row.fitting]
    if not tested:
        return []
    names = list(dict.fromkeys(name for row in tested for name in row.tests))
    every = [name for name in names if all(name in row.fitting for row in tested)]
    never = [name for name in names if not any(name in row.fitting for row in tested)]
    findings = []
    for row in tested:
        others = ", ".join(
            f"{name} {p_exact(p)}" for name, p in row.tests.items() if name not in row.fitting
        )
        fit = " or ".join(f"{name} ({p_exact(row.tests[name])})" for name in row.fitting)
        message = f"The printed p = {row.p_printed} is that of {fit}" + (
            f"; not of {others}." if others else "."
        )
        findings.append(audit_finding("test_identified", "proof", row.name, message))
    if every and never:
        message = (
            f"One test explains every p-value of the yes/no variables: {' or '.join(every)}. "
            f"{', '.join(never)} explain none."
        )
        findings.append(audit_finding("test_of_table", "inference", "", message))
    return findings
