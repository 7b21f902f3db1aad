"""``report.html``: a reading on one self-contained page, for the screen and for A4."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from vbq.finding import by_severity
from vbq.measure.protocol import protocols
from vbq.report.reading.phrases import (
    RESEARCH_USE,
    STATUS_WORDS,
    corrected_text,
    formula,
    refusal,
    score_text,
    signal_text,
    slices_line,
    suspicion,
)
from vbq.report.reading.picture import draw_picture
from vbq.report.reading.view import choose_views
from vbq.report.template import page_template
from vbq.text import one_line

if TYPE_CHECKING:
    from vbq.measure.measurement import Measurement
    from vbq.measure.reading import Reading

__all__ = ["report_html"]

VERDICTS = {
    "ok": "No finding speaks against this score.",
    "caution": "Read the cautions below before using this score.",
    "refused": "A score from this scan would not mean anything.",
}
UNITS = {"mm": "mm", "mm2": "mm²", "ms": "ms", "t": "T", "hz": "Hz"}

# What the number means and what it does not; figures from the literature are rounded.
MARROW_TURNS_TO_FAT = (
    "Marrow that loses bone gains fat, and fat is bright on T1: a higher score goes with worse "
    "bone."
)
NO_CUT_OFF = (
    "No cut-off is built in. Published ones run from 2.7 to 4.28, because the absolute score does "
    "not travel between scanners: field strength alone shifts it as much as a fracture does."
)
COMPARE_ALIKE = (
    "Compare it with readings from the same scanner and protocol, or with a reference group "
    "scanned alike."
)
CHANGE = "Between two scans of one person a change below about 0.8–1.0 is within the noise."
NOT_IN_INTERVAL = (
    "The interval holds what other choices on this image would have given. Coil shading, another "
    "scanner and a wrong level or outline are not in it."
)
NOT_DENSITY = "It is not a bone mineral density, and by itself no diagnosis of osteoporosis."
REFUSAL_IS_NO_RESULT = (
    "A refusal says something about this image and nothing about the patient’s bone."
)
ANOTHER_SERIES = (
    "Another series of the study, or a non-contrast sagittal T1 acquired anew, may be scored."
)
NOTHING_READ = "There is no scan to make a score from."
PERCENTILE_OF_Z = (
    "Percentiles are those of z in a normal distribution. Published values come from regions drawn "
    "by hand on other scanners; none of them is a cut-off."
)


def report_html(measurement: Measurement) -> bytes:
    """The page as UTF-8. Every text that came from a file is escaped.

    Args:
        measurement: The reading, with its scan where there is one; without, the page has no
            picture and says why there is no score.
    """
    reading = measurement.reading
    picture = draw_picture(measurement)
    page = page_template(
        "vbq.report.reading",
        "reading.html.j2",
        signal=signal_text,
        line=one_line,
        evidence=_evidence,
    ).render(
        reading=reading,
        score=score_text(reading),
        corrected=corrected_text(reading),
        status_word=STATUS_WORDS[reading.status],
        verdict=VERDICTS[reading.status] if reading.scan else NOTHING_READ,
        formula=_sentence(formula(reading)),
        refusal=refusal(reading),
        picture=b64encode(picture).decode() if picture else "",
        picture_words=_picture_words(measurement),
        wide=len(choose_views(measurement)) > 1,
        scored=", ".join(
            level.level for level in reading.levels if level.used and reading.score is not None
        ),
        suspects=[(level.level, suspicion(level)) for level in reading.levels if level.findings],
        focal=any(level.excluded_share for level in reading.levels),
        drawn=_drawn(reading),
        unscored=", ".join(level.level for level in reading.levels if not level.used),
        uncertainty=_uncertainty(reading),
        not_in_interval=NOT_IN_INTERVAL,
        variants=_variants(reading),
        references=[record for record in reading.references if record.z is not None],
        not_compared=_not_compared(reading),
        percentile_of_z=PERCENTILE_OF_Z,
        flags=by_severity(reading.flags),
        meaning=_meaning(reading),
        method=_method(reading),
        scan=_scan(reading),
        provenance=_provenance(reading),
        research_use=RESEARCH_USE,
    )
    return page.encode()


def _picture_words(measurement: Measurement) -> str:
    views = choose_views(measurement)
    if not views:
        return ""
    words = f"{slices_line(measurement, views)}."
    if measurement.rois and len(views) == 1:  # of several, the line says what is on each
        names = ", ".join(one_line(roi.name) for roi in measurement.rois)
        words += f" Outlined: {names}."
    return words


def _drawn(reading: Reading) -> str:
    """The regions drawn by hand."""
    names = [level.level for level in reading.levels if level.source == "drawn"]
    if reading.csf and reading.csf.source == "drawn":
        names.append("CSF")
    return ", ".join(names)


def _uncertainty(reading: Reading) -> list[tuple[str, float | None]]:
    """Parts of the interval: (words, SD of the score)."""
    found = reading.uncertainty
    if found is None:
        return []
    return [
        ("Trabecular regions moved, shrunk and grown by 1 mm", found.placement),
        ("Where the midline lies between slices", found.slice),
        ("Choice of the CSF region", found.csf),
        ("Noise and texture", found.noise),
        ("All together", found.sd),
    ]


def _variants(reading: Reading) -> list[tuple[str, float, bool]]:
    """Other definitions: (words, value, whether it is the score). Single levels stand elsewhere."""
    levels = {level.level for level in reading.levels}
    known = protocols()
    return [
        (known[name].name if name in known else one_line(name), value, name == reading.protocol.id)
        for name, value in reading.variants.items()
        if name not in levels
    ]


def _not_compared(reading: Reading) -> list[tuple[str, str]]:
    """Populations a score was not compared with, by reason: (reason, their names)."""
    by_reason: dict[str, list[str]] = {}
    for record in reading.references:
        if record.not_compared:
            by_reason.setdefault(record.not_compared, []).append(record.population)
    return [(reason, ", ".join(names)) for reason, names in by_reason.items()]


def _meaning(reading: Reading) -> list[str]:
    if reading.score is None:
        return [REFUSAL_IS_NO_RESULT, MARROW_TURNS_TO_FAT, ANOTHER_SERIES]
    ratio = (
        f"In this image the marrow of the scored levels is {reading.score:.2f} times as bright "
        f"as cerebrospinal fluid. {MARROW_TURNS_TO_FAT}"
    )
    return [ratio, NO_CUT_OFF, COMPARE_ALIKE, CHANGE, NOT_DENSITY]


def _method(reading: Reading) -> list[tuple[str, str]]:
    protocol = reading.protocol
    rows = [
        ("Protocol", protocol.name),
        ("Levels", ", ".join(protocol.levels)),
        ("In a region", protocol.statistic),
        ("Across levels", protocol.across_levels),
        ("Reference", protocol.reference),
        ("Published in", protocol.citation),
    ]
    if reading.numbering:
        sure = reading.numbering_confidence
        by = reading.numbering if sure is None else f"{reading.numbering} (confidence {sure:.2f})"
        rows.append(("Numbered from", by))
    other = reading.numbering_alternative
    if other is not None and other.shift:
        way = "lower" if other.shift > 0 else "higher"
        text = f"every level {abs(other.shift)} {way} (probability {other.probability:.2f})"
        rows.append(("Next likely numbering", text))
    if reading.lumbar_count is not None:
        rows.append(("Lumbar vertebrae", str(reading.lumbar_count)))
    if reading.midsagittal_slice is not None:
        rows.append(("Mid-sagittal slice", str(reading.midsagittal_slice)))
    return rows


def _scan(reading: Reading) -> list[tuple[str, str]]:
    scan = reading.scan
    if scan is None:
        return []
    x, y, z = scan.spacing_mm
    rows: list[tuple[str, object]] = [
        ("Format", scan.format),
        ("Size", f"{scan.slices} slices × {scan.rows} × {scan.columns}"),
        ("Spacing", f"{x:.3g} × {y:.3g} × {z:.3g} mm"),
        ("Field strength", _unit(scan.field_strength_t, "T")),
        ("TR", _unit(scan.repetition_time_ms, "ms")),
        ("TE", _unit(scan.echo_time_ms, "ms")),
        ("Bandwidth", _unit(scan.pixel_bandwidth_hz, "Hz per pixel")),
        ("Slice thickness", _unit(scan.slice_thickness_mm, "mm")),
        ("Manufacturer", scan.manufacturer),
        ("Model", scan.model),
        ("Series number", scan.series_number),
    ]
    return [(name, "not given" if value in {None, ""} else str(value)) for name, value in rows]


def _provenance(reading: Reading) -> list[tuple[str, str, bool]]:
    rows = [("Software", f"{reading.software.name} {reading.software.version}", False)]
    if reading.engine:
        rows.append(("Engine", f"{reading.engine.name} {reading.engine.version}", False))
        rows.append(("Model SHA-256", reading.engine.model_sha256 or "no model", True))
    if reading.scan:
        rows.append(("Image SHA-256", reading.scan.voxels_sha256, True))
        for name, uid in (
            ("Study UID", reading.scan.study_uid),
            ("Series UID", reading.scan.series_uid),
        ):
            if uid:
                rows.append((name, uid, True))
    if reading.rois:
        rows.append((f"Regions ({one_line(reading.rois.file)})", reading.rois.sha256, True))
    rows.append(("Document", reading.schema_, False))
    return rows


def _unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:g} {unit}"


def _evidence(key: str, value: float | str | bool | None) -> str:
    """``area_mm2`` and 27.0 as ``area 27 mm²``."""
    if value is None:
        words = "unknown"
    elif isinstance(value, bool):
        words = "yes" if value else "no"
    else:
        words = f"{value:.4g}" if isinstance(value, float) else one_line(str(value))
    name, _, unit = one_line(key).rpartition("_")
    if unit in UNITS and name and not name.endswith("_per"):
        return f"{name.replace('_', ' ')} {words} {UNITS[unit]}"
    return f"{one_line(key).replace('_', ' ')} {words}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
