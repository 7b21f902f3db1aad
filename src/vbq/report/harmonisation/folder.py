"""The results of a harmonisation: a folder that is written whole or not at all."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vbq._version import __version__
from vbq.files import write_folder
from vbq.report.figure_style import figure_bytes
from vbq.report.harmonisation.figure import draw_harmonised
from vbq.report.harmonisation.page import harmonised_html, unit_of
from vbq.tables.csv_write import csv_bytes, escape_formula
from vbq.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from vbq.reference.harmonisation import Harmonised

__all__ = ["write_harmonised"]

SCHEMA = "vbq-harmonised-1"
NAME = re.compile(r"harmonised(_\d+)?\.(svg|png)")


def write_harmonised(folder: Path, found: Harmonised) -> dict[str, Path]:
    """Write ``harmonised.html``, ``.csv`` and ``.json``, and a figure a feature as SVG and PNG.

    The table has one row a reading, with its id; the page and the document name nobody. In a
    folder that exists, files of an earlier run are replaced or removed and all others are left
    alone.

    Args:
        folder: Where to; made if missing.
        found: The harmonised readings.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written; what was there before still is.
    """
    contents: dict[str, bytes] = {}
    pictures = []
    for number, feature in enumerate(found.features):
        files = figure_bytes(draw_harmonised(found, number, unit_of(feature)))
        stem = "harmonised" if len(found.features) == 1 else f"harmonised_{number + 1}"
        contents |= {f"{stem}.{kind}": content for kind, content in files.items()}
        pictures.append(files["svg"])
    contents |= {
        "harmonised.html": harmonised_html(found, pictures),
        "harmonised.csv": _table(found),
        "harmonised.json": _document(found),
    }
    earlier = (
        [p.name for p in folder.iterdir() if NAME.fullmatch(p.name)] if folder.is_dir() else []
    )
    return write_folder(folder, contents, owned=earlier)


def _table(found: Harmonised) -> bytes:
    """One row for each reading; numbers with all their digits."""
    batches = [escape_formula(one_line(name)) for name in found.batches]
    harmonised = [f"{name}_harmonised" for name in found.features]
    rows = zip(found.ids, found.batch, found.before.tolist(), found.after.tolist(), strict=True)
    return csv_bytes(
        ["id", "batch", *found.features, *harmonised],
        ([name, batches[batch], *before, *after] for name, batch, before, after in rows),
    )


def _document(found: Harmonised) -> bytes:
    """What was done and found, with all digits."""
    steps = found.combat
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "method": "ComBat" if steps.shrunk else "location and scale",
        "empirical_bayes": steps.shrunk,
        "readings": len(found.ids),
        "left_out": found.excluded,
        "batch_columns": list(found.batch_columns),
        "batches": [
            {"name": name, "n": count}
            for name, count in zip(found.batches, found.counts, strict=True)
        ],
        "kept": [
            {"name": one.name, "categories": list(one.categories)} for one in found.covariates
        ],
        "outcomes": list(found.outcomes),
        "cautions": list(found.cautions),
        "features": [
            {
                "name": name,
                "residual_sd": float(steps.residual_sd[k]),
                "shift": steps.shift[:, k].tolist(),
                "scale": steps.scale[:, k].tolist(),
                "before": asdict(found.effects_before[k]),
                "after": asdict(found.effects_after[k]),
            }
            for k, name in enumerate(found.features)
        ],
        "software_version": __version__,
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()
