"""``agreement.html``: an agreement study on one self-contained page."""

from __future__ import annotations

import math
from base64 import b64encode
from typing import TYPE_CHECKING

from vbq._version import __version__
from vbq.report.reading.phrases import RESEARCH_USE
from vbq.report.template import page_template
from vbq.text import one_line, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.agreement.subjects import ReadingsBySubject
    from vbq.stats.agreement.agreement import Agreement, PairAgreement
    from vbq.stats.agreement.bland_altman import Trend
    from vbq.stats.checks import Interval

__all__ = ["agreement_html"]

FEW = 40  # pairs; with fewer, limits and lines are wide open
SMALL = 0.05  # p-values below are put into words


def agreement_html(
    readings: ReadingsBySubject,
    found: Agreement,
    pictures: Sequence[tuple[bytes, bytes]],
    *,
    unit: str,
    decimals: int,
) -> bytes:
    """The page as UTF-8. Every text that came from the table is escaped.

    Args:
        readings: The readings.
        found: Their agreement.
        pictures: For each pair, its Bland-Altman and its comparison figure as SVG.
        unit: What is read.
        decimals: Of readings and their differences.
    """
    page = page_template("vbq.report.agreement", "agreement.html.j2").render(
        found=found,
        unit=one_line(unit),
        by=one_line(readings.by_column),
        repeats=readings.repeats,
        coefficient=readings.coefficient,
        summary=_summary(readings, found),
        headline=found.correlations[0] if found.correlations else None,
        scatter=found.repeatability,
        pairs=[
            {
                "found": pair,
                "pictures": [b64encode(picture).decode() for picture in drawn],
                "words": _words(pair, unit, decimals),
            }
            for pair, drawn in zip(found.pairs, pictures, strict=True)
        ],
        number=lambda value: signed(value, decimals),
        interval=lambda ends: _interval(ends, decimals),
        ratio=lambda value: signed(value, 3),
        ratios=lambda ends: _interval(ends, 3),
        p=_p,
        research_use=RESEARCH_USE,
        version=__version__,
    )
    return page.encode()


def _summary(readings: ReadingsBySubject, found: Agreement) -> list[str]:
    names = ", ".join(found.names)
    who = f"{found.subjects} subjects, each with {len(found.names)} readings: {names}"
    sentences = [f"{who} (column {one_line(readings.by_column)})."]
    left_out = readings.subjects - found.subjects
    if left_out:
        lacking = ", ".join(f"{name} {count}" for name, count in readings.missing.items() if count)
        sentences.append(
            f"{left_out} of {readings.subjects} subjects lack at least one reading and are left "
            f"out (lacking: {lacking}). Where refusals differ between readers, what is left may "
            "agree better than all would."
        )
    return sentences


def _words(pair: PairAgreement, unit: str, decimals: int) -> list[str]:
    """What the figures of a pair show, in sentences."""
    limits, line = pair.bland_altman, pair.passing_bablok
    low, high = limits.bias_interval
    more = "higher" if limits.bias >= 0 else "lower"
    size = f"{abs(limits.bias):.{decimals}f}"
    certain = "" if low > 0 or high < 0 else ", which chance alone may explain"
    sentences = [
        f"On average {pair.first} reads {size} {more} than {pair.second} "
        f"(95 % interval of the difference {_interval(limits.bias_interval, decimals)}){certain}."
        if limits.sd or limits.bias
        else f"{pair.first} and {pair.second} are identical.",
    ]
    if limits.sd:
        sentences.append(
            f"95 % of differences are expected between {signed(limits.lower, decimals)} and "
            f"{signed(limits.upper, decimals)} {unit}."
        )
    trend, spread = limits.bias_trend, limits.spread_trend
    if trend is not None and trend.p < SMALL:
        sentences.append(
            f"The difference changes with the size of the reading ({_slope(trend)}): one bias "
            "does not describe all readings."
        )
    if spread is not None and spread.p < SMALL:
        grows = "grows" if spread.slope > 0 else "shrinks"
        sentences.append(
            f"The scatter {grows} with the size of the reading ({_slope(spread)}): the limits are "
            "too wide at one end and too narrow at the other."
        )
    if line is not None and line.linearity_p < SMALL:
        sentences.append(
            f"The relation is not a straight line (cusum p {_p(line.linearity_p)}): do not use the "
            "fitted lines."
        )
    if limits.pairs < FEW and limits.sd:
        sentences.append(
            f"With {limits.pairs} subjects limits and lines are uncertain; read their intervals."
        )
    return sentences


def _slope(trend: Trend) -> str:
    return f"slope {signed(trend.slope, 3)}, p {_p(trend.p)}"


def _interval(ends: Interval, decimals: int) -> str:
    low, high = (signed(end, decimals) if math.isfinite(end) else "no bound" for end in ends)
    return f"{low} to {high}"


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"
