"""Cumulative incidence, and the predictors in models of the time to the event."""

from collections.abc import Iterator

from vbq.report.study.follow_up_phrases import (
    follow_up_range,
    reimputation_note,
    short_follow_up_note,
)
from vbq.report.study.labels import RATIO_NAMES, sample_size
from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables.odds_ratios import CONDITIONAL, QUARTILES, joint_test_of
from vbq.stats.regression.terms import Design
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.estimates import TermTest
from vbq.study.analysis.time_to_event import TimeModel, TimeToEvent
from vbq.text import NO_VALUE, interval, p_value, percent, ratio_interval

YEARS = (1, 2, 3, 5, 7, 10, 15, 20)
SPLINE = f"{QUARTILES} An interaction with a spline has no single ratio."


def incidence(analysis: Analysis) -> ReportTable | None:
    """Cumulative incidence by year; None without follow-up times."""
    follow_up = analysis.time_to_event
    if follow_up is None:
        return None
    curve = follow_up.incidence
    horizon = analysis.plan.horizon_years
    years = sorted({float(year) for year in YEARS} | ({horizon} if horizon else set()))
    rows = []
    for year in years:
        if year > curve.follow_up:
            break
        share, (low, high) = curve.estimate_at(year)
        rows.append((f"{year:g}", f"{percent(share)} {interval((100 * low, 100 * high), 1)}"))
    unknown = f" Unknown in {follow_up.unknown:,} patients." if follow_up.unknown else ""
    notes = [f"Aalen–Johansen estimator. Follow-up: {follow_up_range(follow_up)}.{unknown}"]
    if note := short_follow_up_note(analysis):
        notes.append(note)
    return ReportTable(
        name="cumulative_incidence",
        title=(
            f"Cumulative incidence of the event ({sample_size(curve.n, curve.events)}, "
            f"{curve.competing:,} competing)"
        ),
        header=("Years", "Incidence [95 % CI], %"),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def time_models(analysis: Analysis) -> ReportTable | None:
    """The predictors in models of time; None without follow-up times."""
    follow_up = analysis.time_to_event
    if follow_up is None:
        return None
    design = analysis.multivariable.design
    notes = [f"All predictors are adjusted for each other.{_weighting_note(follow_up)}"]
    if design.spline_columns:
        notes.append(SPLINE)
    if design.interactions:
        notes.append(CONDITIONAL)
    notes += filter(None, [short_follow_up_note(analysis), reimputation_note(analysis)])
    return ReportTable(
        name="time_models",
        title="The same predictors in models of the time to the event",
        header=(
            "Model and predictor", "Compared", "n (events; competing)", "Ratio [95 % CI]", "p",
            "Test",
        ),
        rows=tuple(row for model in follow_up.models for row in _model_rows(model, design)),
        notes=tuple(notes),
    )  # fmt: skip


def _model_rows(model: TimeModel, design: Design) -> Iterator[tuple[str, ...]]:
    """The heading of a model, its ratios, and the joint tests that stand for several terms."""
    yield (f"{model.name}: {RATIO_NAMES[model.kind]}", *("",) * 5)
    n = f"{model.n:,} ({model.events:,}; {model.competing:,})"
    if not model.ratios:
        yield ("– not fitted", NO_VALUE, n, model.reason, NO_VALUE, NO_VALUE)
        return
    for c in model.contrasts:
        if c.predictor or c.compared not in design.spline_columns:
            ratio = ratio_interval(c.ratio, c.interval)
            yield (f"– {c.label}", c.compared, n, ratio, p_value(c.p), c.p_method)
    labels = {term.name: term.label for term in design.terms}
    for name in _interacting_predictors(design):
        yield _joint_test_row(labels[name], model.test(name), n, interactions=True)
    for pair in design.interactions:
        if not design.spline_columns.isdisjoint(design.products(pair)):
            label = " × ".join(labels[name] for name in pair)
            yield _joint_test_row(label, model.test(" × ".join(pair)), n, interactions=False)


def _joint_test_row(label: str, test: TermTest, n: str, *, interactions: bool) -> tuple[str, ...]:
    compared = joint_test_of(test, interactions=interactions)
    return (
        f"– {label}", compared, n, NO_VALUE, p_value(test.p), f"{test.method}, df {test.df}",
    )  # fmt: skip


def _interacting_predictors(design: Design) -> list[str]:
    """Predictors in an interaction, except splines, whose row is a joint test already."""
    paired = {name for pair in design.interactions for name in pair}
    return [term.name for term in design.terms if term.name in paired and term.kind != "spline"]


def _weighting_note(follow_up: TimeToEvent) -> str:
    """How a model of the event by a horizon treats those lost before; empty without one."""
    weighted = next((model for model in follow_up.models if model.kind == "horizon"), None)
    if weighted is None:
        return ""
    return (
        " IPCW: inverse probability of censoring weights, by which patients followed to that time, "
        f"or with an earlier event, also represent the {weighted.unknown:,} who were lost earlier. "
        "n, events and competing events are those by that time."
    )
