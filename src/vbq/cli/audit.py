"""``vbq audit``: what a published table proves, and what it only suggests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from vbq.audit import Audit

STYLE = {
    "contradiction": "bold red",
    "proof": "green",
    "inference": "yellow",
    "not shown": "magenta",
}
MEANING = {
    "contradiction": "printed figures that cannot all be right",
    "proof": "follows from the printed figures and their rounding alone",
    "inference": "an explanation, or a result that rests on a stated assumption",
    "not shown": "not supported by what is printed, or missing from it",
}
PAIRS_SHOWN = 3


def audit(
    table: Annotated[
        Path | None, typer.Argument(help="The printed figures, as YAML.", show_default=False)
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Audit the published abstract that comes with VBQ.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for a program.")] = False,
) -> None:
    """Audit a published table: counts, odds ratios, intervals and p-values, as printed.

    Finds the counts that fit the percentages, the tests that give the p-values, what the intervals
    imply, and what the publication does not show. Exit code 2: the table cannot be read.
    """
    import json as json_text

    from vbq.audit import EXAMPLE, audit_table, read_table
    from vbq.errors import UsageError

    if (table is None) != example:
        raise UsageError(
            "Either a table or --example is needed, not both.",
            remedy="docs/audit.md explains how to write a table.",
        )
    audited = audit_table(read_table(table or EXAMPLE))
    if json:
        typer.echo(json_text.dumps(audited.document(), indent=2, ensure_ascii=False))
        return
    _show(audited)
    if example:
        typer.echo(f"\nCopy this file to write a table of your own: {EXAMPLE}")


def _show(audited: Audit) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(escape(audited.title), style="bold")
    _show_rows(console, audited)
    _show_model(console, audited)
    for kind, style in STYLE.items():
        findings = [finding for finding in audited.findings if finding.evidence["kind"] == kind]
        if not findings:
            continue
        console.print(f"\n[{style}]{kind.capitalize()}[/] [dim]{MEANING[kind]}[/]")
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(overflow="fold", max_width=24, style="italic")
        table.add_column(overflow="fold")
        for finding in findings:
            table.add_row(escape(str(finding.evidence["variable"])), escape(finding.message))
        console.print(table)


def _show_rows(console: Console, audited: Audit) -> None:
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import NO_VALUE, ratio_interval

    counted = [row for row in audited.rows if row.counts]
    if not counted:
        return
    console.print("\nBy outcome", style="italic")
    table = Table(box=None, pad_edge=False)
    table.add_column("Variable", overflow="fold")
    table.add_column("Counts")
    table.add_column("Crude OR [95 % CI]")
    table.add_column("Printed p", justify="right")
    table.add_column("Tests that give it", overflow="fold")
    for row in counted:
        crude = row.crude
        pairs = [f"{a} / {b}" for a, b in row.counts]
        ellipsis = " …" if len(pairs) > PAIRS_SHOWN else ""
        table.add_row(
            escape(row.name),
            ", ".join(pairs[:PAIRS_SHOWN]) + ellipsis,
            ratio_interval(crude.estimate, crude.interval) if crude else NO_VALUE,
            row.p_printed or NO_VALUE,
            "; ".join(row.fitting) or NO_VALUE,
        )
    console.print(table)


def _show_model(console: Console, audited: Audit) -> None:
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import NO_VALUE, fixed, p_exact

    if not audited.model:
        return
    console.print("\nModel", style="italic")
    table = Table(box=None, pad_edge=False)
    table.add_column("Predictor", overflow="fold")
    table.add_column("OR [95 % CI]", no_wrap=True)
    for heading in ("SE\n(ln OR)", "Implied\nWald p", "Printed\np", "Effective\nn"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in audited.model:
        implied = row.implied
        p = escape(row.p_printed) or NO_VALUE
        table.add_row(
            escape(row.name),
            escape(row.printed) or NO_VALUE,
            fixed(implied.standard_error) if implied else NO_VALUE,
            "–".join(map(p_exact, implied.p_range)) if implied else NO_VALUE,
            f"[bold red]{p}[/]" if row.wald is False else p,
            fixed(row.patients, 0) if row.patients else NO_VALUE,
        )
    console.print(table)
