"""Whether two models of one study say the same, and by how much they differ.

Judged by the odds ratios alone: p < 0.05 in one model and not in the other is no difference, since
two p-values compare nothing.
"""

import math
from dataclasses import dataclass
from typing import Literal

from vbq.stats.checks import NORMAL_95, Interval
from vbq.stats.regression.terms import Design
from vbq.study.analysis.association import Association
from vbq.study.analysis.estimates import Contrast, IndexEvidence

LARGE_FOLD = 1.25  # imputed and complete-case odds ratios further apart are pointed out

Verdict = Literal["agrees", "differs in size", "contradicts"]


def excludes(interval: Interval, value: float) -> bool:
    """Whether a value lies outside an interval."""
    return not interval[0] <= value <= interval[1]


def estimates_conflict(first: Contrast, second: Contrast) -> bool:
    """Whether the odds ratio of one model lies outside the interval of the other."""
    return excludes(first.interval, second.ratio) or excludes(second.interval, first.ratio)


def fold_difference(first: Contrast, second: Contrast) -> float:
    """The larger of two odds ratios divided by the smaller; at least 1."""
    low, high = sorted((first.ratio, second.ratio))
    if low == high:  # both may be infinite
        return 1.0
    return high / low if low > 0 else math.inf


def sign_reversed(first: Contrast, second: Contrast) -> bool:
    """Whether two odds ratios lie on different sides of 1."""
    return min(first.ratio, second.ratio) < 1 < max(first.ratio, second.ratio)


@dataclass(frozen=True)
class Shift:
    """How far an odds ratio lies from that of the main model.

    Attributes:
        fold: The larger of the two divided by the smaller; at least 1.
        sign_reversed: Whether they lie on different sides of 1.
        conflict: Whether one lies outside the confidence interval of the other.
    """

    fold: float
    sign_reversed: bool
    conflict: bool


@dataclass(frozen=True)
class IndexComparison:
    """The index in another model against the index in the main model.

    Attributes:
        shifts: One for each contrast of the index, in their order.
        verdict: ``agrees`` with what the main model shows, which also holds where that shows
            nothing; ``differs in size``: the association is found again, but not its size;
            ``contradicts``: the result of the main model does not hold.
    """

    shifts: tuple[Shift, ...]
    verdict: Verdict


def compare_index(main: IndexEvidence, variant: IndexEvidence) -> IndexComparison | None:
    """Compare the index in two models; None where an interaction leaves it no single odds ratio.

    The result of the main model does not hold where an odds ratio conflicts with it, or one whose
    interval excludes 1 lies on the other side of 1. What the main model does not show cannot fall.
    """
    if main.interacts or variant.interacts:
        return None
    pairs = list(zip(main.contrasts, variant.contrasts, strict=True))
    shifts = tuple(
        Shift(
            fold_difference(before, after),
            sign_reversed(before, after),
            estimates_conflict(before, after),
        )
        for before, after in pairs
    )
    any_reversed = any(shift.sign_reversed for shift in shifts)
    verdict: Verdict = "agrees"
    if main.shown and any(
        shift.conflict or (shift.sign_reversed and excludes(after.interval, 1.0))
        for shift, (_, after) in zip(shifts, pairs, strict=True)
    ):
        verdict = "differs in size" if variant.shown and not any_reversed else "contradicts"
    return IndexComparison(shifts, verdict)


@dataclass(frozen=True)
class Difference:
    """An odds ratio after imputation and in complete cases.

    Attributes:
        imputed: Contrast of the main model.
        complete: The same contrast in complete cases.
        fold: The larger odds ratio divided by the smaller; at least 1.
        large: Whether that exceeds 1.25, or the log odds ratios differ by more than one standard
            error of the imputed one. By that alone they do not contradict each other.
    """

    imputed: Contrast
    complete: Contrast
    fold: float
    large: bool


@dataclass(frozen=True)
class CompleteCaseComparison:
    """The main model after imputation against the same model in complete cases.

    Attributes:
        differences: Every odds ratio of a predictor without interaction, the largest fold
            difference first.
        conflicting: Labels of predictors and interactions of which one odds ratio lies outside the
            confidence interval of the other. Predictors with an interaction, which have no single
            odds ratio, and interactions with a spline are not judged.
    """

    differences: tuple[Difference, ...]
    conflicting: tuple[str, ...]


def compare_complete_case(main: Association, complete: Association) -> CompleteCaseComparison:
    """Compare the imputed model with its complete cases, contrast by contrast."""
    pairs = list(zip(main.contrasts, complete.contrasts, strict=True))
    conflicting = dict.fromkeys(
        imputed.label
        for imputed, complete_case in pairs
        if estimates_conflict(imputed, complete_case) and _has_single_ratio(main.design, imputed)
    )
    differences = (
        _difference(main, imputed, complete_case)
        for imputed, complete_case in pairs
        if imputed.predictor and _has_single_ratio(main.design, imputed)
    )
    return CompleteCaseComparison(
        differences=tuple(sorted(differences, key=lambda difference: -difference.fold)),
        conflicting=tuple(conflicting),
    )


def _has_single_ratio(design: Design, contrast: Contrast) -> bool:
    if contrast.predictor:
        return not any(contrast.predictor in pair for pair in design.interactions)
    return contrast.compared not in design.spline_columns


def _difference(main: Association, imputed: Contrast, complete: Contrast) -> Difference:
    fold = fold_difference(imputed, complete)
    if imputed.quartiles is None:
        standard_errors = {(e.predictor, e.compared): e.standard_error for e in main.estimates}
        standard_error = standard_errors[imputed.predictor, imputed.compared]
    else:  # a contrast of quartiles is no coefficient; its interval is Wald's
        low, high = imputed.interval
        standard_error = math.log(high / low) / (2 * NORMAL_95)
    return Difference(imputed, complete, fold, fold > LARGE_FOLD or math.log(fold) > standard_error)
