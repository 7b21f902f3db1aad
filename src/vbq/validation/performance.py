"""From outcomes to claims, in the manner of a QIBA profile: each with n, limits and verdict.

Raunig DL et al. (QIBA), Stat Methods Med Res 2015;24:27-67, doi 10.1177/0962280214537344.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vbq.errors import RefusalError, VBQError
from vbq.stats.agreement.bland_altman import bland_altman
from vbq.stats.agreement.deming import deming
from vbq.stats.agreement.repeatability import repeatability
from vbq.stats.checks import Interval
from vbq.text import fixed, percent
from vbq.validation.claim import Claim
from vbq.validation.csf_contamination import CSF_CONTAMINANTS
from vbq.validation.outcomes import METHODS, Method, Outcome

ERROR_RATIO = 1e-9  # error variance of the true scores over that of the measured scores
STRONGEST_SHADING = 5.0
FEWEST = 3  # scans with a score; with fewer, no figure is computed
BIAS = {"true masks": 0.02, "network": 0.05}
SLOPE = {"true masks": 0.01, "network": 0.03}
ROBUST = 0.10  # mean error at a setting


def assess(outcomes: Sequence[Outcome]) -> list[Claim]:
    """Judge every claim, in the order of the report.

    Args:
        outcomes: Outcomes of the whole grid, by both methods.
    """
    topics: dict[str, Callable[[Sequence[Outcome], Method, partial[Claim]], Iterable[Claim]]] = {
        "Bias": _bias,
        "Linearity": _linearity,
        "Repeatability": _repeatability,
        "Robustness": _robustness,
        "Uncertainty": _coverage,
        "CSF contamination": _csf_contamination,
        "Noise floor": _noise_floor,
        "Coil shading": _coil_shading,
    }
    claims: list[Claim] = []
    for topic, judge in topics.items():
        for method in METHODS:
            claim = partial(Claim, topic, method)
            try:
                claims.extend(judge(outcomes, method, claim))
            except VBQError as error:  # too few scores for the figure: the claim is not met
                claims.append(claim("undefined", 0, math.nan, note=error.message))
    return claims


def _require_scores(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    if len(outcomes) < FEWEST:
        raise RefusalError(f"Only {len(outcomes)} scans have a score.", code="too_few")
    return outcomes


def scored_in_part(outcomes: Iterable[Outcome], part: str, method: Method) -> list[Outcome]:
    """Outcomes with a score in one part of the grid, by one method."""
    return [
        o for o in outcomes if o.spine.part == part and o.method == method and o.score is not None
    ]


def eligible_for_coverage(outcomes: Iterable[Outcome], method: Method) -> list[Outcome]:
    """Scored scans with noise, without coil shading and without contaminated CSF."""
    return [
        o
        for o in outcomes
        if o.method == method and o.low is not None and o.condition.snr is not None
        and o.condition.shading == 1 and not o.condition.csf_contamination
    ]  # fmt: skip


def _bias(outcomes: Sequence[Outcome], method: Method, claim: partial[Claim]) -> Iterable[Claim]:
    core = _require_scores(scored_in_part(outcomes, "core", method))
    truth, score = _pairs(core)
    agreement = bland_altman(score, truth)
    yield claim(
        "mean of score − truth",
        n=agreement.pairs,
        value=agreement.bias,
        interval=agreement.bias_interval,
        lower=-BIAS[method],
        upper=BIAS[method],
        note=f"95 % of errors lie between {fixed(agreement.lower, 3)} and "
        f"{fixed(agreement.upper, 3)}",
    )


def _linearity(
    outcomes: Sequence[Outcome], method: Method, claim: partial[Claim]
) -> Iterable[Claim]:
    core = _require_scores(scored_in_part(outcomes, "core", method))
    truth, score = _pairs(core)
    line = deming(truth, score, error_ratio=ERROR_RATIO)
    low, high = line.intercept_interval
    yield claim(
        "slope of score on truth",
        n=line.pairs,
        value=line.slope,
        interval=line.slope_interval,
        lower=1 - SLOPE[method],
        upper=1 + SLOPE[method],
        note=f"intercept {fixed(line.intercept, 3)} ({fixed(low, 3)} to {fixed(high, 3)})",
    )
    residual = score - line.intercept - line.slope * truth
    deviations = {true: abs(float(residual[truth == true].mean())) for true in np.unique(truth)}
    worst = max(deviations, key=lambda true: deviations[true])
    yield claim(
        "largest mean deviation from that line",
        n=line.pairs,
        value=deviations[worst],
        upper=0.10,
        program_limit=True,
        note=f"at a true score of {worst:g}",
    )


def _repeatability(
    outcomes: Sequence[Outcome], method: Method, claim: partial[Claim]
) -> Iterable[Claim]:
    repeats = _require_scores(scored_in_part(outcomes, "repeats", method))
    truth, score = _pairs(repeats)
    subjects = [o.spine.seed for o in repeats]
    absolute = repeatability(score, subjects)
    yield claim(
        "repeatability coefficient at SNR 25",
        n=absolute.measurements,
        value=absolute.coefficient,
        interval=absolute.coefficient_interval,
        upper=0.15,
        program_limit=method == "true masks",
        note=f"{absolute.subjects} spines, true scores 2 to 4.5; within-subject SD "
        f"{fixed(absolute.within_sd, 4)}",
    )
    relative = repeatability(score / truth, subjects)
    yield claim(
        "within-subject coefficient of variation (wCV)",
        n=relative.measurements,
        value=relative.within_sd,
        interval=relative.within_sd_interval,
        upper=0.025,
        share=True,
        program_limit=True,
    )


def _robustness(
    outcomes: Sequence[Outcome], method: Method, claim: partial[Claim]
) -> Iterable[Claim]:
    scored = scored_in_part(outcomes, "factors", method)
    for factor in dict.fromkeys(o.condition.factor for o in outcomes if o.spine.part == "factors"):
        if not factor:
            continue
        errors = _by_setting(_require_scores([o for o in scored if o.condition.factor == factor]))
        means = {name: float(values.mean()) for name, values in errors.items()}
        worst = max(means, key=lambda name: abs(means[name]))
        yield claim(
            f"{factor}: largest mean error of a setting",
            n=sum(values.size for values in errors.values()),
            value=abs(means[worst]),
            upper=ROBUST,
            program_limit=True,
            note=f"at {worst}; settings: {', '.join(means)}",
        )


def _coverage(
    outcomes: Sequence[Outcome], method: Method, claim: partial[Claim]
) -> Iterable[Claim]:
    eligible = _require_scores(eligible_for_coverage(outcomes, method))
    hits = sum(_contains(o.low, o.spine.true_vbq, o.high) for o in eligible)
    width = float(np.median([(o.high or 0) - (o.low or 0) for o in eligible])) / 2
    yield claim(
        "95 % intervals that contain the truth",
        n=len(eligible),
        value=hits / len(eligible),
        interval=_wilson(hits, len(eligible)),
        lower=0.90,
        upper=0.99,
        share=True,
        note=f"median half-width {fixed(width, 3)}; coil shading is a bias, which the interval "
        "does not cover: see below",
    )


def _csf_contamination(
    outcomes: Sequence[Outcome], method: Method, claim: partial[Claim]
) -> Iterable[Claim]:
    """Change of the score from the scan of the same spine with clean CSF and the same noise."""
    scored = scored_in_part(outcomes, "csf", method)
    clean = {
        (o.spine.seed, o.condition.snr): o.score or 0.0
        for o in scored
        if not o.condition.csf_contamination
    }
    for key, contaminant in CSF_CONTAMINANTS.items():
        for snr in dict.fromkeys(o.condition.snr for o in scored):
            contaminated = _require_scores([
                o
                for o in scored
                if o.condition.csf_contamination == key
                and o.condition.snr == snr
                and (o.spine.seed, snr) in clean
            ])  # fmt: skip
            changes = np.array([(o.score or 0.0) - clean[o.spine.seed, snr] for o in contaminated])
            naive = float(np.mean([o.naive for o in contaminated if o.naive is not None]))
            noise = "no noise" if snr is None else f"SNR {snr:g}"
            yield claim(
                f"{contaminant.name}, {noise}: largest change",
                n=len(contaminated),
                value=float(np.abs(changes).max()),
                upper=0.05,
                note=f"mean change {fixed(changes.mean(), 3)}; a mean over the whole sac would "
                f"give {fixed(naive, 2)} for a true score of 3",
            )


def _noise_floor(
    outcomes: Sequence[Outcome], method: Method, claim: partial[Claim]
) -> Iterable[Claim]:
    dark = _require_scores(scored_in_part(outcomes, "floor", method))
    truth, score = _pairs(dark)
    factors = np.array([o.floor_factor for o in dark], float)
    agreement = bland_altman(score, truth)
    yield claim(
        "CSF at SNR 3: mean of score − truth",
        n=agreement.pairs,
        value=agreement.bias,
        interval=agreement.bias_interval,
        lower=-0.1,
        upper=0.1,
        note=f"without the correction {fixed(float((score * factors - truth).mean()), 3)}",
    )


def _coil_shading(
    outcomes: Sequence[Outcome], method: Method, claim: partial[Claim]
) -> Iterable[Claim]:
    scored = [o for o in scored_in_part(outcomes, "shading", method) if o.corrected is not None]
    shaded = _require_scores([o for o in scored if o.condition.shading == STRONGEST_SHADING])
    errors = np.array([(o.corrected or 0.0) - o.spine.true_vbq for o in shaded])
    raw = float(np.mean([o.error for o in shaded]))
    yield claim(
        "5 ×: largest error, corrected",
        n=len(shaded),
        value=float(np.abs(errors).max()),
        upper=0.15,
        note=f"{percent((np.abs(errors) <= 0.15).mean(), 0)} within 0.15; mean "
        f"{fixed(errors.mean(), 3)}; uncorrected {fixed(raw, 2)}",
    )
    alarms = sum(map(_flags_shading, shaded))
    unshaded = [o for o in outcomes if o.method == method and o.score and o.condition.shading == 1]
    yield claim(
        "5 ×: flag raised",
        n=len(shaded),
        value=alarms / len(shaded),
        interval=_wilson(alarms, len(shaded)),
        lower=1.0,
        share=True,
        note=f"without coil shading, in the whole grid: {sum(map(_flags_shading, unshaded))} of "
        f"{len(unshaded)}",
    )
    flagged = _require_scores([o for o in scored if o.corrected_low is not None])
    hits = sum(_contains(o.corrected_low, o.spine.true_vbq, o.corrected_high) for o in flagged)
    yield claim(
        "corrected intervals that contain the truth",
        n=len(flagged),
        value=hits / len(flagged),
        interval=_wilson(hits, len(flagged)),
        lower=0.90,
        share=True,
        program_limit=True,
        note=f"flagged scans only; {_raw_coverage(scored)}",
    )


def _raw_coverage(scored: Sequence[Outcome]) -> str:
    """Coverage of the raw score's interval under coil shading, and how often a flag warns of it."""
    parts = []
    for shading in sorted({o.condition.shading for o in scored} - {1.0}):
        shaded = [o for o in scored if o.condition.shading == shading]
        covered = np.array([_contains(o.low, o.spine.true_vbq, o.high) for o in shaded])
        flagged = np.array([_flags_shading(o) for o in shaded])
        parts.append(
            f"{shading:g} ×: {percent(covered.mean(), 0)}, flag {percent(flagged.mean(), 0)}, "
            f"neither {percent((~covered & ~flagged).mean(), 0)}"
        )
    return "the raw score's interval contains the truth at " + "; ".join(parts)


def _flags_shading(outcome: Outcome) -> bool:
    return "coil_shading" in outcome.flags


def _pairs(outcomes: Sequence[Outcome]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """True and measured scores, each of shape (n,)."""
    return (
        np.array([o.spine.true_vbq for o in outcomes], float),
        np.array([o.score for o in outcomes], float),
    )


def _by_setting(outcomes: Iterable[Outcome]) -> dict[str, NDArray[np.float64]]:
    """Errors of the score by setting of the factor."""
    errors: dict[str, list[float]] = {}
    for o in outcomes:
        errors.setdefault(o.condition.setting, []).append(o.error)
    return {name: np.array(values) for name, values in errors.items()}


def _contains(low: float | None, truth: float, high: float | None) -> bool:
    return low is not None and high is not None and low <= truth <= high


def _wilson(hits: int, n: int) -> Interval:
    """95 % interval of a proportion: Wilson, 1927, doi 10.1080/01621459.1927.10502953."""
    proportion = stats.binomtest(hits, n).proportion_ci(method="wilson")
    return float(proportion.low), float(proportion.high)
