"""The cohort compared with its controls, crude and adjusted."""

from vbq.report.study.labels import patients_and_events, variable_labels
from vbq.report.study.report_table import ReportTable
from vbq.study.analysis.analysis import Analysis
from vbq.text import (
    NO_VALUE,
    decimals_for,
    fixed,
    listed,
    mean_sd,
    number_of,
    p_equals,
    p_value,
    percent,
    with_interval,
)


def controls(analysis: Analysis) -> ReportTable | None:
    """Index of cohort and controls; None where there are none."""
    comparison = analysis.controls
    if comparison is None:
        return None
    labels = variable_labels(analysis)
    index = labels[comparison.index]
    decimals = decimals_for(comparison.cohort.sd)
    crude, adjusted = comparison.crude, comparison.adjusted
    difference = with_interval(
        getattr(crude, "difference", None), getattr(crude, "interval", None), decimals
    )
    groups = (f"{comparison.cohort.n:,} and {comparison.controls.n:,}",
              mean_sd(comparison.cohort.mean, comparison.cohort.sd, decimals),
              mean_sd(comparison.controls.mean, comparison.controls.sd, decimals))  # fmt: skip
    rows: list[tuple[str, ...]] = [("Crude", *groups, difference, p_value(crude.p), crude.name)]
    covariates = listed(labels[name] for name in comparison.adjusted_for)
    notes = [f"Cohort: {patients_and_events(analysis.size.n, analysis.size.events)}."]
    if comparison.unread:
        notes.append(
            f"{index} is unknown in {number_of(comparison.unread, 'further control')}, who are not "
            "in any comparison."
        )
    if not covariates:
        notes.append("The difference is not adjusted for anything, not even age.")
    elif adjusted is None:
        rows.append(
            (
                f"Adjusted for {covariates}",
                *(NO_VALUE,) * 3,
                f"none: {comparison.reason}",
                NO_VALUE,
                NO_VALUE,
            )
        )
    else:
        means = (fixed(value, decimals) for value in adjusted.adjusted_means)
        rows.append(
            (
                f"Adjusted for {covariates}",
                f"{adjusted.n[0]:,} and {adjusted.n[1]:,}",
                *means,
                with_interval(adjusted.adjusted, adjusted.interval, decimals),
                p_value(adjusted.p),
                f"analysis of covariance, t, df {adjusted.df:,}",
            )
        )
        notes.append(
            f"{percent(adjusted.overlap, 0)} of all subjects are within the range of {covariates} "
            "that both groups share; where few are, the adjustment depends on the model. Test of "
            f"equal slopes in both groups (F): p {p_equals(adjusted.equal_slopes_p)}."
        )
    return ReportTable(
        name="controls",
        title=f"{index} in the cohort and in controls",
        header=("Comparison", "n, cohort and controls", "Cohort", "Controls",
                "Difference [95 % CI]", "p", "Test"),
        rows=tuple(rows),
        notes=tuple(notes),
    )  # fmt: skip
