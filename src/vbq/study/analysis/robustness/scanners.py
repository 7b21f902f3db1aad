"""Sites, scanners and field strengths of the patients of completed tables."""

import numpy as np
from numpy.typing import NDArray

from vbq.study.analysis.imputed_tables import Tables
from vbq.study.cohort.cohort import Cohort


def predictors_from(cohort: Cohort, key: str) -> tuple[str, ...]:
    """Names of the predictors read from the column of a ``site``, ``scanner`` or the like.

    Args:
        cohort: The patients.
        key: Key under ``scanner`` in the plan.
    """
    column = getattr(cohort.plan.scanner, key)
    return tuple(
        predictor.name for predictor in cohort.plan.predictors if predictor.column == column
    )


def scanner_labels(
    cohort: Cohort, tables: Tables, key: str
) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Name of each patient's site, scanner or field strength, shape (n,), and whether it is known.

    Args:
        cohort: The patients.
        tables: Completed tables of the patients analysed.
        key: Key under ``scanner`` in the plan.
    """
    column = cohort.scanners[key].iloc[tables.rows]
    labels = [f"{value:g} T" if isinstance(value, float) else str(value) for value in column]
    return np.array(labels), column.notna().to_numpy()
