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

    Intraclass correlation, Bland-Altman limits of agreement, the scatter within subjects,
    Passing-Bablok and Deming regression, each with its confidence interval: as a page, a table,
    JSON and figures. The scatter is called repeatability where the column --by is repeat, scan or
    rescan, and reproducibility where it is any other.
    """
    from vbq.agreement import read_long_table
    from vbq.cli.paths import require_paths, spare_inputs
    from vbq.report import write_agreement
    from vbq.stats.agreement.agreement import agreement
    from vbq.text import fixed, limits

    require_paths([readings])
    spare_inputs(out / "agreement.csv", [readings])
    table = read_long_table(readings, subject=subject, by=by, value=value)
    found = agreement(table.values, table.names)
    write_agreement(out, table, found)
    typer.echo(
        f"{found.subjects} of {table.subjects} subjects have all readings: "
        f"{', '.join(found.names)}."
    )
    for icc in found.correlations[:1]:
        typer.echo(f"{icc.name} {fixed(icc.estimate)} (95 % CI {limits(icc.interval)})")
    decimals = table.decimals + 1
    scatter = found.repeatability
    typer.echo(
        f"{table.coefficient} {fixed(scatter.coefficient, decimals)} "
        f"(95 % CI {limits(scatter.coefficient_interval, decimals)})"
    )
    for pair in found.pairs:
        bland_altman = pair.bland_altman
        typer.echo(
            f"{pair.first} − {pair.second}: bias {fixed(bland_altman.bias, decimals)}, limits of "
            f"agreement {limits((bland_altman.lower, bland_altman.upper), decimals)}"
        )
    typer.echo(f"\nReport: {out / 'agreement.html'}")
