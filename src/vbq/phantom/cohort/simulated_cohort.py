"""A simulated cohort with its truth, and the files it is written to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vbq.files import write_folder
from vbq.phantom.cohort.plan_yaml import COHORT_FILE, CONTROLS_FILE, PLAN_FILE

if TYPE_CHECKING:
    import pandas as pd

TRUTH_FILE = "truth.json"
DECIMALS = {"vbq": 4, "bmi": 3, "dxa_t": 3, "age": 1, "field_strength": 1}


@dataclass(frozen=True, eq=False)
class CohortTruth:
    """Known answers of a simulated cohort, which a real one never has.

    Attributes:
        coefficients: Log odds ratio per unit, by predictor.
        intercept: Log odds of the outcome where every predictor is 0.
        log_odds: Log odds of the outcome of each patient, shape (n,).
        complete: The patients' table without missing values and, with measurement error or a
            scanner effect, with the VBQ free of both.
        statement: What the coefficients refer to: a population, or this cohort.
        assumptions: Parameters that no publication reports, as sentences.
    """

    coefficients: dict[str, float]
    intercept: float
    log_odds: NDArray[np.float64]
    complete: pd.DataFrame
    statement: str
    assumptions: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SimulatedCohort:
    """A simulated cohort.

    Attributes:
        title: Title of its study plan.
        patients: One row per patient: ``id``, ``fracture`` (0, 1), predictors; NaN if missing.
        controls: Healthy controls: ``id``, ``vbq``, ``age``; ``None`` without controls.
        plan: Study plan in YAML, which refers to the tables by the names `write_cohort` uses.
        truth: The known answer.
        seed: Seed of the random numbers.
    """

    title: str
    patients: pd.DataFrame
    controls: pd.DataFrame | None
    plan: str
    truth: CohortTruth
    seed: int


def write_cohort(cohort: SimulatedCohort, folder: Path | str) -> Path:
    """Write ``cohort.csv``, ``plan.yaml``, ``truth.json`` and, with controls, ``controls.csv``.

    Args:
        cohort: The cohort.
        folder: Created if missing; existing files of these names are replaced.

    Returns:
        The path of the plan.

    Raises:
        OutputError: A file cannot be written; the folder is left as it was.
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
    """A table as CSV, rounded by column; whole numbers without a decimal point."""
    rounded = table.copy()
    for column in table.columns:
        if column in DECIMALS:
            rounded[column] = table[column].map(
                lambda value, decimals=DECIMALS[column]: f"{value:.{decimals}f}", "ignore"
            )
        elif column != "id" and table[column].dtype.kind in "fi":
            rounded[column] = table[column].astype(int)
    text: str = rounded.to_csv(index=False, lineterminator="\n")
    return text.encode()
