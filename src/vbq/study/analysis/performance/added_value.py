"""What the index predictor says that is not known without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import NORMAL_95, Interval
from vbq.stats.performance.delong import AucDifference
from vbq.stats.performance.net_benefit import (
    NetBenefitDifference,
    net_benefit_difference,
)
from vbq.stats.performance.reclassification import Reclassification, reclassification
from vbq.study.analysis.association import columns_test, fit_each
from vbq.study.analysis.estimates import TermTest
from vbq.study.analysis.model_comparison import excludes
from vbq.study.analysis.performance.curves import DECISION_RESAMPLES, decision_grid
from vbq.study.analysis.performance.performance import Performance, performance_of
from vbq.study.analysis.performance.pooled import pooled_auc_difference, stack_tables
from vbq.study.analysis.performance.prediction import predict

if TYPE_CHECKING:
    from vbq.stats.regression.terms import Design, Floats
    from vbq.study.analysis.imputed_tables import Tables
    from vbq.study.cohort.cohort import Cohort

__all__ = [
    "AddedValue",
    "Comparison",
    "added_value",
    "designs_compared",
    "index_test",
    "superior_model",
]

NESTED_CAUTION = (
    "One model contains the other: DeLong's test is then too conservative (Demler, Pencina & "
    "D'Agostino, Stat Med 2012;31:2577-87); the test of the addition is the one to read."
)
AVERAGED_CAUTION = (
    "Reclassification is of predictions averaged over the imputations, which know the outcome: it "
    "flatters both models."
)


Superior = Literal["first", "second"]


@dataclass(frozen=True)
class Comparison:
    """Two models in the same patients.

    Attributes:
        question: In words, such as ``VBQ added to DXA``.
        smaller: Predictors of the first model.
        larger: Predictors of the second.
        nested: Whether the second contains the first.
        test: What the second says beyond the first: the index, its products and spline terms
            together; None where they are not nested.
        auc: Difference of the apparent areas, second less first.
        corrected_auc: Difference of the areas corrected for optimism.
        superior: The model shown to discriminate better: the interval of the difference excludes 0,
            and the difference corrected for optimism has the same sign; None where neither is.
        brier: Difference of the apparent Brier scores; below 0 the second is better.
        brier_interval: Its 95 % confidence interval, normal, of the patients' paired differences.
        corrected_brier: Difference of the corrected ones.
        net_benefit: Difference of the apparent decision curves, patients resampled in pairs.
        reclassification: From first to second; None unless the plan asks for it.
        cautions: What to bear in mind.
    """

    question: str
    smaller: tuple[str, ...]
    larger: tuple[str, ...]
    nested: bool
    test: TermTest | None
    auc: AucDifference
    corrected_auc: float
    superior: Superior | None
    brier: float
    brier_interval: Interval
    corrected_brier: float
    net_benefit: NetBenefitDifference
    reclassification: Reclassification | None
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class AddedValue:
    """The index against and on top of the comparators, and of everything else.

    Attributes:
        models: Performance by name: ``full``, ``without the index``, ``index``, ``comparators``,
            ``comparators and index``, as far as the plan has them.
        comparisons: Of pairs of them.
        left_out: Models that could not be fitted or validated, and why; never ``full``.
    """

    models: dict[str, Performance]
    comparisons: tuple[Comparison, ...]
    left_out: dict[str, str]


def added_value(cohort: Cohort, design: Design, tables: Tables) -> AddedValue:
    """Fit and validate every model that the comparisons need, in the same patients.

    Args:
        cohort: The patients.
        design: Of the full model.
        tables: Their completed tables.

    Raises:
        InputError, RefusalError: as `performance_of`, of the full model.
    """
    designs = designs_compared(cohort, design)
    models, left_out = _validated(cohort, designs, tables)
    label = {term.name: term.label for term in design.terms}
    index = label.get(cohort.plan.index or "", "")
    others = " and ".join(label[name] for name in cohort.plan.comparators)
    pairs = (
        ("without the index", "full", f"{index} added to all other predictors"),
        ("comparators", "comparators and index", f"{index} added to {others}"),
        ("comparators", "index", f"{index} instead of {others}"),
    )
    comparisons = tuple(
        _compare(cohort, designs[first], designs[second], tables, question,
                 models[first], models[second])
        for first, second, question in pairs
        if first in models and second in models
    )  # fmt: skip
    return AddedValue(models, comparisons, left_out)


def _validated(
    cohort: Cohort, designs: dict[str, Design], tables: Tables
) -> tuple[dict[str, Performance], dict[str, str]]:
    """All models on the same resamples; where that fails one by one, to find which can be had."""
    try:
        return performance_of(cohort, designs, tables), {}
    except (InputError, RefusalError):
        models: dict[str, Performance] = {}
        left_out: dict[str, str] = {}
    for name, one in designs.items():
        try:
            models |= performance_of(cohort, {name: one}, tables)
        except (InputError, RefusalError) as error:
            if name == "full":
                raise
            left_out[name] = error.message
    return models, left_out


def designs_compared(cohort: Cohort, design: Design) -> dict[str, Design]:
    """The models that differ from one another and have a predictor."""
    index, comparators = cohort.plan.index, cohort.plan.comparators
    wanted = {"full": design}
    if index is not None:
        wanted["without the index"] = design.without([index])
        wanted["index"] = design.restricted_to([index])
        if comparators:
            wanted["comparators"] = design.restricted_to(comparators)
            wanted["comparators and index"] = design.restricted_to([*comparators, index])
    return {name: one for name, one in wanted.items() if one.terms}


def _compare(
    cohort: Cohort,
    smaller: Design,
    larger: Design,
    tables: Tables,
    question: str,
    before: Performance,
    after: Performance,
) -> Comparison:
    first, second = predict(smaller, tables), predict(larger, tables)
    nested = set(smaller.names) < set(larger.names)
    index, outcome = cohort.plan.index, tables.outcome
    brier, brier_interval = _brier(outcome, first.probability, second.probability)
    area = pooled_auc_difference(outcome, first.probability, second.probability)
    corrected_auc = after["auc"].corrected - before["auc"].corrected
    cautions = [NESTED_CAUTION] if nested else []
    wanted = cohort.plan.reclassification
    if tables.imputation and wanted:
        cautions.append(AVERAGED_CAUTION)
    return Comparison(
        question=question,
        smaller=before.predictors,
        larger=after.predictors,
        nested=nested,
        test=index_test(larger, index, tables) if nested and index is not None else None,
        auc=area,
        corrected_auc=corrected_auc,
        superior=superior_model(area, corrected_auc),
        brier=brier,
        brier_interval=brier_interval,
        corrected_brier=after["brier"].corrected - before["brier"].corrected,
        net_benefit=net_benefit_difference(
            *stack_tables(outcome, first.probability), second.probability.ravel(),
            decision_grid(outcome), seed=cohort.plan.seed, resamples=DECISION_RESAMPLES,
            copies=len(first.probability),
        ),
        reclassification=(
            reclassification(
                outcome, first.probability.mean(axis=0), second.probability.mean(axis=0)
            )
            if wanted
            else None
        ),
        cautions=tuple(cautions),
    )  # fmt: skip


def superior_model(apparent: AucDifference, corrected: float) -> Superior | None:
    """Which of two models is shown to discriminate better, as `Comparison.superior` says.

    Args:
        apparent: Area of the second model less that of the first, with its interval.
        corrected: The same difference, corrected for optimism.
    """
    difference = apparent.difference
    if not excludes(apparent.interval, 0.0) or difference * corrected <= 0:
        return None
    return "second" if difference > 0 else "first"


def index_test(design: Design, index: str, tables: Tables) -> TermTest:
    """Whether the index says anything in a model: all columns that it has part in, together.

    Its own column alone tests it where the other predictor of an interaction is 0: at birth, where
    that is age. One table: likelihood-ratio test; imputed ones: the pooled Wald test D1.

    Raises:
        InputError: the model cannot be fitted.
        RefusalError: there are too few patients for the pooled test.
    """
    return columns_test(index, design.columns_of(index), fit_each(design, tables)[0])


def _brier(outcome: Floats, first: Floats, second: Floats) -> tuple[float, Interval]:
    """Mean of the patients' differences in squared error, with its normal interval.

    A patient's difference is the mean over the tables; the imputation is not in the interval.
    """
    each = ((outcome - second) ** 2 - (outcome - first) ** 2).mean(axis=0)
    mean, half = float(each.mean()), NORMAL_95 * float(each.std(ddof=1)) / each.size**0.5
    return mean, (mean - half, mean + half)
