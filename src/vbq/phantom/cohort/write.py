"""A simulated cohort as files, with a plan that fits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vbq.files import write_folder
from vbq.phantom.cohort.plan_yaml import COHORT_FILE, CONTROLS_FILE, PLAN_FILE

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from vbq.phantom.cohort.simulated_cohort import SimulatedCohort

__all__ = ["TRUTH_FILE", "write_cohort"]

TRUTH_FILE = "truth.json"
DECIMALS = {"vbq": 4, "bmi": 3, "dxa_t": 3, "age": 1, "field_strength": 1}


def write_cohort(cohort: SimulatedCohort, folder: Path | str) -> Path:
    """Write ``cohort.csv``, ``plan.yaml``, ``truth.json`` and, if there are any, ``controls.csv``.

    Args:
        cohort: As drawn.
        folder: Where to; in a folder that exists, files of these names are replaced.

    Returns:
        The path of the plan.

    Raises:
        OutputError: it could not be written; what was there before still is.
    """
    truth: dict[str, Any] = {
        "simulated": True,
        "title": cohort.title,
        "seed": cohort.seed,
        "coefficients": cohort.truth.coefficients,
        "intercept": cohort.truth.intercept,
        "statement": cohort.truth.statement,
        "assumptions": cohort.truth.assumptions,
    }
    contents = {
        COHORT_FILE: _csv(cohort.patients),
        PLAN_FILE: cohort.plan.encode(),
        TRUTH_FILE: (json.dumps(truth, indent=2, ensure_ascii=False) + "\n").encode(),
    }
    if cohort.controls is not None:
        contents[CONTROLS_FILE] = _csv(cohort.controls)
    return write_folder(folder, contents, owned=[CONTROLS_FILE])[PLAN_FILE]


def _csv(table: pd.DataFrame) -> bytes:
    shown = table.copy()
    for column in table.columns:
        if column in DECIMALS:
            shown[column] = table[column].map(lambda v, d=DECIMALS[column]: f"{v:.{d}f}", "ignore")
        elif column != "id" and table[column].dtype.kind in "fi":
            shown[column] = table[column].astype(int)
    text: str = shown.to_csv(index=False, lineterminator="\n")
    return text.encode()
