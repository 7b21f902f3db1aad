"""The TRIPOD+AI checklist, filled in as far as an analysis can answer it.

Collins GS et al. BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378: 27 items, paraphrased; for
submission use the original wording.
"""

from dataclasses import dataclass

from vbq.report.study.follow_up_phrases import short_follow_up_note
from vbq.report.study.labels import corrected_measure, outcome_label, source_table_size
from vbq.study.analysis.analysis import Analysis
from vbq.text import NO_VALUE, fixed, listed, number_of, percent, with_interval

AUTHORS = "For the authors: "
PATIENTS, MISSING = "Patients", "Missing data"
MODEL, PERFORMANCE = "Predictors of the event", "Performance of the model"
METHODS, PLAN = "Methods", "Plan"
FINDINGS, SOFTWARE = "Findings of the check", "Software and data"
NOT_REPORTED = NO_VALUE


@dataclass(frozen=True)
class TripodItem:
    """One item of the checklist.

    Attributes:
        number: Number of the item, 1 to 27, with a letter if it has parts.
        section: Section of a paper.
        item: Content required.
        reported_in: Section of the report that has it; a dash if none has.
        answer: What the analysis fills in; after `AUTHORS`, what remains for them.
    """

    number: str
    section: str
    item: str
    reported_in: str
    answer: str


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


def _for_authors(number: str, section: str, item: str, content: str) -> TripodItem:
    return TripodItem(number, section, item, NOT_REPORTED, f"{AUTHORS}{content}")


def _front(analysis: Analysis) -> tuple[TripodItem, ...]:
    outcome = outcome_label(analysis)
    return (
        TripodItem("1", "Title", "Development or evaluation of a model, target population, outcome",
                   "Title",
                   f"Development of a model for {outcome}. {AUTHORS}the target population."),
        TripodItem("2", "Abstract", "Summary according to TRIPOD+AI for Abstracts", "Summary",
                   f"Conclusions on the first page. {AUTHORS}the abstract."),
        _for_authors("3a", "Introduction", "Clinical context, rationale, existing models",
                 "clinical context, rationale and existing models."),
        _for_authors("3b", "Introduction",
                     "Target population, role in the care pathway, intended users",
                 "target population and intended users."),
        _for_authors("3c", "Introduction", "Known health inequalities",
                     "known health inequalities."),
        TripodItem("4", "Introduction", "Objectives: development, evaluation or both", PLAN,
                   f"Development with internal validation. {AUTHORS}the objective."),
    )  # fmt: skip


def _data(analysis: Analysis) -> tuple[TripodItem, ...]:
    plan = analysis.plan
    files = listed(source.name for source in analysis.sources)
    exclusions = [f"{s.reason} (n = {s.removed:,})" for s in analysis.flow[1:] if s.removed]
    excluded = f"Excluded: {'; '.join(exclusions)}. " if exclusions else "No exclusions. "
    followed = plan.dates.minimum_follow_up_years
    dates = (
        f"Minimum follow-up without an event {followed:g} years, in the main model only. "
        if followed
        else ""
    )
    prepared = (
        "Types, ranges and levels were checked before modelling; findings are listed. No values "
        "were changed. "
    )
    return (
        TripodItem("5a", "Methods: data", "Sources of data and their representativeness",
                   SOFTWARE, f"{files}, with checksums. {AUTHORS}source, design and "
                   "representativeness."),
        TripodItem("5b", "Methods: data", "Dates of accrual and end of follow-up", METHODS,
                   f"{dates}{AUTHORS}calendar dates."),
        _for_authors("6a", "Methods: participants", "Setting, number and location of centres",
                 "setting and centres."),
        TripodItem("6b", "Methods: participants", "Eligibility", PATIENTS,
                   f"{excluded}{AUTHORS}eligibility for the study table."),
        _for_authors("6c", "Methods: participants", "Treatments received",
                 "treatments that affect the outcome, such as osteoporosis drugs."),
        TripodItem("7", "Methods: data preparation", "Preparation and quality of data",
                   FINDINGS, f"{prepared}{AUTHORS}preparation of the study table."),
    )  # fmt: skip


def _variables(analysis: Analysis) -> tuple[TripodItem, ...]:
    plan, size = analysis.plan, analysis.size
    names = listed(p.label for p in plan.predictors)
    years = plan.horizon_years
    horizon = f", at any time and by {years:g} years" if years else ""
    needed = f"; Riley's minimum {size.needed:,}" if size.needed is not None else ""
    ratio = fixed(size.events_per_parameter, 1)
    return (
        TripodItem("8a", "Methods: outcome", "Outcome, time horizon, method of assessment", METHODS,
                   f"{outcome_label(analysis)}{horizon}. {AUTHORS}how and when it was assessed."),
        _for_authors("8b", "Methods: outcome", "Qualifications of outcome assessors, if subjective",
                 "readers of the radiographs and their training."),
        _for_authors("8c", "Methods: outcome", "Blinding of the outcome assessment",
                     "blinding to predictors."),
        TripodItem("9a", "Methods: predictors", "Choice of initial predictors", PLAN,
                   f"Declared in the plan, none selected by its p-value: {names}. {AUTHORS}the "
                   "rationale."),
        TripodItem("9b", "Methods: predictors", "Definition and measurement of all predictors",
                   METHODS,
                   f"Types, units, coding and reference levels. {AUTHORS}how and when each "
                   "was measured."),
        _for_authors("9c", "Methods: predictors",
                     "Qualifications of predictor assessors, if subjective",
                 "readers of the MRI, blinding to the outcome, agreement between readers."),
        TripodItem("10", "Methods: sample size", "How the study size was determined", PATIENTS,
                   f"{size.n:,} patients, {size.events:,} events, {size.parameters} candidate "
                   f"parameters, {ratio} events per parameter{needed}. "
                   f"{AUTHORS}justification of the study size."),
    )  # fmt: skip


def _missing(analysis: Analysis) -> TripodItem:
    missing = analysis.missing
    lost = percent(missing.lost)
    handled = {
        "imputed": f"{missing.imputations} imputations by chained equations; {lost} of the "
        f"patients had incomplete data. {AUTHORS}reasons for missing values.",
        "complete cases": f"Complete-case analysis; {lost} of the patients excluded. "
        f"{AUTHORS}reasons for missing values.",
        "all patients, nothing missing": "No predictor of the model was missing.",
    }[missing.headline]
    return TripodItem(
        "11", "Methods: missing data", "How missing data were handled", MISSING, handled
    )


def _analysis(analysis: Analysis) -> tuple[TripodItem, ...]:
    main, full = analysis.multivariable, analysis.added_value.models["full"]
    kinds = {t.kind for t in main.design.terms}
    handled = listed(
        phrase
        for kind, phrase in (
            ("linear", "linear terms"), ("log", "logarithms"),
            ("spline", "restricted cubic splines"), ("categories", "indicators of levels"),
        )
        if kind in kinds
    )  # fmt: skip
    scanners = listed(name.replace("_", " ") for name in analysis.held_out)
    model = analysis.risk_model
    parts = listed(g.label for g in analysis.subgroups)
    return (
        TripodItem("12a", "Methods: analysis", "How the data were used", METHODS,
                   "All patients were used for development and, by bootstrapping, for internal "
                   "validation; no data splitting."),
        TripodItem("12b", "Methods: analysis", "Handling of predictors", METHODS,
                   f"{handled[0].upper()}{handled[1:]}."),
        TripodItem("12c", "Methods: analysis", "Type of model, building, internal validation",
                   METHODS, f"Logistic regression by {main.method}; {full.method}."),
        TripodItem("12d", "Methods: analysis", "Heterogeneity between clusters",
                   "Scanners" if scanners else NOT_REPORTED,
                   f"One group left out at a time: {scanners}." if scanners else
                   f"{AUTHORS}the plan names no site, scanner or field strength that differs."),
        TripodItem("12e", "Methods: analysis", "Performance measures and plots", METHODS,
                   "AUC, Brier score, R², calibration intercept, slope and curve, net benefit."),
        TripodItem("12f", "Methods: analysis", "Updating of the model", NOT_REPORTED,
                   "Not applicable: not an evaluation study."),
        TripodItem("12g", "Methods: analysis", "How predictions are calculated", MODEL,
                   "Model equation with intercept."
                   + (" The shrunken model is in risk-model.json." if model else "")),
        TripodItem("13", "Methods: class imbalance",
                   "Methods for class imbalance, and recalibration",
                   METHODS, "None: classes were neither resampled nor weighted."),
        TripodItem("14", "Methods: fairness", "Methods to address fairness",
                   "Subgroups" if parts else NOT_REPORTED,
                   (f"Subgroups by {parts}. " if parts else "")
                   + f"{AUTHORS}groups for which fairness is of concern."),
        TripodItem("15", "Methods: model output", "Output of the model, thresholds", MODEL,
                   "A probability; neither classification nor cut-off."),
        TripodItem("16", "Methods: development and evaluation", "Differences between development "
                   "and evaluation data", NOT_REPORTED, "The same data; no external evaluation."),
        _for_authors("17", "Methods: ethics", "Approval and consent", "approval and consent."),
    )  # fmt: skip


def _open_science() -> tuple[TripodItem, ...]:
    section = "Open science"
    return (
        _for_authors("18a", section, "Funding", "funding."),
        _for_authors("18b", section, "Conflicts of interest", "conflicts of interest."),
        TripodItem("18c", section, "Protocol", PLAN,
                   f"The plan as it was run. {AUTHORS}where the protocol is available."),
        _for_authors("18d", section, "Registration", "registry and registration number."),
        _for_authors("18e", section, "Data sharing", "availability of the data."),
        TripodItem("18f", section, "Code sharing", SOFTWARE,
                   f"Software with its version, and the plan. {AUTHORS}their availability."),
        _for_authors("19", "Patient and public involvement",
                     "Involvement, or a statement that there was none",
                 "patient and public involvement."),
    )  # fmt: skip


def _results(analysis: Analysis) -> tuple[TripodItem, ...]:
    main, full = analysis.multivariable, analysis.added_value.models["full"]
    area, shown = full["auc"], full.discrimination
    time = analysis.time_to_event
    follow_up = (
        f"Median follow-up {fixed(time.median_follow_up, 1)} years."
        if time is not None
        else f"{AUTHORS}summary of the follow-up time."
    )
    clusters = bool(analysis.held_out)
    timed = (
        ""
        if time is None
        else f"; analyses of time: {time.incidence.n:,} and {time.incidence.events:,}"
    )
    return (
        TripodItem("20a", "Results: participants", "Flow, events, follow-up", PATIENTS,
                   f"From {source_table_size(analysis)} to {main.n:,} patients, {main.events:,} "
                   "events. "
                   f"{' '.join(filter(None, (follow_up, short_follow_up_note(analysis))))}"),
        TripodItem("20b", "Results: participants", "Characteristics, missing data", PATIENTS,
                   f"Table of {len(analysis.table_one)} variables by outcome."),
        TripodItem("20c", "Results: participants", "Comparison of development and evaluation data",
                   NOT_REPORTED,
                   "Not applicable: no evaluation data."),
        TripodItem("21", "Results: model development", "Patients and events in each analysis",
                   MODEL, f"n and events are given in every table; model: {main.n:,} and "
                   f"{main.events:,}{timed}."),
        TripodItem("22", "Results: model specification",
                   "Full model specification for use by others", MODEL,
                   "All coefficients with the intercept, and the formula and knots of every "
                   "spline; nomogram if there is no interaction."),
        TripodItem("23a", "Results: performance",
                   "Performance with confidence intervals, also in subgroups",
                   PERFORMANCE, f"AUC {with_interval(shown.estimate, shown.interval)}, corrected "
                   f"for optimism {fixed(area.corrected)}; corrected calibration slope "
                   f"{corrected_measure(full['slope'])}."),
        TripodItem("23b", "Results: performance", "Performance by cluster",
                   "Scanners" if clusters else NOT_REPORTED,
                   "For each group left out." if clusters
                   else f"{AUTHORS}there is one cluster, or none is named."),
        TripodItem("24", "Results: updating", "Results of model updating", NOT_REPORTED,
                   "Not applicable."),
    )  # fmt: skip


def _discussion(analysis: Analysis) -> tuple[TripodItem, ...]:
    cautions = sum(finding.severity == "caution" for finding in analysis.findings)
    raised = (
        f"The check raised {number_of(cautions, 'caution')} to be discussed."
        if cautions
        else "The check raised no cautions."
    )
    return (
        TripodItem("25", "Discussion", "Interpretation, fairness, previous studies", "Summary",
                   f"Conclusions supported by the numbers. {AUTHORS}the interpretation."),
        TripodItem("26", "Discussion", "Limitations", FINDINGS,
                   f"{raised} {AUTHORS}their importance."),
        TripodItem("27a", "Discussion: use", "Handling of poor-quality or missing input",
                   NOT_REPORTED,
                   f"'vbq risk' refuses values that are missing or outside the observed range. "
                   f"{AUTHORS}clinical practice in such cases."),
        _for_authors("27b", "Discussion: use", "Required user interaction and expertise",
                 "who reads the MRI and enters the values."),
        _for_authors("27c", "Discussion: use", "Next steps: applicability, further research",
                 "external validation before any use."),
    )  # fmt: skip
