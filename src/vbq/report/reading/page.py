"""``report.html``: a reading on one self-contained page, for the screen and for A4."""

from typing import NamedTuple

from vbq.finding import by_severity
from vbq.measure.measurement import Measurement
from vbq.measure.protocol import protocols
from vbq.measure.reading import Reading
from vbq.report.page import page_bytes
from vbq.report.reading.phrases import (
    STATUS_WORDS,
    corrected_text,
    formula,
    refusal,
    score_text,
    slices_line,
    suspicion,
)
from vbq.report.reading.picture import draw_picture
from vbq.report.reading.view import choose_views
from vbq.text import fixed, one_line

UNITS = {"mm": "mm", "mm2": "mm²", "ms": "ms", "t": "T", "hz": "Hz"}


def report_html(measurement: Measurement) -> bytes:
    """The page as UTF-8. Every text that came from a file is escaped.

    Args:
        measurement: The reading and, if there is one, its scan; without a scan the page has no
            picture and says why there is no score.
    """
    reading = measurement.reading
    return page_bytes(
        "reading/reading.html.j2",
        reading=reading,
        score=score_text(reading),
        corrected=corrected_text(reading),
        status_word=STATUS_WORDS[reading.status],
        formula=_capitalised(formula(reading)),
        refusal=refusal(reading),
        picture=draw_picture(measurement),
        picture_caption=_picture_caption(measurement),
        several=len(choose_views(measurement)) > 1,
        scored=", ".join(
            level.level for level in reading.levels if level.used and reading.score is not None
        ),
        unscored=", ".join(level.level for level in reading.levels if not level.used),
        suspects=[(level.level, suspicion(level)) for level in reading.levels if level.findings],
        focal=any(level.excluded_share for level in reading.levels),
        drawn_by_hand=", ".join(_drawn_by_hand(reading)),
        variants=_variants(reading),
        references=[record for record in reading.references if record.z is not None],
        not_compared=_not_compared(reading),
        flags=by_severity(reading.flags),
        evidence=_evidence,
        numbering=_numbering(reading),
        alternative_numbering=_alternative_numbering(reading),
        scan=_scan(reading),
        identifiers=_identifiers(reading),
        software=f"VBQ {reading.software.version}",
    )


def _picture_caption(measurement: Measurement) -> str:
    views = choose_views(measurement)
    if not views:
        return ""
    caption = f"{slices_line(measurement, views)}."
    if measurement.rois and len(views) == 1:  # with several slices, the line above names the ROIs
        names = ", ".join(one_line(roi.name) for roi in measurement.rois)
        caption += f" Outlined: {names}."
    return caption


def _drawn_by_hand(reading: Reading) -> list[str]:
    names = [level.level for level in reading.levels if level.source == "drawn"]
    if reading.csf and reading.csf.source == "drawn":
        names.append("CSF")
    return names


class Variant(NamedTuple):
    """The score by another definition, and whether that is the reading's own."""

    protocol: str
    value: float
    is_score: bool


def _variants(reading: Reading) -> list[Variant]:
    """Other definitions of the score; single levels are in the table of signals."""
    levels = {level.level for level in reading.levels}
    known = protocols()
    return [
        Variant(
            known[name].name if name in known else one_line(name),
            value,
            name == reading.protocol.id,
        )
        for name, value in reading.variants.items()
        if name not in levels
    ]


def _not_compared(reading: Reading) -> list[tuple[str, str]]:
    """Reasons why reference populations were not compared, each with their names."""
    by_reason: dict[str, list[str]] = {}
    for record in reading.references:
        if record.not_compared:
            by_reason.setdefault(record.not_compared, []).append(record.population)
    return [(reason, ", ".join(names)) for reason, names in by_reason.items()]


def _numbering(reading: Reading) -> str | None:
    if not reading.numbering or reading.numbering_confidence is None:
        return reading.numbering or None
    return f"{reading.numbering} (confidence {fixed(reading.numbering_confidence, 2)})"


def _alternative_numbering(reading: Reading) -> str | None:
    alternative = reading.numbering_alternative
    if alternative is None or not alternative.shift:
        return None
    direction = "lower" if alternative.shift > 0 else "higher"
    return (
        f"every level {abs(alternative.shift)} {direction} "
        f"(probability {fixed(alternative.probability, 2)})"
    )


def _scan(reading: Reading) -> list[tuple[str, str]]:
    scan = reading.scan
    if scan is None:
        return []
    x, y, z = scan.spacing_mm
    rows: list[tuple[str, object]] = [
        ("Format", scan.format),
        ("Size", f"{scan.slices} slices × {scan.rows} × {scan.columns}"),
        ("Spacing", f"{x:.3g} × {y:.3g} × {z:.3g} mm"),
        ("Field strength", _with_unit(scan.field_strength_t, "T")),
        ("TR", _with_unit(scan.repetition_time_ms, "ms")),
        ("TE", _with_unit(scan.echo_time_ms, "ms")),
        ("Bandwidth", _with_unit(scan.pixel_bandwidth_hz, "Hz per pixel")),
        ("Slice thickness", _with_unit(scan.slice_thickness_mm, "mm")),
        ("Manufacturer", scan.manufacturer),
        ("Model", scan.model),
        ("Series number", scan.series_number),
    ]
    return [(name, "not given" if value in {None, ""} else str(value)) for name, value in rows]


def _identifiers(reading: Reading) -> list[tuple[str, str]]:
    """Checksums and UIDs by which model, image and ROIs can be found again."""
    rows = []
    if reading.engine:
        rows.append(("Model SHA-256", reading.engine.model_sha256 or "no model"))
    if reading.scan:
        rows.append(("Image SHA-256", reading.scan.voxels_sha256))
        uids = (("Study UID", reading.scan.study_uid), ("Series UID", reading.scan.series_uid))
        rows += [(name, uid) for name, uid in uids if uid]
    if reading.rois:
        rows.append((f"ROIs ({one_line(reading.rois.file)})", reading.rois.sha256))
    return rows


def _with_unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:g} {unit}"


def _evidence(key: str, value: float | str | bool | None) -> str:
    """``area_mm2`` and 27.0 as ``area 27 mm²``."""
    if value is None:
        text = "unknown"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = f"{value:.4g}" if isinstance(value, float) else one_line(str(value))
    name, _, unit = one_line(key).rpartition("_")
    if unit in UNITS and name and not name.endswith("_per"):
        return f"{name.replace('_', ' ')} {text} {UNITS[unit]}"
    return f"{one_line(key).replace('_', ' ')} {text}"


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
