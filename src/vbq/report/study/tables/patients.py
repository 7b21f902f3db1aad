"""The patients studied: their flow, the size of the study, and Table 1."""

from vbq.report.study.follow_up_phrases import event_free_note, short_follow_up_note
from vbq.report.study.labels import outcome_label
from vbq.report.study.report_table import ReportTable
from vbq.stats.describe.summaries import Summary
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.table_one import Characteristic
from vbq.text import NO_VALUE, count_of, decimals_for, fixed, mean_sd, p_value, with_interval


def flow(analysis: Analysis) -> ReportTable:
    """From the table to the patients analysed."""
    return ReportTable(
        name="flow",
        title="Participant flow",
        header=("Step", "Excluded", "Reason", "Patients", "With the event"),
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
            "Events are counted as far as the outcome is known at each step.",
            *filter(None, (event_free_note(analysis), short_follow_up_note(analysis))),
        ),
    )


def study_size(analysis: Analysis) -> ReportTable:
    """The size of the study in relation to its model."""
    size = analysis.size
    needed = NO_VALUE if size.needed is None else f"{size.needed:,}"
    return ReportTable(
        name="size",
        title="Sample size in relation to the model",
        header=("Quantity", "Value"),
        rows=(
            ("Patients", f"{size.n:,}"),
            ("With the event", count_of(size.events, size.n)),
            ("Candidate parameters declared in the plan", str(size.parameters)),
            ("Events per candidate parameter", fixed(size.events_per_parameter, 1)),
            ("Minimum sample size by Riley's criteria (Nagelkerke R² 0.15)", needed),
        ),
        notes=(
            (
                "Events per parameter: events or non-events, whichever are fewer. Riley RD et al. "
                "BMJ 2020;368:m441."
            ),
        ),
    )


def table_one(analysis: Analysis) -> ReportTable:
    """The patients with and without the event."""
    event = outcome_label(analysis)
    n, events = analysis.size.n, analysis.size.events
    rows: list[tuple[str, ...]] = []
    for variable in analysis.table_one:
        rows += _continuous(variable) if variable.summaries else _categories(variable)
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
                "Mean ± SD, or median [quartiles] if the sample skewness exceeds 1, with the "
                "number of patients in whom the value is known; or number of patients / patients "
                "in whom the value is known (%)."
            ),
            (
                "Difference: standardised difference between the groups, in SDs (Austin, Stat Med "
                "2009). The p-values were not used to select predictors."
            ),
        ),
    )


def _continuous(variable: Characteristic) -> list[tuple[str, ...]]:
    decimals = decimals_for(variable.summaries[0].sd)
    unit = f", {variable.unit}" if variable.unit else ""
    cells = (
        f"{_summarised(summary, decimals, skewed=variable.skewed)} (n = {summary.n:,})"
        for summary in variable.summaries
    )
    return [(f"{variable.label}{unit}", *cells, *_tested(variable))]


def _summarised(summary: Summary, decimals: int, *, skewed: bool) -> str:
    """Median with quartiles of a skewed variable, else mean with standard deviation."""
    if skewed:
        return with_interval(summary.median, summary.quartiles, decimals)
    return mean_sd(summary.mean, summary.sd, decimals)


def _categories(variable: Characteristic) -> list[tuple[str, ...]]:
    everyone, events, non_events = variable.known

    def cells(k: int) -> tuple[str, str, str]:
        share = variable.shares[k]
        return (
            count_of(share.all, everyone),
            count_of(share.events, events),
            count_of(share.no_events, non_events),
        )

    if len(variable.shares) == 2:
        indicator = tuple(share.level for share in variable.shares) == ("0", "1")
        name = variable.label if indicator else f"{variable.label}: {variable.shares[1].level}"
        return [(name, *cells(1), *_tested(variable))]
    first = (variable.label, *(f"n = {n:,}" for n in variable.known), *_tested(variable))
    return [
        first,
        *((f"– {share.level}", *cells(k), "", "", "") for k, share in enumerate(variable.shares)),
    ]


def _tested(variable: Characteristic) -> tuple[str, str, str]:
    difference = NO_VALUE
    if variable.standardised_difference is not None:
        difference = fixed(variable.standardised_difference, 2)
    if variable.test is None:
        return difference, NO_VALUE, f"none: {variable.untested}" if variable.untested else "none"
    return difference, p_value(variable.test.p), variable.test.name
