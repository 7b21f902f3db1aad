"""The methods section, generated from what was run: it describes nothing that was not done."""

import platform
from collections.abc import Iterator
from importlib.metadata import version

from vbq.report.study.follow_up_phrases import (
    event_free_note,
    event_free_patients,
    follow_up_range,
    reimputation_note,
    short_follow_up_note,
)
from vbq.report.study.labels import index_label, outcome_label, source_table_size, variable_labels
from vbq.report.study.references import cite, numbered
from vbq.stats.regression.terms import Term
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.imputed_tables import HAZARD, IMPUTATION_LABELS, OUTCOME
from vbq.study.analysis.time_to_event import HORIZON_RESAMPLES, TimeModel
from vbq.text import fixed, listed, number_of, percent

IMPUTED_BY = {
    "continuous": "predictive mean matching",
    "binary": "logistic regression",
    "categorical": "polytomous logistic regression",
    "ordered": "proportional-odds regression",
}


def methods(analysis: Analysis) -> tuple[str, ...]:
    """Paragraphs in the order of a paper; the last one lists the references."""
    parts = (_participants, _outcome, _predictors, _size, _missing, _description, _model,
             _performance, _added, _curves, _subgroups, _sensitivity, _controls, _time,
             _software)  # fmt: skip
    return numbered(text for part in parts if (text := " ".join(part(analysis))))


def _participants(analysis: Analysis) -> Iterator[str]:
    if analysis.simulated:
        yield "The patients are simulated."
    yield (
        f"Reporting follows TRIPOD+AI{cite('tripod')}. The study table contained "
        f"{source_table_size(analysis)}."
    )
    exclusions = [f"{s.reason} (n = {s.removed:,})" for s in analysis.flow[1:] if s.removed]
    if exclusions:
        yield f"Excluded, in this order: {'; '.join(exclusions)}."
    main = analysis.multivariable
    yield f"{main.n:,} patients were analysed, {main.events:,} of whom had the event."


def _outcome(analysis: Analysis) -> Iterator[str]:
    dates = analysis.plan.dates
    yield f"The outcome was {outcome_label(analysis)}."
    if dates.mri and dates.event:
        yield (
            "Time zero was the date of the MRI; patients with the event on or before that date "
            "were excluded."
        )
    if dates.minimum_follow_up_years:
        patients = event_free_patients(analysis)
        yield (
            f"{patients[0].upper()}{patients[1:]} had to be followed for at least "
            f"{dates.minimum_follow_up_years:g} years to be included in the main model."
        )
    yield from filter(None, (short_follow_up_note(analysis), event_free_note(analysis)))


def _predictors(analysis: Analysis) -> Iterator[str]:
    plan, design = analysis.plan, analysis.multivariable.design
    coded = listed(_coding(term) for term in design.terms)
    if len(design.terms) > 1:
        yield f"The candidate predictors, declared in the study plan, were {coded}."
    else:
        yield f"The only candidate predictor, declared in the study plan, was {coded}."
    yield "No predictor was selected or removed on the basis of its p-value."
    if design.interactions:
        pairs = (" by ".join(design.term(name).label for name in p) for p in design.interactions)
        yield f"The model included the following interactions: {listed(pairs)}."
    if any(term.kind == "spline" for term in design.terms):
        yield f"Knots of splines were placed at quantiles of the observed values{cite('harrell')}."
    if plan.index:
        source = cite("vbq") if plan.index.lower() == "vbq" else ""
        yield f"The predictor of primary interest was {index_label(analysis)}{source}."
    if plan.readings is not None:
        statuses = " or ".join(plan.readings.keep)
        yield f"It was measured on MRI; readings with status {statuses} were included."


def _coding(term: Term) -> str:
    """A predictor with how it enters the model."""
    if term.kind == "categories":
        levels = listed(level for level in term.levels if level != term.reference)
        return f"{term.label} ({levels} versus {term.reference})"
    if term.kind == "log":
        return f"{term.label} (natural logarithm)"
    if term.kind == "spline":
        return f"{term.label} (restricted cubic spline, {len(term.knots)} knots)"
    unit = f" {term.unit}" if term.unit else ""
    return f"{term.label} (linear, per {term.per:g}{unit})"


def _size(analysis: Analysis) -> Iterator[str]:
    size = analysis.size
    yield (
        f"With {number_of(size.parameters, 'candidate parameter')}, there were "
        f"{fixed(size.events_per_parameter, 1)} events (or non-events, whichever were fewer) per "
        "parameter."
    )
    if size.needed is not None:
        yield (
            f"The minimum sample size by the criteria of Riley et al.{cite('riley')}, assuming a "
            f"Nagelkerke R² of 0.15, is {size.needed:,}."
        )


def _missing(analysis: Analysis) -> Iterator[str]:
    missing, plan = analysis.missing, analysis.plan
    if missing.headline == "all patients, nothing missing":
        patients = "of the main model" if reimputation_note(analysis) else "analysed"
        yield f"No predictor was missing in any patient {patients}."
        return
    labels = variable_labels(analysis)
    counts = {name: count for name, count in missing.pattern.counts.items() if count}
    yield (
        f"Values were missing for {listed(f'{labels[name]} ({n:,})' for name, n in counts.items())}"
        f"; {percent(missing.lost)} of the patients lacked at least one predictor of the model."
    )
    if missing.headline == "complete cases":
        yield "As declared in the plan, these were excluded (complete-case analysis)."
        return
    types = {v.name: v.type for v in (*plan.predictors, *plan.missing.auxiliary)}
    imputed_types = dict.fromkeys(types[name] for name in counts)
    methods = listed(
        f"{kind} variables by {IMPUTED_BY[kind]}" for kind in imputed_types if kind is not None
    )
    sources = {IMPUTATION_LABELS[OUTCOME]: cite("moons"), IMPUTATION_LABELS[HAZARD]: cite("white")}
    used = listed(f"{variables}{sources.get(variables, '')}" for variables in missing.imputed_from)
    yield (
        f"They were imputed {missing.imputations} times by chained equations{cite('mice')} with "
        f"{missing.iterations} iterations ({methods}), from {used}."
    )
    weakened = [f.message for f in analysis.findings if f.code == "imputed_main_effects"]
    if weakened:
        yield f"{weakened[0].partition('. ')[0]}{cite('seaman')}."
    diagnostics = [r for r in missing.r_hat.values() if r is not None]
    if diagnostics:
        yield f"The largest R̂ of the imputation chains was {fixed(max(diagnostics), 2)}."
    if plan.missing.auxiliary:
        auxiliary = listed(variable.label for variable in plan.missing.auxiliary)
        yield f"Auxiliary variables in the imputation: {auxiliary}."
    yield f"Estimates were pooled by Rubin's rules{cite('rubin')}."
    if analysis.complete_case is not None:
        yield "The model was also fitted to complete cases for comparison."


def _description(analysis: Analysis) -> Iterator[str]:
    continuous = [c for c in analysis.table_one if c.summaries]
    summaries = []
    if any(not c.skewed for c in continuous):
        summaries.append("mean ± standard deviation")
    if any(c.skewed for c in continuous):
        summaries.append("median with quartiles (if the sample skewness exceeds 1)")
    if any(c.shares for c in analysis.table_one):
        summaries.append("counts with percentages")
    yield f"Variables are summarised as {listed(summaries, 'or')}."
    tests = dict.fromkeys(c.test.name for c in analysis.table_one if c.test is not None)
    if tests:
        yield f"Patients with and without the event were compared by {listed(tests)}."


def _model(analysis: Analysis) -> Iterator[str]:
    main = analysis.multivariable
    reason = (
        f"{cite('firth')}, because a predictor separates the outcomes" if main.separated else ""
    )
    yield f"Odds ratios were estimated by logistic regression ({main.method}{reason})."
    if main.imputations > 1:
        yield (
            "Their 95 % confidence intervals and p-values follow Rubin's rules with the degrees of "
            "freedom of Barnard and Rubin; all terms of a predictor were tested jointly by the "
            f"pooled Wald test D1{cite('d1')}."
        )
    else:
        penalised = "penalised " if main.separated else ""
        yield (
            f"Their 95 % confidence intervals are profile {penalised}likelihood intervals, and "
            f"p-values are from {penalised}likelihood-ratio tests; Wald intervals and p-values are "
            "also given."
        )
    yield (
        "Crude odds ratios are from models with a single predictor. Tests are two-sided; p-values "
        "were not adjusted for multiple testing."
    )


def _performance(analysis: Analysis) -> Iterator[str]:
    full = analysis.added_value.models["full"]
    imputed = analysis.multivariable.imputations > 1
    yield (
        "Discrimination was measured by the area under the ROC curve (AUC) with DeLong's "
        f"confidence interval{cite('delong')}{', pooled on the logit scale' if imputed else ''}; "
        "overall performance by the Brier score and Nagelkerke's R²; calibration by the "
        "calibration intercept and slope and by a loess curve with ICI, E50 and "
        f"E90{cite('austin')}."
    )
    works = ["mi_boot" if imputed else "optimism"]
    if full.corrected_interval is not None:
        works.append("noma")
    failed = f"; {full.failed:,} could not be fitted" if full.failed else ""
    yield (
        "Performance was corrected for optimism by repeating the whole procedure in each resample: "
        f"{full.method} (seed {analysis.plan.seed}{failed}){cite(*works)}."
    )
    if analysis.risk_model is not None:
        shrinkage = analysis.risk_model.shrinkage
        yield (
            f"The coefficients of the saved model were multiplied by {fixed(shrinkage.factor, 2)} "
            f"({shrinkage.method})"
            f"{cite('heuristic' if full['slope'].expected is None else 'shrinkage')}."
        )


def _added(analysis: Analysis) -> Iterator[str]:
    comparisons = analysis.added_value.comparisons
    if not comparisons:
        return
    yield (
        "The following comparisons were made in the same patients: "
        f"{listed(c.question for c in comparisons)}."
    )
    tests = [c.test for c in comparisons if c.test is not None]
    if tests:
        yield f"Nested models were compared by the {tests[0].method} test."
    conservative = f", which is too conservative for nested models{cite('demler')}" if tests else ""
    yield (
        "AUCs were compared by DeLong's paired test, with the confidence interval of their "
        f"difference{conservative}."
    )
    if analysis.multivariable.imputations > 1:
        yield "Predictions were evaluated in each imputed dataset and the measures combined."
    yield (
        f"Net benefit was compared in {comparisons[0].net_benefit.resamples:,} bootstrap resamples "
        "of the patients, with the predictions of both models held fixed."
    )
    if any(c.reclassification for c in comparisons):
        yield (
            "Net reclassification was calculated because the plan requests "
            f"it{cite('reclassification')}."
        )


def _curves(analysis: Analysis) -> Iterator[str]:
    curves = analysis.curves
    decision, corrected = curves.decision["full"], curves.corrected_decision
    correction = (
        ""
        if corrected is None
        else f", and corrected for optimism with {number_of(corrected.resamples, 'resample')}"
    )
    first, last = (percent(float(decision.thresholds[k]), 0) for k in (0, -1))
    yield (
        f"Net benefit{cite('decision')} is reported for thresholds from {first} to {last}, with "
        f"bootstrap percentile bands ({decision.resamples} resamples, seed {decision.seed})"
        f"{correction}."
    )
    if curves.corrected_calibration is not None:
        resamples = curves.corrected_calibration.resamples
        yield f"The calibration curve was corrected for optimism with {resamples} resamples."
    if curves.effect is not None:
        yield (
            f"The shape of the association of {index_label(analysis)} with the event was examined "
            f"with a restricted cubic spline with {len(curves.effect.knots)} "
            f"knots{cite('harrell')} in the same model; nonlinearity was tested by a "
            f"{curves.effect.nonlinear.method} test."
        )


def _subgroups(analysis: Analysis) -> Iterator[str]:
    if analysis.subgroups:
        yield (
            f"Subgroups by {listed(group.label for group in analysis.subgroups)} were declared in "
            "the plan: after a test of interaction in all patients, the model was fitted in each "
            "subgroup without the variable that defines it, unless the rarer outcome had no more "
            "patients than the model has parameters."
        )


def _sensitivity(analysis: Analysis) -> Iterator[str]:
    variations = [v.name for v in analysis.sensitivity if v.association is not None]
    if variations:
        yield f"Sensitivity analyses of the model: {listed(variations)}."
    if analysis.held_out:
        groups = listed(name.replace("_", " ") for name in analysis.held_out)
        pooled = (
            ", with measures pooled over the imputed datasets"
            if analysis.multivariable.imputations > 1
            else ""
        )
        yield (
            f"The model was also developed leaving out one {groups} at a time and evaluated in the "
            f"group left out{pooled}."
        )
    error = analysis.measurement_error
    if error is not None and error.calibrated is not None:
        source = f" ({error.source})" if error.source else ""
        yield (
            f"The odds ratio of {index_label(analysis)} was corrected for measurement error by "
            f"regression calibration{cite('rosner')} with an ICC of {fixed(error.icc, 2)}{source}."
        )


def _controls(analysis: Analysis) -> Iterator[str]:
    comparison = analysis.controls
    if comparison is None:
        return
    covariates = listed(variable_labels(analysis)[name] for name in comparison.adjusted_for)
    adjusted = (
        f" and, adjusted for {covariates}, by analysis of covariance{cite('cochran')}"
        if comparison.adjusted is not None
        else " only"
    )
    index = index_label(analysis)
    yield (
        f"{index} in the cohort was compared with that in "
        f"{number_of(comparison.controls.n, 'control')} by "
        f"{comparison.crude.name}{adjusted}."
    )
    if comparison.unread:
        yield f"{index} was unknown in {number_of(comparison.unread, 'further control')}."


def _time(analysis: Analysis) -> Iterator[str]:
    follow_up = analysis.time_to_event
    if follow_up is None:
        return
    yield (
        f"Cumulative incidence was estimated by the Aalen–Johansen estimator{cite('aalen')}; "
        f"follow-up: {follow_up_range(follow_up)}."
    )
    fitted = [model for model in follow_up.models if model.ratios]
    if fitted:
        yield f"The same predictors were entered in {listed(map(_time_model, fitted))}."
        if note := reimputation_note(analysis):
            yield (
                f"{note} Chained equations{cite('mice')} were used, and estimates were pooled by "
                f"Rubin's rules{cite('rubin')}."
            )


def _time_model(model: TimeModel) -> str:
    """A model of the time to the event, described as in a paper."""
    if model.kind == "cox":
        return f"a cause-specific Cox model{cite('cox')}"
    if model.kind == "fine_gray":
        return f"a Fine–Gray model of the subdistribution hazard{cite('fine_gray')}"
    return (
        f"a logistic model of the {model.name}, weighted for censoring, with the covariance of "
        f"{HORIZON_RESAMPLES} bootstrap resamples of the patients in which the weights were "
        "re-estimated"
    )


def _software(analysis: Analysis) -> Iterator[str]:
    yield (
        f"Analyses were performed with {analysis.software}, NumPy {version('numpy')} and SciPy "
        f"{version('scipy')} on Python {platform.python_version()}; seed {analysis.plan.seed}."
    )
