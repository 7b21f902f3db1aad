"""``vbq reference``: published populations, a site's own norm, cohorts of several scanners."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vbq.reference import Harmonised, Population, SiteNorm, StandardScore

reference = typer.Typer(
    help="Reference populations: list the published ones, fit a site's own norm, and bring the "
    "scores of several scanners to one scale.",
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

    from vbq.reference import published_data
    from vbq.text import fixed

    console = Console()
    known = published_data()
    cited = [p.citation for p in known.populations] + [c.citation for c in known.cutoffs]
    sources = list(dict.fromkeys(cited))
    console.print("Populations", style="italic")
    for p in known.populations:
        field = "field not given" if p.field_strength_t is None else f"{p.field_strength_t:g} T"
        cited_as = sources.index(p.citation) + 1
        console.print(f"[bold]{p.id}[/]  {field}, n = {p.n:,}, source {cited_as}", highlight=False)
        description = f"{p.description}. {p.note}".rstrip(". ") + "."
        for text in (_bands(p), escape(description)):
            console.print(Padding(text, (0, 0, 0, 4)), highlight=False)
    table = Table(title="\nCut-offs, never applied", title_justify="left", box=None, pad_edge=False)
    table.add_column("Value", justify="right")
    table.add_column("Variant", no_wrap=True)
    table.add_column("Against", overflow="fold")
    table.add_column("Source", justify="right")
    for cutoff in known.cutoffs:
        number = str(sources.index(cutoff.citation) + 1)
        table.add_row(fixed(cutoff.value, 2), cutoff.protocol, escape(cutoff.against), number)
    console.print(table, highlight=False)
    console.print("\nSources", style="italic")
    for position, source in enumerate(sources, start=1):
        line = escape(f"{position:2d} {source.text}, {source.locator}")
        console.print(line, highlight=False, soft_wrap=True)


@reference.command()
def fit(
    readings: Annotated[
        Path, typer.Argument(help="Table with one healthy person per row, such as readings.csv.")
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

    READINGS is a table such as readings.csv with columns for age and sex, unless --people gives
    them in another table. Include healthy people only: later patients are compared with everyone
    in the table. Scans with a contrast agent, or with TR or TE outside the normative range, are
    excluded. The norm is that of the protocol of the column --score and is used for no other.
    """
    from vbq.cli.paths import spare_inputs
    from vbq.files import write_file
    from vbq.reference import Columns, fit_site, read_people, read_readings

    spare_inputs(out, (readings, people))
    table = read_readings(readings, people)
    protocol = table.protocol_of(score)
    healthy, excluded_rows = read_people(table, Columns(score, age, sex, field))
    _show_excluded(excluded_rows)  # before the fit, because they may be why it fails
    norm, excluded_groups = fit_site(healthy, protocol)
    write_file(out, norm.to_json().encode())
    typer.echo(f"Norm of {norm.protocol}:")
    _show(norm)
    for group in excluded_groups:
        typer.echo(f"{group.sex} at {group.field_strength_t:g} T excluded: {group.reason}")
    typer.echo(f"Written to {out}. Use it with 'vbq score PATH --reference {out}'.")


@reference.command()
def standardise(
    readings: Annotated[
        Path, typer.Argument(help="Table with one reading per row, such as readings.csv.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the table.")] = Path(
        "standardised.csv"
    ),
    site_file: Annotated[
        Path | None,
        typer.Option(help="The site's own norm by 'vbq reference fit'; it needs age and sex."),
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(help="Column (scanner, site) within whose groups scores are standardised."),
    ] = None,
    people: Annotated[
        Path | None, typer.Option(help="Table with more columns for each id, such as age and sex.")
    ] = None,
    score: Annotated[str, typer.Option(help="Column with the score.")] = "score",
) -> None:
    """Give each score as a z-score and percentile within its own field strength.

    The reference is the site's own norm or, without one, a published population of the same field
    strength and protocol; failing both, this cohort's own readings at that field strength. Each
    row names its reference.
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
    readings: Annotated[
        Path, typer.Argument(help="Table with one reading per row, such as readings.csv.")
    ],
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
        typer.Option(help="Outcome to preserve too; never one that is predicted afterwards."),
    ] = None,
    people: Annotated[
        Path | None, typer.Option(help="Table with more columns for each id, such as age and sex.")
    ] = None,
    score: Annotated[
        str, typer.Option(help="Column with the score, or several: score,vbq_L1,vbq_L2.")
    ] = "score",
) -> None:
    """Harmonise the scores of several scanners by ComBat and show them before and after.

    Location and scale of each batch are adjusted and the effects of the covariates preserved; with
    several columns of scores, by empirical Bayes across them. Results are a page, a table, JSON
    and figures.
    """
    from vbq.cli.paths import spare_inputs
    from vbq.reference import harmonise as harmonised
    from vbq.reference import read_readings
    from vbq.report import write_harmonised

    spare_inputs(out / "harmonised.csv", (readings, people))
    table = read_readings(readings, people)
    harmonisation = harmonised(
        table, _names(batch), features=_names(score), keep=_names(keep), outcome=outcome
    )
    write_harmonised(out, harmonisation)
    _show_batches(harmonisation)
    _show_excluded(harmonisation.excluded)
    for caution in harmonisation.cautions:
        typer.echo(f"Caution: {caution}")
    typer.echo(f"\nReport: {out / 'harmonised.html'}")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _show_excluded(rows: Mapping[str, int]) -> None:
    """How many rows of the table were excluded, by reason."""
    from vbq.text import number_of

    for reason, count in rows.items():
        typer.echo(f"{number_of(count, 'row')} excluded: {reason}.")


def _show_scores(scores: Sequence[StandardScore]) -> None:
    """Print how many scores of each group were compared with which reference, and exclusions."""
    from collections import Counter

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    compared = Counter((s.group, s.reference, s.n) for s in scores if s.z is not None)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Group", "Readings", "Compared with", "n"):
        table.add_column(heading, justify="right" if heading in ("Readings", "n") else "left")
    for (group, reference_name, n), count in sorted(compared.items(), key=str):
        table.add_row(escape(group), str(count), escape(reference_name), str(n))
    Console().print(table, highlight=False)
    for reason, count in Counter(s.not_compared for s in scores if s.z is None).items():
        typer.echo(f"{count} not compared: {reason}.")
    references = {name for _, name, _ in compared}
    if "this cohort" in references:
        typer.echo(
            "A z-score against this cohort places a score within its own group; it removes "
            "differences between groups."
        )
    if "this cohort" in references and len(references) > 1:
        typer.echo("It is not comparable with a z-score against a reference: do not mix them.")


def _show_batches(harmonisation: Harmonised) -> None:
    """Print mean and SD of each batch before and after."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from vbq.text import mean_sd, p_value

    for k, feature in enumerate(harmonisation.features):
        before, after = harmonisation.effects_before[k], harmonisation.effects_after[k]
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in (feature, "n", "Before", "After"):
            table.add_column(escape(heading), justify="left" if heading == feature else "right")
        for b, name in enumerate(harmonisation.batches):
            cells = (mean_sd(e.means[b], e.sds[b]) for e in (before, after))
            table.add_row(escape(name), str(harmonisation.counts[b]), *cells)
        table.add_row("p, equal means", "", p_value(before.p), p_value(after.p))
        table.add_row("p, equal spread", "", p_value(before.spread_p), p_value(after.spread_p))
        Console().print(table, highlight=False)


def _show(norm: SiteNorm) -> None:
    """Print centiles of each group at its lowest, middle and highest age."""
    from rich.console import Console
    from rich.table import Table

    from vbq.text import fixed

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Sex", "Field", "n", "Age", "5 %", "50 %", "95 %"):
        table.add_column(heading, justify="left" if heading == "Sex" else "right")
    for group in norm.groups:
        youngest, oldest = group.ages
        for age in (youngest, (youngest + oldest) / 2, oldest):
            centiles = (fixed(float(group.curve.centile(z, age)), 2) for z in (-1.645, 0.0, 1.645))
            field = f"{group.field_strength_t:g} T"
            table.add_row(group.sex, field, str(group.n), fixed(age, 0), *centiles)
    Console().print(table, highlight=False)


def _bands(population: Population) -> str:
    from vbq.text import mean_sd

    lines = []
    for band in population.bands:
        ages = "" if band.age is None else f" ({band.age[0]}–{band.age[1]} y)"
        lines.append(f"{mean_sd(band.mean, band.sd)}{ages}")
    return "\n".join(lines)
