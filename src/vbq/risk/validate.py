"""External validation: performance of a model in patients it was not made from."""

from dataclasses import dataclass

from vbq.risk.external_cohort import ExternalCohort
from vbq.risk.model import RiskModel
from vbq.stats.performance.brier import Brier, brier
from vbq.stats.performance.calibration import Calibration, calibration
from vbq.stats.performance.calibration_curve import CalibrationErrors, calibration_errors
from vbq.stats.performance.delong import Auc, auc
from vbq.stats.performance.net_benefit import DecisionCurve, decision_curve

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)  # risks at which net benefit is printed


@dataclass(frozen=True, eq=False)
class Validation:
    """Performance of a model in another cohort.

    Attributes:
        n: Number of patients.
        events: Number of patients with the event.
        left_out: Number of patients excluded because no risk can be predicted, by reason.
        mean_risk: Mean predicted risk.
        auc: Area under the ROC curve with DeLong's interval.
        calibration: Calibration in the large, intercept, slope and observed : expected ratio.
        errors: Distance of the smooth (loess) calibration curve from the ideal.
        brier: Brier score, plain and scaled.
        net_benefit: Net benefit at risks of 10, 20 … 50 %.
        cautions: Cautions about the results.
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


def validate_risk(model: RiskModel, cohort: ExternalCohort) -> Validation:
    """Validate a model in another cohort.

    Raises:
        RefusalError: an index is undefined, for instance because the risks separate the outcome
            perfectly.
    """
    outcome, risk = cohort.outcome, cohort.risk
    return Validation(
        n=cohort.n,
        events=cohort.events,
        left_out=cohort.excluded,
        mean_risk=float(risk.mean()),
        auc=auc(outcome, cohort.log_odds),
        calibration=calibration(outcome, risk),
        errors=calibration_errors(outcome, risk),
        brier=brier(outcome, risk),
        net_benefit=decision_curve(outcome, risk, THRESHOLDS, seed=model.provenance.seed),
        cautions=cohort.cautions,
    )
