"""``vbq study run``: run the study that a plan declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vbq.study import Analysis


def run(
    plan: Annotated[Path, typer.Argument(help="The plan, as 'vbq study new' writes it.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the results; new or empty.")
    ] = Path("vbq-study"),
) -> None:
    """Run a study: everything that its plan declares, as a report, tables, figures and JSON.

    Results are never overwritten: the folder must be new or empty. Exit code 1 means that the
    study could not be run as it is ('vbq study check' says why), 2 that the plan itself is not
    understood.
    """
    from vbq.cli.paths import require_paths
    from vbq.cli.progress import progress
    from vbq.files import require_new_folder
    from vbq.report import write_study
    from vbq.study import read_plan, run_study

    require_paths([plan])
    require_new_folder(out)
    with progress(unit="steps") as advance:
        analysis = run_study(read_plan(plan), progress=advance)
        advance("drawing the figures and writing the report")
        write_study(out, analysis)
    show_results(analysis, out)


def show_results(analysis: Analysis, out: Path) -> None:
    """Print the main results, the cautions and the paths of the reports."""
    from vbq.text import fixed, n_events, one_line, p_equals, ratio_interval

    main, full = analysis.multivariable, analysis.added_value.models["full"]
    if analysis.simulated:
        typer.echo("SIMULATED patients: these results say nothing about real patients.")
    typer.echo(f"patients (with the event): {n_events(analysis.size.n, analysis.size.events)}")
    first = main.estimates[0]
    typer.echo(f"odds ratios, adjusted, [95 % CI, {first.interval_method}]:")
    label = {term.name: term.label for term in main.design.terms}
    splines = {term.name for term in main.design.terms if term.kind == "spline"}
    tests = {test.name: test.method for test in main.tests}
    spline_products = {
        " × ".join(label[name] for name in pair)
        for pair in main.design.interactions
        if splines & {*pair}
    }
    for contrast in main.contrasts:
        if not contrast.predictor and contrast.label in spline_products:
            continue  # a single column of such a product has no meaning of its own
        method = first.p_method
        if contrast.predictor in splines:
            test = tests[contrast.predictor]
            method = f"spline, quartiles: Wald interval; {test} test of all its terms"
        name = one_line(f"{contrast.label}, {contrast.compared}")
        odds_ratio = ratio_interval(contrast.ratio, contrast.interval)
        typer.echo(f"  {name}: {odds_ratio}, p {p_equals(contrast.p)} ({method})")
    if main.design.interactions:
        typer.echo("  (in an interaction: at 0 or the reference level of the other predictor)")
    area = full["auc"]
    typer.echo(
        f"area under the ROC curve: {fixed(area.apparent)}, "
        f"corrected for optimism {fixed(area.corrected)}"
    )
    for finding in analysis.findings:
        if finding.severity == "caution":
            typer.echo(f"caution: {one_line(finding.message)}")
    typer.echo(f"\nReport: {out / 'report.html'} and {out / 'report.docx'}")
