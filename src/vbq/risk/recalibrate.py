"""Recalibration: the same predictors, with risks that are right in another cohort.

Vergouwe Y et al. Stat Med 2017;36:4529-4539, doi 10.1002/sim.7179; Steyerberg EW. Clinical
Prediction Models, 2nd ed. Springer 2019, section 20.2. Which update is made is the user's choice:
the intercept alone asks least of the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from vbq._version import __version__
from vbq.errors import RefusalError
from vbq.risk.model import Recalibration, RiskModel
from vbq.stats.performance.calibration import calibration
from vbq.stats.regression.logistic import maximise

if TYPE_CHECKING:
    from vbq.risk.external_cohort import ExternalCohort

__all__ = ["Update", "recalibrate"]

Update = Literal["intercept", "intercept and slope"]


def recalibrate(model: RiskModel, others: ExternalCohort, update: Update) -> RiskModel:
    """The model with log odds ``a + b × log odds``, fitted in another cohort; b is 1 or fitted.

    The mean risk in that cohort then equals its share of events. With x the columns of a patient,
    c the coefficients and V their covariance before, the log odds a + b xᵀc have the variance
    b² xᵀVx + (1, xᵀc) W (1, xᵀc)ᵀ, W being the covariance of a and b: the estimates of the two
    cohorts are independent. That is again a quadratic form in x, kept as the new covariance.

    Raises:
        RefusalError: the fitted slope is not above 0, or does not exist.
    """
    free = 2 if update == "intercept and slope" else 1
    if free == 2:
        calibration(others.outcome, others.risk)  # refuses what separates perfectly, or is constant
    x = np.column_stack([np.ones(others.n), others.log_odds])
    best = maximise(
        x[:, :free],
        others.outcome,
        offset=np.zeros(others.n) if free == 2 else others.log_odds,
        weights=np.ones(others.n),
    )
    a, b = (*best.coefficients.tolist(), 1.0)[:2]
    if b <= 0:
        raise RefusalError(
            f"The calibration slope in {others.source.name} is {b:.2f}: there the model orders "
            "patients no better than chance, and no recalibration can mend that.",
            remedy="Check the coding of outcome and predictors; else make a new model.",
            code="slope_not_positive",
        )
    before = np.array(model.all_coefficients)
    after = b * before
    after[0] += a
    # columns: how a and b move the coefficients
    moves = np.column_stack([np.eye(before.size)[:, 0], before])[:, :free]
    covariance = b**2 * np.array(model.covariance) + moves @ best.covariance @ moves.T
    return model.model_copy(
        update={
            "intercept": float(after[0]),
            "coefficients": tuple(
                one.model_copy(update={"coefficient": float(c)})
                for one, c in zip(model.coefficients, after[1:], strict=True)
            ),
            "covariance": tuple(tuple(float(v) for v in row) for row in covariance),
            "recalibrations": (
                *model.recalibrations,
                Recalibration(
                    update=update,
                    intercept=a,
                    slope=b,
                    n=others.n,
                    events=others.events,
                    left_out=sum(others.left_out.values()),
                    mean_risk_before=float(others.risk.mean()),
                    source=others.source,
                    software=f"vbq {__version__}",
                ),
            ),
        }
    )
