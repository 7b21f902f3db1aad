"""The patients a study is about, typed and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vbq.study.plan.plan import Plan

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A step of the participant flow.

    Attributes:
        name: The patients who remain, such as "MRI before the event".
        n: Patients who remain.
        events: Patients with the event among them, as far as the outcome is known.
        removed: Patients excluded in this step.
        reason: Reason of the exclusion; empty for the first step.
    """

    name: str
    n: int
    events: int
    removed: int = 0
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Cohort:
    """The patients that a study analyses; missing values are still missing.

    Attributes:
        plan: The plan as declared, with the type of every variable as found in the data, and the
            levels of those that are not continuous.
        table: Shape (n, variables): one column for each of ``plan.variables``, named like it.
            Continuous: float64. Binary: float64, 0 (``levels[0]``) and 1 (``levels[1]``).
            Categorical and ordered: pandas categories in the order of ``levels``. Missing is NaN.
            The index is the row of the spreadsheet (the header is row 1); there are no ids.
        outcome: Shape (n,), float64: 1 event, 0 no event; never missing.
        follow_up_years: Shape (n,), years from the MRI to the event, the competing event or the
            last contact; NaN where unknown. None without dates.
        status: Shape (n,), int8: 1 event, 2 competing event, 0 neither. None without dates.
        scanners: Shape (n, up to 3): columns ``site``, ``scanner`` (text), ``field_strength``
            (nominal, tesla) as far as the plan names them.
        readings: Shape (n, 2): ``status`` and ``flags`` (codes separated by ``;``) of the
            readings; None without readings.
        controls: Controls, with a column for the index and for each of ``controls.adjust``, typed
            as in ``table``; None without controls.
        flow: Steps from the file to these patients.
        followed: The patients of time-to-event analyses: these, and those without the event who
            were followed for less than ``dates.minimum_follow_up_years``. Excluding the latter from
            a model that accounts for censoring would raise its risks. None where they are the same.
    """

    plan: Plan
    table: pd.DataFrame
    outcome: NDArray[np.float64]
    follow_up_years: NDArray[np.float64] | None
    status: NDArray[np.int8] | None
    scanners: pd.DataFrame
    readings: pd.DataFrame | None
    controls: pd.DataFrame | None
    flow: tuple[FlowStep, ...]
    followed: Cohort | None = None

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.outcome)

    @property
    def events(self) -> int:
        """Number of patients with the event."""
        return int(self.outcome.sum())

    @property
    def timed(self) -> tuple[int, int]:
        """Number of patients with known follow-up, and with the event among them."""
        if self.follow_up_years is None:
            return 0, 0
        known = self.follow_up_years >= 0  # NaN is not
        return int(known.sum()), int(self.outcome[known].sum())
