from .brier import Brier as Brier
from .brier import brier as brier
from .calibration import Calibration as Calibration
from .calibration import CalibrationEstimate as CalibrationEstimate
from .calibration import calibration as calibration
from .calibration_curve import CalibrationCurve as CalibrationCurve
from .calibration_curve import CalibrationErrors as CalibrationErrors
from .calibration_curve import calibration_curve as calibration_curve
from .calibration_curve import calibration_errors as calibration_errors
from .delong import Auc as Auc
from .delong import AucDifference as AucDifference
from .delong import auc as auc
from .delong import compare_auc as compare_auc
from .delong import compare_auc_unpaired as compare_auc_unpaired
from .measures import PerformanceMeasure as PerformanceMeasure
from .net_benefit import DecisionCurve as DecisionCurve
from .net_benefit import NetBenefitDifference as NetBenefitDifference
from .net_benefit import decision_curve as decision_curve
from .net_benefit import net_benefit_difference as net_benefit_difference
from .net_benefit_survival import decision_curve_survival as decision_curve_survival
from .reclassification import Reclassification as Reclassification
from .reclassification import reclassification as reclassification
from .roc import Accuracy as Accuracy
from .roc import RocCurve as RocCurve
from .roc import accuracy_at as accuracy_at
from .roc import roc_curve as roc_curve
from .roc import youden_point as youden_point

__all__ = [
    "Accuracy",
    "Auc",
    "AucDifference",
    "Brier",
    "Calibration",
    "CalibrationCurve",
    "CalibrationErrors",
    "CalibrationEstimate",
    "DecisionCurve",
    "NetBenefitDifference",
    "PerformanceMeasure",
    "Reclassification",
    "RocCurve",
    "accuracy_at",
    "auc",
    "brier",
    "calibration",
    "calibration_curve",
    "calibration_errors",
    "compare_auc",
    "compare_auc_unpaired",
    "decision_curve",
    "decision_curve_survival",
    "net_benefit_difference",
    "reclassification",
    "roc_curve",
    "youden_point",
]
