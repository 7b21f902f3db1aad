"""Sites, scanners and field strengths as the patients' tables have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.study.analysis.imputed_tables import Tables
    from vbq.study.cohort.cohort import Cohort

__all__ = ["predictors_from", "scanner_labels"]


def predictors_from(cohort: Cohort, by: str) -> tuple[str, ...]:
    """Predictors that are this very column (``site``, ``scanner`` or ``field_strength``)."""
    column = getattr(cohort.plan.scanner, by)
    return tuple(one.name for one in cohort.plan.predictors if one.column == column)


def scanner_labels(
    cohort: Cohort, tables: Tables, by: str
) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Where each patient of the tables was scanned, in words, and of whom it is known."""
    column = cohort.scanners[by].iloc[tables.rows]
    words = [f"{value:g} T" if isinstance(value, float) else str(value) for value in column]
    return np.array(words), column.notna().to_numpy()
