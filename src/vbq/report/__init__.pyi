from .agreement.folder import write_agreement as write_agreement
from .harmonisation.folder import write_harmonised as write_harmonised
from .reading.document import reading_bytes as reading_bytes
from .reading.document import write_reading as write_reading
from .reading.folder import as_written as as_written
from .reading.folder import results_name as results_name
from .reading.folder import write_results as write_results
from .reading.label_map import label_map_bytes as label_map_bytes
from .reading.overlay import draw_overlay as draw_overlay
from .reading.page import report_html as report_html
from .reading.picture import draw_picture as draw_picture
from .reading.readings_table import COLUMNS as COLUMNS
from .reading.readings_table import Row as Row
from .reading.readings_table import earlier_readings as earlier_readings
from .reading.readings_table import failed_row as failed_row
from .reading.readings_table import readings_row as readings_row
from .reading.readings_table import write_readings as write_readings
from .risk.model_card import card_text as card_text
from .risk.results import patient_risk_json as patient_risk_json
from .risk.results import patient_risk_text as patient_risk_text
from .risk.results import recalibration_text as recalibration_text
from .risk.results import risk_validation_json as risk_validation_json
from .risk.results import risk_validation_text as risk_validation_text
from .risk.results import table_risks_csv as table_risks_csv
from .risk.results import table_risks_json as table_risks_json
from .risk.results import table_risks_text as table_risks_text
from .study.folder import study_files as study_files
from .study.folder import write_study as write_study
from .validation.folder import refusals as refusals
from .validation.folder import write_validation as write_validation

__all__ = [
    "COLUMNS",
    "Row",
    "as_written",
    "card_text",
    "draw_overlay",
    "draw_picture",
    "earlier_readings",
    "failed_row",
    "label_map_bytes",
    "patient_risk_json",
    "patient_risk_text",
    "reading_bytes",
    "readings_row",
    "recalibration_text",
    "refusals",
    "report_html",
    "results_name",
    "risk_validation_json",
    "risk_validation_text",
    "study_files",
    "table_risks_csv",
    "table_risks_json",
    "table_risks_text",
    "write_agreement",
    "write_harmonised",
    "write_reading",
    "write_readings",
    "write_results",
    "write_study",
    "write_validation",
]
