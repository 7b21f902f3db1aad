"""The check of a study, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from vbq.study import Examination

STYLE = {"refuse": "bold red", "caution": "yellow", "note": "dim"}
PATTERNS_SHOWN = 8
GROUPS_SHOWN = 12


def show_examination(examination: Examination) -> None:
    """Print patients, predictors, missing values, scanners and the findings."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import number_of

    console = Console(highlight=False)
    console.print(escape(examination.plan.title), style="bold")
    if examination.cohort is not None:
        _show_flow(console, examination)
        _show_predictors(console, examination)
        _show_missing(console, examination)
        _show_scanners(console, examination)
    console.print("\nFindings", style="italic")
    table = Table(box=None, pad_edge=False)
    table.add_column("Severity", no_wrap=True)
    table.add_column("Finding", overflow="fold")
    for finding in examination.findings:
        style = STYLE[finding.severity]
        table.add_row(f"[{style}]{finding.severity}[/]", escape(finding.message))
    console.print(table)
    count = {
        severity: sum(finding.severity == severity for finding in examination.findings)
        for severity in STYLE
    }
    errors, cautions = count["refuse"], number_of(count["caution"], "caution")
    if examination.stopped:
        console.print(f"\n{errors} to correct before the study can be run; {cautions} to consider.")
    else:
        console.print(f"\nThe study can be run; {cautions} to consider.")


def _show_flow(console: Console, examination: Examination) -> None:
    assert examination.cohort is not None
    assert examination.size is not None
    from rich.markup import escape

    for step in examination.cohort.flow:
        excluded = f" ({step.removed:,} excluded: {step.reason})" if step.reason else ""
        console.print(f"{escape(step.name)}: {step.n:,}, {step.events:,} events{escape(excluded)}")
    if followed := examination.cohort.followed:
        timed, events = followed.timed
        console.print(f"In time-to-event analyses: {timed:,}, {events:,} events")
    size = examination.size
    console.print(
        f"{size.parameters} candidate parameters, "
        f"{size.events_per_parameter:.1f} events per parameter"
        + (f"; Riley's minimum {size.needed:,} patients" if size.needed else "")
    )


def _show_predictors(console: Console, examination: Examination) -> None:
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import NO_VALUE, percent

    assert examination.cohort is not None
    console.print("\nPredictors", style="italic")
    table = Table(box=None, pad_edge=False)
    for heading in ("Name", "Type"):
        table.add_column(heading)
    for heading in ("Parameters", "n", "Missing"):
        table.add_column(heading, justify="right")
    table.add_column("Values", overflow="fold")
    for predictor in examination.cohort.plan.predictors:
        values = examination.cohort.table[predictor.name]
        known = values.dropna()
        if predictor.type == "continuous":
            spread = f"{known.min():g} to {known.max():g}, median {known.median():g}"
            shown = f"{spread} {predictor.unit}" if len(known) else NO_VALUE
        else:
            levels = predictor.levels or ()
            codes = known if predictor.type == "binary" else known.cat.codes
            counts = [int((codes == code).sum()) for code in range(len(levels))]
            shown = ", ".join(f"{lv}: {n:,}" for lv, n in zip(levels, counts, strict=True))
        kind = str(predictor.type)
        if predictor.transformation != "linear":
            kind = f"{kind}, {predictor.transformation}"
        table.add_row(
            escape(predictor.name),
            kind,
            str(predictor.parameters),
            f"{len(known):,}",
            percent(1 - len(known) / len(values)),
            escape(shown),
        )
    console.print(table)


def _show_missing(console: Console, examination: Examination) -> None:
    missing = examination.missing
    if missing is None or missing.complete == missing.n:
        return
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import percent

    title = (
        f"\nPatterns of missing values ({missing.complete:,} of {missing.n:,} complete, "
        f"{percent(missing.loss)} excluded without imputation)"
    )
    console.print(title, style="italic")
    table = Table(box=None, pad_edge=False)
    table.add_column("Patients", justify="right")
    table.add_column("Missing", overflow="fold")
    for pattern in missing.patterns[:PATTERNS_SHOWN]:
        table.add_row(f"{pattern.n:,}", escape(", ".join(pattern.missing) or "nothing"))
    remaining = missing.patterns[PATTERNS_SHOWN:]
    if remaining:
        table.add_row(f"{sum(p.n for p in remaining):,}", f"in {len(remaining)} other patterns")
    console.print(table)


def _show_scanners(console: Console, examination: Examination) -> None:
    if not examination.scanners:
        return
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import NO_VALUE, mean_sd, percent

    console.print("\nScanners", style="italic")
    table = Table(box=None, pad_edge=False)
    for heading in ("Group", "Value"):
        table.add_column(heading, overflow="fold")
    for heading in ("n", "Events", f"{examination.plan.index or 'Index'} mean ± SD"):
        table.add_column(heading, justify="right")
    for group in examination.scanners[:GROUPS_SHOWN]:
        mean = NO_VALUE if group.index_mean is None else mean_sd(group.index_mean, group.index_sd)
        share = f"{group.events:,} ({percent(group.events / group.n, 0)})"
        name = group.by.replace("_", " ")
        table.add_row(name, escape(group.value), f"{group.n:,}", share, mean)
    console.print(table)
    if len(examination.scanners) > GROUPS_SHOWN:
        console.print(f"… and {len(examination.scanners) - GROUPS_SHOWN} more (--json lists all)")
