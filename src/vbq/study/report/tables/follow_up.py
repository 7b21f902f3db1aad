"""Follow-up analysed as such: cumulative incidence, and models of the time to the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.study.report.report_table import ReportTable
from vbq.study.report.words import NONE, fixed, interval, p_value, percent, ratio_interval

if TYPE_CHECKING:
    from vbq.study.analysis.document import Analysis

__all__ = ["incidence", "time_models"]

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
    median = fixed(found.median_follow_up, 1)
    unknown = f" Follow-up of {found.unknown:,} is not known." if found.unknown else ""
    return ReportTable(
        name="cumulative_incidence",
        title=(
            f"Cumulative incidence of the event (n = {curve.n:,}, {curve.events:,} events, "
            f"{curve.competing:,} competing)"
        ),
        header=("Years", "Incidence [95 % CI], %"),
        rows=tuple(rows),
        notes=(f"Aalen and Johansen. Median follow-up {median} years.{unknown}",),
    )


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
        notes=("Adjusted for one another. IPCW: inverse probability of censoring weights.",),
    )  # fmt: skip
