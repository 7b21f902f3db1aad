"""What the fitted models support: contrasts, evidence about the index, agreement between models.

The limits that every sentence of a report has to keep stand here and in `model_comparison`, and
what they decide is part of the record.
"""

from collections.abc import Mapping
from dataclasses import replace

from vbq.stats.checks import SIGNIFICANCE_LEVEL
from vbq.stats.describe.summaries import Summary
from vbq.study.analysis.analysis import Analysis
from vbq.study.analysis.association import Association
from vbq.study.analysis.contrasts import contrasts, time_contrasts
from vbq.study.analysis.estimates import IndexEvidence
from vbq.study.analysis.model_comparison import compare_complete_case, compare_index, excludes
from vbq.study.analysis.robustness.sensitivity import SensitivityAnalysis
from vbq.study.analysis.time_to_event import TimeToEvent


def with_evidence(analysis: Analysis) -> Analysis:
    """An analysis with the evidence of its fitted models filled in.

    Filled in are ``contrasts`` and ``index`` of every `Association`, ``contrasts`` of every
    `TimeModel`, ``comparison`` of every `SensitivityAnalysis`, ``complete_case_comparison`` and
    ``nonlinearity``.
    """
    observed = {c.name: c.summaries[0] for c in analysis.table_one if c.summaries}
    index = analysis.plan.index

    def with_contrasts(association: Association | None) -> Association | None:
        return None if association is None else _with_contrasts(association, observed, index)

    main = _with_contrasts(analysis.multivariable, observed, index)
    complete_case = with_contrasts(analysis.complete_case)
    return replace(
        analysis,
        univariable=tuple(
            replace(single, association=with_contrasts(single.association))
            for single in analysis.univariable
        ),
        multivariable=main,
        complete_case=complete_case,
        complete_case_comparison=(
            None if complete_case is None else compare_complete_case(main, complete_case)
        ),
        nonlinearity=tuple(
            main.wald(term.name, term.columns[1:])
            for term in main.design.terms
            if term.kind == "spline"
        ),
        subgroups=tuple(
            replace(
                subgroup,
                parts=tuple(
                    replace(part, association=with_contrasts(part.association))
                    for part in subgroup.parts
                ),
            )
            for subgroup in analysis.subgroups
        ),
        sensitivity=tuple(
            _with_comparison(
                replace(variation, association=with_contrasts(variation.association)), main
            )
            for variation in analysis.sensitivity
        ),
        time_to_event=_time_to_event(analysis.time_to_event, main, observed),
    )


def _with_contrasts(
    association: Association, observed: Mapping[str, Summary], index: str | None
) -> Association:
    association = replace(association, contrasts=contrasts(association, observed))
    return replace(association, index=index_evidence(association, index))


def index_evidence(association: Association, index: str | None) -> IndexEvidence | None:
    """What a model with contrasts says about the index; None where the index is not in it."""
    terms = {term.name: term for term in association.design.terms}
    if index is None or index not in terms:
        return None
    index_contrasts = tuple(c for c in association.contrasts if c.predictor == index)
    test = association.test(index)
    partners = {name for pair in association.design.interactions if index in pair for name in pair}
    interval_excludes_1 = any(excludes(c.interval, 1.0) for c in index_contrasts)
    shown = test.p < SIGNIFICANCE_LEVEL and (test.df > 1 or interval_excludes_1)
    return IndexEvidence(
        label=terms[index].label,
        contrasts=index_contrasts,
        test=test,
        adjusted_for=tuple(term.label for name, term in terms.items() if name != index),
        interacts_with=tuple(
            term.label for name, term in terms.items() if name != index and name in partners
        ),
        shown=shown,
        by_joint_test_only=shown and not partners and not interval_excludes_1,
    )


def _with_comparison(variation: SensitivityAnalysis, main: Association) -> SensitivityAnalysis:
    variant = None if variation.association is None else variation.association.index
    if main.index is None or variant is None:
        return replace(variation, comparison=None)
    return replace(variation, comparison=compare_index(main.index, variant))


def _time_to_event(
    follow_up: TimeToEvent | None, main: Association, observed: Mapping[str, Summary]
) -> TimeToEvent | None:
    if follow_up is None:
        return None
    models = tuple(
        replace(
            model,
            contrasts=time_contrasts(
                model, main.design, observed, imputed=follow_up.imputations > 1
            ),
        )
        for model in follow_up.models
    )
    return replace(follow_up, models=models)
