"""A simulated cohort with the truth behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["CohortTruth", "SimulatedCohort"]


@dataclass(frozen=True, eq=False)
class CohortTruth:
    """What is known of a simulated cohort and never of a real one.

    Attributes:
        coefficients: Log odds ratios by predictor, per unit.
        intercept: Log odds where every predictor is 0.
        log_odds: Shape (n,), of each patient.
        complete: The patients' table with nothing missing and, where there is measurement error
            or a scanner effect, the VBQ without either.
        statement: What the coefficients are: of the population, or of this cohort.
        assumptions: Parameters that no publication gives, in words.
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
        title: Of its plan.
        patients: One row a patient: ``id``, ``fracture`` (0, 1), predictors; missing is NaN.
        controls: ``id``, ``vbq``, ``age``; None without controls.
        plan: A plan for it, in YAML, that looks for the tables as `write_cohort` names them.
        truth: Behind it.
        seed: It was drawn with.
    """

    title: str
    patients: pd.DataFrame
    controls: pd.DataFrame | None
    plan: str
    truth: CohortTruth
    seed: int
