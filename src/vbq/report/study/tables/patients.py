"""Who was studied: the flow, the size of the study, and Table 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.labels import outcome_label
from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables.follow_up import as_without_the_event, with_shortly_followed
from vbq.text import NO_VALUE, count_of, decimals_for, fixed, mean_sd, p_value, with_interval

if TYPE_CHECKING:
    from vbq.stats.describe.summaries import Summary
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.table_one import Characteristic

__all__ = ["flow", "size", "table_one"]


def flow(analysis: Analysis) -> ReportTable:
    """From the table to the patients analysed."""
    return ReportTable(
        name="flow",
        title="Participant flow",
        header=("Step", "Left out", "Because", "Patients", "With the event"),
        rows=tuple(
            (
                step.name,
                f"{step.removed:,}" if step.reason else NO_VALUE,
                step.reason or NO_VALUE,
                f"{step.n:,}",
                f"{step.events:,}",
            )
            for step in analysis.flow
        ),
        notes=(
            "Events are counted as far as the outcome is known at that step.",
            *filter(None, (as_without_the_event(analysis), with_shortly_followed(analysis))),
        ),
    )


def size(analysis: Analysis) -> ReportTable:
    """Is it large enough for its model?"""
    found = analysis.size
    needed = NO_VALUE if found.needed is None else f"{found.needed:,}"
    return ReportTable(
        name="size",
        title="Size of the study, beside the size of its model",
        header=("Quantity", "Value"),
        rows=(
            ("Patients", f"{found.n:,}"),
            ("With the event", count_of(found.events, found.n)),
            ("Candidate parameters, declared before the data were read", str(found.parameters)),
            ("Events per candidate parameter", fixed(found.events_per_parameter, 1)),
            ("Patients needed by Riley's criteria (Nagelkerke R² 0.15)", needed),
        ),
        notes=(
            (
                "Events per parameter: the fewer of events and non-events. Riley RD et al. BMJ "
                "2020;368:m441."
            ),
        ),
    )


def table_one(analysis: Analysis) -> ReportTable:
    """The patients with and without the event."""
    event = outcome_label(analysis)
    n, events = analysis.size.n, analysis.size.events
    rows: list[tuple[str, ...]] = []
    for one in analysis.table_one:
        rows += _continuous(one) if one.summaries else _categories(one)
    return ReportTable(
        name="table1",
        title=f"Patients with and without the event ({event})",
        header=(
            "Characteristic",
            f"All (n = {n:,})",
            f"Event (n = {events:,})",
            f"No event (n = {n - events:,})",
            "Difference, SD",
            "p",
            "Test",
        ),
        rows=tuple(rows),
        notes=(
            (
                "Mean ± SD, or median [quartiles] where the skewness exceeds 1, with n in whom it "
                "is known; or patients of those in whom it is known (%)."
            ),
            (
                "Difference: standardised, of the two groups, in SDs (Austin, Stat Med 2009); the "
                "p-values choose no predictor."
            ),
        ),
    )


def _continuous(one: Characteristic) -> list[tuple[str, ...]]:
    decimals = decimals_for(one.summaries[0].sd)
    unit = f", {one.unit}" if one.unit else ""
    cells = (
        f"{_summarised(summary, decimals, skewed=one.skewed)} (n = {summary.n:,})"
        for summary in one.summaries
    )
    return [(f"{one.label}{unit}", *cells, *_tested(one))]


def _summarised(summary: Summary, decimals: int, *, skewed: bool) -> str:
    """Median with quartiles of a skewed variable, else mean with standard deviation."""
    if skewed:
        return with_interval(summary.median, summary.quartiles, decimals)
    return mean_sd(summary.mean, summary.sd, decimals)


def _categories(one: Characteristic) -> list[tuple[str, ...]]:
    everyone, having, lacking = one.known

    def cells(k: int) -> tuple[str, str, str]:
        share = one.shares[k]
        return (
            count_of(share.all, everyone),
            count_of(share.events, having),
            count_of(share.no_events, lacking),
        )

    if len(one.shares) == 2:
        plain = tuple(share.level for share in one.shares) == ("0", "1")
        name = one.label if plain else f"{one.label}: {one.shares[1].level}"
        return [(name, *cells(1), *_tested(one))]
    first = (one.label, *(f"n = {n:,}" for n in one.known), *_tested(one))
    return [
        first,
        *((f"– {share.level}", *cells(k), "", "", "") for k, share in enumerate(one.shares)),
    ]


def _tested(one: Characteristic) -> tuple[str, str, str]:
    difference = NO_VALUE
    if one.standardised_difference is not None:
        difference = fixed(one.standardised_difference, 2)
    if one.test is None:
        return difference, NO_VALUE, f"none: {one.untested}" if one.untested else "none"
    return difference, p_value(one.test.p), one.test.name
