"""What an analysis supports and what it does not: the limits that the words have to keep.

Told apart from the words themselves, so that each limit stands in one place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.stats.checks import NORMAL_95
from vbq.study.analysis.association import TermTest
from vbq.study.report.figures.contrasts import Contrast, contrasts
from vbq.study.report.figures.labels import listed

if TYPE_CHECKING:
    from vbq.stats.checks import Interval
    from vbq.study.analysis.added_value import Comparison
    from vbq.study.analysis.association import Association
    from vbq.study.analysis.document import Analysis
    from vbq.study.analysis.terms import Design

__all__ = [
    "APART",
    "LEVEL",
    "Difference",
    "IndexEvidence",
    "better",
    "differences",
    "disagreements",
    "excludes",
    "index_evidence",
    "interacts",
    "whole_test",
]

LEVEL = 0.05
APART = 1.25  # times: imputed and complete-case odds ratios further apart are pointed out


@dataclass(frozen=True)
class IndexEvidence:
    """What a model says of the index.

    Attributes:
        label: Of the index.
        found: Its odds ratios; several where it has several levels.
        test: Of all columns that it has part in, products and spline terms included.
        adjusted_for: Labels of the other predictors.
        partners: Labels of those it is in an interaction with.
        shown: Whether its test has p < 0.05 and, outside an interaction, an interval excludes 1.
    """

    label: str
    found: tuple[Contrast, ...]
    test: TermTest
    adjusted_for: tuple[str, ...]
    partners: tuple[str, ...]
    shown: bool

    @property
    def interacts(self) -> bool:
        """Whether it is in an interaction, so that no single odds ratio describes it."""
        return bool(self.partners)

    @property
    def independent(self) -> bool:
        """Whether it may be called associated independently of the other predictors."""
        return self.shown and bool(self.adjusted_for) and not self.interacts

    @property
    def others(self) -> str:
        """The other predictors in words."""
        return listed(self.adjusted_for)


def index_evidence(analysis: Analysis, association: Association) -> IndexEvidence | None:
    """What this model says of the index; None where the plan names none."""
    index = analysis.plan.index
    if index is None:
        return None
    design = association.design
    found = tuple(c for c in contrasts(analysis, association) if c.predictor == index)
    test = whole_test(analysis, association, index)
    others = [t for t in design.terms if t.name != index]
    partners = tuple(t.label for t in others if _together(design, index, t.name))
    excluded = bool(partners) or any(excludes(c.interval, 1.0) for c in found)
    return IndexEvidence(
        label=design.term(index).label,
        found=found,
        test=test,
        adjusted_for=tuple(t.label for t in others),
        partners=partners,
        shown=test.p < LEVEL and excluded,
    )


def interacts(design: Design, name: str) -> bool:
    """Whether a predictor is in an interaction, so that no single odds ratio describes it."""
    return any(name in pair for pair in design.interactions)


def _together(design: Design, *names: str) -> bool:
    return any(set(names) == set(pair) for pair in design.interactions)


def whole_test(analysis: Analysis, association: Association, name: str) -> TermTest:
    """A predictor with its products: its own columns test it where the other predictor is 0.

    Of the index in the main model that is the test which the comparison with the model without it
    rests on; otherwise Wald's, for which the model's covariance is enough.
    """
    design = association.design
    if not interacts(design, name):
        return next(t for t in association.tests if t.name == name)
    if association is analysis.multivariable and name == analysis.plan.index:
        everything = {term.name for term in design.terms}
        for one in analysis.added_value.comparisons:
            if one.test is not None and set(one.larger) == everything:
                return one.test
    at = [1 + design.names.index(column) for column in design.columns_of(name)]
    beta = np.array(association.coefficients)[at]
    chi2 = float(beta @ np.linalg.solve(np.array(association.covariance)[np.ix_(at, at)], beta))
    return TermTest(name, len(at), chi2, float(stats.chi2.sf(chi2, len(at))), "Wald")


def excludes(interval: Interval, value: float) -> bool:
    """Whether a value lies outside an interval."""
    return not interval[0] <= value <= interval[1]


def better(comparison: Comparison) -> int:
    """1 where the second model discriminates better, -1 where the first does, 0 if neither shown.

    By the interval of the difference of their areas; the difference corrected for optimism must
    have the same sign.
    """
    found = comparison.auc
    if not excludes(found.interval, 0.0) or found.difference * comparison.corrected_auc <= 0:
        return 0
    return 1 if found.difference > 0 else -1


def disagreements(analysis: Analysis) -> tuple[str, ...]:
    """Labels of predictors of which imputed and complete-case models say different things.

    One has p < 0.05 and the other not, or the odds ratio of one lies outside the other's interval.
    """
    main, beside = analysis.multivariable, analysis.complete_case
    if beside is None:
        return ()
    terms = main.design.terms
    differing = {
        term.name
        for term in terms
        if len({whole_test(analysis, one, term.name).p < LEVEL for one in (main, beside)}) > 1
    }
    for one in differences(analysis):
        imputed, complete = one.imputed, one.complete
        if excludes(complete.interval, imputed.odds_ratio) or excludes(
            imputed.interval, complete.odds_ratio
        ):
            differing.add(imputed.predictor)
    return tuple(t.label for t in terms if t.name in differing)


@dataclass(frozen=True)
class Difference:
    """An odds ratio, imputed and in complete cases.

    Attributes:
        imputed: Of the main model.
        complete: Of complete cases.
        times: How many times the larger is the smaller; at least 1.
        large: Whether that is more than `APART`, or their logarithms lie more than one standard
            error of the imputed one apart. By that alone they do not contradict each other.
    """

    imputed: Contrast
    complete: Contrast
    times: float
    large: bool


def differences(analysis: Analysis) -> tuple[Difference, ...]:
    """Every odds ratio imputed and in complete cases, those furthest apart first.

    Predictors in an interaction are left out: no single odds ratio describes them.
    """
    main, beside = analysis.multivariable, analysis.complete_case
    if beside is None:
        return ()
    errors = {(e.predictor, e.compared): e.standard_error for e in main.estimates}
    found = []
    for imputed, complete in zip(contrasts(analysis, main), contrasts(analysis, beside),
                                 strict=True):  # fmt: skip
        if not imputed.predictor or interacts(main.design, imputed.predictor):
            continue
        apart = abs(math.log(imputed.odds_ratio / complete.odds_ratio))
        # that of quartiles along a spline is no coefficient; its interval is Wald's
        low, high = imputed.interval
        error = errors.get((imputed.predictor, imputed.compared))
        if error is None:
            error = math.log(high / low) / (2 * NORMAL_95)
        large = apart > math.log(APART) or apart > error
        found.append(Difference(imputed, complete, math.exp(apart), large))
    return tuple(sorted(found, key=lambda one: -one.times))
