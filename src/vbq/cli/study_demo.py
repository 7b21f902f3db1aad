"""``vbq study demo``: a simulated cohort and its whole study."""

from pathlib import Path
from typing import Annotated

import typer

# few, because every resample of a cohort with missing values is imputed anew
RESAMPLES = "bootstrap: 50  # so that the demo is quick; leave it out for 2000\n"


def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for the results; new or empty.")
    ] = Path("vbq-study-demo"),
    seed: Annotated[int, typer.Option(help="Seed of the simulated patients.", min=0)] = 1,
) -> None:
    """Simulate the published cohort and run its whole study.

    Its complete cases reproduce the published odds ratios; 63 of its 184 patients lack the DXA
    T-score, which the study imputes. Every page says that the patients are simulated.
    """
    from dataclasses import replace

    from vbq.cli.progress import progress
    from vbq.cli.study_run import show_results
    from vbq.files import require_new_folder
    from vbq.phantom.cohort import simulate_published_cohort, write_cohort
    from vbq.report import write_study
    from vbq.study import read_plan, run_study

    require_new_folder(out)
    cohort = simulate_published_cohort("complete_case", seed)
    plan = write_cohort(replace(cohort, plan=cohort.plan + RESAMPLES), out / "cohort")
    typer.echo(f"SIMULATED patients, their plan and the truth are in {plan.parent}. Assumed:")
    for assumption in cohort.truth.assumptions:
        typer.echo(f"  - {assumption}")
    with progress(unit="steps") as advance:
        analysis = run_study(read_plan(plan), simulated=True, progress=advance)
        advance("drawing the figures and writing the report")
        write_study(out / "results", analysis)
    typer.echo("")
    show_results(analysis, out / "results")
