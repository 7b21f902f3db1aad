"""``vbq inspect``: every series under the paths, chosen or rejected, and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["inspect"]


def inspect(
    paths: Annotated[list[Path], typer.Argument(help="Files, folder trees or zip archives.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line a series and nothing else.")
    ] = False,
) -> None:
    """List every series found under PATHS: what it is, chosen or rejected, and why.

    A candidate is a series whose file does not say enough; 'vbq score' then looks at the image.
    """
    from vbq.cli.table import show_choices
    from vbq.errors import UsageError
    from vbq.scan import choose, find_series, group_by_study

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"There is no {', '.join(missing)}.", remedy="Check the path.")
    for path in paths:
        found = find_series(path)
        for number, series in enumerate(group_by_study(found.series), start=1):
            choices = choose(series)
            if not as_json:
                show_choices(f"{path}, study {number}", choices)
                continue
            for choice in choices:
                record = {
                    "path": str(path),
                    "study_uid": choice.series.source.study_uid,
                    "series_uid": choice.series.source.series_uid,
                    "series_number": choice.series.source.series_number,
                    "plane": choice.series.plane,
                    "size": choice.series.size,
                    "verdict": choice.verdict,
                    "reason": choice.reason,
                    "acquisition": asdict(choice.series.acquisition),
                }
                typer.echo(json.dumps(record))
        for problem in found.problems:
            typer.echo(f"vbq: {problem}", err=True)
