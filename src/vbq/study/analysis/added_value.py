"""What the index predictor says that is not known without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.errors import InputError, RefusalError
from vbq.stats.delong import AucDifference, compare_auc
from vbq.stats.reclassification import Reclassification, reclassification
from vbq.study.analysis.association import TermTest, associate
from vbq.study.analysis.performance import Performance, performance_of
from vbq.study.analysis.prediction import predict

if TYPE_CHECKING:
    from vbq.study.analysis.completed import Tables
    from vbq.study.analysis.terms import Design
    from vbq.study.cohort.cohort import Cohort

__all__ = ["AddedValue", "Comparison", "added_value", "designs_compared"]

NESTED_CAUTION = (
    "One model contains the other: DeLong's test is then too conservative (Demler, Pencina & "
    "D'Agostino, Stat Med 2012;31:2577-87); the likelihood-ratio test is the one to read."
)
POOLED_CAUTION = "From predictions averaged over the imputations, as if they were known."


@dataclass(frozen=True)
class Comparison:
    """Two models in the same patients.

    Attributes:
        question: In words, such as ``VBQ added to DXA``.
        smaller: Predictors of the first model.
        larger: Predictors of the second.
        nested: Whether the second contains the first.
        test: What the second says beyond the first; None where they are not nested.
        auc: Difference of the apparent areas, second less first.
        corrected_auc: Difference of the areas corrected for optimism.
        brier: Difference of the apparent Brier scores; below 0 the second is better.
        corrected_brier: Difference of the corrected ones.
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
    brier: float
    corrected_brier: float
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
        wanted["index"] = design.only([index])
        if comparators:
            wanted["comparators"] = design.only(comparators)
            wanted["comparators and index"] = design.only([*comparators, index])
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
    index = cohort.plan.index
    test = None
    if nested and index is not None:
        test = next(t for t in associate(larger, tables).tests if t.name == index)
    cautions = [NESTED_CAUTION] if nested else []
    if tables.imputation:
        cautions.append(POOLED_CAUTION)
    wanted = cohort.plan.reclassification
    return Comparison(
        question=question,
        smaller=before.predictors,
        larger=after.predictors,
        nested=nested,
        test=test,
        auc=compare_auc(tables.outcome, second.probability, first.probability),
        corrected_auc=after["auc"].corrected - before["auc"].corrected,
        brier=after["brier"].apparent - before["brier"].apparent,
        corrected_brier=after["brier"].corrected - before["brier"].corrected,
        reclassification=(
            reclassification(tables.outcome, first.probability, second.probability)
            if wanted
            else None
        ),
        cautions=tuple(cautions),
    )
