"""``vbq reference``: published populations, a site's own norm, cohorts of several scanners."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.reference import Harmonised, Population, SiteNorm, StandardScore

__all__ = ["reference"]

reference = typer.Typer(
    help="Reference populations: list the published ones, fit a site's own norm; bring the scores "
    "of several scanners to one scale.",
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
    from rich.padding import Padding
    from rich.table import Table

    from vbq.reference import shipped

    console = Console()
    known = shipped()
    cited = [p.citation for p in known.populations] + [c.citation for c in known.cutoffs]
    sources = list(dict.fromkeys(cited))
    console.print("Populations", style="italic")
    for p in known.populations:
        field = "field not given" if p.field_strength_t is None else f"{p.field_strength_t:g} T"
        cited_as = sources.index(p.citation) + 1
        console.print(f"[bold]{p.id}[/]  {field}, n = {p.n:,}, source {cited_as}", highlight=False)
        who = f"{p.description}. {p.note}".rstrip(". ") + "."
        for text in (_bands(p), escape(who)):
            console.print(Padding(text, (0, 0, 0, 4)), highlight=False)
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
        Path, typer.Argument(help="Table with one healthy person a row: readings.csv.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the norm.")] = Path(
        "site.json"
    ),
    people: Annotated[
        Path | None, typer.Option(help="Table with more columns for each id, such as age and sex.")
    ] = None,
    score: Annotated[str, typer.Option(help="Column with the score.")] = "score",
    age: Annotated[str, typer.Option(help="Column with the age in years.")] = "age",
    sex: Annotated[str, typer.Option(help="Column with F or M.")] = "sex",
    field: Annotated[
        str, typer.Option(help="Column with the field strength in tesla.")
    ] = "field_strength_t",
) -> None:
    """Fit this site's own norm: the score by age, for each sex and field strength.

    READINGS is a CSV table, such as readings.csv, with columns for age and sex or another table of
    them given with --people. Give healthy people only: whoever is in the table is what later
    patients are compared with. Scans with contrast agent, or TR or TE outside the normative range,
    are left out. The norm is of the protocol of the column --score, and compared with no other.
    """
    from vbq.cli.paths import spare_inputs
    from vbq.files import write_file
    from vbq.reference import Columns, fit_site, read_people, read_readings

    spare_inputs(out, (readings, people))
    table = read_readings(readings, people)
    protocol = table.protocol_of(score)
    found, rows_left_out = read_people(table, Columns(score, age, sex, field))
    for why, rows in rows_left_out.items():  # before the norm: they may be why there is none
        typer.echo(f"{rows} {'row' if rows == 1 else 'rows'} left out: {why}.")
    norm, left_out = fit_site(found, protocol)
    write_file(out, norm.to_json().encode())
    typer.echo(f"Norm of {norm.protocol}:")
    _show(norm)
    for group in left_out:
        typer.echo(f"{group.sex} at {group.field_strength_t:g} T left out: {group.why}")
    typer.echo(f"Written to {out}. Use it with 'vbq score PATH --reference {out}'.")


@reference.command()
def standardise(
    readings: Annotated[Path, typer.Argument(help="Table with one reading a row: readings.csv.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the table.")] = Path(
        "standardised.csv"
    ),
    site_file: Annotated[
        Path | None,
        typer.Option(help="The site's own norm, as 'vbq reference fit' wrote it: needs age, sex."),
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(help="Column (a scanner, a site) whose groups are compared with themselves."),
    ] = None,
    people: Annotated[
        Path | None, typer.Option(help="Table with more columns for each id, such as age and sex.")
    ] = None,
    score: Annotated[str, typer.Option(help="Column with the score.")] = "score",
) -> None:
    """Give each score as z and percentile within its own field strength.

    Compared with the site's own norm or, without one, with a published population of the same
    field strength and protocol; where neither has anyone, with this cohort's own readings at that
    field strength. Each row says which.
    """
    from vbq.cli.paths import spare_inputs
    from vbq.errors import UsageError
    from vbq.files import write_file
    from vbq.reference import read_readings, read_site, standard_scores_csv
    from vbq.reference import standardise as standardised

    if site_file is not None and within is not None:
        raise UsageError("Give --site-file or --within, not both.", code="two_references")
    spare_inputs(out, (readings, people, site_file))
    table = read_readings(readings, people)
    site = None if site_file is None else read_site(site_file)
    scores = standardised(table, site=site, within=within, score=score)
    write_file(out, standard_scores_csv(scores))
    _show_scores(scores)
    if table.unmatched:
        typer.echo(f"{len(table.unmatched)} of {len(scores)} readings are not in {people}.")
    typer.echo(f"Written to {out}.")


@reference.command()
def harmonise(
    readings: Annotated[Path, typer.Argument(help="Table with one reading a row: readings.csv.")],
    batch: Annotated[
        str, typer.Option(help="Column that names the scanner, or several: manufacturer,model.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "vbq-harmonised"
    ),
    keep: Annotated[
        str, typer.Option(help="Covariates whose effect is preserved, such as age,sex.")
    ] = "",
    outcome: Annotated[
        str | None,
        typer.Option(help="An outcome to preserve as well; never where it is predicted later."),
    ] = None,
    people: Annotated[
        Path | None, typer.Option(help="Table with more columns for each id, such as age and sex.")
    ] = None,
    score: Annotated[
        str, typer.Option(help="Column with the score, or several: score,vbq_L1,vbq_L2.")
    ] = "score",
) -> None:
    """Harmonise the scores of several scanners by ComBat, and show them before and after.

    Location and scale of each batch are adjusted and the effects of kept covariates preserved;
    with several columns of scores, by empirical Bayes across them. As a page, a table, JSON and
    figures.
    """
    from vbq.cli.paths import spare_inputs
    from vbq.reference import harmonise as harmonised
    from vbq.reference import read_readings
    from vbq.report import write_harmonised

    spare_inputs(out / "harmonised.csv", (readings, people))
    table = read_readings(readings, people)
    found = harmonised(
        table, _names(batch), features=_names(score), keep=_names(keep), outcome=outcome
    )
    write_harmonised(out, found)
    _show_batches(found)
    for why, rows in found.left_out.items():
        typer.echo(f"{rows} {'row' if rows == 1 else 'rows'} left out: {why}.")
    for caution in found.cautions:
        typer.echo(f"Caution: {caution}")
    typer.echo(f"\nReport: {out / 'harmonised.html'}")


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _show_scores(scores: Sequence[StandardScore]) -> None:
    """How many of each group were compared with what, and why the others were not."""
    from collections import Counter

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    compared = Counter((s.group, s.reference, s.n) for s in scores if s.z is not None)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Group", "Readings", "Compared with", "n"):
        table.add_column(heading, justify="right" if heading in ("Readings", "n") else "left")
    for (group, who, n), count in sorted(compared.items(), key=str):
        table.add_row(escape(group), str(count), escape(who), str(n))
    Console().print(table, highlight=False)
    for why, count in Counter(s.not_compared for s in scores if s.z is None).items():
        typer.echo(f"{count} not compared: {why}.")
    kinds = {who for _, who, _ in compared}
    if "this cohort" in kinds:
        typer.echo(
            "z against this cohort says where a score lies among its own group; a difference "
            "between groups of people is gone from it."
        )
    if "this cohort" in kinds and len(kinds) > 1:
        typer.echo("It does not compare with z against a reference: do not mix them.")


def _show_batches(found: Harmonised) -> None:
    """Mean and SD of each batch before and after."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import mean_sd, p_value

    for k, feature in enumerate(found.features):
        before, after = found.effects_before[k], found.effects_after[k]
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in (feature, "n", "Before", "After"):
            table.add_column(escape(heading), justify="left" if heading == feature else "right")
        for b, name in enumerate(found.batches):
            cells = (mean_sd(e.means[b], e.sds[b]) for e in (before, after))
            table.add_row(escape(name), str(found.counts[b]), *cells)
        table.add_row("p, equal means", "", p_value(before.p), p_value(after.p))
        table.add_row("p, equal spread", "", p_value(before.spread_p), p_value(after.spread_p))
        Console().print(table, highlight=False)


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
    from vbq.text import mean_sd

    lines = []
    for band in population.bands:
        ages = "" if band.age is None else f" ({band.age[0]}–{band.age[1]} y)"
        lines.append(f"{mean_sd(band.mean, band.sd)}{ages}")
    return "\n".join(lines)
