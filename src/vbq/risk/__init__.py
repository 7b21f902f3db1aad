"""The risk model of a study: saved, applied to patients, judged and recalibrated elsewhere."""
