"""``vbq score``: a VBQ reading for every study under the paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from vbq.measure import Reading


def score(
    paths: Annotated[
        list[Path], typer.Argument(help="DICOM or volume files, folder trees, zip archives.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "vbq-results"
    ),
    series: Annotated[
        str | None,
        typer.Option(help="Use this series (number, UID or description) instead of choosing one."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Use this label map instead of the network (one scan only)."),
    ] = None,
    rois: Annotated[
        Path | None,
        typer.Option(
            help="Manual regions instead of the automatic ones: rois.json of a reading, "
            "a label map or a DICOM SEG (one scan only).",
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="Engine instead of the built-in network: a name that 'vbq engines' lists, or the "
            "label table (.toml) of an nnU-Net model.",
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(help="Compare with this site's own norm as well ('vbq reference fit')."),
    ] = None,
    age: Annotated[
        float | None,
        typer.Option(min=0, max=130, help="The person's age in years, for that comparison."),
    ] = None,
    sex: Annotated[
        Literal["F", "M"] | None, typer.Option(help="The person's sex, for that comparison.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the readings as JSON lines and nothing else.")
    ] = False,
) -> None:
    """Score every lumbar MRI study found under PATHS.

    Each study gets a folder with reading.json, rois.json, overlay.png, report.html and
    labels.nii.gz; readings.csv has a row for each.

    Exit code 0: every study has a score. 1: at least one was refused; its reading.json says why.
    2: wrong usage.
    """
    from vbq.anatomy import get_segmenter
    from vbq.cli.paths import require_paths
    from vbq.reference import read_site

    require_paths([*paths, *(path for path in (labels, rois, reference) if path)])
    all_scored = run(
        paths,
        out,
        as_json=as_json,
        series=series,
        labels=labels,
        rois=rois,
        segmenter=None if engine is None else get_segmenter(engine),
        age=age,
        sex=sex,
        site=None if reference is None else read_site(reference),
    )
    if not all_scored:
        raise typer.Exit(1)


def run(
    paths: list[Path],
    out: Path,
    *,
    as_json: bool = False,
    **request: Any,
) -> bool:
    """Score studies, write and print the results.

    Args:
        paths: What to score.
        out: Folder for the results.
        as_json: Print the readings as JSON lines and nothing else.
        request: Further arguments of `vbq.score`.

    Returns:
        Whether every study has a score, and all results could be written.
    """
    from vbq import score as score_studies
    from vbq.cli.progress import progress
    from vbq.cli.terminal import show_readings
    from vbq.errors import OutputError
    from vbq.report import (
        as_written,
        earlier_readings,
        failed_row,
        readings_row,
        results_name,
        write_readings,
        write_results,
    )

    table = out / "readings.csv"
    _, earlier_rows = earlier_readings(table)  # raises before any work if the file is another table
    earlier_names = {row["id"] for row in earlier_rows}
    used_names: set[str] = set()
    readings: dict[str, Reading] = {}
    rows = []
    try:
        with progress(quiet=as_json) as advance:
            for result in score_studies(*paths, **request):
                name = results_name(out, result.name, result.reading, used_names=used_names)
                used_names.add(name)
                measurement = as_written(out / name, result.measurement)
                reading = measurement.reading
                try:
                    write_results(out / name, measurement)
                    readings[name] = reading
                    rows.append(readings_row(name, result.path, reading))
                except OutputError as error:  # the next study may still be writable
                    if name not in earlier_names:  # otherwise its folder and row stay as they are
                        rows.append(failed_row(name, result.path, error))
                    typer.echo(f"vbq: {error}", err=True)
                if as_json:
                    typer.echo(reading.model_dump_json(by_alias=True))
                advance(name)
    finally:
        if rows:  # finished studies are kept, also after an interruption
            write_readings(table, rows)
    if readings and not as_json:
        show_readings(readings, out)
    scored = all(reading.status != "refused" for reading in readings.values())
    return scored and len(readings) == len(used_names)
