"""The variables of a cohort as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vbq.stats.imputation.columns import Column
from vbq.study.cohort.cohort import Cohort
from vbq.study.plan.variable import Variable

if TYPE_CHECKING:
    import pandas as pd


def columns_of(cohort: Cohort, names: Sequence[str] | None = None) -> list[Column]:
    """Variables of a cohort, by default all of them; categories as 0, 1, 2 … in their order."""
    variables = {variable.name: variable for variable in cohort.plan.variables}
    columns = []
    for name in variables if names is None else names:
        kind = variables[name].type
        assert kind is not None  # the variables of a cohort have types
        columns.append(Column(name, kind, coded(variables[name], cohort.table[name])))
    return columns


def coded(variable: Variable, values: pd.Series[Any]) -> NDArray[np.float64]:
    """A column of a cohort's table as numbers, shape (n,); categories as their positions."""
    if variable.type in ("continuous", "binary"):
        return values.to_numpy(dtype="float64")
    codes = values.cat.codes.to_numpy().astype("float64")
    codes[codes < 0] = float("nan")
    return codes
