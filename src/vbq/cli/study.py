"""``vbq study``: a fracture study, from a plan and a table of patients."""

from pathlib import Path
from typing import Annotated

import typer

from vbq.cli.study_demo import demo
from vbq.cli.study_run import run

study = typer.Typer(
    help="A fracture study: write a plan, check it and its data, run it.", no_args_is_help=True
)


@study.command()
def new(
    table: Annotated[Path, typer.Argument(help="Table of patients: CSV, TSV, XLSX or Parquet.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the plan.")] = Path(
        "plan.yaml"
    ),
    sheet: Annotated[str | None, typer.Option(help="Sheet of an XLSX file.")] = None,
    readings: Annotated[
        Path | None, typer.Option(help="readings.csv of 'vbq score', to be joined.")
    ] = None,
) -> None:
    """Write a commented plan for a table: what was guessed, and what you must decide.

    An existing plan is never overwritten.
    """
    from vbq.cli.paths import require_paths
    from vbq.study import write_plan

    require_paths([path for path in (table, readings) if path is not None])
    plan, decisions = write_plan(table, out, sheet=sheet, readings=readings)
    typer.echo(f"Written to {plan}. Please decide there:")
    for decision in decisions:
        typer.echo(f"  - {decision}")
    typer.echo(f"\nThen: vbq study check {plan}")


@study.command()
def check(
    plan: Annotated[Path, typer.Argument(help="The plan, as 'vbq study new' writes it.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for a program.")] = False,
) -> None:
    """Check a plan and its data before any outcome model is fitted.

    Rows are numbered as in the spreadsheet: the header is row 1. Exit code 1 means that the study
    cannot be run as it is, 2 that the plan itself is not understood.
    """
    import json as json_text

    from vbq.cli.study_table import show_examination
    from vbq.study import examine, read_plan

    examination = examine(read_plan(plan))
    if json:
        typer.echo(json_text.dumps(examination.document(), indent=2, ensure_ascii=False))
    else:
        show_examination(examination)
    if examination.stopped:
        raise typer.Exit(1)


study.command()(run)
study.command()(demo)
