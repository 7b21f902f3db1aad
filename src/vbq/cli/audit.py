"""``vbq audit``: what a published table proves, and what it only suggests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from vbq.audit import Audit

__all__ = ["audit"]

STYLE = {
    "contradiction": "bold red",
    "proof": "green",
    "inference": "yellow",
    "not shown": "magenta",
}
MEANING = {
    "contradiction": "printed figures that cannot all be right",
    "proof": "follows from the printed figures and their rounding alone",
    "inference": "an explanation, or resting on an assumption that is named",
    "not shown": "not supported, or not said, by what is printed",
}


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

    Which counts fit the percentages, which test gave the p-values, what the intervals imply, and
    what the publication does not show. Exit code 2 means that the table is not understood.
    """
    import json as json_text

    from vbq.audit import EXAMPLE, audit_table, read_table
    from vbq.errors import UsageError

    if (table is None) != example:
        raise UsageError(
            "Give a table, or --example, not both.",
            remedy="docs/audit.md says how a table is written.",
        )
    found = audit_table(read_table(table or EXAMPLE))
    if json:
        typer.echo(json_text.dumps(found.document(), indent=2, ensure_ascii=False))
        return
    _show(found)
    if example:
        typer.echo(f"\nThe figures, to copy for a table of your own: {EXAMPLE}")


def _show(found: Audit) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(escape(found.title), style="bold")
    _show_rows(console, found)
    _show_model(console, found)
    for kind, style in STYLE.items():
        here = [finding for finding in found.findings if finding.evidence["kind"] == kind]
        if not here:
            continue
        console.print(f"\n[{style}]{kind.capitalize()}[/] [dim]{MEANING[kind]}[/]")
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(overflow="fold", max_width=24, style="italic")
        table.add_column(overflow="fold")
        for finding in here:
            table.add_row(escape(str(finding.evidence["variable"])), escape(finding.message))
        console.print(table)


def _show_rows(console: Console, found: Audit) -> None:
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import NO_VALUE, ratio_interval

    counted = [row for row in found.rows if row.counts]
    if not counted:
        return
    console.print("\nBy outcome", style="italic")
    table = Table(box=None, pad_edge=False)
    table.add_column("Variable", overflow="fold")
    table.add_column("Counts")
    table.add_column("Crude OR [95 % CI]")
    table.add_column("p printed", justify="right")
    table.add_column("Tests that give it", overflow="fold")
    for row in counted:
        crude = row.crude
        pairs = ", ".join(f"{a} / {b}" for a, b in row.counts[:3])
        table.add_row(
            escape(row.name),
            pairs + " …" * (len(row.counts) > 3),
            ratio_interval(crude.estimate, crude.interval) if crude else NO_VALUE,
            row.p_printed or NO_VALUE,
            "; ".join(row.fitting) or NO_VALUE,
        )
    console.print(table)


def _show_model(console: Console, found: Audit) -> None:
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import NO_VALUE, fixed, p_exact

    if not found.model:
        return
    console.print("\nModel", style="italic")
    table = Table(box=None, pad_edge=False)
    table.add_column("Predictor", overflow="fold")
    table.add_column("OR [95 % CI]", no_wrap=True)
    for heading in ("SE(ln)", "Wald p implied", "p printed", "Worth\npatients"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found.model:
        e = row.implied
        p = escape(row.p_printed) or NO_VALUE
        table.add_row(
            escape(row.name),
            escape(row.printed) or NO_VALUE,
            fixed(e.standard_error) if e else NO_VALUE,
            "–".join(map(p_exact, e.p_range)) if e else NO_VALUE,
            f"[bold red]{p}[/]" if row.wald is False else p,
            fixed(row.patients, 0) if row.patients else NO_VALUE,
        )
    console.print(table)
