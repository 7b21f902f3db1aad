"""What an analysis supports and what it does not: the limits that the words have to keep.

Told apart from the words themselves, so that each limit stands in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vbq.study.report.figures.contrasts import Contrast, contrasts
from vbq.study.report.figures.labels import listed

if TYPE_CHECKING:
    from vbq.stats.checks import Interval
    from vbq.study.analysis.added_value import Comparison
    from vbq.study.analysis.association import Association, TermTest
    from vbq.study.analysis.document import Analysis

__all__ = ["LEVEL", "IndexEvidence", "better", "disagreements", "excludes", "index_evidence"]

LEVEL = 0.05


@dataclass(frozen=True)
class IndexEvidence:
    """What a model says of the index.

    Attributes:
        label: Of the index.
        found: Its odds ratios; several where it has several levels.
        test: Of all its columns together.
        adjusted_for: Labels of the other predictors.
        interacts: Whether it is in an interaction, so that no single odds ratio describes it.
        shown: Whether its test has p < 0.05 and an interval excludes 1.
    """

    label: str
    found: tuple[Contrast, ...]
    test: TermTest
    adjusted_for: tuple[str, ...]
    interacts: bool
    shown: bool

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
    test = next(t for t in association.tests if t.name == index)
    return IndexEvidence(
        label=design.term(index).label,
        found=found,
        test=test,
        adjusted_for=tuple(t.label for t in design.terms if t.name != index),
        interacts=any(index in pair for pair in design.interactions),
        shown=test.p < LEVEL and any(excludes(c.interval, 1.0) for c in found),
    )


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
    beside = analysis.complete_case
    if beside is None:
        return ()
    main = analysis.multivariable
    other_p = {t.name: t.p for t in beside.tests}
    differing = {t.name for t in main.tests if (t.p < LEVEL) != (other_p.get(t.name, 1) < LEVEL)}
    other = {(c.predictor, c.compared): c for c in contrasts(analysis, beside)}
    for one in contrasts(analysis, main):
        twin = other.get((one.predictor, one.compared))
        if twin is not None and (
            excludes(twin.interval, one.odds_ratio) or excludes(one.interval, twin.odds_ratio)
        ):
            differing.add(one.predictor)
    return tuple(t.label for t in main.design.terms if t.name in differing)
