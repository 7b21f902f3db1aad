"""The table by outcome: counts behind percentages, and the test behind a p-value."""

from dataclasses import dataclass

from scipy import stats

from vbq.audit.finding import audit_finding
from vbq.audit.printed_number import counts_that_fit, totals_that_fit
from vbq.audit.published_table import Characteristic, PublishedTable
from vbq.audit.two_by_two import CrudeOddsRatio, crude_odds_ratio, p_values_by_test
from vbq.finding import Finding
from vbq.text import fixed, listed, p_equals, p_exact

MAXIMUM_TABLES = 400  # 2 × 2 tables that fit a row, beyond which its test is not sought
MAXIMUM_TOTALS = 1000  # numbers of patients that fit, beyond which rows are not audited


@dataclass(frozen=True)
class AuditedRow:
    """A row of the table by outcome.

    Attributes:
        name: Name of the variable.
        counts: Pairs of counts, with and without the outcome, that fit what is printed; empty for
            a continuous variable.
        crude: Odds ratio, if only one pair of counts fits.
        p_printed: p-value as printed; empty if there is none.
        tests: p-values by test, if only one pair of counts fits.
        fitting: Tests that could have given the printed p-value.
        largest_sd: For a continuous variable, the largest within-group standard deviation that a t
            test with the printed p-value allows; None if it cannot be computed.
    """

    name: str
    counts: tuple[tuple[int, int], ...]
    crude: CrudeOddsRatio | None
    p_printed: str
    tests: dict[str, float]
    fitting: tuple[str, ...]
    largest_sd: float | None = None


def audit_patients(table: PublishedTable) -> tuple[tuple[int, ...], list[Finding]]:
    """All numbers of patients that fit the events and their percentage."""
    events = table.events
    printed = (events.patients,) if events.patients else ()
    if events.percent is None or events.percent.low <= 0:
        return printed, []
    percent = f"{events.percent.text} %"
    totals = totals_that_fit(events.count, events.percent)
    if not totals or (events.patients and events.patients not in totals):
        total = f" in {events.patients} patients" if events.patients else ""
        message = f"{events.count} events{total} cannot be printed as {percent}."
        return printed, [audit_finding("no_count", "contradiction", "events", message)]
    if events.patients:
        return printed, []
    first, last = totals[0], totals[-1]
    if len(totals) == 1:
        message = (
            f"{events.count} events printed as {percent} fit {first} patients and no other number, "
            f"so that {first - events.count} are without the event."
        )
        return (first,), [audit_finding("unique_patients", "proof", "events", message)]
    message = (
        f"{events.count} events printed as {percent} fit any number of patients from {first} to "
        f"{last}."
    )
    patients = tuple(totals) if len(totals) <= MAXIMUM_TOTALS else ()
    return patients, [audit_finding("patients_range", "proof", "events", message)]


def audit_row(
    row: Characteristic, events: int, patients: tuple[int, ...]
) -> tuple[AuditedRow, list[Finding]]:
    """A row of the table by outcome, with the counts and tests that fit it.

    Args:
        row: The row as printed.
        events: Number of patients with the event.
        patients: Numbers of patients that fit the events.
    """
    if row.mean is not None:
        return _audit_means(row, events, patients)
    p_printed = row.p.text if row.p else ""
    tables = [
        ((with_event, without_event), (events, total - events))
        for total in patients
        for with_event in _fitting_counts(row, 0, events)
        for without_event in _fitting_counts(row, 1, total - events)
    ]
    findings = []
    if not tables:
        if patients:
            message = (
                f"{_printed_counts(row)} fit no counts of patients with and without the event."
            )
            findings.append(audit_finding("no_count", "contradiction", row.name, message))
        return AuditedRow(row.name, (), None, p_printed, {}, ()), findings
    unique = tables[0] if len(tables) == 1 else None
    if unique and not row.count:
        (a, b), (m, n) = unique
        message = f"The percentages fit {a} of {m} and {b} of {n}, and no other counts."
        findings.append(audit_finding("unique_counts", "proof", row.name, message))
    tests = p_values_by_test(*unique) if unique else {}
    fitting: tuple[str, ...] = ()
    if row.p and len(tables) <= MAXIMUM_TABLES:
        p_values = [p_values_by_test(*table) for table in tables]
        names = dict.fromkeys(name for by_test in p_values for name in by_test)
        fitting = tuple(
            name
            for name in names
            if any(name in by_test and row.p.could_be(by_test[name]) for by_test in p_values)
        )
        if names and not fitting:
            tried = ", ".join(f"{name} {p_exact(tests[name])}" if tests else name for name in names)
            message = (
                f"The printed p {p_equals(p_printed)} is not given by any test tried ({tried})."
            )
            findings.append(audit_finding("no_test_fits", "contradiction", row.name, message))
    return AuditedRow(
        name=row.name,
        counts=tuple(sorted({counts for counts, _ in tables})),
        crude=crude_odds_ratio(*unique) if unique else None,
        p_printed=p_printed,
        tests=tests,
        fitting=fitting,
    ), findings


def _printed_counts(row: Characteristic) -> str:
    """Percentages and counts of a row as printed: ``30.6/15.2 % (22/17)``."""
    percent = "/".join(share.text for share in row.percent) + " %" if row.percent else ""
    count = "/".join(map(str, row.count)) if row.count else ""
    return f"{percent} ({count})" if percent and count else percent or count


def _fitting_counts(row: Characteristic, group: int, size: int) -> list[int]:
    """Counts in a group of so many patients that fit what is printed for it."""
    fitting = counts_that_fit(size, row.percent[group]) if row.percent else range(size + 1)
    if row.count is None:
        return list(fitting)
    return [row.count[group]] if row.count[group] in fitting else []


def _audit_means(
    row: Characteristic, events: int, patients: tuple[int, ...]
) -> tuple[AuditedRow, list[Finding]]:
    """A row of two means, with the largest standard deviation that its p-value allows."""
    assert row.mean is not None
    p_printed = row.p.text if row.p else ""
    first, second = row.mean
    difference = abs(first.value - second.value)
    if not (row.p and len(patients) == 1 and difference and 0 < row.p.high < 1):
        return AuditedRow(row.name, (), None, p_printed, {}, ()), []
    m, n = events, patients[0] - events
    largest_difference = difference + first.half_unit + second.half_unit
    t = float(stats.t.isf(row.p.high / 2, m + n - 2))
    largest_sd = largest_difference / (t * (1 / m + 1 / n) ** 0.5)
    message = (
        f"If p {p_equals(p_printed)} comes from Student's t test, the standard deviation within "
        f"the groups is at most {fixed(largest_sd, 2)}; none is printed."
    )
    finding = audit_finding("sd_implied", "inference", row.name, message)
    return AuditedRow(row.name, (), None, p_printed, {}, (), largest_sd), [finding]


def audit_tests(rows: list[AuditedRow]) -> list[Finding]:
    """Which tests give the printed p-values, row by row and over the whole table."""
    tested = [row for row in rows if row.tests and row.fitting]
    findings = []
    for row in tested:
        p_values = {name: f"{name} ({p_exact(p)})" for name, p in row.tests.items()}
        fitting = [p_values.pop(name) for name in row.fitting]
        message = f"The printed p {p_equals(row.p_printed)} is given by {listed(fitting, 'or')}"
        if p_values:
            message += f", not by {listed(p_values.values(), 'or')}"
        findings.append(audit_finding("test_identified", "proof", row.name, f"{message}."))
    names = list(dict.fromkeys(name for row in tested for name in row.tests))
    explaining = [name for name in names if all(name in row.fitting for row in tested)]
    excluded = [name for name in names if not any(name in row.fitting for row in tested)]
    if explaining and excluded:
        message = (
            "The p-values of the yes/no variables can all come from one test, "
            f"{listed(explaining, 'or')}; none of them is given by {listed(excluded, 'or')}."
        )
        findings.append(audit_finding("test_of_table", "inference", "", message))
    return findings
