"""``vbq agree``: how far readers, methods, repeats or scans agree."""

from pathlib import Path
from typing import Annotated

import typer


def agree(
    readings: Annotated[
        Path, typer.Argument(help="Table with one reading per row: CSV, TSV, XLSX or Parquet.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "vbq-agreement"
    ),
    subject: Annotated[
        str | None,
        typer.Option(help="Column of the subject.  [default: subject, study, patient or id]"),
    ] = None,
    reader_column: Annotated[
        str | None,
        typer.Option(
            "--by", help="Column of the reader.  [default: reader, rater, method, repeat or scan]"
        ),
    ] = None,
    value: Annotated[
        str | None, typer.Option(help="Column of the reading.  [default: vbq or score]")
    ] = None,
) -> None:
    """Compare the readings of each subject by two or more readers, methods, repeats or scans.

    Intraclass correlation, Bland-Altman limits of agreement, within-subject variation,
    Passing-Bablok and Deming regression, each with its confidence interval: as a page, a table,
    JSON and figures. The within-subject coefficient is called repeatability where the column --by
    is repeat, scan or rescan, and reproducibility for any other.
    """
    from vbq.agreement import read_long_table
    from vbq.cli.paths import require_paths, spare_inputs
    from vbq.report import write_agreement
    from vbq.stats.agreement import agreement
    from vbq.text import fixed, limits

    require_paths([readings])
    spare_inputs(out / "agreement.csv", [readings])
    table = read_long_table(readings, subject=subject, reader=reader_column, value=value)
    result = agreement(table.values, table.names)
    write_agreement(out, table, result)
    typer.echo(
        f"{result.subjects} of {table.subjects} subjects have all readings: "
        f"{', '.join(result.names)}."
    )
    for icc in result.correlations[:1]:
        typer.echo(f"{icc.name} {fixed(icc.estimate)} (95 % CI {limits(icc.interval)})")
    decimals = table.decimals + 1
    repeatability = result.repeatability
    typer.echo(
        f"{table.coefficient} {fixed(repeatability.coefficient, decimals)} "
        f"(95 % CI {limits(repeatability.coefficient_interval, decimals)})"
    )
    for pair in result.pairs:
        bland_altman = pair.bland_altman
        typer.echo(
            f"{pair.first} − {pair.second}: bias {fixed(bland_altman.bias, decimals)}, limits of "
            f"agreement {limits((bland_altman.lower, bland_altman.upper), decimals)}"
        )
    typer.echo(f"\nReport: {out / 'agreement.html'}")
