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
from .risk.output import show_patient as show_patient
from .risk.output import show_recalibration as show_recalibration
from .risk.output import show_table as show_table
from .risk.output import show_validation as show_validation
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
    "reading_bytes",
    "readings_row",
    "refusals",
    "report_html",
    "results_name",
    "show_patient",
    "show_recalibration",
    "show_table",
    "show_validation",
    "study_files",
    "write_agreement",
    "write_harmonised",
    "write_reading",
    "write_readings",
    "write_results",
    "write_study",
    "write_validation",
]
