"""Whether the result for the index is robust: subgroups, sensitivity analyses, scanners, error."""

from vbq.report.study.figures.subgroups import DECLARED_INTERACTION
from vbq.report.study.labels import index_label
from vbq.report.study.report_table import ReportTable
from vbq.report.study.tables.odds_ratios import joint_test_of
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.association import Association
from vbq.study.check.scanners import ScannerGroup
from vbq.text import (
    NO_VALUE,
    fixed,
    listed,
    mean_sd,
    n_events,
    p_value,
    percent,
    ratio_interval,
    with_interval,
)

ADJUSTED = "Adjusted for all other predictors."
INDEX_HEADER = ("n (events)", "Compared", "OR [95 % CI]", "p", "Test")


def subgroups(analysis: Analysis) -> ReportTable | None:
    """The index in subgroups, with the test of interaction; None without index or subgroups."""
    main = analysis.multivariable.index
    if main is None or not analysis.subgroups:
        return None
    rows: list[tuple[str, ...]] = []
    for group in analysis.subgroups:
        test = group.interaction
        cells = (NO_VALUE, f"none: {group.reason}")
        if test is not None:
            cells = (p_value(test.p), f"interaction, {test.method}, df {test.df}")
        rows.append((group.label, "", "", "", *cells))
        for part in group.parts:
            n = n_events(part.n, part.events)
            rows += [
                (f"– {part.name}", n, *cells)
                for cells in _index_rows(part.association, part.reason)
            ]
    notes = [
        (
            f"{ADJUSTED} The predictor that defines the subgroups is not in their models. No model "
            "is fitted if the rarer outcome has no more patients than the model has parameters."
        ),
        (
            "The test of interaction comes first: p < 0.05 in one subgroup and not in another is "
            "not evidence that they differ. Not corrected for multiple testing."
        ),
    ]
    if main.interacts:
        notes.append(DECLARED_INTERACTION)
    return ReportTable(
        name="subgroups",
        title=f"Association of {index_label(analysis)} with the event in subgroups",
        header=("Subgroup", *INDEX_HEADER),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def sensitivity(analysis: Analysis) -> ReportTable | None:
    """The index in the main model and in its variations; None without index or variations."""
    if analysis.plan.index is None or not analysis.sensitivity:
        return None
    models: list[tuple[str, Association | None, str]] = [
        ("Main model", analysis.multivariable, ""),
        *((v.name.capitalize(), v.association, v.reason) for v in analysis.sensitivity),
    ]
    rows: list[tuple[str, ...]] = []
    for name, model, reason in models:
        n = NO_VALUE if model is None else n_events(model.n, model.events)
        rows += [(name, n, *cells) for cells in _index_rows(model, reason)]
    return ReportTable(
        name="sensitivity",
        title=f"Association of {index_label(analysis)} with the event in sensitivity analyses",
        header=("Analysis", *INDEX_HEADER),
        rows=tuple(rows),
        notes=(ADJUSTED,),
    )


def scanners(analysis: Analysis) -> ReportTable | None:
    """Outcome and index by site, scanner and field strength; None if the plan names none."""
    if not analysis.scanners:
        return None
    return ReportTable(
        name="scanners",
        title=f"{index_label(analysis) or 'The index'} and the outcome by scanner",
        header=(
            "Grouped by", "Group", "n (events)", "With the event", "n with the index", "Mean ± SD",
        ),
        rows=tuple(map(_scanner_row, analysis.scanners)),
        notes=(
            (
                "Absolute VBQ differs between scanners and field strengths; possible confounding "
                "with the outcome is listed among the findings of the check."
            ),
        ),
    )  # fmt: skip


def _scanner_row(group: ScannerGroup) -> tuple[str, ...]:
    single_field = group.by == "field_strength" and not group.together
    return (
        group.by.replace("_", " "),
        f"{group.value} T" if single_field else group.value,
        n_events(group.n, group.events),
        percent(group.events / group.n),
        f"{group.index_n:,}",
        NO_VALUE if group.index_mean is None else mean_sd(group.index_mean, group.index_sd),
    )


def leave_one_group_out(analysis: Analysis) -> ReportTable | None:
    """Performance of the model in each site or scanner left out; None if there is only one."""
    pooled = analysis.multivariable.imputations > 1
    wald = "Rubin's rules" if pooled else "Wald"
    rows = []
    for grouping, groups in analysis.held_out.items():
        for group in groups:
            cells: tuple[str, ...] = (NO_VALUE, NO_VALUE, NO_VALUE, f"none: {group.reason}")
            if group.auc and group.slope and group.in_the_large and group.brier:
                measures = (group.auc, group.slope, group.in_the_large)
                intervals = (with_interval(m.estimate, m.interval) for m in measures)
                cells = (*intervals, fixed(group.brier.estimate))
            name = f"{grouping.replace('_', ' ')}: {group.site}"
            rows.append((name, n_events(group.n, group.events), *cells))
    if not rows:
        return None
    return ReportTable(
        name="left_out",
        title="Performance of the model in the site or scanner left out of its development",
        header=(
            "Left out",
            "n (events)",
            f"AUC [95 % CI, {'DeLong, pooled' if pooled else 'DeLong'}]",
            f"Calibration slope [95 % CI, {wald}]",
            f"Calibration in the large [95 % CI, {wald}]",
            "Brier score",
        ),
        rows=tuple(rows),
        notes=tuple(_left_out_notes(analysis)),
    )


def _left_out_notes(analysis: Analysis) -> list[str]:
    notes = []
    columns = analysis.plan.scanner.model_dump(exclude_none=True)
    grouping_columns = {columns.get(grouping) for grouping in analysis.held_out}
    predictors = [p.label for p in analysis.plan.predictors if p.column in grouping_columns]
    if predictors:
        notes.append(
            f"{listed(predictors)} cannot be a predictor when it defines the groups left out: a "
            "model has no coefficient for a group that it has not seen."
        )
    if analysis.multivariable.imputations > 1:
        notes.append(
            "Missing values were imputed once for all groups together; the measures of the imputed "
            "datasets are pooled by Rubin's rules."
        )
    return notes


def measurement_error(analysis: Analysis) -> ReportTable | None:
    """The odds ratio of the index corrected for its measurement error; None if not declared."""
    error, index = analysis.measurement_error, analysis.plan.index
    if error is None or index is None:
        return None
    main = analysis.multivariable
    n = n_events(main.n, main.events)
    rows: list[tuple[str, ...]] = [("As measured", n, *cells) for cells in _index_rows(main, "")]
    corrected: tuple[str, ...] = (NO_VALUE, f"none: {error.reason}", NO_VALUE, NO_VALUE)
    if error.calibrated is not None:
        calibrated = error.calibrated
        corrected = (
            main.estimate(index).compared,
            ratio_interval(calibrated.odds_ratio, calibrated.odds_ratio_interval),
            p_value(calibrated.p),
            "regression calibration (Wald)",
        )
    rows.append(("Corrected for measurement error", n, *corrected))
    uncertainty = ", taken as known exactly"
    if error.interval is not None:
        low, high = error.interval
        uncertainty = f" [{low:g}–{high:g}], its uncertainty included in the corrected interval"
    source = f" ({error.source})" if error.source else ""
    return ReportTable(
        name="measurement_error",
        title=f"Association of {index_label(analysis)} corrected for its measurement error",
        header=("Odds ratio", *INDEX_HEADER),
        rows=tuple(rows),
        notes=(
            (
                f"Reliability (ICC) {error.icc:g}{uncertainty}{source}. The correction assumes "
                "random error unrelated to the outcome, and patients as heterogeneous as those of "
                "the reliability study."
            ),
        ),
    )


def _index_rows(model: Association | None, reason: str) -> list[tuple[str, str, str, str]]:
    """Comparison, odds ratio, p and test of the index; of a spline, its quartiles.

    An index in an interaction has no single odds ratio: all its terms are tested jointly.
    """
    if model is None:
        return [(NO_VALUE, f"not fitted: {reason}", NO_VALUE, NO_VALUE)]
    firth = ", Firth's likelihood" if model.separated else ""
    evidence = model.index
    assert evidence is not None  # these tables exist only for an index
    if evidence.interacts:
        test = evidence.test
        method = f"{test.method}, df {test.df}{firth}"
        return [(joint_test_of(test), NO_VALUE, p_value(test.p), method)]
    return [
        (
            contrast.compared,
            ratio_interval(contrast.ratio, contrast.interval),
            p_value(contrast.p),
            f"{contrast.p_method}{firth}; CI: {contrast.interval_method}",
        )
        for contrast in evidence.contrasts
    ]
