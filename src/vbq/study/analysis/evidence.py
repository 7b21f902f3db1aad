"""What an analysis supports and what it does not: the limits that the words have to keep.

Told apart from the words themselves, so that each limit stands in one place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.stats.checks import NORMAL_95
from vbq.study.analysis.contrasts import Contrast, contrasts
from vbq.text import listed

if TYPE_CHECKING:
    from vbq.stats.checks import Interval
    from vbq.stats.regression.terms import Design
    from vbq.study.analysis.analysis import Analysis
    from vbq.study.analysis.association import Association, TermTest
    from vbq.study.analysis.performance.added_value import Comparison

__all__ = [
    "APART",
    "LEVEL",
    "Difference",
    "IndexEvidence",
    "apart",
    "better",
    "differences",
    "disagreements",
    "excludes",
    "fold",
    "index_evidence",
    "interacts",
    "stands",
    "turned",
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
        shown: Whether its test has p < 0.05 and, where that is of one column, the interval of its
            odds ratio excludes 1.
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
    test = association.test(index)
    others = [t for t in design.terms if t.name != index]
    partners = tuple(t.label for t in others if _together(design, index, t.name))
    excluded = test.df > 1 or any(excludes(c.interval, 1.0) for c in found)
    return IndexEvidence(
        label=design.term(index).label,
        found=found,
        test=test,
        adjusted_for=tuple(t.label for t in others),
        partners=partners,
        shown=test.p < LEVEL and excluded,
    )


def stands(main: IndexEvidence, other: IndexEvidence) -> bool:
    """Whether what the main model shows of the index stands in another model of it.

    It does not where an odds ratio is `apart`, or one whose interval excludes 1 has `turned`. What
    the main model does not show cannot fall.
    """
    return not main.shown or not any(
        apart(one, now) or (turned(one, now) and excludes(one.interval, 1.0))
        for one, now in zip(main.found, other.found, strict=True)
    )


def interacts(design: Design, name: str) -> bool:
    """Whether a predictor is in an interaction, so that no single odds ratio describes it."""
    return any(name in pair for pair in design.interactions)


def _together(design: Design, *names: str) -> bool:
    return any(set(names) == set(pair) for pair in design.interactions)


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
    """Labels of predictors and products whose imputed and complete-case odds ratios are `apart`.

    Left out are predictors in an interaction, which have no odds ratio of their own, and products
    with a bent column, whose coefficients mean nothing by themselves.
    """
    main, beside = analysis.multivariable, analysis.complete_case
    if beside is None:
        return ()
    pairs = zip(contrasts(analysis, main), contrasts(analysis, beside), strict=True)
    return tuple(
        dict.fromkeys(
            one.label
            for one, other in pairs
            if apart(one, other) and _has_own_ratio(main.design, one)
        )
    )


def _has_own_ratio(design: Design, one: Contrast) -> bool:
    if one.predictor:
        return not interacts(design, one.predictor)
    return one.compared not in design.spline_columns


def apart(one: Contrast, other: Contrast) -> bool:
    """Whether an odds ratio of two models lies outside the interval of the other.

    One with p < 0.05 beside one above it is no difference: two p-values compare nothing.
    """
    return excludes(one.interval, other.odds_ratio) or excludes(other.interval, one.odds_ratio)


def fold(one: Contrast, other: Contrast) -> float:
    """How many times the larger of two odds ratios is the smaller; at least 1."""
    low, high = sorted((one.odds_ratio, other.odds_ratio))
    if low == high:  # both may be infinite
        return 1.0
    return high / low if low > 0 else math.inf


def turned(one: Contrast, other: Contrast) -> bool:
    """Whether two odds ratios lie on different sides of 1."""
    return min(one.odds_ratio, other.odds_ratio) < 1 < max(one.odds_ratio, other.odds_ratio)


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
        times = fold(imputed, complete)
        # that of quartiles along a spline is no coefficient; its interval is Wald's
        low, high = imputed.interval
        error = errors.get((imputed.predictor, imputed.compared))
        if error is None:
            error = math.log(high / low) / (2 * NORMAL_95)
        large = times > APART or math.log(times) > error
        found.append(Difference(imputed, complete, times, large))
    return tuple(sorted(found, key=lambda one: -one.times))
