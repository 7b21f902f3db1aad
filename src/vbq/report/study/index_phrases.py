"""What a model says of the index, in words, and how that is held against another model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.study.analysis.evidence import apart, excludes, fold, stands, turned
from vbq.text import p_equals, ratio, ratio_interval

if TYPE_CHECKING:
    from vbq.study.analysis.association import Association, TermTest
    from vbq.study.analysis.evidence import IndexEvidence

__all__ = ["all_terms", "by_test_alone", "held_against", "in_figures", "odds_ratios"]


def by_test_alone(found: IndexEvidence) -> str:
    """What rests on the test of several terms alone; empty where an interval leaves out 1 too."""
    if found.interacts or any(excludes(c.interval, 1.0) for c in found.found):
        return ""
    which = "these odds ratios" if len(found.found) > 1 else "the odds ratio"
    return f"The test is of its {found.test.df} terms together: {which} alone would not show it. "


def in_figures(model: Association, found: IndexEvidence) -> str:
    """What a model says of the index, in figures, with the test and the patients."""
    test = found.test
    imputed = f", {model.imputations} imputations" if model.imputations > 1 else ""
    return (
        f"{odds_ratios(found)}, p {p_equals(test.p)} ({test.method}, df {test.df}; "
        f"{model.n:,} patients, {model.events:,} events{imputed})"
    )


def odds_ratios(found: IndexEvidence) -> str:
    """Its odds ratios with what they compare; what is tested instead where it has none."""
    if found.interacts:
        return all_terms(found.test)
    return "; ".join(
        f"odds ratio {ratio_interval(c.odds_ratio, c.interval)} ({c.compared})" for c in found.found
    )


def all_terms(test: TermTest) -> str:
    """What is tested of an index in an interaction."""
    return f"its {test.df} terms together, products included"


def held_against(main: IndexEvidence, found: IndexEvidence) -> str:
    """How far the index's odds ratios are from those of the main model, and whether that stands.

    By the odds ratios alone: p < 0.05 in one model and not in the other is no difference. Nothing
    is said of an index in an interaction, which has no single odds ratio.
    """
    if found.interacts:
        return ""
    said = []
    for before, now in zip(main.found, found.found, strict=True):
        of = f" ({now.compared})" if len(found.found) > 1 else ""
        outside = ", one outside the interval of the other" if apart(before, now) else ""
        way = ""
        if main.shown:  # where no association is shown, none has a direction
            way = f", in the {'opposite' if turned(before, now) else 'same'} direction"
        said.append(
            f"{ratio_interval(before.odds_ratio, before.interval)} in the main model{of}, "
            f"{ratio(fold(before, now))}-fold apart{way}{outside}"
        )
    verdict = ""
    if not stands(main, found):
        smaller = found.shown and not any(map(turned, main.found, found.found))
        verdict = f": {'its size' if smaller else 'the main result'} does not stand"
    return f"; {'; '.join(said)}{verdict}"
