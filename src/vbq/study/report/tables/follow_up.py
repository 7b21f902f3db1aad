"""Follow-up analysed as such: cumulative incidence, and models of the time to the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.study.check.finding import number_of
from vbq.study.report.report_table import ReportTable
from vbq.study.report.words import NONE, fixed, interval, p_value, percent, ratio_interval

if TYPE_CHECKING:
    from vbq.study.analysis.document import Analysis
    from vbq.study.analysis.time_to_event import TimeToEvent

__all__ = ["as_without_the_event", "incidence", "time_models", "years_of"]

YEARS = (1, 2, 3, 5, 7, 10, 15, 20)
RATIO = {"Cox, cause-specific": "hazard ratio", "Fine-Gray": "sub-distribution hazard ratio"}


def incidence(analysis: Analysis) -> ReportTable | None:
    """Cumulative incidence by year; None without follow-up times."""
    found = analysis.time_to_event
    if found is None:
        return None
    curve = found.incidence
    horizon = analysis.plan.horizon_years
    years = sorted({float(y) for y in YEARS} | ({horizon} if horizon else set()))
    rows = []
    for year in years:
        if year > curve.follow_up:
            break
        share, (low, high) = curve.at(year)
        shown = f"{percent(share)} {interval((100 * low, 100 * high), 1)}"
        rows.append((f"{year:g}", shown))
    spread = years_of(found)
    unknown = f" Follow-up of {found.unknown:,} is not known." if found.unknown else ""
    return ReportTable(
        name="cumulative_incidence",
        title=(
            f"Cumulative incidence of the event (n = {curve.n:,}, {curve.events:,} events, "
            f"{curve.competing:,} competing)"
        ),
        header=("Years", "Incidence [95 % CI], %"),
        rows=tuple(rows),
        notes=(f"Aalen and Johansen. Follow-up: {spread}.{unknown}",),
    )


def years_of(found: TimeToEvent) -> str:
    """Median and spread of the follow-up, in words."""
    first, third = (fixed(year, 1) for year in found.quartiles)
    return f"median {fixed(found.median_follow_up, 1)} years, quartiles {first} and {third}"


def as_without_the_event(analysis: Analysis) -> str:
    """Whom the main model, which knows no time, counts as without the event; empty without dates.

    Deaths and short follow-up hide behind that word otherwise.
    """
    found = analysis.time_to_event
    if found is None:
        return ""
    said = []
    if found.competing:
        who = number_of(found.competing, "patient")
        counts = "counts" if found.competing == 1 else "count"
        said.append(
            f"{who} with a competing event, such as death, before it {counts} as without the event "
            "in the main model."
        )
    if found.event_free is not None:
        shortest, longest = (fixed(year, 1) for year in found.event_free)
        said.append(
            f"Those without the event were followed for {shortest} to {longest} years, which the "
            "main model takes for the same."
        )
    return " ".join(said)


def time_models(analysis: Analysis) -> ReportTable | None:
    """The predictors in models of time; None without follow-up times."""
    found = analysis.time_to_event
    if found is None:
        return None
    pooled = analysis.multivariable.imputations > 1
    test = "Rubin's rules" if pooled else "Wald"
    rows: list[tuple[str, ...]] = []
    for model in found.models:
        what = RATIO.get(model.name, "odds ratio")
        counted = f"{model.n:,} ({model.events:,}; {model.competing:,})"
        rows.append((f"{model.name}: {what}", *("",) * 5))
        if not model.ratios:
            rows.append(("– not fitted", NONE, counted, model.reason, NONE, NONE))
        rows += [
            (f"– {one.label}", one.compared, counted,
             ratio_interval(one.ratio, one.interval), p_value(one.p), test)
            for one in model.ratios
        ]  # fmt: skip
    return ReportTable(
        name="time_models",
        title="The same predictors in models of the time to the event",
        header=("Model and predictor", "Compared", "n (events; competing)", "Ratio [95 % CI]", "p",
                "Test"),
        rows=tuple(rows),
        notes=(f"Adjusted for one another.{_weighted(found)}",),
    )  # fmt: skip


def _weighted(found: TimeToEvent) -> str:
    """What a reader of a model at a horizon has to know; empty without one."""
    at = next((model for model in found.models if "IPCW" in model.name), None)
    if at is None:
        return ""
    return (
        " IPCW: inverse probability of censoring weights, which let those followed until then, or "
        f"with an event before, stand for the {at.unknown:,} who were lost earlier. Their n, "
        "events and competing events are those by then."
    )
