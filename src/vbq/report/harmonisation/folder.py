"""The results of a harmonisation: a folder that is written completely or not at all."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vbq._version import __version__
from vbq.files import write_folder
from vbq.reference.batch_effect import BatchEffect
from vbq.reference.harmonisation import Harmonised
from vbq.report.figure_style import figure_bytes
from vbq.report.harmonisation.figure import draw_harmonised
from vbq.report.harmonisation.page import harmonised_html, unit_of
from vbq.tables.csv_write import csv_bytes, escape_formula
from vbq.text import one_line

SCHEMA = "vbq-harmonised-1"
NAME = re.compile(r"harmonised(_\d+)?\.(svg|png)")


def write_harmonised(folder: Path, harmonised: Harmonised) -> dict[str, Path]:
    """Write ``harmonised.html``, ``.csv`` and ``.json``, with one figure per feature.

    Figures are SVG and PNG files. The table has one row per reading, with its id; page and document
    contain no ids. In an existing folder, files of an earlier run are replaced or removed; other
    files are left alone.

    Args:
        folder: Folder for the results; created if missing.
        harmonised: The readings before and after.

    Returns:
        The path of each file written, by name.

    Raises:
        OutputError: the folder could not be written; its earlier content is unchanged.
    """
    contents: dict[str, bytes] = {}
    figures = []
    for number, feature in enumerate(harmonised.features):
        files = figure_bytes(draw_harmonised(harmonised, number, unit_of(feature)))
        stem = "harmonised" if len(harmonised.features) == 1 else f"harmonised_{number + 1}"
        contents |= {f"{stem}.{kind}": content for kind, content in files.items()}
        figures.append(files["svg"])
    contents |= {
        "harmonised.html": harmonised_html(harmonised, figures),
        "harmonised.csv": _table(harmonised),
        "harmonised.json": _document(harmonised),
    }
    earlier = (
        [p.name for p in folder.iterdir() if NAME.fullmatch(p.name)] if folder.is_dir() else []
    )
    return write_folder(folder, contents, owned=earlier)


def _table(harmonised: Harmonised) -> bytes:
    """One row for each reading; numbers with all their digits."""
    batches = [escape_formula(one_line(name)) for name in harmonised.batches]
    readings = (harmonised.before.tolist(), harmonised.after.tolist())
    rows = zip(harmonised.ids, harmonised.batch, *readings, strict=True)
    return csv_bytes(
        ["id", "batch", *harmonised.features, *(f"{f}_harmonised" for f in harmonised.features)],
        ([name, batches[batch], *before, *after] for name, batch, before, after in rows),
    )


def _document(harmonised: Harmonised) -> bytes:
    """Method and results with all digits."""
    steps = harmonised.combat
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "method": "ComBat" if steps.shrunk else "location and scale",
        "empirical_bayes": steps.shrunk,
        "readings": len(harmonised.ids),
        "left_out": harmonised.excluded,
        "batch_columns": list(harmonised.batch_columns),
        "batches": [
            {"name": name, "n": count}
            for name, count in zip(harmonised.batches, harmonised.counts, strict=True)
        ],
        "kept": [
            {"name": covariate.name, "categories": list(covariate.categories)}
            for covariate in harmonised.covariates
        ],
        "outcomes": list(harmonised.outcomes),
        "cautions": list(harmonised.cautions),
        "features": [
            {
                "name": name,
                "residual_sd": float(steps.residual_sd[k]),
                "shift": steps.shift[:, k].tolist(),
                "scale": steps.scale[:, k].tolist(),
                "before": _effect(harmonised.effects_before[k]),
                "after": _effect(harmonised.effects_after[k]),
            }
            for k, name in enumerate(harmonised.features)
        ],
        "software_version": __version__,
    }
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _effect(effect: BatchEffect) -> dict[str, Any]:
    """A batch effect as the document has it, where the degrees of freedom are ``freedom``."""
    return {"freedom" if key == "df" else key: value for key, value in asdict(effect).items()}
