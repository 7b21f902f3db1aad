"""Names of the files of a study's results: written by `vbq.report`, passed over by `vbq.scan`."""

from __future__ import annotations

__all__ = [
    "LABEL_FILE",
    "OVERLAY_FILE",
    "READING_FILE",
    "REPORT_FILE",
    "RESULT_FILES",
    "ROI_FILE",
]

READING_FILE = "reading.json"
ROI_FILE = "rois.json"
OVERLAY_FILE = "overlay.png"
REPORT_FILE = "report.html"
LABEL_FILE = "labels.nii.gz"
RESULT_FILES = (READING_FILE, ROI_FILE, OVERLAY_FILE, REPORT_FILE, LABEL_FILE)
