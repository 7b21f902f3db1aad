"""The added value of the index: models with and without it, compared in the same patients."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import NORMAL_95, Floats, Interval
from vbq.stats.performance.delong import AucDifference
from vbq.stats.performance.net_benefit import NetBenefitDifference, net_benefit_difference
from vbq.stats.performance.reclassification import Reclassification, reclassification
from vbq.stats.regression.terms import Design
from vbq.study.analysis.association import columns_test, fit_each
from vbq.study.analysis.estimates import TermTest
from vbq.study.analysis.imputed_tables import Tables
from vbq.study.analysis.model_comparison import excludes
from vbq.study.analysis.performance.curves import DECISION_RESAMPLES, decision_grid
from vbq.study.analysis.performance.performance import Performance, performance_of
from vbq.study.analysis.performance.pooled import pooled_auc_difference, stack_tables
from vbq.study.analysis.performance.prediction import predict
from vbq.study.cohort.cohort import Cohort

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
    """Two models compared in the same patients.

    Attributes:
        question: The comparison, such as ``VBQ added to DXA``.
        smaller: Predictors of the first model.
        larger: Predictors of the second model.
        nested: Whether the second model contains the first.
        test: Joint test of all terms of the index, interactions and spline terms included, in the
            second model; None where the models are not nested.
        auc: Difference of the apparent areas, second minus first.
        corrected_auc: Difference of the areas corrected for optimism, second minus first.
        superior: The model shown to discriminate better: the interval of the difference excludes 0,
            and the difference corrected for optimism has the same sign; None where neither is.
        brier: Difference of the apparent Brier scores; below 0 the second model is better.
        brier_interval: 95 % confidence interval of that difference, from the normal approximation
            to the patients' paired differences.
        corrected_brier: Difference of the Brier scores corrected for optimism.
        net_benefit: Difference of the apparent decision curves, by paired resampling.
        reclassification: Reclassification from first to second model; None unless the plan asks
            for it.
        cautions: Cautions for the interpretation.
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
    """The index compared with, and added to, its comparators and all other predictors.

    Attributes:
        models: Performance by name: ``full``, ``without the index``, ``index``, ``comparators``,
            ``comparators and index``, as far as the plan has them.
        comparisons: Comparisons of pairs of the models.
        not_fitted: Models that could not be fitted or validated, with the reason; never ``full``.
    """

    models: dict[str, Performance]
    comparisons: tuple[Comparison, ...]
    not_fitted: dict[str, str]


def added_value(cohort: Cohort, design: Design, tables: Tables) -> AddedValue:
    """Fit and validate every model that the comparisons need, in the same patients.

    Args:
        cohort: The patients.
        design: Design of the full model.
        tables: Completed tables of the patients.

    Raises:
        InputError, RefusalError: the full model cannot be validated, as `performance_of`.
    """
    designs = designs_compared(cohort, design)
    performance, not_fitted = _validated(cohort, designs, tables)
    models = {name: _Model(designs[name], judged) for name, judged in performance.items()}
    label = {term.name: term.label for term in design.terms}
    index = label.get(cohort.plan.index or "", "")
    comparators = " and ".join(label[name] for name in cohort.plan.comparators)
    pairs = (
        ("without the index", "full", f"{index} added to all other predictors"),
        ("comparators", "comparators and index", f"{index} added to {comparators}"),
        ("comparators", "index", f"{index} instead of {comparators}"),
    )
    comparisons = tuple(
        _compare(cohort, tables, question, models[first], models[second])
        for first, second, question in pairs
        if first in models and second in models
    )
    return AddedValue(performance, comparisons, not_fitted)


class _Model(NamedTuple):
    """A model that is compared."""

    design: Design
    performance: Performance


def _validated(
    cohort: Cohort, designs: dict[str, Design], tables: Tables
) -> tuple[dict[str, Performance], dict[str, str]]:
    """Validate all models on the same resamples; where that fails, one by one.

    Returns:
        Performance of each model that could be validated; the reason for each that could not.
    """
    try:
        return performance_of(cohort, designs, tables), {}
    except (InputError, RefusalError):
        models: dict[str, Performance] = {}
        not_fitted: dict[str, str] = {}
    for name, design in designs.items():
        try:
            models |= performance_of(cohort, {name: design}, tables)
        except (InputError, RefusalError) as error:
            if name == "full":
                raise
            not_fitted[name] = error.message
    return models, not_fitted


def designs_compared(cohort: Cohort, design: Design) -> dict[str, Design]:
    """Designs of the models compared, by the names of `AddedValue.models`."""
    index, comparators = cohort.plan.index, cohort.plan.comparators
    designs = {"full": design}
    if index is not None:
        designs["without the index"] = design.without([index])
        designs["index"] = design.restricted_to([index])
        if comparators:
            designs["comparators"] = design.restricted_to(comparators)
            designs["comparators and index"] = design.restricted_to([*comparators, index])
    return {name: compared for name, compared in designs.items() if compared.terms}


def _compare(
    cohort: Cohort, tables: Tables, question: str, smaller: _Model, larger: _Model
) -> Comparison:
    first, second = predict(smaller.design, tables), predict(larger.design, tables)
    before, after = smaller.performance, larger.performance
    nested = set(smaller.design.names) < set(larger.design.names)
    index, outcome = cohort.plan.index, tables.outcome
    brier, brier_interval = _brier(outcome, first.probability, second.probability)
    area = pooled_auc_difference(outcome, first.probability, second.probability)
    corrected_auc = after["auc"].corrected - before["auc"].corrected
    cautions = [NESTED_CAUTION] if nested else []
    if tables.imputation and cohort.plan.reclassification:
        cautions.append(AVERAGED_CAUTION)
    return Comparison(
        question=question,
        smaller=before.predictors,
        larger=after.predictors,
        nested=nested,
        test=index_test(larger.design, index, tables) if nested and index is not None else None,
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
            if cohort.plan.reclassification
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
    """Joint test of all columns that the index is part of in a model.

    With an interaction, its own column alone would test the index where the other predictor is 0:
    at birth, where that is age. Likelihood-ratio test for one table, pooled Wald test D1 for
    imputed tables.

    Raises:
        InputError: the model cannot be fitted.
        RefusalError: there are too few patients for the pooled test.
    """
    return columns_test(index, design.columns_of(index), fit_each(design, tables)[0])


def _brier(outcome: Floats, first: Floats, second: Floats) -> tuple[float, Interval]:
    """Mean of the patients' differences in squared error, second minus first, with its interval.

    A patient's difference is the mean over the tables; the interval does not include the
    uncertainty of the imputation.
    """
    differences = ((outcome - second) ** 2 - (outcome - first) ** 2).mean(axis=0)
    mean = float(differences.mean())
    half = NORMAL_95 * float(differences.std(ddof=1)) / differences.size**0.5
    return mean, (mean - half, mean + half)
