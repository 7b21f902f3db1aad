from .apply import PatientRisk as PatientRisk
from .apply import TableRisks as TableRisks
from .apply import patient_risk as patient_risk
from .apply import set_option as set_option
from .apply import table_risks as table_risks
from .external_cohort import ExternalCohort as ExternalCohort
from .model import RiskModel as RiskModel
from .model_file import model_bytes as model_bytes
from .model_file import read_risk_model as read_risk_model
from .recalibrate import recalibrate as recalibrate
from .validate import Validation as Validation
from .validate import validate_risk as validate_risk

__all__ = [
    "ExternalCohort",
    "PatientRisk",
    "RiskModel",
    "TableRisks",
    "Validation",
    "model_bytes",
    "patient_risk",
    "read_risk_model",
    "recalibrate",
    "set_option",
    "table_risks",
    "validate_risk",
]
