"""Recalibration: the same predictors, with risks that are right on average in another cohort.

Vergouwe Y et al. Stat Med 2017;36:4529-4539, doi 10.1002/sim.7179; Steyerberg EW. Clinical
Prediction Models, 2nd ed. Springer 2019, section 20.2. The user chooses the update: estimating the
intercept alone demands least of the data.
"""

import numpy as np

from vbq._version import __version__
from vbq.errors import RefusalError
from vbq.risk.external_cohort import ExternalCohort
from vbq.risk.model import Recalibration, RiskModel, Update
from vbq.stats.performance.calibration import calibration
from vbq.stats.regression.logistic import maximise
from vbq.text import fixed


def recalibrate(model: RiskModel, cohort: ExternalCohort, update: Update) -> RiskModel:
    """The model with log odds ``a + b × log odds``, fitted in another cohort.

    The mean risk in that cohort then equals its share of events. With x the design columns of a
    patient, c the coefficients and V their covariance before, the log odds a + b xᵀc have variance
    b² xᵀVx + (1, xᵀc) W (1, xᵀc)ᵀ, where W is the covariance of a and b: the estimates of the two
    cohorts are independent. This is again a quadratic form in x, kept as the new covariance.

    Args:
        model: The model.
        cohort: Patients of the other cohort.
        update: Whether b is estimated as well, or stays 1.

    Raises:
        RefusalError: the estimated slope is not above 0, or does not exist.
    """
    with_slope = update == "intercept and slope"
    if with_slope:  # refuses risks that are constant or separate the outcome perfectly
        calibration(cohort.outcome, cohort.risk)
    parameters = 2 if with_slope else 1
    fit = maximise(
        np.column_stack([np.ones(cohort.n), cohort.log_odds])[:, :parameters],
        cohort.outcome,
        offset=np.zeros(cohort.n) if with_slope else cohort.log_odds,
        weights=np.ones(cohort.n),
    )
    a, b = (*fit.coefficients.tolist(), 1.0)[:2]
    if b <= 0:
        raise RefusalError(
            f"The calibration slope in {cohort.source.name} is {fixed(b, 2)}: the model ranks "
            "these patients no better than chance, which recalibration cannot correct.",
            remedy="Check the coding of outcome and predictors; otherwise develop a new model.",
            code="slope_not_positive",
        )
    before = np.array(model.all_coefficients)
    after = b * before
    after[0] += a
    # derivatives of the new coefficients with respect to a and b
    jacobian = np.column_stack([np.eye(before.size)[:, 0], before])[:, :parameters]
    covariance = b**2 * np.array(model.covariance) + jacobian @ fit.covariance @ jacobian.T
    recalibration = Recalibration(
        update=update,
        intercept=a,
        slope=b,
        n=cohort.n,
        events=cohort.events,
        left_out=sum(cohort.excluded.values()),
        mean_risk_before=float(cohort.risk.mean()),
        source=cohort.source,
        software=f"vbq {__version__}",
    )
    return model.model_copy(
        update={
            "intercept": float(after[0]),
            "coefficients": tuple(
                row.model_copy(update={"coefficient": float(coefficient)})
                for row, coefficient in zip(model.coefficients, after[1:], strict=True)
            ),
            "covariance": tuple(tuple(row) for row in covariance.tolist()),
            "recalibrations": (*model.recalibrations, recalibration),
        }
    )
