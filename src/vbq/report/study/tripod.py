"""The TRIPOD+AI checklist, answered from the run as far as a run can answer.

Collins GS et al. BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378: 27 items, in our words; the
wording to submit is the journal's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.report.study.labels import in_the_table, outcome_label, settled
from vbq.report.study.tables.follow_up import with_shortly_followed
from vbq.text import fixed, listed, percent, with_interval

if TYPE_CHECKING:
    from vbq.study.analysis.analysis import Analysis

__all__ = ["AUTHORS", "TripodItem", "checklist"]

AUTHORS = "For the authors: "
PATIENTS, MISSING = "Patients", "Missing data"
MODEL, PERFORMANCE = "Predictors of the event", "Performance of the model"
METHODS, PLAN = "Methods, as they were really run", "The plan as it was run"
NOWHERE = "–"


@dataclass(frozen=True)
class TripodItem:
    """One item of the checklist.

    Attributes:
        number: Of the item, 1 to 27, with a letter where it has parts.
        section: Of a paper.
        item: What it asks for.
        where: Section of the report that has it; a dash where none has.
        what: What the run filled in; after `AUTHORS` what remains for them.
    """

    number: str
    section: str
    item: str
    where: str
    what: str


def checklist(analysis: Analysis) -> tuple[TripodItem, ...]:
    """All items, in order."""
    return (
        *_front(analysis),
        *_data(analysis),
        *_variables(analysis),
        _missing(analysis),
        *_analysis(analysis),
        *_open_science(),
        *_results(analysis),
        *_discussion(analysis),
    )


def _authors(number: str, section: str, item: str, what: str) -> TripodItem:
    return TripodItem(number, section, item, NOWHERE, f"{AUTHORS}{what}")


def _front(analysis: Analysis) -> tuple[TripodItem, ...]:
    outcome = outcome_label(analysis)
    return (
        TripodItem("1", "Title", "Development or evaluation of a model, of whom and what", "Title",
                   f"Development of a model of {outcome}. {AUTHORS}the population."),
        TripodItem("2", "Abstract", "Summary after TRIPOD+AI for Abstracts", "Summary",
                   f"The sentences on the first page. {AUTHORS}the abstract."),
        _authors("3a", "Introduction", "Clinical context, rationale, existing models",
                 "context, and models that exist."),
        _authors("3b", "Introduction", "Target population, place in care, intended users",
                 "who is to use the model, for whom."),
        _authors("3c", "Introduction", "Known inequalities in health", "inequalities known."),
        TripodItem("4", "Introduction", "Objectives: development, evaluation or both", PLAN,
                   f"Development with internal validation. {AUTHORS}the objective in words."),
    )  # fmt: skip


def _data(analysis: Analysis) -> tuple[TripodItem, ...]:
    plan = analysis.plan
    files = listed(source.name for source in analysis.sources)
    left = [f"{s.reason} (n = {s.removed:,})" for s in analysis.flow[1:] if s.removed]
    excluded = f"Left out: {'; '.join(left)}. " if left else "Nobody was left out. "
    followed = plan.dates.minimum_follow_up_years
    dates = (
        f"Minimum follow-up without an event {followed:g} years, of the main model alone. "
        if followed
        else ""
    )
    prepared = (
        "Types, ranges and levels were checked before modelling; what was found is listed. No "
        "value was changed. "
    )
    return (
        TripodItem("5a", "Methods: data", "Sources of data, and how representative they are",
                   "Software and data", f"{files}, with checksums. {AUTHORS}source, design, "
                   "representativeness."),
        TripodItem("5b", "Methods: data", "Dates: accrual and end of follow-up", METHODS,
                   f"{dates}{AUTHORS}calendar dates."),
        _authors("6a", "Methods: participants", "Setting, number and place of centres",
                 "setting and centres."),
        TripodItem("6b", "Methods: participants", "Eligibility", PATIENTS,
                   f"{excluded}{AUTHORS}who came into the table."),
        _authors("6c", "Methods: participants", "Treatments received",
                 "treatments that change the outcome, such as osteoporosis drugs."),
        TripodItem("7", "Methods: data preparation", "Preparation and quality of data",
                   "Findings of the check", f"{prepared}{AUTHORS}what was done before the table."),
    )  # fmt: skip


def _variables(analysis: Analysis) -> tuple[TripodItem, ...]:
    plan, size = analysis.plan, analysis.size
    names = listed(p.label for p in plan.predictors)
    years = plan.horizon_years
    horizon = f", at any time; by {years:g} years beside it" if years else ""
    needed = f"; Riley's minimum {size.needed:,}" if size.needed is not None else ""
    ratio = fixed(size.events_per_parameter, 1)
    return (
        TripodItem("8a", "Methods: outcome", "Outcome, its horizon, how and when assessed", METHODS,
                   f"{outcome_label(analysis)}{horizon}. {AUTHORS}how and when it was assessed."),
        _authors("8b", "Methods: outcome", "Who assessed the outcome, where this takes judgement",
                 "readers of the radiographs and their training."),
        _authors("8c", "Methods: outcome", "Blinding of the assessment", "blinding to predictors."),
        TripodItem("9a", "Methods: predictors", "Choice of the initial predictors", PLAN,
                   f"Declared in the plan, none chosen by its p-value: {names}. {AUTHORS}the "
                   "reasons."),
        TripodItem("9b", "Methods: predictors", "Definition of all predictors, how measured",
                   METHODS, f"Types, units, coding and reference. {AUTHORS}how and when each was "
                   "measured."),
        _authors("9c", "Methods: predictors", "Who assessed predictors that take judgement",
                 "readers of the MRI, blinding to the outcome, their agreement."),
        TripodItem("10", "Methods: sample size", "How the size was arrived at", PATIENTS,
                   f"{size.n:,} patients, {size.events:,} events, {size.parameters} candidate "
                   f"parameters, {ratio} events per parameter{needed}. "
                   f"{AUTHORS}how the size came about."),
    )  # fmt: skip


def _missing(analysis: Analysis) -> TripodItem:
    missing = analysis.missing
    lost = percent(missing.lost)
    handled = {
        "imputed": f"{missing.imputations} imputations by chained equations, {lost} of the "
        f"patients incomplete. {AUTHORS}why values are missing.",
        "complete cases": f"Complete cases, {lost} of the patients left out. {AUTHORS}why values "
        "are missing.",
        "all patients, nothing missing": "No predictor of the model was missing.",
    }[missing.headline]
    return TripodItem(
        "11", "Methods: missing data", "How missing data were handled", MISSING, handled
    )


def _analysis(analysis: Analysis) -> tuple[TripodItem, ...]:
    main, full = analysis.multivariable, analysis.added_value.models["full"]
    kinds = {t.kind for t in main.design.terms}
    handled = listed(
        words
        for kind, words in (
            ("linear", "linear"), ("log", "logarithm"),
            ("spline", "restricted cubic splines"), ("categories", "indicators of categories"),
        )
        if kind in kinds
    )  # fmt: skip
    scanners = listed(name.replace("_", " ") for name in analysis.left_out)
    model = analysis.risk_model
    parts = listed(g.label for g in analysis.subgroups)
    return (
        TripodItem("12a", "Methods: analysis", "How the data were used", METHODS,
                   "All patients for development and, by the bootstrap, for internal validation; "
                   "no split."),
        TripodItem("12b", "Methods: analysis", "Handling of predictors", METHODS, f"As {handled}."),
        TripodItem("12c", "Methods: analysis", "Type of model, building, internal validation",
                   METHODS, f"Logistic regression by {main.method}; {full.method}."),
        TripodItem("12d", "Methods: analysis", "Differences between clusters",
                   "Scanners" if scanners else NOWHERE,
                   f"Left out one at a time: {scanners}." if scanners else
                   f"{AUTHORS}the plan names no site, scanner or field strength that differs."),
        TripodItem("12e", "Methods: analysis", "Measures and plots of performance", METHODS,
                   "AUC, Brier score, R², calibration intercept, slope and curve, net benefit."),
        TripodItem("12f", "Methods: analysis", "Updating of the model", NOWHERE,
                   "None: not an evaluation."),
        TripodItem("12g", "Methods: analysis", "How predictions are calculated", MODEL,
                   "Equation with intercept."
                   + (" The shrunken model is in risk-model.json." if model else "")),
        TripodItem("13", "Methods: class imbalance", "What was done about it, and recalibration",
                   METHODS, "Nothing: no resampling or weighting of classes."),
        TripodItem("14", "Methods: fairness", "What was done about fairness",
                   "Subgroups" if parts else NOWHERE,
                   (f"Subgroups by {parts}. " if parts else "")
                   + f"{AUTHORS}groups for whom fairness is of concern."),
        TripodItem("15", "Methods: model output", "Output of the model, thresholds", MODEL,
                   "A probability; no classes and no cut-off were made."),
        TripodItem("16", "Methods: development and evaluation", "Differences between the data of "
                   "both", NOWHERE, "The same data; no external evaluation."),
        _authors("17", "Methods: ethics", "Approval and consent", "approval and consent."),
    )  # fmt: skip


def _open_science() -> tuple[TripodItem, ...]:
    section = "Open science"
    return (
        _authors("18a", section, "Funding", "funding."),
        _authors("18b", section, "Conflicts of interest", "conflicts of interest."),
        TripodItem("18c", section, "Protocol", PLAN,
                   f"The plan as it was run. {AUTHORS}where the protocol can be had."),
        _authors("18d", section, "Registration", "register and number."),
        _authors("18e", section, "Data sharing", "where the data can be had."),
        TripodItem("18f", section, "Code sharing", "Software and data",
                   f"Software with its version, and the plan. {AUTHORS}where they can be had."),
        _authors("19", "Patient and public involvement", "Involvement, or that there was none",
                 "involvement."),
    )  # fmt: skip


def _results(analysis: Analysis) -> tuple[TripodItem, ...]:
    main, full = analysis.multivariable, analysis.added_value.models["full"]
    area, shown = full["auc"], full.discrimination
    time = analysis.time_to_event
    follow_up = (
        f"Follow-up {fixed(time.median_follow_up, 1)} years in the median."
        if time is not None
        else f"{AUTHORS}a summary of the follow-up."
    )
    sites = bool(analysis.left_out)
    timed = (
        ""
        if time is None
        else f"; analyses of time: {time.incidence.n:,} and {time.incidence.events:,}"
    )
    return (
        TripodItem("20a", "Results: participants", "Flow, events, follow-up", PATIENTS,
                   f"From {in_the_table(analysis)} to {main.n:,} patients, {main.events:,} events. "
                   f"{' '.join(filter(None, (follow_up, with_shortly_followed(analysis))))}"),
        TripodItem("20b", "Results: participants", "Characteristics, missing data", PATIENTS,
                   f"Table of {len(analysis.table_one)} variables with and without the event."),
        TripodItem("20c", "Results: participants", "Development against evaluation data", NOWHERE,
                   "None: no evaluation data."),
        TripodItem("21", "Results: model development", "Patients and events in each analysis",
                   MODEL, f"n and events stand in every table; the model: {main.n:,} and "
                   f"{main.events:,}{timed}."),
        TripodItem("22", "Results: model specification", "The full model, usable by others", MODEL,
                   "All coefficients with the intercept, the formula and knots of every spline; "
                   "nomogram where there is no interaction."),
        TripodItem("23a", "Results: performance", "Performance with intervals, subgroups too",
                   PERFORMANCE, f"AUC {with_interval(shown.estimate, shown.interval)}, corrected "
                   f"for optimism {fixed(area.corrected)}; calibration slope corrected "
                   f"{settled(full['slope'])}."),
        TripodItem("23b", "Results: performance", "Performance by cluster",
                   "Scanners" if sites else NOWHERE,
                   "By the group left out." if sites else f"{AUTHORS}one cluster, or none named."),
        TripodItem("24", "Results: updating", "Results of updating", NOWHERE, "None."),
    )  # fmt: skip


def _discussion(analysis: Analysis) -> tuple[TripodItem, ...]:
    cautions = sum(one.severity == "caution" for one in analysis.findings)
    counted = (
        f"The check raised {cautions} caution{'' if cautions == 1 else 's'} to be discussed."
        if cautions
        else "The check raised no caution."
    )
    return (
        TripodItem("25", "Discussion", "Interpretation, fairness, previous studies", "Summary",
                   f"What the numbers support. {AUTHORS}the interpretation."),
        TripodItem("26", "Discussion", "Limitations", "Findings of the check",
                   f"{counted} {AUTHORS}their weight."),
        TripodItem("27a", "Discussion: use", "Poor or missing input in use", NOWHERE,
                   f"'vbq risk' refuses values missing or beyond those observed. {AUTHORS}what is "
                   "then done in care."),
        _authors("27b", "Discussion: use", "What the user has to do and to know",
                 "who reads the MRI and enters the values."),
        _authors("27c", "Discussion: use", "Next steps: where it can be used, further research",
                 "external validation before any use."),
    )  # fmt: skip
