"""Follow-up analysed as such: cumulative incidence, and models of the time to the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.labels import people
from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables.odds_ratios import PRODUCT, QUARTILES
from vbq.text import NO_VALUE, fixed, interval, number_of, p_value, percent, ratio_interval

if TYPE_CHECKING:
    from vbq.stats.regression.terms import Design
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.time_to_event import TimeModel, TimeToEvent

__all__ = [
    "as_without_the_event",
    "imputed_anew",
    "incidence",
    "neither",
    "time_models",
    "with_shortly_followed",
    "years_of",
]

YEARS = (1, 2, 3, 5, 7, 10, 15, 20)
SPLINE = f"{QUARTILES} A product with a spline has no ratio of its own."
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
        share, (low, high) = curve.estimate_at(year)
        shown = f"{percent(share)} {interval((100 * low, 100 * high), 1)}"
        rows.append((f"{year:g}", shown))
    spread = years_of(found)
    unknown = f" Follow-up of {found.unknown:,} is not known." if found.unknown else ""
    beyond = with_shortly_followed(analysis)
    return ReportTable(
        name="cumulative_incidence",
        title=(
            f"Cumulative incidence of the event (n = {curve.n:,}, {curve.events:,} events, "
            f"{curve.competing:,} competing)"
        ),
        header=("Years", "Incidence [95 % CI], %"),
        rows=tuple(rows),
        notes=(f"Aalen and Johansen. Follow-up: {spread}.{unknown}", *filter(None, [beyond])),
    )


def years_of(found: TimeToEvent) -> str:
    """Median and spread of the follow-up, in words."""
    first, third = (fixed(year, 1) for year in found.quartiles)
    return f"median {fixed(found.median_follow_up, 1)} years, quartiles {first} and {third}"


def with_shortly_followed(analysis: Analysis) -> str:
    """Of how many the analyses of time are, where the main model leaves some of them out."""
    found, main = analysis.time_to_event, analysis.multivariable
    if found is None or not found.short:
        return ""
    curve, years = found.incidence, analysis.plan.dates.minimum_follow_up_years
    return (
        f"Analyses of time are of {people(curve.n, curve.events)}: they keep the {found.short:,} "
        f"{neither(analysis)} who were followed for less than {years:g} years. The main model (n = "
        f"{main.n:,}) leaves those out, which raises its risks."
    )


def neither(analysis: Analysis) -> str:
    """Of whom a minimum follow-up is asked: who died is followed for as long as can be."""
    dated = analysis.plan.dates.competing
    return "with neither the event nor a competing one" if dated else "without the event"


def imputed_anew(analysis: Analysis) -> str:
    """That missing values of everybody followed were imputed, too; empty where they were not."""
    found = analysis.time_to_event
    if found is None or not found.short or found.imputations == 1:
        return ""
    return (
        f"For the models of time, missing values of these {found.incidence.n:,} patients were "
        f"imputed anew, {found.imputations} times."
    )


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
        died = ", these included," if found.competing else ""
        said.append(
            f"Those without the event{died} were followed for {shortest} to {longest} years, which "
            "the main model takes for the same."
        )
    return " ".join(said)


def time_models(analysis: Analysis) -> ReportTable | None:
    """The predictors in models of time; None without follow-up times."""
    found = analysis.time_to_event
    if found is None:
        return None
    design = analysis.multivariable.design
    label = {term.name: term.label for term in design.terms}
    rows: list[tuple[str, ...]] = []
    for model in found.models:
        what = RATIO.get(model.name, "odds ratio")
        counted = f"{model.n:,} ({model.events:,}; {model.competing:,})"
        rows.append((f"{model.name}: {what}", *("",) * 5))
        if not model.ratios:
            rows.append(("– not fitted", NO_VALUE, counted, model.reason, NO_VALUE, NO_VALUE))
        rows += [
            (f"– {one.label}", one.compared, counted,
             ratio_interval(one.ratio, one.interval), p_value(one.p), one.p_method)
            for one in model.contrasts
            if one.predictor or one.compared not in design.spline_columns
        ]  # fmt: skip
        for name in _interacting(design) if model.ratios else ():
            test = model.test(name)
            rows.append(
                (f"– {label[name]}", f"{test.df} terms together, products included", counted,
                 NO_VALUE, p_value(test.p), f"{test.method}, df {test.df}")
            )  # fmt: skip
        for pair in design.interactions if model.ratios else ():
            if design.spline_columns.isdisjoint(design.products(pair)):
                continue
            test = model.test(" × ".join(pair))
            rows.append(
                (f"– {' × '.join(label[name] for name in pair)}", f"{test.df} terms together",
                 counted, NO_VALUE, p_value(test.p), f"{test.method}, df {test.df}")
            )  # fmt: skip
    return ReportTable(
        name="time_models",
        title="The same predictors in models of the time to the event",
        header=("Model and predictor", "Compared", "n (events; competing)", "Ratio [95 % CI]", "p",
                "Test"),
        rows=tuple(rows),
        notes=(f"Adjusted for one another.{_weighted(found)}",
               *([SPLINE] if design.spline_columns else []),
               *([PRODUCT] if design.interactions else []),
               *filter(None, [with_shortly_followed(analysis), imputed_anew(analysis)])),
    )  # fmt: skip


def _interacting(design: Design) -> list[str]:
    """Predictors in an interaction; the row of a spline is of all its terms already."""
    paired = {name for pair in design.interactions for name in pair}
    return [term.name for term in design.terms if term.name in paired and term.kind != "spline"]


def _at_horizon(model: TimeModel) -> bool:
    return "IPCW" in model.name


def _weighted(found: TimeToEvent) -> str:
    """What a reader of a model at a horizon has to know; empty without one."""
    at = next(filter(_at_horizon, found.models), None)
    if at is None:
        return ""
    return (
        " IPCW: inverse probability of censoring weights, which let those followed until then, or "
        f"with an event before, stand for the {at.unknown:,} who were lost earlier. Their n, "
        "events and competing events are those by then."
    )
