"""``vbq score``: a VBQ reading for every study under the paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vbq.anatomy.segmenter import Segmenter
    from vbq.measure import Reading

__all__ = ["run", "score"]


def score(
    paths: Annotated[
        list[Path], typer.Argument(help="DICOM or volume files, folder trees, zip archives.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path(
        "vbq-results"
    ),
    series: Annotated[
        str | None,
        typer.Option(help="Use this series (number, UID or description) instead of choosing."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="Use this label map instead of the network (one scan only)."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the readings as JSON lines and nothing else.")
    ] = False,
) -> None:
    """Score every lumbar MRI study found under PATHS.

    Each study gets a folder with reading.json, overlay.png, report.html and labels.nii.gz;
    readings.csv has a row for each.

    Exit code 0: every study has a score. 1: at least one was refused; its reading.json says why.
    2: wrong usage.
    """
    from vbq.anatomy.label_map import LabelMap
    from vbq.errors import UsageError

    missing = [str(path) for path in (*paths, *filter(None, [labels])) if not path.exists()]
    if missing:
        raise UsageError(f"There is no {', '.join(missing)}.", remedy="Check the path.")
    if labels is not None and len(paths) > 1:
        raise UsageError("--labels belongs to one scan.", remedy="Give one PATH with it.")
    segmenter = LabelMap.read(labels) if labels else None
    readings = run(paths, out, series=series, segmenter=segmenter, as_json=as_json)
    if any(reading.status == "refused" for reading in readings.values()):
        raise typer.Exit(1)


def run(
    paths: list[Path],
    out: Path,
    *,
    series: str | None = None,
    segmenter: Segmenter | None = None,
    as_json: bool = False,
) -> dict[str, Reading]:
    """Score, write and show; the readings by study name."""
    from vbq import scoring
    from vbq.cli.progress import progress
    from vbq.cli.table import show_readings
    from vbq.report import readings_row, write_readings, write_results

    readings: dict[str, Reading] = {}
    rows = []
    try:
        with progress(quiet=as_json) as advance:
            for result in scoring.score(*paths, series=series, segmenter=segmenter):
                write_results(out / result.name, result.measurement)
                rows.append(readings_row(result.name, result.path, result.reading))
                readings[result.name] = result.reading
                if as_json:
                    typer.echo(result.reading.model_dump_json(by_alias=True))
                advance(result.name)
    finally:
        if rows:  # what is finished is kept, also when interrupted
            write_readings(out / "readings.csv", rows)
    if not as_json:
        show_readings(readings, out)
    return readings
