"""The few sentences at the top of the report: no word goes beyond the evidence.

"Independently" stands only where `IndexEvidence.independent`, "superior" without a "not" only where
`Comparison.superior` says so. Both limits are kept by the analysis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.report.study.index_phrases import (
    all_terms,
    by_test_alone,
    held_against,
    in_figures,
    odds_ratios,
)
from vbq.report.study.labels import index_label, model_label, outcome_label
from vbq.stats.imputation.convergence import R_HAT_LIMIT
from vbq.study.analysis.evidence import SIGNIFICANCE_LEVEL
from vbq.study.analysis.model_comparison import LARGE_FOLD
from vbq.study.check.size import FEW_EVENTS
from vbq.text import (
    count_of,
    fixed,
    listed,
    p_equals,
    percent,
    ratio,
    ratio_interval,
    with_interval,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.performance.added_value import Comparison

__all__ = ["summary"]

EXTREME = 0.9  # of the corrected calibration slope: below it predictions are called too extreme


def summary(analysis: Analysis) -> tuple[str, ...]:
    """What was found, what was not shown, and what it rests on; one short paragraph each."""
    return tuple(
        sentence
        for part in (_patients, _index, _imputation, _comparisons, _performance, _size,
                     _measurement, _stability, _time, _subgroups, _controls)
        for sentence in part(analysis)
    )  # fmt: skip


def _patients(analysis: Analysis) -> Iterator[str]:
    if analysis.simulated:
        yield (
            "The patients are simulated: nothing below is evidence about real patients, and no "
            "figure may be quoted as a finding."
        )
    main = analysis.multivariable
    yield (
        f"{count_of(main.events, main.n)} patients had the event ({outcome_label(analysis)}). "
        "The associations below are observed; they do not say what would happen if a predictor "
        "were changed."
    )


def _index(analysis: Analysis) -> Iterator[str]:
    found = analysis.multivariable.index
    if found is None:
        yield "The plan names no index predictor; nothing is concluded about a single one."
        return
    label, event = found.label, outcome_label(analysis)
    others = listed(found.adjusted_for)
    numbers = in_figures(analysis.multivariable, found)
    if found.interacts:
        shown = (
            f"It was associated with {event} beyond {others}: {numbers}."
            if found.shown
            else f"That it is associated with {event} beyond {others} was not shown: "
            f"{numbers}. This is no proof that there is no association."
        )
        yield (
            f"{label} is in an interaction with {listed(found.interacts_with)}, so that no single "
            f"odds ratio describes it; see the table of the model. {shown}"
        )
    elif found.independent:
        yield (
            f"{label} was associated with {event} independently of {others}: {numbers}. "
            f"{by_test_alone(found)}Of what is not among these predictors nothing is known."
        )
    elif found.shown:
        yield (
            f"{label} was associated with {event}, adjusted for nothing: {numbers}. "
            f"{by_test_alone(found)}".rstrip()
        )
    elif found.adjusted_for:
        yield (
            f"That {label} is associated with {event} beyond {others} was not shown: "
            f"{numbers}. This is no proof that there is no association: the interval says which "
            "ones the data do not rule out."
        )
    else:
        yield f"That {label} is associated with {event} was not shown: {numbers}."


def _imputation(analysis: Analysis) -> Iterator[str]:
    missing, beside = analysis.missing, analysis.complete_case
    if missing.headline == "complete cases":
        yield (
            f"{percent(missing.lost)} of the patients lack a predictor and were left out: the "
            "results hold for complete cases."
        )
    if missing.headline != "imputed":
        return
    rests = (
        f"Complete cases would lose {percent(missing.lost)} of the patients; the main results rest "
        "on multiple imputation, and so on values being missing at random given what is known."
    )
    if beside is None:
        yield f"{rests} In complete cases alone the model cannot be fitted."
    else:
        assert analysis.complete_case_comparison is not None
        differing = analysis.complete_case_comparison.conflicting
        said = (
            f"disagree on {listed(differing)}{_beside(analysis)}: see both side by side"
            if differing
            else "do not contradict each other"
        )
        yield (
            f"{rests} Imputed and complete-case results (n = {beside.n:,}) {said}"
            f"{_apart(analysis)}."
        )
    label = {v.name: v.label for v in analysis.plan.variables}
    unsettled = [label[n] for n, r in missing.r_hat.items() if r is not None and r > R_HAT_LIMIT]
    if unsettled:
        yield f"The chains of the imputation had not settled for {listed(unsettled)}."


def _beside(analysis: Analysis) -> str:
    """The index in complete cases, where it is among what disagrees."""
    assert analysis.complete_case is not None
    assert analysis.complete_case_comparison is not None
    found = analysis.complete_case.index
    if found is None or found.label not in analysis.complete_case_comparison.conflicting:
        return ""
    return f" (complete cases, {found.label}: {odds_ratios(found)}, p {p_equals(found.test.p)})"


def _apart(analysis: Analysis) -> str:
    """How far imputed and complete-case odds ratios lie apart, and which lies furthest."""
    assert analysis.complete_case_comparison is not None
    found = analysis.complete_case_comparison.differences
    if not found:
        return ""
    most, far = found[0], list(dict.fromkeys(d.imputed.label for d in found if d.large))
    words = (
        f". More than {LARGE_FOLD:g}-fold or one standard error apart are the odds ratios of "
        f"{listed(far)}, furthest "
        if far
        else "; no odds ratios are further apart than "
    )
    one, other = most.imputed, most.complete
    return (
        f"{words}that of {one.label}, {one.compared}: "
        f"{ratio_interval(one.ratio, one.interval)} imputed, "
        f"{ratio_interval(other.ratio, other.interval)} in complete cases "
        f"({ratio(most.fold)}-fold)"
    )


def _comparisons(analysis: Analysis) -> Iterator[str]:
    for one in analysis.added_value.comparisons:
        yield _added(one) if one.nested else _instead(analysis, one)


def _added(one: Comparison) -> str:
    assert one.test is not None  # of nested models
    helps = one.test.p < SIGNIFICANCE_LEVEL
    change = (
        f"{one.test.method}, df {one.test.df}, p {p_equals(one.test.p)}; change in AUC "
        f"{with_interval(one.auc.difference, one.auc.interval)} apparent, "
        f"{fixed(one.corrected_auc)} corrected for optimism"
    )
    if not helps:
        return f"That {one.question} improves the fit was not shown ({change})."
    if one.corrected_auc <= 0:
        return (
            f"{one.question} improved the fit, but after correction for optimism not the "
            f"discrimination ({change})."
        )
    return f"{one.question} improved the fit ({change})."


def _instead(analysis: Analysis, one: Comparison) -> str:
    index = index_label(analysis)
    others = model_label(analysis, "comparators").removesuffix(" alone")
    found = one.auc
    difference = (
        f"difference in AUC {with_interval(found.difference, found.interval)}, "
        f"p {p_equals(found.p)} ({found.method}); {fixed(one.corrected_auc)} corrected for optimism"
    )
    if one.superior == "second":
        return f"{index} alone was superior to {others} alone in discrimination: {difference}."
    if one.superior == "first":
        return f"{others} alone was superior to {index} alone in discrimination: {difference}."
    text = f"That {index} is superior to {others} was not shown: {difference}."
    main, plan = analysis.multivariable, analysis.plan
    own, *others_p = (main.test(name).p for name in (plan.index or "", *plan.comparators))
    if own < SIGNIFICANCE_LEVEL and any(p >= SIGNIFICANCE_LEVEL for p in others_p):
        text += " One p-value below 0.05 beside one above it is no comparison."
    return text


def _performance(analysis: Analysis) -> Iterator[str]:
    full = analysis.added_value.models["full"]
    area, shown, slope = full["auc"], full.discrimination, full["slope"].expected
    extreme = " (predictions are too extreme)" if slope is not None and slope < EXTREME else ""
    shown_slope = "not estimable" if slope is None else f"{fixed(slope, 2)}{extreme}"
    yield (
        f"All predictors together: AUC {with_interval(shown.estimate, shown.interval)}"
        f" in the patients the model was made from, {fixed(area.corrected)} after correction for "
        f"optimism; Brier score {fixed(full['brier'].apparent)} and "
        f"{fixed(full['brier'].corrected)}; corrected calibration slope {shown_slope}"
        ". The model has not been validated in other patients."
    )


def _size(analysis: Analysis) -> Iterator[str]:
    size = analysis.size
    short = size.needed is not None and size.n < size.needed
    few = size.events_per_parameter < FEW_EVENTS
    if few or short:
        ratio = f"{fixed(size.events_per_parameter, 1)} events per candidate parameter"
        minimum = f"fewer patients ({size.n:,}) than Riley's minimum ({size.needed:,})"
        words = [f"few events ({ratio})"] * few + [minimum] * short
        yield (
            f"For {size.parameters} candidate parameters there are {listed(words)}: estimates are "
            "imprecise, those that reach significance tend to be too large, and the corrected "
            "figures are the ones to quote."
        )
    if analysis.multivariable.separated:
        yield (
            "A predictor separates those with the event from those without; odds ratios are by "
            "Firth's penalised likelihood."
        )


def _measurement(analysis: Analysis) -> Iterator[str]:
    error, index = analysis.measurement_error, index_label(analysis)
    if error is None:
        return
    source = f", {error.source}" if error.source else ""
    if error.calibrated is None:
        yield f"The measurement error of {index} was not corrected for: {error.reason}"
        return
    known = "" if error.interval else "; the ICC is taken as known exactly"
    ratio = ratio_interval(error.calibrated.odds_ratio, error.calibrated.odds_ratio_interval)
    yield (
        f"Corrected for the measurement error of {index} (ICC {fixed(error.icc, 2)}{source}) its "
        f"odds ratio would be {ratio}{known}."
    )


def _stability(analysis: Analysis) -> Iterator[str]:
    """Scanners and flagged readings: whether what is said of the index stands."""
    main, index = analysis.multivariable.index, index_label(analysis)
    if main is None:
        return
    for finding in analysis.findings:
        if finding.code == "scanner_differs":
            yield finding.message
    for variation in analysis.sensitivity:
        if variation.name == "complete cases":
            continue  # said with the imputation
        if variation.association is None:
            yield f"The analysis {variation.name} cannot be made: {variation.reason}"
            continue
        found = variation.association.index
        assert found is not None
        yield (
            f"{variation.name[0].upper()}{variation.name[1:]}, {index}: "
            f"{in_figures(variation.association, found)}{held_against(main, variation)}."
        )
    if not analysis.scanners and analysis.plan.readings is not None:
        yield (
            "The plan names no scanner, site or field strength: that differences between scanners "
            "stand behind the association cannot be ruled out."
        )


def _time(analysis: Analysis) -> Iterator[str]:
    """The index where the length of follow-up is taken into account."""
    found, index, main = analysis.time_to_event, analysis.plan.index, analysis.multivariable.index
    if found is None or index is None:
        return
    for model in found.models:
        if not model.ratios:
            yield f"The model of follow-up ({model.name}) cannot be fitted: {model.reason}"
            continue
        if main is not None and main.interacts:
            test = model.test(index)
            ratios = f", {all_terms(test)}, p {p_equals(test.p)} ({test.method})"
        else:
            ratios = " " + "; ".join(
                f"{ratio_interval(c.ratio, c.interval)} ({c.compared}), p {p_equals(c.p)} "
                f"({c.p_method})"
                for c in model.contrasts
                if c.predictor == index
            )
        yield (
            f"With the length of follow-up taken into account ({model.name}; {model.n:,} patients, "
            f"{model.events:,} events): {index_label(analysis)}{ratios}."
        )


def _subgroups(analysis: Analysis) -> Iterator[str]:
    tested = [(g.label, g.interaction.p) for g in analysis.subgroups if g.interaction]
    differing = [f"{label} (p {p_equals(p)})" for label, p in tested if p < SIGNIFICANCE_LEVEL]
    if differing:
        yield (
            f"The effect of {index_label(analysis)} differed by {listed(differing)}; "
            f"{len(tested)} subgroup{'s' if len(tested) > 1 else ''} tested, p not adjusted for "
            "their number."
        )
    elif tested:
        yield (
            f"That the effect of {index_label(analysis)} differs by "
            f"{listed(label for label, _ in tested)} was not shown."
        )


def _controls(analysis: Analysis) -> Iterator[str]:
    found = analysis.controls
    if found is None:
        return
    groups = (
        f"the cohort (n = {found.cohort.n:,}, mean {fixed(found.cohort.mean, 2)}) and controls "
        f"(n = {found.controls.n:,}, mean {fixed(found.controls.mean, 2)})"
    )
    crude = found.cohort.mean - found.controls.mean
    words = (
        f"{index_label(analysis)} in {groups}: crude difference {fixed(crude, 2)}, "
        f"p {p_equals(found.crude.p)} ({found.crude.name})"
    )
    if not found.adjusted_for:
        yield f"{words}. It is adjusted for nothing, not even age."
        return
    label = {v.name: v.label for v in analysis.plan.variables}
    names = listed(label[name] for name in found.adjusted_for)
    if found.adjusted is None:
        yield f"{words}; a difference at equal {names} cannot be had: {found.reason}"
        return
    adjusted = found.adjusted
    interval = with_interval(adjusted.adjusted, adjusted.interval, 2)
    not_shown = "" if found.shown else ": a difference was not shown"
    yield f"{words}; at equal {names} {interval}, p {p_equals(adjusted.p)}{not_shown}."
