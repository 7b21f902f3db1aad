"""Missing values by variable and by pattern, and the convergence of their imputation."""

from vbq.report.study.labels import patients_and_events, variable_labels
from vbq.report.study.report_table import ReportTable
from vbq.stats.imputation.convergence import R_HAT_LIMIT
from vbq.study.analysis.analysis import Analysis
from vbq.text import NO_VALUE, count_of, fixed

PATTERNS_SHOWN = 20


def missing_values(analysis: Analysis) -> ReportTable:
    """Missing values by variable."""
    pattern, r_hat = analysis.missing.pattern, analysis.missing.r_hat
    labels = variable_labels(analysis)
    imputed = bool(r_hat)
    rows: list[tuple[str, ...]] = []
    for name, count in pattern.counts.items():
        convergence = (fixed(r_hat.get(name), 3),) if imputed else ()
        rows.append((labels.get(name, name), count_of(count, pattern.n), *convergence))
    incomplete = count_of(pattern.n - pattern.complete, pattern.n)
    rows.append(("Any variable", incomplete, *((NO_VALUE,) if imputed else ())))
    notes = [f"{patients_and_events(pattern.n, analysis.size.events)}."]
    if imputed:
        notes.append(
            f"{analysis.missing.imputations} imputations. R-hat (Gelman and Rubin) of the means of "
            f"the chains: a value above about {R_HAT_LIMIT} indicates that they have not converged."
        )
    return ReportTable(
        name="missing",
        title="Missing values",
        header=("Variable", "Missing", *(("R-hat",) if imputed else ())),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def missing_patterns(analysis: Analysis) -> ReportTable | None:
    """Which values are missing together; None if none are missing."""
    missing = analysis.missing.pattern
    if missing.complete == missing.n:
        return None
    labels = variable_labels(analysis)
    frequent, rare = missing.patterns[:PATTERNS_SHOWN], missing.patterns[PATTERNS_SHOWN:]
    rows = [
        (", ".join(labels.get(n, n) for n in p.missing) or "none", count_of(p.n, missing.n))
        for p in frequent
    ]
    if rare:
        n = sum(pattern.n for pattern in rare)
        rows.append((f"{len(rare)} other patterns", count_of(n, missing.n)))
    return ReportTable(
        name="missing_patterns",
        title="Patterns of missing values",
        header=("Missing variables", "Patients"),
        rows=tuple(rows),
    )
