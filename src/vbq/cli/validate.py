"""``vbq validate``: bias, linearity, repeatability and robustness on digital phantoms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.validation import Claim, DigitalSpine, Outcome


def validate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the report.")] = Path(
        "vbq-validation"
    ),
    seed: Annotated[
        int, typer.Option(help="Seed of spines, textures and noise.", min=0, max=10_000)
    ] = 0,
) -> None:
    """Validate the score on digital phantoms with known answers; takes some minutes.

    Each phantom is read with its true masks and by the built-in network. Exit code 0: every claim
    is met. 1: at least one is not.
    """
    from vbq.files import require_writable
    from vbq.report import refusals, write_validation
    from vbq.validation import assess, phantom_grid

    require_writable(out)
    outcomes = _measured(phantom_grid(seed))
    claims = assess(outcomes)
    write_validation(out, outcomes, claims, seed=seed)
    _show(claims)
    refused = refusals(outcomes)
    if refused:
        typer.echo("\nWithout a score:\n" + "\n".join(refused))
    met = sum(claim.met for claim in claims)
    typer.echo(f"\n{met} of {len(claims)} claims met. Report: {out / 'validation.html'}")
    if met < len(claims):
        raise typer.Exit(1)


def _measured(spines: Sequence[DigitalSpine]) -> list[Outcome]:
    """All outcomes, with a progress bar on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from vbq.validation import read_spines

    columns = (
        TextColumn("{task.completed} of {task.total} scans"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    outcomes = []
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task("", total=sum(len(spine.conditions) for spine in spines))
        for spine, spine_outcomes in zip(spines, read_spines(spines), strict=True):
            outcomes += spine_outcomes
            bar.update(task, advance=len(spine.conditions), description=spine.part)
    return outcomes


def _show(claims: Sequence[Claim]) -> None:
    """Print one row per figure, the two methods side by side."""
    from rich.console import Console
    from rich.table import Table

    from vbq.validation import METHODS, claim_texts

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "Claim", "n", *METHODS):
        table.add_column(heading, justify="right" if heading == "n" else "left")
    rows: dict[tuple[str, str], dict[str, Claim]] = {}
    for claim in claims:
        rows.setdefault((claim.topic, claim.figure), {})[claim.method] = claim
    last = ""
    for (topic, figure), row in rows.items():
        cells = []
        for method in METHODS:
            if method not in row:
                cells.append("–")
                continue
            value, limit, verdict = claim_texts(row[method])
            style = "green" if row[method].met else "red bold"
            cells.append(f"{value.split(' (')[0]} [{style}]{verdict}[/] [dim]({limit})[/]")
        n = "/".join(dict.fromkeys(str(claim.n) for claim in row.values()))
        table.add_row("" if topic == last else topic, figure, n, *cells)
        last = topic
    Console().print(table)
    typer.echo("† a limit of this program's own; intervals and notes are in the report")
