"""``vbq inspect``: every series under the paths, chosen or rejected, and why."""

import json
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer


def inspect(
    paths: Annotated[list[Path], typer.Argument(help="Files, folder trees or zip archives.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line per series and nothing else.")
    ] = False,
) -> None:
    """List every series found under PATHS: what it is, whether it was chosen, and why.

    A candidate is a series whose headers do not decide; 'vbq score' then looks at the image.
    """
    from vbq.cli.paths import require_paths
    from vbq.cli.terminal import show_ranking
    from vbq.errors import VBQError
    from vbq.scan import exclude_label_maps, find_series, group_by_study, rank_series

    require_paths(paths)
    unreadable = False
    for path in paths:
        try:
            listing = find_series(path)
        except VBQError as error:
            unreadable = True
            typer.echo(f"vbq: {error}", err=True)
            continue
        studies = group_by_study(listing.series)
        images = exclude_label_maps(studies)  # numbered as 'vbq score' sees them
        if not as_json:
            for number, series in enumerate(images, start=1):
                show_ranking(f"{path}, study {number}", rank_series(series))
            label_maps = [s.name for study in studies if study not in images for s in study]
            if label_maps:
                typer.echo(
                    f"Ignored, label maps by their names: {'; '.join(label_maps)}. "
                    "Name one with --series to read it as an image."
                )
        else:
            for ranked in chain.from_iterable(map(rank_series, studies)):
                record = {
                    "path": str(path),
                    "study_uid": ranked.series.source.study_uid,
                    "series_uid": ranked.series.source.series_uid,
                    "series_number": ranked.series.source.series_number,
                    "plane": ranked.series.plane,
                    "size": ranked.series.size,
                    "verdict": ranked.verdict,
                    "reason": ranked.reason,
                    "acquisition": asdict(ranked.series.acquisition),
                }
                typer.echo(json.dumps(record))
        for problem in listing.problems:
            typer.echo(f"vbq: {problem}", err=True)
        if listing.skipped and not as_json:
            ignored = ", ".join(f"{count} {kind}" for kind, count in listing.skipped.items())
            typer.echo(f"Ignored: {ignored}.")
    if unreadable:
        raise typer.Exit(1)
