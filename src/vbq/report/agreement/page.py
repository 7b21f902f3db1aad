"""``agreement.html``: an agreement study on one self-contained page."""

from collections.abc import Sequence
from typing import NamedTuple

from vbq.agreement.subjects import ReadingsBySubject
from vbq.report.page import page_bytes
from vbq.stats.agreement.agreement import Agreement, PairAgreement
from vbq.stats.agreement.bland_altman import Trend
from vbq.text import fixed, limits, number_of, one_line, p_equals

FEW_PAIRS = 40  # with fewer, limits of agreement and fitted lines are imprecise
SIGNIFICANT = 0.05


class PairFigures(NamedTuple):
    """The figures of a pair of readers as SVG."""

    bland_altman: bytes
    comparison: bytes


def agreement_html(
    readings: ReadingsBySubject,
    agreement: Agreement,
    figures: Sequence[PairFigures],
    *,
    unit: str,
    decimals: int,
) -> bytes:
    """The page as UTF-8. Every text that came from the table is escaped.

    Args:
        readings: The readings.
        agreement: Their agreement.
        figures: The figures of each pair, in the order of ``agreement.pairs``.
        unit: Name of the quantity read.
        decimals: Decimals of readings and their differences.
    """
    return page_bytes(
        "agreement/agreement.html.j2",
        agreement=agreement,
        unit=one_line(unit),
        by=one_line(readings.reader_column),
        repeats=readings.repeats,
        coefficient=readings.coefficient,
        decimals=decimals,
        subjects=_subjects(readings, agreement),
        exclusions=_exclusions(readings, agreement),
        pairs=[
            {
                "agreement": pair,
                "bland_altman": images.bland_altman,
                "comparison": images.comparison,
                "sentences": _pair_sentences(pair, unit, decimals),
            }
            for pair, images in zip(agreement.pairs, figures, strict=True)
        ],
    )


def _subjects(readings: ReadingsBySubject, agreement: Agreement) -> str:
    names = ", ".join(agreement.names)
    return (
        f"{number_of(agreement.subjects, 'subject')}, each with {len(agreement.names)} readings: "
        f"{names} (column {one_line(readings.reader_column)})."
    )


def _exclusions(readings: ReadingsBySubject, agreement: Agreement) -> str:
    excluded = readings.subjects - agreement.subjects
    if not excluded:
        return ""
    missing = ", ".join(f"{name} {n:,}" for name, n in readings.missing.items() if n)
    return (
        f"{excluded:,} of {number_of(readings.subjects, 'subject')} lacked at least one reading "
        f"and {'was' if excluded == 1 else 'were'} excluded (missing: {missing}). If readers "
        "refused different subjects, agreement among the remainder may be better than among all."
    )


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
