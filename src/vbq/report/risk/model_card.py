"""The model card: what a risk model predicts, in whom, how well, and what it must not be used for.

Its headings follow Mitchell M et al. Model Cards for Model Reporting. FAT* 2019, doi
10.1145/3287560.3287596.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vbq.report.model_labels import INDEX_LABELS, predictor_scale
from vbq.report.reading.phrases import RESEARCH_USE
from vbq.risk.model import ENOUGH
from vbq.text import NO_VALUE, count_of, fixed, percent, ratio, with_interval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vbq.risk.model import Recalibration, RiskModel, RiskPredictor

__all__ = ["SIMULATED", "card_text"]

SIMULATED = "SIMULATED: made from simulated patients. It gives the risk of no real patient."
LEAST_SHRUNKEN = 0.9  # Riley RD et al. BMJ 2020;368:m441, doi 10.1136/bmj.m441
ALWAYS = (
    (
        "The 95 % interval of a risk says how uncertain the model is, by the delta method on the "
        "log odds. It knows nothing of what the model leaves out, nor of error in measuring a "
        "predictor."
    ),
    "Units cannot be checked: only values that the cohort did not have are noticed.",
)
NOT_FOR = """\
## Not to be used

- for decisions about patients: no treatment is started, stopped or withheld on it;
- as a cause: changing a predictor does not change the risk by what the model says;
- in patients, on scanners or with definitions other than the study's: absolute VBQ differs between
  scanners and field strengths by more than between patients with and without fracture;
- elsewhere before `vbq risk validate` on at least 100 patients with and 100 without the event, and
  `vbq risk recalibrate` where that shows the need."""


def card_text(model: RiskModel) -> str:
    """The card as Markdown, ending in a newline."""
    made = model.provenance
    parts = [
        f"# Risk model: {_plain(model.baseline.outcome)}",
        *([f"**{SIMULATED}**"] if made.simulated else []),
        f"{RESEARCH_USE} Made by “{_plain(made.title)}” with {made.software}.",
        _purpose(model),
        _predictors(model),
        _coefficients(model),
        _performance(model),
        *_recalibrations(model.recalibrations),
        _limits(model),
        NOT_FOR,
        _origin(model),
    ]
    return "\n\n".join(parts) + "\n"


def _purpose(model: RiskModel) -> str:
    base = model.baseline
    steps = "\n".join(f"- {_plain(step)}" for step in base.flow)
    return (
        "## What it predicts\n\n"
        f"The probability of {_plain(base.outcome)} during {base.time}, as a logistic model of "
        f"{len(model.predictors)} predictors. Whether it happened counts, not when; the risk is "
        "that over the follow-up of this cohort and no other length.\n\n"
        "## In whom\n\n"
        f"{base.n:,} patients, {base.events:,} with the event ({percent(base.event_share)}). "
        f"Analysed: {base.patients}. They are described in the study's report; whoever would not "
        f"have entered that cohort is not covered. Step by step:\n\n{steps}"
    )


def _predictors(model: RiskModel) -> str:
    header = ("Predictor", "Enters as", "In the cohort", "Unit")
    return (
        "## Predictors\n\n"
        + _table(header, (_predictor_row(one) for one in model.predictors))
        + "\n\nBeyond the range that the cohort had, and at other levels, `vbq risk` gives no "
        "risk; it says so where a value is among the outermost 1 %, or under 10 patients had a "
        "level."
    )


def _origin(model: RiskModel) -> str:
    made = model.provenance
    pooled = f", pooled over {made.imputations} imputed tables" if made.imputations > 1 else ""
    sources = "\n".join(f"- {_plain(one.name)}: SHA-256 `{one.sha256}`" for one in made.sources)
    return (
        f"## Where it comes from\n\nFitted by {made.fitted_by}{pooled}; seed {made.seed}; plan "
        f"SHA-256 `{made.plan_sha256}`. Files:\n\n{sources}"
    )


def _predictor_row(one: RiskPredictor) -> tuple[str, ...]:
    per = "" if one.per == 1 else f", divided by {one.per:g}"
    if one.observed is not None:
        (low, high), (first, last) = one.observed.range, one.observed.percentiles
        entered = {
            "linear": f"its value{per}",
            "log": f"its natural logarithm{per}",
            "spline": f"restricted cubic spline{per}, {len(one.knots)} knots",
        }[one.transformation]
        seen = f"{low:.4g} to {high:.4g} (1st and 99th percentile {first:.4g}, {last:.4g})"
    else:
        entered = f"level, against {_plain(one.reference)}"
        seen = ", ".join(f"{_plain(count.level)}: {count.n:,}" for count in one.counts)
    return (f"{_plain(one.label)} (`{one.name}`)", entered, seen, _plain(one.unit) or "–")


def _coefficients(model: RiskModel) -> str:
    design = model.design
    scales = [_plain(text) for text in map(predictor_scale, design.terms) if text]
    rows = [
        ("Intercept", "", "", fixed(model.intercept, 4), ""),
        *(
            (
                f"`{row.column}`",
                _plain(row.compared),
                fixed(row.unshrunken, 4),
                fixed(row.coefficient, 4),
                NO_VALUE
                if row.column in design.spline_columns
                else ratio(math.exp(min(row.coefficient, 700))),
            )
            for row in model.coefficients
        ),
    ]
    header = ("Column", "Stands for", "As fitted", "As applied", "Odds ratio as applied")
    return (
        "## Equation\n\nrisk = 1 / (1 + exp(−log odds)); log odds = intercept + the sum of "
        "coefficient × column.\n\n"
        + _table(header, rows)
        + "".join(f"\n\n{text}" for text in scales)
        + f"\n\nThe coefficients were multiplied by {model.shrinkage.factor:.4f} against "
        f"overfitting ({model.shrinkage.method}), before any recalibration. "
        "Intervals are not narrowed by it. The odds ratios with their intervals and tests are in "
        "the study's report."
    )


def _performance(model: RiskModel) -> str:
    base, performance = model.baseline, model.performance
    rows = [
        (
            INDEX_LABELS[index.name],
            with_interval(
                index.apparent, performance.auc_interval if index.name == "auc" else None
            ),
            fixed(index.corrected),
        )
        for index in performance.indices
    ]
    return (
        f"## Performance\n\nIn the {base.n:,} patients ({base.events:,} with the event) the model "
        "was made from, before shrinkage: apparent, and corrected for optimism, which is what new "
        "patients of the same kind can be expected to show.\n\n"
        + _table(("Index", "Apparent [95 % interval]", "Corrected"), rows)
        + f"\n\nCorrection: {performance.method}. {_calibration(model)} Integrated calibration "
        f"index, apparent: {fixed(performance.ici)}."
    )


def _calibration(model: RiskModel) -> str:
    """What the printed slope and intercept are, or why they are not printed."""
    made = model.provenance
    if not any(one.name == "slope" for one in model.performance.indices):
        return "The calibration slope of new patients is not estimable: it depends on the seed."
    own = made.fitted_by == "maximum likelihood" and made.imputations == 1
    perfect = "Maximum likelihood makes the apparent intercept 0 and slope 1. " if own else ""
    return f"{perfect}The corrected slope, at most 1, is the shrinkage."


def _recalibrations(done: tuple[Recalibration, ...]) -> list[str]:
    if not done:
        return []
    rows = [
        (
            _plain(one.source.name),
            one.update,
            f"{one.n:,} ({one.events:,})",
            str(one.left_out),
            fixed(one.intercept),
            fixed(one.slope),
            f"{percent(one.mean_risk_before)} → {percent(one.events / one.n)}",
        )
        for one in done
    ]
    header = ("Cohort", "Update", "n (events)", "Left out", "Intercept", "Slope", "Mean risk")
    return [
        "## Recalibrated\n\n" + _table(header, rows) + "\n\nThe performance above is that of the "
        "original. A recalibrated model is to be validated in patients of neither cohort."
    ]


def _limits(model: RiskModel) -> str:
    base, made = model.baseline, model.provenance
    fewer = min(base.events, base.n - base.events)
    each = f"{fewer / len(model.coefficients):.1f}"
    limits = [
        (
            "Internal validation only, unless somebody validated it elsewhere: one cohort, "
            f"{count_of(base.events, base.n)} with the event, {each} of the rarer outcome for each "
            "coefficient."
        ),
    ]
    if fewer < ENOUGH:
        limits += [f"Under {ENOUGH} of the rarer outcome ({fewer}): expect it to change elsewhere."]
    if model.shrinkage.factor < LEAST_SHRUNKEN:
        limits += [
            (
                f"Shrunk to {model.shrinkage.factor:.2f}: where a study is large enough for its "
                f"predictors, it is {LEAST_SHRUNKEN} or more (Riley 2020). The model is overfitted."
            )
        ]
    if made.imputations > 1:
        limits += ["Missing values were imputed; to be applied, every predictor must be known."]
    limits += ALWAYS
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """A name from a table or plan without what Markdown or a browser would act on."""
    for mark in "\\`*_[]|<":
        text = text.replace(mark, f"\\{mark}" if mark != "<" else "&lt;")
    return text
