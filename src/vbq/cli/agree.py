"""``vbq agree``: how far readers, methods, repeats or scans agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["agree"]


def agree(
    readings: Annotated[Path, typer.Argument(help="CSV table with one row a reading.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "vbq-agreement"
    ),
    subject: Annotated[
        str | None,
        typer.Option(help="Column of the subject.  [default: subject, study, patient or id]"),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Column of the reader.  [default: reader, rater, method, repeat or scan]"
        ),
    ] = None,
    value: Annotated[
        str | None, typer.Option(help="Column of the reading.  [default: vbq or score]")
    ] = None,
) -> None:
    """Compare the readings of each subject by two or more readers, methods, repeats or scans.

    Intraclass correlation, Bland-Altman limits of agreement, repeatability, Passing-Bablok and
    Deming regression, each with its confidence interval: as a page, a table, JSON and figures.
    """
    from vbq.cli.paths import require_paths
    from vbq.report.agreement import write_agreement
    from vbq.report.agreement_table import read_long_table
    from vbq.stats.agreement import agreement

    require_paths([readings])
    table = read_long_table(readings, subject=subject, by=by, value=value)
    found = agreement(table.values, table.names)
    write_agreement(out, table, found)
    typer.echo(
        f"{found.subjects} of {table.subjects} subjects have all readings: "
        f"{', '.join(found.names)}."
    )
    for icc in found.correlations[:1]:
        low, high = icc.interval
        typer.echo(f"{icc.name} {icc.estimate:.3f} (95 % interval {low:.3f} to {high:.3f})")
    scatter = found.repeatability
    low, high = scatter.coefficient_interval
    typer.echo(
        f"repeatability coefficient {scatter.coefficient:.3g} "
        f"(95 % interval {low:.3g} to {high:.3g})"
    )
    for pair in found.pairs:
        limits = pair.bland_altman
        typer.echo(
            f"{pair.first} − {pair.second}: bias {limits.bias:.3g}, "
            f"limits of agreement {limits.lower:.3g} to {limits.upper:.3g}"
        )
    typer.echo(f"\nReport: {out / 'agreement.html'}")
