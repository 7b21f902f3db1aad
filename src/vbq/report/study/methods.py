"""The methods section, written from what was run: nothing that was not done is in it."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from vbq.report.study.labels import in_the_table, index_label, outcome_label
from vbq.report.study.references import cite, numbered
from vbq.report.study.tables.follow_up import (
    as_without_the_event,
    imputed_anew,
    neither,
    with_shortly_followed,
    years_of,
)
from vbq.study.analysis.imputed_tables import HAZARD, IMPUTATION_LABELS, OUTCOME
from vbq.study.analysis.time_to_event import HORIZON_RESAMPLES
from vbq.text import fixed, listed, number_of, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vbq.stats.regression.terms import Term
    from vbq.study.analysis.analysis import Analysis

__all__ = ["methods"]

IMPUTED_BY = {
    "continuous": "predictive mean matching",
    "binary": "logistic regression",
    "categorical": "polytomous logistic regression",
    "ordered": "proportional-odds regression",
}


def methods(analysis: Analysis) -> tuple[str, ...]:
    """Paragraphs in the order of a paper, the last of them the references."""
    parts = (_participants, _outcome, _predictors, _size, _missing, _description, _model,
             _performance, _added, _curves, _subgroups, _sensitivity, _controls, _time,
             _software)  # fmt: skip
    return numbered(text for part in parts if (text := " ".join(part(analysis))))


def _participants(analysis: Analysis) -> Iterator[str]:
    steps = analysis.flow[1:]
    if analysis.simulated:
        yield "The patients are simulated."
    yield (
        f"Reporting follows TRIPOD+AI{cite('tripod')}. The table of the study held "
        f"{in_the_table(analysis)}."
    )
    left = [f"{step.reason} (n = {step.removed:,})" for step in steps if step.removed]
    if left:
        yield f"Left out were, in this order: {'; '.join(left)}."
    main = analysis.multivariable
    yield f"{main.n:,} patients were analysed, {main.events:,} of them with the event."


def _outcome(analysis: Analysis) -> Iterator[str]:
    plan = analysis.plan
    yield f"The outcome was {outcome_label(analysis)}."
    if plan.dates.mri and plan.dates.event:
        yield "Time zero was the MRI; patients with the event on or before its day were left out."
    if plan.dates.minimum_follow_up_years:
        yield (
            f"Patients {neither(analysis)} were to be followed for at least "
            f"{plan.dates.minimum_follow_up_years:g} years to be in the main model."
        )
    if said := with_shortly_followed(analysis):
        yield said
    if said := as_without_the_event(analysis):
        yield said


def _predictors(analysis: Analysis) -> Iterator[str]:
    plan, design = analysis.plan, analysis.multivariable.design
    number = len(design.terms)
    yield (
        f"{'Candidate predictors' if number > 1 else 'The candidate predictor'}, declared in the "
        f"study's plan, {'were' if number > 1 else 'was'} "
        f"{listed(_coded(term) for term in design.terms)}. None was chosen or dropped by its "
        "p-value."
    )
    if design.interactions:
        pairs = (" by ".join(design.term(name).label for name in p) for p in design.interactions)
        yield f"Products in the model: {listed(pairs)}."
    if any(term.kind == "spline" for term in design.terms):
        yield f"Knots of splines lie at quantiles of the observed values{cite('harrell')}."
    if plan.index:
        source = cite("vbq") if plan.index.lower() == "vbq" else ""
        yield f"The predictor under study was {index_label(analysis)}{source}."
    if plan.readings is not None:
        yield f"It was read from MRI; readings of status {' or '.join(plan.readings.keep)} entered."


def _coded(term: Term) -> str:
    unit = f" {term.unit}" if term.unit else ""
    if term.kind == "categories":
        others = listed(level for level in term.levels if level != term.reference)
        return f"{term.label} ({others} against {term.reference})"
    if term.kind == "log":
        return f"{term.label} (natural logarithm)"
    if term.kind == "spline":
        return f"{term.label} (restricted cubic spline, {len(term.knots)} knots)"
    return f"{term.label} (linear, per {term.per:g}{unit})"


def _size(analysis: Analysis) -> Iterator[str]:
    size = analysis.size
    yield (
        f"With {size.parameters} candidate parameters there were "
        f"{fixed(size.events_per_parameter, 1)} events (of the rarer outcome) per parameter."
    )
    if size.needed is not None:
        yield (
            f"The minimum number of patients by the criteria of Riley et al.{cite('riley')}, with "
            f"a Nagelkerke R² of 0.15 assumed, is {size.needed:,}."
        )


def _missing(analysis: Analysis) -> Iterator[str]:
    missing, plan = analysis.missing, analysis.plan
    if missing.headline == "all patients, nothing missing":
        who = "of the main model" if imputed_anew(analysis) else "analysed"
        yield f"No predictor was missing in any patient {who}."
        return
    label = {v.name: v.label for v in plan.variables}
    gaps = [f"{label[n]} ({k:,})" for n, k in missing.pattern.counts.items() if k]
    yield (
        f"Values were missing of {listed(gaps)}; {percent(missing.lost)} of the patients lacked a "
        "predictor of the model."
    )
    if missing.headline == "complete cases":
        yield "As declared, these were left out (complete-case analysis)."
        return
    kinds = {v.name: v.type for v in (*plan.predictors, *plan.missing.auxiliary)}
    used = dict.fromkeys(kinds[n] for n, k in missing.pattern.counts.items() if k)
    source = {IMPUTATION_LABELS[OUTCOME]: cite("moons"), IMPUTATION_LABELS[HAZARD]: cite("white")}
    seen = [f"{words}{source.get(words, '')}" for words in missing.imputed_from]
    how = listed(f"{kind} ones by {IMPUTED_BY[kind]}" for kind in used if kind is not None)
    yield (
        f"They were imputed {missing.imputations} times by chained equations{cite('mice')} with "
        f"{missing.iterations} iterations ({how}), from {listed(seen)}."
    )
    weakened = [f.message for f in analysis.findings if f.code == "imputed_main_effects"]
    if weakened:
        yield f"{weakened[0].partition('. ')[0]}{cite('seaman')}."
    settled = [r for r in missing.r_hat.values() if r is not None]
    if settled:
        yield f"The largest R̂ of the chains was {fixed(max(settled), 2)}."
    if plan.missing.auxiliary:
        extra = listed(one.label for one in plan.missing.auxiliary)
        yield f"Auxiliary variables of the imputation were {extra}."
    yield f"Estimates were pooled by Rubin's rules{cite('rubin')}."
    if analysis.complete_case is not None:
        yield "The model was also fitted to complete cases, shown beside."


def _description(analysis: Analysis) -> Iterator[str]:
    skewed = [c for c in analysis.table_one if c.summaries and c.skewed]
    plain = [c for c in analysis.table_one if c.summaries and not c.skewed]
    ways = ["mean and standard deviation"] * bool(plain)
    ways += ["median and quartiles (sample skewness above 1)"] * bool(skewed)
    ways += ["counts and percentages"] * any(c.shares for c in analysis.table_one)
    yield f"Patients are described by {listed(ways)}."
    tests = dict.fromkeys(c.test.name for c in analysis.table_one if c.test is not None)
    if tests:
        yield f"Those with and without the event were compared by {listed(tests)}."


def _model(analysis: Analysis) -> Iterator[str]:
    main = analysis.multivariable
    why = f"{cite('firth')}, since a predictor separates the outcomes" if main.separated else ""
    yield f"Odds ratios are from logistic regression by {main.method}{why}."
    if main.imputations > 1:
        yield (
            "Their 95 % confidence intervals and p-values are by Rubin's rules, with the degrees "
            f"of freedom of Barnard and Rubin; whole predictors were tested by the pooled Wald "
            f"test D1{cite('d1')}."
        )
    else:
        kind = "penalised " if main.separated else ""
        yield (
            f"Their 95 % confidence intervals are by profile {kind}likelihood and their p-values "
            f"by the {kind}likelihood-ratio test, with Wald's beside."
        )
    yield (
        "Crude odds ratios are of each predictor alone. Tests are two-sided; p-values are not "
        "adjusted for their number."
    )


def _performance(analysis: Analysis) -> Iterator[str]:
    full = analysis.added_value.models["full"]
    yield (
        f"Discrimination is the area under the ROC curve (AUC) with DeLong's "
        f"interval{cite('delong')}"
        f"{', pooled on the logit scale' if analysis.multivariable.imputations > 1 else ''}; "
        "overall performance the Brier score and Nagelkerke's R²; calibration the intercept and "
        f"slope and a loess curve with ICI, E50 and E90{cite('austin')}."
    )
    works: tuple[str, ...] = (
        ("mi_boot",) if analysis.multivariable.imputations > 1 else ("optimism",)
    )
    if full.corrected_interval is not None:
        works = (*works, "noma")
    failed = f"; {full.failed:,} could not be fitted" if full.failed else ""
    yield (
        "Performance was corrected for optimism with the whole procedure repeated on each "
        f"resample: {full.method} (seed {analysis.plan.seed}{failed}){cite(*works)}."
    )
    if analysis.risk_model is not None:
        yield (
            "The coefficients of the model saved for use are multiplied by "
            f"{fixed(analysis.risk_model.shrinkage.factor, 2)} "
            f"({analysis.risk_model.shrinkage.method})"
            f"{cite('heuristic' if full['slope'].expected is None else 'shrinkage')}."
        )


def _added(analysis: Analysis) -> Iterator[str]:
    comparisons = analysis.added_value.comparisons
    if not comparisons:
        return
    nested = [c for c in comparisons if c.test is not None]
    yield f"Compared in the same patients were: {listed(c.question for c in comparisons)}."
    if nested and nested[0].test is not None:
        yield f"Nested models were compared by the {nested[0].test.method} test."
    yield (
        "Areas were compared by DeLong's paired test, with the interval of their difference"
        + (f", which is too conservative for nested models{cite('demler')}." if nested else ".")
    )
    if analysis.multivariable.imputations > 1:
        yield "Predictions were judged in each imputed table and the measures brought together."
    yield (
        f"Net benefit was compared by {comparisons[0].net_benefit.resamples:,} resamples of the "
        "patients with both predictions, taken as given."
    )
    if any(c.reclassification for c in comparisons):
        yield f"Net reclassification was asked for{cite('reclassification')}."


def _curves(analysis: Analysis) -> Iterator[str]:
    curves = analysis.curves
    at = curves.decision["full"]
    corrected = ""
    if curves.corrected_decision is not None:
        corrected = f", corrected for optimism with {curves.corrected_decision.resamples} resamples"
    yield (
        f"Net benefit{cite('decision')} is given for thresholds from "
        f"{percent(float(at.thresholds[0]), 0)} to {percent(float(at.thresholds[-1]), 0)}, with "
        f"bootstrap percentile bands ({at.resamples} resamples, seed {at.seed}){corrected}."
    )
    if curves.corrected_calibration is not None:
        resamples = curves.corrected_calibration.resamples
        yield f"The calibration curve was corrected for optimism with {resamples} resamples."
    if curves.effect is not None:
        yield (
            f"The shape of the effect of {index_label(analysis)} was looked at with a restricted "
            f"cubic spline of {len(curves.effect.knots)} knots{cite('harrell')} in the same model, "
            f"non-linearity by a {curves.effect.nonlinear.method} test."
        )


def _subgroups(analysis: Analysis) -> Iterator[str]:
    if analysis.subgroups:
        yield (
            f"Subgroups were declared by {listed(g.label for g in analysis.subgroups)}: the model "
            "was fitted in each part without the variable that makes it, after a test of "
            "interaction in all patients; not where the rarer outcome has no more patients than "
            "the model has parameters."
        )


def _sensitivity(analysis: Analysis) -> Iterator[str]:
    done = [v.name for v in analysis.sensitivity if v.association is not None]
    if done:
        yield f"The model was made otherwise: {listed(done)}."
    if analysis.left_out:
        by = listed(name.replace("_", " ") for name in analysis.left_out)
        pooled = (
            ", measures pooled over the imputed tables"
            if analysis.multivariable.imputations > 1
            else ""
        )
        yield f"It was also made without one {by} at a time and judged on the one left out{pooled}."
    error = analysis.measurement_error
    if error is not None and error.calibrated is not None:
        source = f" ({error.source})" if error.source else ""
        yield (
            f"The odds ratio of {index_label(analysis)} was corrected for measurement error by "
            f"regression calibration{cite('rosner')} with an ICC of {fixed(error.icc, 2)}{source}."
        )


def _controls(analysis: Analysis) -> Iterator[str]:
    found = analysis.controls
    if found is None:
        return
    yield (
        f"{index_label(analysis)} was compared with {found.controls.n:,} controls by "
        f"{found.crude.name}"
    )
    if found.adjusted is None:
        yield "alone."
    else:
        label = {v.name: v.label for v in analysis.plan.variables}
        names = listed(label[name] for name in found.adjusted_for)
        yield f"and, at equal {names}, by analysis of covariance{cite('cochran')}."
    if found.unread:
        yield f"Of {number_of(found.unread, 'more control')} it was not known."


def _time(analysis: Analysis) -> Iterator[str]:
    found = analysis.time_to_event
    if found is None:
        return
    known = {
        "Cox, cause-specific": f"a cause-specific Cox model{cite('cox')}",
        "Fine-Gray": f"a Fine-Gray model of the sub-distribution hazard{cite('fine_gray')}",
    }
    made = [
        known.get(
            m.name,
            f"a logistic model of the {m.name}, weighted for censoring, with the covariance of "
            f"{HORIZON_RESAMPLES} bootstrap resamples of the patients, weights and all",
        )
        for m in found.models
        if m.ratios
    ]
    yield (
        f"Follow-up ({years_of(found)}): the cumulative incidence is Aalen and "
        f"Johansen's{cite('aalen')}."
    )
    if made:
        yield f"The same predictors were entered in {listed(made)}."
        if said := imputed_anew(analysis):
            yield (
                f"{said} That was by chained equations{cite('mice')}, and estimates were pooled by "
                f"Rubin's rules{cite('rubin')}."
            )


def _software(analysis: Analysis) -> Iterator[str]:
    yield (
        f"Computed with {analysis.software}, NumPy {version('numpy')} and SciPy "
        f"{version('scipy')} on Python {platform.python_version()}; seed "
        f"{analysis.plan.seed}."
    )
