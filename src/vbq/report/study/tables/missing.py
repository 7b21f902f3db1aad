"""What was missing, in how many, and whether its imputation settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.report_table import ReportTable
from vbq.stats.imputation.convergence import R_HAT_LIMIT
from vbq.text import NO_VALUE, count_of, fixed

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis

__all__ = ["missing_patterns", "missing_values"]

MOST_PATTERNS = 20


def missing_values(analysis: Analysis) -> ReportTable:
    """Missing values by variable."""
    found, r_hat = analysis.missing.pattern, analysis.missing.r_hat
    label = {one.name: one.label for one in analysis.plan.variables}
    imputed = bool(r_hat)
    rows: list[tuple[str, ...]] = []
    for name, count in found.counts.items():
        settled = (fixed(r_hat.get(name), 3),) if imputed else ()
        rows.append((label.get(name, name), count_of(count, found.n), *settled))
    complete = (NO_VALUE,) if imputed else ()
    rows.append(("Any of them", count_of(found.n - found.complete, found.n), *complete))
    notes = [f"Patients: {found.n:,}, {analysis.size.events:,} with the event."]
    if imputed:
        notes.append(
            f"{analysis.missing.imputations} imputations. R-hat (Gelman and Rubin) of the chained "
            f"means: above about {R_HAT_LIMIT} the imputation has not settled."
        )
    return ReportTable(
        name="missing",
        title="Missing values",
        header=("Variable", "Missing", *(("R-hat",) if imputed else ())),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def missing_patterns(analysis: Analysis) -> ReportTable | None:
    """Which values are missing together; None where nothing is."""
    found = analysis.missing.pattern
    if found.complete == found.n:
        return None
    label = {one.name: one.label for one in analysis.plan.variables}
    shown, rest = found.patterns[:MOST_PATTERNS], found.patterns[MOST_PATTERNS:]
    rows = [
        (", ".join(label.get(n, n) for n in one.missing) or "nothing", count_of(one.n, found.n))
        for one in shown
    ]
    if rest:
        n = sum(one.n for one in rest)
        rows.append((f"{len(rest)} other combinations", count_of(n, found.n)))
    return ReportTable(
        name="missing_patterns",
        title="Values missing together",
        header=("Missing", "Patients"),
        rows=tuple(rows),
    )
