"""``vbq reference``: published populations, and a site's own norm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vbq.reference import SiteNorm
    from vbq.reference.population import Population

__all__ = ["reference"]

reference = typer.Typer(
    help="Reference populations: list the published ones, fit a site's own norm.",
    no_args_is_help=True,
)


@reference.command("list")
def list_populations() -> None:
    """List the published populations and cut-offs that come with the program.

    A reading is compared with populations of its own field strength only; a cut-off is never
    applied.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from vbq.reference import shipped

    console = Console()
    known = shipped()
    cited = [p.citation for p in known.populations] + [c.citation for c in known.cutoffs]
    sources = list(dict.fromkeys(cited))
    table = Table(title="Populations", title_justify="left", box=None, pad_edge=False)
    table.add_column("Name", no_wrap=True)
    table.add_column("Field", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("Mean ± SD", no_wrap=True)
    table.add_column("Who", overflow="fold")
    table.add_column("Source", justify="right")
    for p in known.populations:
        field = "not given" if p.field_strength_t is None else f"{p.field_strength_t:g} T"
        who = f"{p.description}. {p.note}".rstrip(". ") + "."
        number = str(sources.index(p.citation) + 1)
        table.add_row(p.id, field, str(p.n), _bands(p), escape(who), number)
    console.print(table, highlight=False)
    table = Table(title="\nCut-offs, never applied", title_justify="left", box=None, pad_edge=False)
    table.add_column("Value", justify="right")
    table.add_column("Variant", no_wrap=True)
    table.add_column("Against", overflow="fold")
    table.add_column("Source", justify="right")
    for cutoff in known.cutoffs:
        number = str(sources.index(cutoff.citation) + 1)
        table.add_row(f"{cutoff.value:.2f}", cutoff.protocol, escape(cutoff.against), number)
    console.print(table, highlight=False)
    console.print("\nSources", style="italic")
    for position, source in enumerate(sources, start=1):
        line = escape(f"{position:2d} {source.text}, {source.where}")
        console.print(line, highlight=False, soft_wrap=True)


@reference.command()
def fit(
    readings: Annotated[
        Path, typer.Argument(help="Table with one healthy person a row: readings.csv, age and sex.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the norm.")] = Path(
        "site.json"
    ),
    score: Annotated[str, typer.Option(help="Column with the score.")] = "score",
    age: Annotated[str, typer.Option(help="Column with the age in years.")] = "age",
    sex: Annotated[str, typer.Option(help="Column with F or M.")] = "sex",
    field: Annotated[
        str, typer.Option(help="Column with the field strength in tesla.")
    ] = "field_strength_t",
) -> None:
    """Fit this site's own norm: the score by age, for each sex and field strength.

    READINGS is a CSV table, such as readings.csv with columns for age and sex added. Give healthy
    people only: whoever is in the table is what later patients are compared with.
    """
    from vbq.files import write_file
    from vbq.reference import fit_site, read_people
    from vbq.reference.people import Columns

    people, missing = read_people(readings, Columns(score, age, sex, field))
    norm, left_out = fit_site(people)
    write_file(out, norm.to_json().encode())
    _show(norm)
    for what, rows in missing.items():
        typer.echo(f"{rows} {'row' if rows == 1 else 'rows'} left out: no {what}.")
    for group in left_out:
        typer.echo(f"{group.sex} at {group.field_strength_t:g} T left out: {group.why}")
    typer.echo(f"Written to {out}. Use it with 'vbq score PATH --reference {out}'.")


def _show(norm: SiteNorm) -> None:
    """Centiles of each group at its youngest, middle and oldest."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Sex", "Field", "n", "Age", "5 %", "50 %", "95 %"):
        table.add_column(heading, justify="left" if heading == "Sex" else "right")
    for group in norm.groups:
        youngest, oldest = group.ages
        for age in (youngest, (youngest + oldest) / 2, oldest):
            centiles = (f"{float(group.curve.centile(z, age)):.2f}" for z in (-1.645, 0.0, 1.645))
            field = f"{group.field_strength_t:g} T"
            table.add_row(group.sex, field, str(group.n), f"{age:.0f}", *centiles)
    Console().print(table, highlight=False)


def _bands(population: Population) -> str:
    lines = []
    for band in population.bands:
        spread = "" if band.sd is None else f" ± {band.sd:.2f}"
        ages = "" if band.age is None else f" ({band.age[0]}–{band.age[1]} y)"
        lines.append(f"{band.mean:.2f}{spread}{ages}")
    return "\n".join(lines)
