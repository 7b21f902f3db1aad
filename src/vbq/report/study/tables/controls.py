"""The cohort against its controls, crude and at equal age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.report_table import ReportTable
from vbq.text import (
    NO_VALUE,
    decimals_for,
    fixed,
    interval,
    mean_sd,
    number_of,
    p_value,
    percent,
    with_interval,
)

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis

__all__ = ["controls"]


def controls(analysis: Analysis) -> ReportTable | None:
    """Index of cohort and controls; None where there are none."""
    found = analysis.controls
    if found is None:
        return None
    label = {one.name: one.label for one in analysis.plan.variables}
    decimals = decimals_for(found.cohort.sd)
    crude, adjusted = found.crude, found.adjusted
    difference = with_interval(
        getattr(crude, "difference", None), getattr(crude, "interval", None), decimals
    )
    groups = (f"{found.cohort.n:,} and {found.controls.n:,}",
              mean_sd(found.cohort.mean, found.cohort.sd, decimals),
              mean_sd(found.controls.mean, found.controls.sd, decimals))  # fmt: skip
    rows: list[tuple[str, ...]] = [("Crude", *groups, difference, p_value(crude.p), crude.name)]
    by = ", ".join(label[name] for name in found.adjusted_for)
    notes = [(f"The cohort has {analysis.size.events:,} patients with the event among "
             f"{analysis.size.n:,}.")]  # fmt: skip
    if found.unread:
        notes.append(
            f"{label[found.index]} is not known of {number_of(found.unread, 'more control')}, "
            "who are in no comparison."
        )
    if not by:
        notes.append("The difference is adjusted for nothing, not even age.")
    elif adjusted is None:
        rows.append(
            (f"Adjusted for {by}", *(NO_VALUE,) * 3, f"none: {found.reason}", NO_VALUE, NO_VALUE)
        )
    else:
        means = (fixed(value, decimals) for value in adjusted.adjusted_means)
        rows.append(
            (
                f"Adjusted for {by}",
                f"{adjusted.n[0]:,} and {adjusted.n[1]:,}",
                *means,
                f"{fixed(adjusted.adjusted, decimals)} {interval(adjusted.interval, decimals)}",
                p_value(adjusted.p),
                f"analysis of covariance, t, df {adjusted.df:,}",
            )
        )
        notes.append(
            f"{percent(adjusted.overlap, 0)} of all lie within both groups' range of {by}; where "
            "few do, the adjustment rests on the model. Test of equal slopes in both groups (F): "
            f"p {p_value(adjusted.equal_slopes_p)}."
        )
    name = label[found.index]
    return ReportTable(
        name="controls",
        title=f"{name} of the cohort and of the controls",
        header=("Comparison", "n, cohort and controls", "Cohort", "Controls",
                "Difference [95 % CI]", "p", "Test"),
        rows=tuple(rows),
        notes=tuple(notes),
    )  # fmt: skip
