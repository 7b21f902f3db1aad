"""The columns of ``readings.csv``, and which of them hold scores.

`vbq.report` writes them; `vbq.reference` reads scores from such a table.
"""

from vbq.anatomy.levels import LEVEL_NAMES, LEVEL_NUMBERS
from vbq.measure.protocol import STANDARD, STANDARD_ID, protocols

LEVELS = tuple(LEVEL_NAMES[number] for number in STANDARD.levels)
CSF_FIELDS = ("mean", "median", "sd", "pixels", "slice", "source")
LEVEL_FIELDS = (*CSF_FIELDS, "excluded_share")
ACQUISITION_FIELDS = (
    "field_strength_t",
    "repetition_time_ms",
    "echo_time_ms",
    "pixel_bandwidth_hz",
    "slice_thickness_mm",
)

# id of the protocol of each variant, by its column
VARIANT_COLUMNS: dict[str, str] = {
    protocol.column: protocol.id for protocol in protocols().values() if not protocol.not_measured
}
# all columns in their order: the id of the protocol of a score, None for what is not a score
READINGS_COLUMNS: dict[str, str | None] = {
    "id": None,
    "path": None,
    "status": None,
    "score": STANDARD_ID,
    "interval_low": None,
    "interval_high": None,
    "csf_level": None,
    **{f"csf_{field}": None for field in CSF_FIELDS},
    **{f"{level}_{field}": None for level in LEVELS for field in LEVEL_FIELDS},
    **VARIANT_COLUMNS,
    "shading_corrected_sd": None,
    **dict.fromkeys(ACQUISITION_FIELDS),
    "manufacturer": None,
    "model": None,
    "levels_used": None,
    "numbering": None,
    "numbering_confidence": None,
    "lumbar_count": None,
    "flags": None,
    "reason": None,
    "study_uid": None,
    "series_uid": None,
    "voxels_sha256": None,
    "software_version": None,
    "model_sha256": None,
}
# columns that never hold scores, also of levels that only reading.json has
NOT_SCORES = frozenset(
    [column for column, protocol in READINGS_COLUMNS.items() if protocol is None]
    + [f"{level}_{field}" for level in LEVEL_NUMBERS for field in LEVEL_FIELDS]
)
