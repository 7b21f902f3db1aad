"""Phrases about a reading, the same in the picture, on the page and in the table."""

from collections.abc import Sequence

from vbq.finding import refusals_in
from vbq.measure.measurement import Measurement
from vbq.measure.reading import LevelReading, Reading
from vbq.report.reading.view import View
from vbq.text import fixed, one_line, percent

STATUS_WORDS = {"ok": "OK", "caution": "CAUTION", "refused": "REFUSED"}


def score_text(reading: Reading) -> str:
    """The score to two decimals, or a dash."""
    return fixed(reading.score, 2)


def corrected_text(reading: Reading) -> str:
    """The score corrected for coil shading, if shading is flagged; else empty."""
    from vbq.measure.protocol import SHADING_CORRECTED  # which loads numpy and pydantic

    corrected = reading.variants.get(SHADING_CORRECTED)
    if corrected is None or all(flag.code != "coil_shading" for flag in reading.flags):
        return ""
    return f"{fixed(corrected, 2)} without coil shading"


def suspicion(level: LevelReading) -> str:
    """Why a level is excluded from the score; empty if it is not."""
    findings = ", ".join(one_line(code).replace("_", " ") for code in level.findings)
    return f"suspect: {findings}" if findings else ""


def exclusion(level: LevelReading) -> str:
    """The share of an ROI excluded as a focal lesion; empty if none was."""
    share = level.excluded_share
    return f"{percent(share, 0)} of the ROI excluded: focal lesion" if share else ""


def slices_line(measurement: Measurement, views: Sequence[View]) -> str:
    """The slices shown and, if there are several, the ROIs measured on each."""
    first = views[0]
    names: dict[int, list[str]] = {view.index: [] for view in views}
    for roi in measurement.rois:
        names[roi.slice].append(one_line(roi.name))
    shown = [
        f"{index} ({', '.join(names[index])})" if len(views) > 1 else str(index) for index in names
    ]
    word = "slices" if len(views) > 1 else "slice"
    line = f"{first.plane.capitalize()} {word} {', '.join(shown)} of 0–{first.slices - 1}"
    return line + (" (0 is the patient's right)" if first.plane == "sagittal" else "")


def formula(reading: Reading) -> str:
    """How this score was calculated, from the levels that were in fact used."""
    used = [level.level for level in reading.levels if level.used]
    levels = _span(used or list(reading.protocol.levels))
    reference = f"CSF at {reading.csf.level}" if reading.csf else reading.protocol.reference
    protocol = reading.protocol
    return f"{protocol.across_levels} of {levels} {protocol.statistic} signals ÷ {reference}"


def refusal(reading: Reading) -> str:
    """Why there is no score; empty if there is one."""
    reasons = [one_line(flag.message) for flag in refusals_in(reading.flags)]
    if reading.status != "refused":
        return ""
    return " ".join(reasons) or "No reason was recorded."


def acquisition_line(reading: Reading) -> str:
    """Field strength, TR, TE, manufacturer and model, as far as they are known."""
    scan = reading.scan
    if scan is None:
        return ""
    parts = [
        "" if scan.field_strength_t is None else f"{scan.field_strength_t:g} T",
        "" if scan.repetition_time_ms is None else f"TR {scan.repetition_time_ms:g} ms",
        "" if scan.echo_time_ms is None else f"TE {scan.echo_time_ms:g} ms",
        one_line(" ".join(filter(None, (scan.manufacturer, scan.model)))),
    ]
    return " · ".join(filter(None, parts))


def _span(levels: list[str]) -> str:
    """``L1–L4`` for adjacent levels, else a list."""
    lumbar = [f"L{n}" for n in range(1, 7)]
    if len(levels) > 1 and "".join(levels) in "".join(lumbar):
        return f"{levels[0]}–{levels[-1]}"
    return ", ".join(levels)
