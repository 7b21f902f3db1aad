"""``agreement.html``: an agreement study on one self-contained page."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from vbq._version import __version__
from vbq.report.reading.phrases import RESEARCH_USE
from vbq.report.template import page_template
from vbq.text import fixed, limits, number_of, one_line, p_equals, p_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.agreement.subjects import ReadingsBySubject
    from vbq.stats.agreement.agreement import Agreement, PairAgreement
    from vbq.stats.agreement.bland_altman import Trend

__all__ = ["agreement_html"]

FEW_PAIRS = 40  # with fewer, limits of agreement and fitted lines are imprecise
SIGNIFICANT = 0.05


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
                "words": _pair_sentences(pair, unit, decimals),
            }
            for pair, drawn in zip(found.pairs, pictures, strict=True)
        ],
        number=lambda value: fixed(value, decimals),
        interval=lambda ends: limits(ends, decimals),
        ratio=fixed,
        ratios=limits,
        p=p_value,
        research_use=RESEARCH_USE,
        version=__version__,
    )
    return page.encode()


def _summary(readings: ReadingsBySubject, found: Agreement) -> list[str]:
    names = ", ".join(found.names)
    subjects = f"{found.subjects:,} subjects, each with {len(found.names)} readings: {names}"
    sentences = [f"{subjects} (column {one_line(readings.by_column)})."]
    excluded = readings.subjects - found.subjects
    if excluded:
        missing = ", ".join(
            f"{name} {count:,}" for name, count in readings.missing.items() if count
        )
        sentences.append(
            f"{excluded:,} of {number_of(readings.subjects, 'subject')} lacked at least one "
            f"reading and were excluded (missing: {missing}). If readers refused different "
            "subjects, agreement among the remainder may be better than among all."
        )
    return sentences


def _pair_sentences(pair: PairAgreement, unit: str, decimals: int) -> list[str]:
    """What the figures of a pair show, in sentences."""
    analysis, line = pair.bland_altman, pair.passing_bablok
    sentences = [_bias_sentence(pair, decimals)]
    if analysis.sd:
        agreement = limits((analysis.lower, analysis.upper), decimals)
        sentences.append(f"95 % limits of agreement: {agreement} {unit}.")
    trend, spread = analysis.bias_trend, analysis.spread_trend
    if trend is not None and trend.p < SIGNIFICANT:
        sentences.append(
            f"The difference depends on the magnitude of the reading ({_slope(trend)}): a single "
            "bias does not describe all readings."
        )
    if spread is not None and spread.p < SIGNIFICANT:
        grows = "increases" if spread.slope > 0 else "decreases"
        sentences.append(
            f"The scatter {grows} with the magnitude of the reading ({_slope(spread)}): the limits "
            "are too wide at one end of the range and too narrow at the other."
        )
    if line is not None and line.linearity_p < SIGNIFICANT:
        sentences.append(
            f"The relation is not linear (cusum test, p {p_equals(line.linearity_p)}): do not use "
            "the fitted lines."
        )
    if analysis.pairs < FEW_PAIRS and analysis.sd:
        sentences.append(
            f"With only {analysis.pairs} subjects, limits and lines are imprecise; see their "
            "confidence intervals."
        )
    return sentences


def _bias_sentence(pair: PairAgreement, decimals: int) -> str:
    analysis = pair.bland_altman
    if not analysis.sd and not analysis.bias:
        return f"{pair.first} and {pair.second} are identical."
    low, high = analysis.bias_interval
    direction = "higher" if analysis.bias >= 0 else "lower"
    chance = "" if low > 0 or high < 0 else ", a difference that chance alone may explain"
    return (
        f"On average {pair.first} reads {fixed(abs(analysis.bias), decimals)} {direction} than "
        f"{pair.second} (95 % CI of the difference {limits(analysis.bias_interval, decimals)})"
        f"{chance}."
    )


def _slope(trend: Trend) -> str:
    return f"slope {fixed(trend.slope)}, p {p_equals(trend.p)}"
