"""The check of a study, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from vbq.study import Examination

__all__ = ["show_examination"]

STYLE = {"refuse": "bold red", "caution": "yellow", "note": "dim"}
PATTERNS_SHOWN = 8
GROUPS_SHOWN = 12


def show_examination(found: Examination) -> None:
    """Who is studied, with what, what is missing, and what was found."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(escape(found.plan.title), style="bold")
    if found.cohort is not None:
        _show_flow(console, found)
        _show_predictors(console, found)
        _show_missing(console, found)
        _show_scanners(console, found)
    console.print("\nFindings", style="italic")
    table = Table(box=None, pad_edge=False)
    table.add_column("Severity", no_wrap=True)
    table.add_column("What", overflow="fold")
    for finding in found.findings:
        style = STYLE[finding.severity]
        table.add_row(f"[{style}]{finding.severity}[/]", escape(finding.message))
    console.print(table)
    count = {
        severity: sum(finding.severity == severity for finding in found.findings)
        for severity in STYLE
    }
    stops, cautions = count["refuse"], count["caution"]
    if found.stopped:
        console.print(f"\n{stops} to correct before the study can be run; {cautions} to consider.")
    else:
        console.print(f"\nNothing stands in the way of the study; {cautions} to consider.")


def _show_flow(console: Console, found: Examination) -> None:
    assert found.cohort is not None
    assert found.size is not None
    from rich.markup import escape

    for step in found.cohort.flow:
        left = f" ({step.removed:,} out: {step.reason})" if step.reason else ""
        console.print(f"{escape(step.name)}: {step.n:,}, {step.events:,} events{escape(left)}")
    if followed := found.cohort.followed:
        timed, events = followed.timed
        console.print(f"In analyses of time: {timed:,}, {events:,} events")
    size = found.size
    console.print(
        f"{size.parameters} candidate parameters, {size.events_per_parameter:.1f} events for each"
        + (f"; Riley's minimum {size.needed:,} patients" if size.needed else "")
    )


def _show_predictors(console: Console, found: Examination) -> None:
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import NO_VALUE, percent

    assert found.cohort is not None
    console.print("\nPredictors", style="italic")
    table = Table(box=None, pad_edge=False)
    for heading in ("Name", "Type"):
        table.add_column(heading)
    for heading in ("Parameters", "n", "Missing"):
        table.add_column(heading, justify="right")
    table.add_column("Values", overflow="fold")
    for predictor in found.cohort.plan.predictors:
        values = found.cohort.table[predictor.name]
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


def _show_missing(console: Console, found: Examination) -> None:
    missing = found.missing
    if missing is None or missing.complete == missing.n:
        return
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import percent

    title = (
        f"\nMissing together ({missing.complete:,} of {missing.n:,} complete, "
        f"{percent(missing.loss)} lost without imputation)"
    )
    console.print(title, style="italic")
    table = Table(box=None, pad_edge=False)
    table.add_column("Patients", justify="right")
    table.add_column("lack", overflow="fold")
    for pattern in missing.patterns[:PATTERNS_SHOWN]:
        table.add_row(f"{pattern.n:,}", escape(", ".join(pattern.missing) or "nothing"))
    rest = missing.patterns[PATTERNS_SHOWN:]
    if rest:
        table.add_row(f"{sum(p.n for p in rest):,}", f"in {len(rest)} other ways")
    console.print(table)


def _show_scanners(console: Console, found: Examination) -> None:
    if not found.scanners:
        return
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import NO_VALUE, mean_sd, percent

    console.print("\nScanners", style="italic")
    table = Table(box=None, pad_edge=False)
    for heading in ("By", "Which"):
        table.add_column(heading, overflow="fold")
    for heading in ("n", "Events", f"{found.plan.index or 'Index'} mean ± SD"):
        table.add_column(heading, justify="right")
    for group in found.scanners[:GROUPS_SHOWN]:
        mean = NO_VALUE if group.index_mean is None else mean_sd(group.index_mean, group.index_sd)
        share = f"{group.events:,} ({percent(group.events / group.n, 0)})"
        by = group.by.replace("_", " ")
        table.add_row(by, escape(group.value), f"{group.n:,}", share, mean)
    console.print(table)
    if len(found.scanners) > GROUPS_SHOWN:
        console.print(f"… and {len(found.scanners) - GROUPS_SHOWN} more (--json lists all)")
