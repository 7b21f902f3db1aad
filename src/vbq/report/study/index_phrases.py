"""What a model says of the index, in words, and how that is held against another model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.text import p_equals, ratio, ratio_interval

if TYPE_CHECKING:
    from vbq.study.analysis.association import Association
    from vbq.study.analysis.estimates import IndexEvidence, TermTest
    from vbq.study.analysis.robustness.sensitivity import SensitivityAnalysis

__all__ = ["all_terms", "by_test_alone", "held_against", "in_figures", "odds_ratios"]


def by_test_alone(found: IndexEvidence) -> str:
    """What rests on the test of several terms alone; empty where an interval leaves out 1 too."""
    if not found.by_joint_test_only:
        return ""
    which = "these odds ratios" if len(found.contrasts) > 1 else "the odds ratio"
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
        f"odds ratio {ratio_interval(c.ratio, c.interval)} ({c.compared})" for c in found.contrasts
    )


def all_terms(test: TermTest) -> str:
    """What is tested of an index in an interaction."""
    return f"its {test.df} terms together, products included"


def held_against(main: IndexEvidence, variation: SensitivityAnalysis) -> str:
    """How far the index's odds ratios are from those of the main model, and whether that stands.

    By the odds ratios alone: p < 0.05 in one model and not in the other is no difference. Nothing
    is said of an index in an interaction, which has no single odds ratio.
    """
    comparison = variation.comparison
    if comparison is None:
        return ""
    said = []
    for before, shift in zip(main.contrasts, comparison.shifts, strict=True):
        of = f" ({before.compared})" if len(main.contrasts) > 1 else ""
        outside = ", one outside the interval of the other" if shift.conflict else ""
        way = ""
        if main.shown:  # where no association is shown, none has a direction
            way = f", in the {'opposite' if shift.sign_reversed else 'same'} direction"
        said.append(
            f"{ratio_interval(before.ratio, before.interval)} in the main model{of}, "
            f"{ratio(shift.fold)}-fold apart{way}{outside}"
        )
    verdict = {
        "agrees": "",
        "differs in size": ": its size does not stand",
        "contradicts": ": the main result does not stand",
    }[comparison.verdict]
    return f"; {'; '.join(said)}{verdict}"
