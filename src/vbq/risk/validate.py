"""External validation: how good a model's risks are in patients it was not made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.stats.performance.brier import Brier, brier
from vbq.stats.performance.calibration import Calibration, calibration
from vbq.stats.performance.calibration_curve import CalibrationErrors, calibration_errors
from vbq.stats.performance.delong import Auc, auc
from vbq.stats.performance.net_benefit import DecisionCurve, decision_curve

if TYPE_CHECKING:
    from vbq.risk.external_cohort import ExternalCohort
    from vbq.risk.model import RiskModel

__all__ = ["Validation", "validate_risk"]

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, eq=False)
class Validation:
    """Performance in another cohort.

    Attributes:
        n: Patients.
        events: Patients with the event.
        left_out: Patients who get no risk, by reason.
        mean_risk: As predicted.
        auc: With DeLong's interval.
        calibration: In the large, intercept, slope, O:E.
        errors: Of the smooth (loess) calibration curve.
        brier: Plain and scaled.
        net_benefit: At risks of 10, 20 … 50 %.
        cautions: What to bear in mind.
    """

    n: int
    events: int
    left_out: dict[str, int]
    mean_risk: float
    auc: Auc
    calibration: Calibration
    errors: CalibrationErrors
    brier: Brier
    net_benefit: DecisionCurve
    cautions: tuple[str, ...]


def validate_risk(model: RiskModel, others: ExternalCohort) -> Validation:
    """Judge a model in another cohort.

    Raises:
        RefusalError: an index is undefined, as where the risks separate the outcome perfectly.
    """
    y, risk = others.outcome, others.risk
    return Validation(
        n=others.n,
        events=others.events,
        left_out=others.left_out,
        mean_risk=float(risk.mean()),
        auc=auc(y, others.log_odds),
        calibration=calibration(y, risk),
        errors=calibration_errors(y, risk),
        brier=brier(y, risk),
        net_benefit=decision_curve(y, risk, THRESHOLDS, seed=model.provenance.seed),
        cautions=others.cautions,
    )
