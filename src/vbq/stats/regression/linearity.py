"""Box and Tidwell's test whether log-odds rise in a straight line with a predictor.

Box GEP, Tidwell PW. Technometrics 1962;4:531-550, doi 10.1080/00401706.1962.10490038; for
logistic regression Guerrero VM, Johnson RA. Biometrika 1982;69:309-314.
A restricted cubic spline (`vbq.stats.regression.splines`) sees more kinds of curve, and shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError
from vbq.stats.regression.likelihood import ChiSquaredTest, wald_test
from vbq.stats.regression.logistic import Logistic, fit_logistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["box_tidwell_test"]


def box_tidwell_test(fit: Logistic, predictor: str) -> ChiSquaredTest:
    """Wald test of x·ln x added to a model that holds x.

    Args:
        fit: The model with x in a straight line.
        predictor: x, positive in all subjects.

    Raises:
        UsageError: there is no such predictor.
        InputError: x is not positive, or the larger model cannot be fitted.
    """
    data = fit.data
    x: NDArray[np.float64] = data.design[:, data.column(predictor)]
    if (x <= 0).any():
        raise InputError(
            f"{predictor} is 0 or negative in {np.count_nonzero(x <= 0)} subjects; "
            "its logarithm is not defined.",
            remedy="Test for a curve with a restricted cubic spline.",
            code="not_positive",
        )
    curve = f"{predictor}·ln({predictor})"
    larger = fit_logistic(
        np.column_stack([data.design[:, 1:], x * np.log(x)]),
        data.outcome,
        names=[*data.names[1:], curve],
        offset=data.offset,
        weights=data.weights,
    )
    return wald_test(larger, [curve])
