"""Whether the answer about the index stands: subgroups, other analyses, scanners, error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.figures.subgroups import DECLARED
from vbq.report.study.report_table import ReportTable
from vbq.text import (
    NO_VALUE,
    fixed,
    mean_sd,
    n_events,
    p_value,
    percent,
    ratio_interval,
    with_interval,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.association import Association

__all__ = ["left_out", "measurement_error", "scanners", "sensitivity", "subgroups"]

ONE_TERM = "Adjusted for all other predictors."


def subgroups(analysis: Analysis) -> ReportTable | None:
    """The index in parts of the cohort, with the test of interaction; None without subgroups."""
    main = analysis.multivariable.index
    if main is None or not analysis.subgroups:
        return None
    rows: list[tuple[str, ...]] = []
    for group in analysis.subgroups:
        test = group.interaction
        words = (NO_VALUE, f"none: {group.reason}")
        if test is not None:
            words = (p_value(test.p), f"interaction, {test.method}, df {test.df}")
        rows.append((group.label, *("",) * 3, *words))
        for part in group.parts:
            counted = n_events(part.n, part.events)
            rows += [
                (f"– {part.name}", counted, *cells)
                for cells in _index(part.association, part.reason)
            ]
    return ReportTable(
        name="subgroups",
        title=f"{_label(analysis)} in subgroups",
        header=("Subgroup", "n (events)", "Compared", "OR [95 % CI]", "p", "Test"),
        rows=tuple(rows),
        notes=(
            (
                f"{ONE_TERM} The predictor that makes the subgroups is left out of their models. "
                "No model is fitted where the rarer outcome has no more patients than the model "
                "has parameters."
            ),
            (
                "Read the test of interaction first: that one subgroup has p < 0.05 and another "
                "has not is no evidence that they differ. No correction for many tests."
            ),
            *([DECLARED] if main.interacts else []),
        ),
    )


def sensitivity(analysis: Analysis) -> ReportTable | None:
    """The index in the main model made otherwise; None without an index or another way."""
    if analysis.plan.index is None or not analysis.sensitivity:
        return None
    main = analysis.multivariable
    rows: list[tuple[str, ...]] = []
    others = ((v.name.capitalize(), v.association, v.reason) for v in analysis.sensitivity)
    ways = [("Main model", main, ""), *others]
    for name, model, reason in ways:
        counted = NO_VALUE if model is None else n_events(model.n, model.events)
        rows += [(name, counted, *cells) for cells in _index(model, reason)]
    return ReportTable(
        name="sensitivity",
        title=f"{_label(analysis)} when the analysis is made otherwise",
        header=("Analysis", "n (events)", "Compared", "OR [95 % CI]", "p", "Test"),
        rows=tuple(rows),
        notes=(ONE_TERM,),
    )


def scanners(analysis: Analysis) -> ReportTable | None:
    """Outcome and index by site, scanner and field strength; None where the plan names none."""
    if not analysis.scanners:
        return None
    return ReportTable(
        name="scanners",
        title=f"{_label(analysis)} and the outcome by scanner",
        header=("By", "Which", "n (events)", "With the event", "n with the index", "Mean ± SD"),
        rows=tuple(
            (
                group.by.replace("_", " "),
                f"{group.value} T"
                if group.by == "field_strength" and not group.together
                else group.value,
                n_events(group.n, group.events),
                percent(group.events / group.n),
                f"{group.index_n:,}",
                NO_VALUE if group.index_mean is None else mean_sd(group.index_mean, group.index_sd),
            )
            for group in analysis.scanners
        ),
        notes=(
            (
                "Absolute VBQ differs between scanners and field strengths; whether that is "
                "confounded with the outcome is among the findings of the check."
            ),
        ),
    )


def left_out(analysis: Analysis) -> ReportTable | None:
    """The model made without one site or scanner, judged on it; None where there is only one."""
    pooled = analysis.multivariable.imputations > 1
    wald = "Rubin's rules" if pooled else "Wald"
    rows = []
    for by, places in analysis.left_out.items():
        for one in places:
            cells: tuple[str, ...] = (NO_VALUE, NO_VALUE, NO_VALUE, f"none: {one.reason}")
            if one.auc and one.slope and one.in_the_large and one.brier:
                measures = (one.auc, one.slope, one.in_the_large)
                shown = (with_interval(m.estimate, m.interval) for m in measures)
                cells = (*shown, fixed(one.brier.estimate))
            rows.append(
                (f"{by.replace('_', ' ')}: {one.site}", n_events(one.n, one.events), *cells)
            )
    if not rows:
        return None
    return ReportTable(
        name="left_out",
        title="The model made without one site or scanner, judged on it",
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


def _left_out_notes(analysis: Analysis) -> Iterator[str]:
    plan = analysis.plan
    scanners = plan.scanner.model_dump(exclude_none=True)
    own = [p.label for p in plan.predictors
           if p.column in {scanners.get(by) for by in analysis.left_out}]  # fmt: skip
    if own:
        yield (
            f"{' and '.join(own)} cannot be a predictor where it is what is left out: a model "
            "does not know the coefficient of a place that it has not seen."
        )
    if analysis.multivariable.imputations > 1:
        yield (
            "Missing values were imputed once, for all places together; the measures of the "
            "imputed tables are pooled by Rubin's rules."
        )


def measurement_error(analysis: Analysis) -> ReportTable | None:
    """The odds ratio of the index, had it been measured without error; None if not declared."""
    found = analysis.measurement_error
    if found is None or analysis.plan.index is None:
        return None
    main = analysis.multivariable
    counted = n_events(main.n, main.events)
    rows: list[tuple[str, ...]] = [("As measured", counted, *cells) for cells in _index(main, "")]
    corrected: tuple[str, ...] = (NO_VALUE, f"none: {found.reason}", NO_VALUE, NO_VALUE)
    if found.calibrated is not None:
        c = found.calibrated
        shown = ratio_interval(c.odds_ratio, c.odds_ratio_interval)
        compared = main.estimate(analysis.plan.index).compared
        corrected = (compared, shown, p_value(c.p), "regression calibration (Wald)")
    rows.append(("Without measurement error", counted, *corrected))
    known = ", taken as known"
    if found.interval is not None:
        low, high = found.interval
        known = f" [{low:g}–{high:g}], its uncertainty being in the corrected interval"
    source = f" ({found.source})" if found.source else ""
    return ReportTable(
        name="measurement_error",
        title=f"{_label(analysis)} corrected for its measurement error",
        header=("Odds ratio", "n (events)", "Compared", "OR [95 % CI]", "p", "Test"),
        rows=tuple(rows),
        notes=(
            (
                f"Reliability (ICC) {found.icc:g}{known}{source}. The correction holds for random "
                "error unrelated to the outcome, and for patients as varied as those of the "
                "reliability study."
            ),
        ),
    )


def _label(analysis: Analysis) -> str:
    return (
        analysis.plan.predictor(analysis.plan.index).label if analysis.plan.index else "The index"
    )


def _index(model: Association | None, reason: str) -> list[tuple[str, str, str, str]]:
    """Comparison, odds ratio, p and test of the index: of a spline its quartiles.

    In an interaction it has no single odds ratio, and all its terms are tested together.
    """
    if model is None:
        return [(NO_VALUE, f"not fitted: {reason}", NO_VALUE, NO_VALUE)]
    firth = ", Firth's likelihood" if model.separated else ""
    found = model.index
    assert found is not None  # without an index there is no row to fill
    if found.interacts:
        test = found.test
        method = f"{test.method}, df {test.df}{firth}"
        return [(f"{test.df} terms together, products included", NO_VALUE, p_value(test.p), method)]
    return [
        (
            one.compared,
            ratio_interval(one.ratio, one.interval),
            p_value(one.p),
            f"{one.p_method}{firth}; CI: {one.interval_method}",
        )
        for one in found.contrasts
    ]
