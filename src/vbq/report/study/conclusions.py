"""The conclusions at the top of the report: no word goes beyond the evidence.

"Independently" is used only if `IndexEvidence.independent`, and "superior" without a "not" only if
`Comparison.superior`. The analysis decides both.
"""

from collections.abc import Iterator

from vbq.report.study.index_phrases import (
    difference_from_main,
    index_result,
    joint_test,
    joint_test_note,
    odds_ratios,
)
from vbq.report.study.labels import (
    RATIO_NAMES,
    corrected_measure,
    index_label,
    model_label,
    outcome_label,
    variable_labels,
)
from vbq.stats.checks import SIGNIFICANCE_LEVEL
from vbq.stats.imputation.convergence import R_HAT_LIMIT
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.model_comparison import LARGE_FOLD
from vbq.study.analysis.performance.added_value import Comparison
from vbq.study.check.size import FEW_EVENTS
from vbq.text import (
    count_of,
    fixed,
    listed,
    number_of,
    p_equals,
    percent,
    ratio,
    ratio_interval,
    with_interval,
)

EXTREME = 0.9  # corrected calibration slope below which predictions are called too extreme


def summary(analysis: Analysis) -> tuple[str, ...]:
    """Results, what was not shown, and what the results rest on; one short paragraph each."""
    return tuple(
        sentence
        for part in (_patients, _index, _imputation, _comparisons, _performance, _size,
                     _measurement, _robustness, _time, _subgroups, _controls)
        for sentence in part(analysis)
    )  # fmt: skip


def _patients(analysis: Analysis) -> Iterator[str]:
    if analysis.simulated:
        yield (
            "The patients are simulated: nothing below is evidence about real patients, and no "
            "result may be quoted as a finding."
        )
    main = analysis.multivariable
    yield (
        f"The event ({outcome_label(analysis)}) occurred in {count_of(main.events, main.n)} "
        "patients. The associations below are observational; they do not show what would happen if "
        "a predictor were changed."
    )


def _index(analysis: Analysis) -> Iterator[str]:
    evidence = analysis.multivariable.index
    if evidence is None:
        yield "The plan names no index predictor: no conclusion is drawn about any one predictor."
        return
    label, event = evidence.label, outcome_label(analysis)
    adjusted = f"after adjustment for {listed(evidence.adjusted_for)}"
    result = index_result(analysis.multivariable, evidence)
    if evidence.interacts:
        association = (
            f"It was associated with {event} {adjusted}: {result}."
            if evidence.shown
            else f"Its association with {event} {adjusted} was not shown: {result}. This does not "
            "prove that there is no association."
        )
        yield (
            f"The model includes an interaction of {label} with {listed(evidence.interacts_with)}: "
            f"no single odds ratio describes {label}; see the table of odds ratios. {association}"
        )
    elif evidence.independent:
        yield (
            f"{label} was associated with {event} independently of "
            f"{listed(evidence.adjusted_for)}: {result}. {joint_test_note(evidence)}Confounding by "
            "factors other than these predictors cannot be excluded."
        )
    elif evidence.shown:
        yield (
            f"{label} was associated with {event} in an unadjusted model: {result}. "
            f"{joint_test_note(evidence)}".rstrip()
        )
    elif evidence.adjusted_for:
        yield (
            f"An association of {label} with {event} {adjusted} was not shown: {result}. This does "
            "not prove that there is no association: the interval shows which effects the data do "
            "not exclude."
        )
    else:
        yield f"An association of {label} with {event} was not shown: {result}."


def _imputation(analysis: Analysis) -> Iterator[str]:
    missing, complete_case = analysis.missing, analysis.complete_case
    if missing.headline == "complete cases":
        yield (
            f"{percent(missing.lost)} of the patients lacked a predictor and were excluded: the "
            "results apply to complete cases."
        )
    if missing.headline != "imputed":
        return
    basis = (
        f"A complete-case analysis would exclude {percent(missing.lost)} of the patients; the main "
        "results are based on multiple imputation and so assume that values are missing at random "
        "given the observed data."
    )
    if complete_case is None:
        yield f"{basis} The model cannot be fitted to complete cases alone."
    else:
        assert analysis.complete_case_comparison is not None
        conflicting = analysis.complete_case_comparison.conflicting
        agreement = (
            f"disagree on {listed(conflicting)}{_conflicting_index(analysis)}: see the table of "
            "both"
            if conflicting
            else "do not contradict each other"
        )
        yield (
            f"{basis} Imputed and complete-case results (n = {complete_case.n:,}) {agreement}"
            f"{_largest_difference(analysis)}."
        )
    labels = variable_labels(analysis)
    diverging = [
        labels[name] for name, r in missing.r_hat.items() if r is not None and r > R_HAT_LIMIT
    ]
    if diverging:
        yield f"The imputation had not converged for {listed(diverging)}."


def _conflicting_index(analysis: Analysis) -> str:
    """The result for the index in complete cases, if it conflicts with the imputed one."""
    assert analysis.complete_case is not None
    assert analysis.complete_case_comparison is not None
    evidence = analysis.complete_case.index
    if evidence is None or evidence.label not in analysis.complete_case_comparison.conflicting:
        return ""
    p = p_equals(evidence.test.p)
    return f" (complete cases, {evidence.label}: {odds_ratios(evidence)}, p {p})"


def _largest_difference(analysis: Analysis) -> str:
    """How far imputed and complete-case odds ratios differ, and which differs most."""
    assert analysis.complete_case_comparison is not None
    differences = analysis.complete_case_comparison.differences
    if not differences:
        return ""
    large = [difference for difference in differences if difference.large]
    largest = (large or differences)[0]
    imputed, complete = largest.imputed, largest.complete
    name = f"{imputed.label}, {imputed.compared}"
    threshold = f"more than {LARGE_FOLD:g}-fold or by more than one standard error"
    if not large:
        lead = f"; the largest difference is that of {name}:"
    elif len(large) == 1:
        lead = f". One odds ratio differs {threshold}, that of {name}:"
    else:
        labels = listed(dict.fromkeys(difference.imputed.label for difference in large))
        lead = f". Odds ratios of {labels} differ {threshold}, most of all that of {name}:"
    return (
        f"{lead} {ratio_interval(imputed.ratio, imputed.interval)} imputed, "
        f"{ratio_interval(complete.ratio, complete.interval)} in complete cases "
        f"({ratio(largest.fold)}-fold)"
    )


def _comparisons(analysis: Analysis) -> Iterator[str]:
    for comparison in analysis.added_value.comparisons:
        yield (
            _nested_comparison(comparison)
            if comparison.nested
            else _comparator_comparison(analysis, comparison)
        )


def _nested_comparison(comparison: Comparison) -> str:
    """Whether the larger of two nested models fits and discriminates better."""
    test = comparison.test
    assert test is not None  # nested models are always tested
    result = (
        f"{test.method}, df {test.df}, p {p_equals(test.p)}; change in AUC "
        f"{with_interval(comparison.auc.difference, comparison.auc.interval)} apparent, "
        f"{fixed(comparison.corrected_auc)} corrected for optimism"
    )
    if test.p >= SIGNIFICANCE_LEVEL:
        return f"{comparison.question} was not shown to improve the model fit ({result})."
    if comparison.corrected_auc <= 0:
        return (
            f"{comparison.question} improved the model fit but, after correction for optimism, not "
            f"the discrimination ({result})."
        )
    return f"{comparison.question} improved the model fit ({result})."


def _comparator_comparison(analysis: Analysis, comparison: Comparison) -> str:
    """Whether the index or its comparators discriminate better."""
    index = index_label(analysis)
    comparators = model_label(analysis, "comparators").removesuffix(" alone")
    auc = comparison.auc
    result = (
        f"difference in AUC {with_interval(auc.difference, auc.interval)}, "
        f"p {p_equals(auc.p)} ({auc.method}); {fixed(comparison.corrected_auc)} corrected for "
        "optimism"
    )
    if comparison.superior == "second":
        return f"{index} alone was superior to {comparators} alone in discrimination: {result}."
    if comparison.superior == "first":
        return f"{comparators} alone was superior to {index} alone in discrimination: {result}."
    text = f"{index} was not shown to be superior to {comparators} in discrimination: {result}."
    main, plan = analysis.multivariable, analysis.plan
    index_p, *comparator_p = (main.test(name).p for name in (plan.index or "", *plan.comparators))
    if index_p < SIGNIFICANCE_LEVEL and any(p >= SIGNIFICANCE_LEVEL for p in comparator_p):
        text += " That one p-value is below 0.05 and the other above it is not a comparison."
    return text


def _performance(analysis: Analysis) -> Iterator[str]:
    full = analysis.added_value.models["full"]
    apparent, slope = full.discrimination, full["slope"].expected
    extreme = " (predictions are too extreme)" if slope is not None and slope < EXTREME else ""
    yield (
        f"All predictors together: AUC {with_interval(apparent.estimate, apparent.interval)} in "
        f"the patients used to develop the model, {fixed(full['auc'].corrected)} after correction "
        f"for optimism; Brier score {fixed(full['brier'].apparent)} and "
        f"{fixed(full['brier'].corrected)}; corrected calibration slope "
        f"{corrected_measure(full['slope'])}{extreme}. The model has not been validated in other "
        "patients."
    )


def _size(analysis: Analysis) -> Iterator[str]:
    size = analysis.size
    shortages = []
    if size.events_per_parameter < FEW_EVENTS:
        per_parameter = fixed(size.events_per_parameter, 1)
        shortages.append(f"few events ({per_parameter} events per candidate parameter)")
    if size.needed is not None and size.n < size.needed:
        shortages.append(f"fewer patients ({size.n:,}) than Riley's minimum ({size.needed:,})")
    if shortages:
        yield (
            f"For {number_of(size.parameters, 'candidate parameter')} there are "
            f"{listed(shortages)}: estimates are imprecise, significant ones tend to be too large, "
            "and the corrected measures of performance are the ones to quote."
        )
    if analysis.multivariable.separated:
        yield (
            "A predictor separates patients with the event from those without; odds ratios were "
            "estimated by Firth's penalised likelihood."
        )


def _measurement(analysis: Analysis) -> Iterator[str]:
    error, index = analysis.measurement_error, index_label(analysis)
    if error is None:
        return
    if error.calibrated is None:
        yield f"The measurement error of {index} was not corrected for: {error.reason}"
        return
    source = f", {error.source}" if error.source else ""
    known = "" if error.interval else "; the ICC was taken as known exactly"
    corrected = ratio_interval(error.calibrated.odds_ratio, error.calibrated.odds_ratio_interval)
    yield (
        f"Corrected for measurement error (ICC {fixed(error.icc, 2)}{source}), the odds ratio of "
        f"{index} would be {corrected}{known}."
    )


def _robustness(analysis: Analysis) -> Iterator[str]:
    """Whether the result for the index holds across scanners and for flagged readings."""
    main, index = analysis.multivariable.index, index_label(analysis)
    if main is None:
        return
    for finding in analysis.findings:
        if finding.code == "scanner_differs":
            yield finding.message
    for variation in analysis.sensitivity:
        if variation.name == "complete cases":
            continue  # reported with the imputation
        if variation.association is None:
            yield f"The analysis {variation.name} could not be performed: {variation.reason}"
            continue
        evidence = variation.association.index
        assert evidence is not None
        yield (
            f"{variation.name[0].upper()}{variation.name[1:]}, {index}: "
            f"{index_result(variation.association, evidence)}"
            f"{difference_from_main(main, variation)}."
        )
    if not analysis.scanners and analysis.plan.readings is not None:
        yield (
            "The plan names no scanner, site or field strength: confounding of the association by "
            "differences between scanners cannot be excluded."
        )


def _time(analysis: Analysis) -> Iterator[str]:
    """The index in models that account for the length of follow-up."""
    follow_up, index = analysis.time_to_event, analysis.plan.index
    main = analysis.multivariable.index
    if follow_up is None or index is None:
        return
    for model in follow_up.models:
        if not model.ratios:
            yield f"The follow-up model ({model.name}) could not be fitted: {model.reason}"
            continue
        if main is not None and main.interacts:
            test = model.test(index)
            result = f"{joint_test(test)}, p {p_equals(test.p)} ({test.method})"
        else:
            ratio_name = RATIO_NAMES[model.kind]
            result = "; ".join(
                f"{ratio_name} {ratio_interval(c.ratio, c.interval)} ({c.compared}), "
                f"p {p_equals(c.p)} ({c.p_method})"
                for c in model.contrasts
                if c.predictor == index
            )
        yield (
            f"Accounting for the length of follow-up ({model.name}; {model.n:,} patients, "
            f"{model.events:,} events), {index_label(analysis)}: {result}."
        )


def _subgroups(analysis: Analysis) -> Iterator[str]:
    tests = {g.label: g.interaction.p for g in analysis.subgroups if g.interaction}
    significant = [f"{g} (p {p_equals(p)})" for g, p in tests.items() if p < SIGNIFICANCE_LEVEL]
    if significant:
        yield (
            f"The association of {index_label(analysis)} with the event differed by "
            f"{listed(significant)}; {number_of(len(tests), 'subgroup variable')} tested, p-values "
            "not adjusted for multiple testing."
        )
    elif tests:
        yield (
            f"A difference in the association of {index_label(analysis)} with the event by "
            f"{listed(tests)} was not shown."
        )


def _controls(analysis: Analysis) -> Iterator[str]:
    comparison = analysis.controls
    if comparison is None:
        return
    cohort, controls, crude = comparison.cohort, comparison.controls, comparison.crude
    result = (
        f"{index_label(analysis)} in the cohort (n = {cohort.n:,}, mean {fixed(cohort.mean, 2)}) "
        f"and in controls (n = {controls.n:,}, mean {fixed(controls.mean, 2)}): crude difference "
        f"{fixed(cohort.mean - controls.mean, 2)}, p {p_equals(crude.p)} ({crude.name})"
    )
    if not comparison.adjusted_for:
        yield f"{result}. It is not adjusted for anything, not even age."
        return
    labels = variable_labels(analysis)
    covariates = listed(labels[name] for name in comparison.adjusted_for)
    adjusted = comparison.adjusted
    if adjusted is None:
        yield (
            f"{result}; a difference adjusted for {covariates} could not be estimated: "
            f"{comparison.reason}"
        )
        return
    not_shown = "" if comparison.shown else "; a difference was not shown"
    yield (
        f"{result}; adjusted for {covariates} "
        f"{with_interval(adjusted.adjusted, adjusted.interval, 2)}, p {p_equals(adjusted.p)}"
        f"{not_shown}."
    )
