"""The model card: what a risk model predicts, in whom, how well, and what it must not be used for.

Its headings follow Mitchell M et al. Model Cards for Model Reporting. FAT* 2019, doi
10.1145/3287560.3287596.
"""

import math
from collections.abc import Iterable

from vbq.report.model_labels import MEASURE_LABELS, predictor_scale
from vbq.report.page import RESEARCH_USE
from vbq.risk.model import EVENTS_TO_VALIDATE, ObservedTerm, Recalibration, RiskModel
from vbq.text import MINUS, NO_VALUE, count_of, fixed, n_events, percent, ratio, with_interval

MISSING_VALUES = {
    "all patients, nothing missing": "No value of a predictor was missing.",
    "imputed": "Missing values of predictors were imputed.",
    "complete cases": "Patients with a missing predictor were excluded (complete cases).",
}

SIMULATED = "SIMULATED: made from simulated patients; its risks are not those of real patients."
MINIMUM_SHRINKAGE = 0.9  # Riley RD et al. BMJ 2020;368:m441, doi 10.1136/bmj.m441
LIMITS_OF_EVERY_MODEL = (
    (
        "The 95 % interval of a risk (delta method on the log odds) expresses how uncertain the "
        "coefficients are. It does not cover predictors that the model lacks, or error in "
        "measuring a predictor."
    ),
    (
        "Units cannot be checked: a wrong unit is noticed only if it puts the value outside the "
        "cohort's range."
    ),
)
NOT_FOR = """\
## Do not use this model

- to decide about patients: no treatment may be started, stopped or withheld because of it;
- to infer causes: changing a predictor need not change the risk as the model says;
- for patients, scanners or definitions other than the study's: absolute VBQ differs more between
  scanners and field strengths than between patients with and without fracture;
- elsewhere, before validation (`vbq risk validate`) in at least 100 patients with and 100 without
  the event, and recalibration (`vbq risk recalibrate`) if that shows the need."""


def card_text(model: RiskModel) -> str:
    """The card as Markdown, ending in a newline."""
    provenance = model.provenance
    parts = [
        f"# Risk model: {_escaped(model.baseline.outcome)}",
        *([f"**{SIMULATED}**"] if provenance.simulated else []),
        f"{RESEARCH_USE} From “{_escaped(provenance.title)}”, made with {provenance.software}.",
        _purpose(model),
        _predictors(model),
        _equation(model),
        _performance(model),
        *_recalibrations(model.recalibrations),
        _limits(model),
        NOT_FOR,
        _origin(model),
    ]
    return "\n\n".join(parts) + "\n"


def _purpose(model: RiskModel) -> str:
    base = model.baseline
    steps = "\n".join(f"- {_escaped(step)}" for step in base.flow)
    return (
        "## What it predicts\n\n"
        f"The probability of {_escaped(base.outcome)} during {base.time}, by a logistic model with "
        f"{len(model.predictors)} predictors. The model considers whether the event happened, not "
        "when: the risk refers to the follow-up of this cohort and to no other period.\n\n"
        "## In whom\n\n"
        f"{base.n:,} patients, {base.events:,} with the event ({percent(base.event_share)}). "
        f"{MISSING_VALUES.get(base.patients, f'Analysed: {base.patients}.')} The study's report "
        "describes them; the model does not cover patients who would not have entered that cohort. "
        f"From the table to the analysis:\n\n{steps}"
    )


def _predictors(model: RiskModel) -> str:
    header = ("Predictor", "Enters as", "In the cohort", "Unit")
    return (
        "## Predictors\n\n"
        + _table(header, map(_predictor_row, model.predictors))
        + "\n\n`vbq risk` predicts no risk outside the cohort's range or at other levels. It "
        "adds a caution if a value is beyond the 1st or 99th percentile, or if fewer than 10 "
        "patients had a level."
    )


def _predictor_row(predictor: ObservedTerm) -> tuple[str, ...]:
    per = "" if predictor.per == 1 else f", divided by {predictor.per:g}"
    if predictor.observed is not None:
        (low, high), (first, last) = predictor.observed.range, predictor.observed.percentiles
        enters = {
            "linear": f"its value{per}",
            "log": f"its natural logarithm{per}",
            "spline": f"restricted cubic spline{per}, {len(predictor.knots)} knots",
        }[predictor.kind]
        observed = f"{low:.4g} to {high:.4g} (1st and 99th percentile {first:.4g}, {last:.4g})"
        observed = observed.replace("-", MINUS)
    else:
        enters = f"level, compared with {_escaped(predictor.reference)}"
        counts = (f"{_escaped(count.level)}: {count.n:,}" for count in predictor.counts)
        observed = ", ".join(counts)
    return (
        f"{_escaped(predictor.label)} (`{predictor.name}`)",
        enters,
        observed,
        _escaped(predictor.unit) or NO_VALUE,
    )


def _equation(model: RiskModel) -> str:
    design = model.design
    scales = [_escaped(text) for text in map(predictor_scale, design.terms) if text]
    rows = [
        ("Intercept", "", "", fixed(model.intercept, 4), ""),
        *(
            (
                f"`{row.column}`",
                _escaped(row.compared),
                fixed(row.unshrunken, 4),
                fixed(row.coefficient, 4),
                NO_VALUE
                if row.column in design.spline_columns
                else ratio(math.exp(min(row.coefficient, 700))),
            )
            for row in model.coefficients
        ),
    ]
    header = ("Column", "Comparison", "As fitted", "As applied", "Odds ratio as applied")
    return (
        "## Equation\n\nrisk = 1 / (1 + exp(−log odds)); log odds = intercept + the sum of "
        "coefficient × column.\n\n"
        + _table(header, rows)
        + "".join(f"\n\n{text}" for text in scales)
        + "\n\nTo correct for overfitting, the coefficients were multiplied by "
        f"{model.shrinkage.factor:.4f} ({model.shrinkage.method}), before any recalibration. "
        "Intervals are not narrowed by this. The study's report has the odds ratios with their "
        "intervals and tests."
    )


def _performance(model: RiskModel) -> str:
    base, performance = model.baseline, model.performance
    rows = [
        (
            MEASURE_LABELS[measure.name],
            with_interval(
                measure.apparent, performance.auc_interval if measure.name == "auc" else None
            ),
            fixed(measure.corrected),
        )
        for measure in performance.indices
    ]
    return (
        f"## Performance\n\nIn the {base.n:,} patients ({base.events:,} with the event) the model "
        "was made from, before shrinkage: apparent values, and values corrected for optimism, "
        "which are those to be expected in new patients of the same kind.\n\n"
        + _table(("Measure", "Apparent [95 % interval]", "Corrected"), rows)
        + f"\n\nCorrection: {performance.method}. {_calibration(model)} Integrated calibration "
        f"index, apparent: {fixed(performance.ici)}."
    )


def _calibration(model: RiskModel) -> str:
    """What the printed slope and intercept are, or why they are not printed."""
    provenance = model.provenance
    if not any(measure.name == "slope" for measure in model.performance.indices):
        return "The calibration slope in new patients is not estimable: it depends on the seed."
    by_construction = (
        "Maximum likelihood makes the apparent intercept 0 and slope 1. "
        if provenance.fitted_by == "maximum likelihood" and provenance.imputations == 1
        else ""
    )
    return f"{by_construction}The corrected slope, at most 1, is the shrinkage factor."


def _recalibrations(recalibrations: tuple[Recalibration, ...]) -> list[str]:
    if not recalibrations:
        return []
    rows = [
        (
            _escaped(recalibration.source.name),
            recalibration.update,
            n_events(recalibration.n, recalibration.events),
            str(recalibration.left_out),
            fixed(recalibration.intercept),
            fixed(recalibration.slope),
            " → ".join(map(percent, (recalibration.mean_risk_before, recalibration.mean_risk))),
        )
        for recalibration in recalibrations
    ]
    header = ("Cohort", "Update", "n (events)", "Excluded", "Intercept", "Slope", "Mean risk")
    return [
        "## Recalibrated\n\n" + _table(header, rows) + "\n\nThe performance above is that of the "
        "original model. A recalibrated model has to be validated in patients of neither cohort."
    ]


def _limits(model: RiskModel) -> str:
    base = model.baseline
    rarer = min(base.events, base.n - base.events)
    per_coefficient = rarer / len(model.coefficients)
    limits = [
        (
            "Internal validation only, unless it has been validated elsewhere: one cohort, "
            f"{count_of(base.events, base.n)} with the event, {per_coefficient:.1f} patients with "
            "the rarer outcome per coefficient."
        ),
    ]
    if rarer < EVENTS_TO_VALIDATE:
        limits.append(
            f"Only {rarer} patients had the rarer outcome, fewer than {EVENTS_TO_VALIDATE}: expect "
            "performance to differ elsewhere."
        )
    if model.shrinkage.factor < MINIMUM_SHRINKAGE:
        limits.append(
            f"The shrinkage factor is {model.shrinkage.factor:.2f}; in a study large enough for "
            f"its predictors it is {MINIMUM_SHRINKAGE} or more (Riley 2020). The model is "
            "overfitted."
        )
    if model.provenance.imputations > 1:
        limits.append(
            "Missing values were imputed in the study, but to apply the model every predictor must "
            "be known."
        )
    lines = (f"- {limit}" for limit in (*limits, *LIMITS_OF_EVERY_MODEL))
    return "## Limits\n\n" + "\n".join(lines)


def _origin(model: RiskModel) -> str:
    provenance = model.provenance
    tables = provenance.imputations
    pooled = f", pooled over {tables} imputed tables" if tables > 1 else ""
    sources = "\n".join(
        f"- {_escaped(source.name)}: SHA-256 `{source.sha256}`" for source in provenance.sources
    )
    return (
        f"## Where it comes from\n\nFitted by {provenance.fitted_by}{pooled}; seed "
        f"{provenance.seed}; plan SHA-256 `{provenance.plan_sha256}`. Files:\n\n{sources}"
    )


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(text: str) -> str:
    """A text from a table or plan, without characters that Markdown or a browser acts on."""
    for mark in "\\`*_[]|<":
        text = text.replace(mark, f"\\{mark}" if mark != "<" else "&lt;")
    return text
