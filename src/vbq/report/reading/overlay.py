"""``overlay.png``: the picture with score, signals, flags and provenance beside it."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from vbq.finding import by_severity
from vbq.measure.measurement import Measurement
from vbq.measure.reading import Reading
from vbq.report import colours
from vbq.report.colours import INK, MUTED, PAPER, RULE, Colour
from vbq.report.page import RESEARCH_USE
from vbq.report.reading.drawing import font, wrap, write_line
from vbq.report.reading.phrases import (
    STATUS_WORDS,
    acquisition_line,
    corrected_text,
    exclusion,
    formula,
    refusal,
    score_text,
    slices_line,
    suspicion,
)
from vbq.report.reading.picture import paint_all
from vbq.report.reading.png import png_bytes
from vbq.report.reading.view import View, choose_views, crop_to_spine
from vbq.text import fixed, limits, one_line, signal

PANEL = 480  # width of the column of numbers, pixels
PAD = 26
FRAME = (560, 760)  # smallest width and height of the picture's frame, pixels
TEXT, SMALL, HUGE = 16, 14, 76
LINE = 24
MAX_FLAGS, MAX_FLAG_LINES = 8, 2
SEVERITY: dict[str, Colour] = {
    "refuse": colours.STATUS["refused"],
    "caution": colours.STATUS["caution"],
    "note": MUTED,
}


def draw_overlay(measurement: Measurement) -> bytes | None:
    """The overlay as PNG; the same measurement gives the same bytes.

    Args:
        measurement: The reading with its scan. Anatomy and ROIs may be missing, as in a refusal:
            then the middle slice is shown with the reason.

    Returns:
        None if there is no scan to show.
    """
    views = choose_views(measurement)
    if not views:
        return None
    reading = measurement.reading
    shown = views if len(views) == 1 else [crop_to_spine(view, measurement) for view in views]
    picture = paint_all(measurement, shown)
    frame = max(picture.width, FRAME[0]), max(picture.height, FRAME[1])
    width = frame[0] + PANEL

    scratch = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    panel_height = _panel(scratch, 0, measurement, views)
    flags = _flag_lines(scratch, reading, width - 2 * PAD)
    body = max(frame[1], panel_height)
    height = body + (len(flags) * LINE + PAD if flags else 0) + LINE + PAD

    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, frame[0] - 1, body - 1), (0, 0, 0))
    sheet.paste(picture, ((frame[0] - picture.width) // 2, (body - picture.height) // 2))
    _panel(draw, frame[0], measurement, views)
    y = body + PAD * 0.7
    for text, colour, mark in flags:
        if mark:
            write_line(draw, (PAD, y), mark, colour, size=TEXT, bold=True)
        write_line(draw, (PAD + 110, y), text, MUTED if colour == MUTED else INK, size=TEXT)
        y += LINE
    _footer(draw, reading, width, height)
    return png_bytes(sheet)


def _panel(
    draw: ImageDraw.ImageDraw, x0: float, measurement: Measurement, views: Sequence[View]
) -> int:
    """Draw the column of numbers from ``x0`` and return its height."""
    reading = measurement.reading
    x, right = x0 + PAD, x0 + PANEL - PAD
    colour = colours.STATUS[reading.status]
    y = float(PAD)
    write_line(draw, (x, y), "Vertebral Bone Quality", MUTED, size=TEXT)
    y += 30
    if reading.score is None:
        write_line(draw, (x, y), "No score", INK, size=44, bold=True)
        y += 68
    else:
        score_width = write_line(draw, (x, y), score_text(reading), INK, size=HUGE, bold=True)
        if reading.interval:
            interval = f"95 % interval {limits(reading.interval, 2)}"
            write_line(draw, (x + score_width + 16, y + 52), interval, MUTED, size=TEXT)
        corrected = corrected_text(reading)
        write_line(draw, (x + score_width + 16, y + 28), corrected, INK, size=TEXT)
        y += 94
    status = STATUS_WORDS[reading.status]
    length = draw.textlength(status, font=font(TEXT, bold=True))
    draw.rounded_rectangle((x, y, x + length + 24, y + 29), 5, fill=colour)
    write_line(draw, (x + 12, y + 15), status, (0, 0, 0), size=TEXT, bold=True, anchor="lm")
    y += 46
    phrase = formula(reading)
    explanation = refusal(reading) or phrase[0].upper() + phrase[1:]
    for line in wrap(draw, explanation, size=TEXT, width=right - x):
        write_line(draw, (x, y), line, INK, size=TEXT)
        y += LINE
    y += 14
    if reading.levels or reading.csf:
        y = _table(draw, x, right, y, reading)
        y = _legend(draw, x, y, measurement)
    facts = [slices_line(measurement, views), acquisition_line(reading)]
    for fact in filter(None, facts):
        for line in wrap(draw, fact, size=SMALL, width=right - x):
            write_line(draw, (x, y), line, MUTED, size=SMALL)
            y += 21
    return int(y + PAD)


def _table(draw: ImageDraw.ImageDraw, x: float, right: float, y: float, reading: Reading) -> float:
    """Draw the signals of levels and CSF; return the next free height."""
    columns = [right - 282, right - 202, right - 138, right - 70, right]
    heads = ("mean", "median", "SD", "pixels", "÷ CSF")
    write_line(draw, (x, y), "Signal", MUTED, size=SMALL)
    for column, head in zip(columns, heads, strict=True):
        write_line(draw, (column, y), head, MUTED, size=SMALL, anchor="ra")
    y += 24
    csf = reading.csf
    for level in reading.levels:
        draw.line([(x, y), (right, y)], RULE)
        ratio = fixed(level.mean / csf.signal, 2) if csf and csf.signal > 0 else "–"
        cells = (
            signal(level.mean),
            signal(level.median),
            signal(level.sd),
            str(level.pixels),
            ratio,
        )
        ink = INK if level.used else MUTED
        write_line(draw, (x, y + 6), level.level, ink, size=TEXT, bold=level.used)
        for column, cell in zip(columns, cells, strict=True):
            write_line(draw, (column, y + 6), cell, ink, size=TEXT, anchor="ra")
        y += 31
        for remark in filter(None, (suspicion(level), exclusion(level))):
            write_line(draw, (x, y - 1), remark, colours.UNUSED, size=SMALL)
            y += 24
    draw.line([(x, y), (right, y)], MUTED)
    if csf:
        cells = (
            signal(csf.mean),
            signal(csf.median),
            signal(csf.sd),
            str(csf.pixels),
            "",
        )
        write_line(draw, (x, y + 6), f"CSF at {csf.level}", colours.CSF, size=TEXT, bold=True)
        for column, cell in zip(columns, cells, strict=True):
            write_line(draw, (column, y + 6), cell, colours.CSF, size=TEXT, anchor="ra")
        y += 31
    return y + 14


def _legend(draw: ImageDraw.ImageDraw, x: float, y: float, measurement: Measurement) -> float:
    """Explain the outlines; return the next free height."""
    reading = measurement.reading
    entries: list[tuple[Colour, str]] = [(colours.BODY, "vertebral body, as segmented")]
    if any(level.used for level in reading.levels):
        scored = "" if reading.score is None else ", scored"
        entries.append((colours.ROI, f"trabecular ROI{scored}"))
    if any(not level.used for level in reading.levels):
        entries.append((colours.UNUSED, "trabecular ROI, measured but not scored"))
    if reading.csf:
        entries.append((colours.CSF, "cerebrospinal fluid, the reference"))
    if any(level.excluded_share for level in reading.levels):
        entries.append((colours.UNUSED, "hatched: focal lesion, excluded from the ROI"))
    if measurement.anatomy is not None and not measurement.anatomy.vertebrae:
        entries.remove((colours.BODY, "vertebral body, as segmented"))
    for colour, text in entries:
        draw.line([(x, y + 9), (x + 24, y + 9)], colour, 1 if colour == colours.BODY else 3)
        write_line(draw, (x + 34, y), text, MUTED, size=SMALL)
        y += 22
    return y + 12


def _flag_lines(
    draw: ImageDraw.ImageDraw, reading: Reading, width: float
) -> list[tuple[str, Colour, str]]:
    """Flags as lines of text, colour and severity; a refusal is printed with the score instead."""
    flags = [flag for flag in by_severity(reading.flags) if flag.severity != "refuse"]
    lines: list[tuple[str, Colour, str]] = []
    for flag in flags[:MAX_FLAGS]:
        wrapped = wrap(draw, one_line(flag.message), size=TEXT, width=width - 110)
        if len(wrapped) > MAX_FLAG_LINES:
            wrapped = [*wrapped[: MAX_FLAG_LINES - 1], wrapped[MAX_FLAG_LINES - 1] + " …"]
        for number, text in enumerate(wrapped):
            lines.append((text, SEVERITY[flag.severity], flag.severity if not number else ""))
    if len(flags) > MAX_FLAGS:
        lines.append((f"and {len(flags) - MAX_FLAGS} more in report.html", MUTED, ""))
    return lines


def _footer(draw: ImageDraw.ImageDraw, reading: Reading, width: int, height: int) -> None:
    software = f"VBQ {reading.software.version}"
    if reading.engine:
        software += f" · {one_line(reading.engine.name)} {one_line(reading.engine.version)}"
    y = height - PAD * 0.6
    write_line(draw, (PAD, y), software, MUTED, size=SMALL, anchor="ld")
    write_line(draw, (width - PAD, y), RESEARCH_USE, MUTED, size=SMALL, anchor="rd")
