"""Phrases about the index in a model, and about how far they differ from the main model."""

from vbq.study.analysis.association import Association
from vbq.study.analysis.estimates import IndexEvidence, TermTest
from vbq.study.analysis.robustness.sensitivity import SensitivityAnalysis
from vbq.text import p_equals, ratio, ratio_interval

VERDICTS = {
    "agrees": "",
    "differs in size": ": its size does not hold",
    "contradicts": ": the main result does not hold",
}


def index_result(model: Association, evidence: IndexEvidence) -> str:
    """Odds ratios of the index in a model, with their test and the patients."""
    test = evidence.test
    imputed = f", {model.imputations} imputations" if model.imputations > 1 else ""
    return (
        f"{odds_ratios(evidence)}, p {p_equals(test.p)} ({test.method}, df {test.df}; "
        f"{model.n:,} patients, {model.events:,} events{imputed})"
    )


def odds_ratios(evidence: IndexEvidence) -> str:
    """Odds ratios of the index with what they compare; its joint test if it interacts."""
    if evidence.interacts:
        return joint_test(evidence.test)
    return "; ".join(
        f"odds ratio {ratio_interval(c.ratio, c.interval)} ({c.compared})"
        for c in evidence.contrasts
    )


def joint_test(test: TermTest) -> str:
    """What is tested of a predictor that takes part in an interaction."""
    return f"joint test of its {test.df} terms, interactions included"


def joint_test_note(evidence: IndexEvidence) -> str:
    """That the association rests on a joint test alone; empty if an interval excludes 1 too."""
    if not evidence.by_joint_test_only:
        return ""
    single = "these odds ratios" if len(evidence.contrasts) > 1 else "the odds ratio"
    return (
        f"This rests on the joint test of its {evidence.test.df} terms: {single} alone would not "
        "show it. "
    )


def difference_from_main(main: IndexEvidence, variation: SensitivityAnalysis) -> str:
    """How far the odds ratios of the index differ from the main model, and whether that holds.

    The odds ratios alone are judged: p < 0.05 in one model and not in the other is not a
    difference. Empty for an index in an interaction, which has no single odds ratio.
    """
    comparison = variation.comparison
    if comparison is None:
        return ""
    parts = []
    for contrast, shift in zip(main.contrasts, comparison.shifts, strict=True):
        compared = f" ({contrast.compared})" if len(main.contrasts) > 1 else ""
        direction = ""
        if main.shown:  # an association that is not shown has no direction
            direction = f" in the {'opposite' if shift.sign_reversed else 'same'} direction"
        outside = ", one outside the interval of the other" if shift.conflict else ""
        parts.append(
            f"{ratio_interval(contrast.ratio, contrast.interval)} in the main model{compared}, "
            f"a {ratio(shift.fold)}-fold difference{direction}{outside}"
        )
    return f"; {'; '.join(parts)}{VERDICTS[comparison.verdict]}"
