"""From outcomes to claims, in the manner of a QIBA profile: each with n, limit and verdict.

Raunig DL et al. (QIBA), Stat Methods Med Res 2015;24:27-67, doi 10.1177/0962280214537344.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import RefusalError, VBQError
from vbq.stats.agreement.bland_altman import bland_altman
from vbq.stats.agreement.deming import deming
from vbq.stats.agreement.repeatability import repeatability
from vbq.text import percent
from vbq.validation.claim import Claim
from vbq.validation.csf_contamination import CSF_CONTAMINANTS
from vbq.validation.outcomes import METHODS, Method, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from vbq.stats.checks import Interval

__all__ = ["ROBUST", "assess", "eligible_for_coverage", "scored_in_part"]

TRUTH_HAS_NO_ERROR = 1e-9  # error variance of the true scores over that of the measured ones
STRONGEST_SHADING = 5.0
FEWEST = 3  # scans with a score; below, no figure is given
BIAS = {"true masks": 0.02, "network": 0.05}
SLOPE = {"true masks": 0.01, "network": 0.03}
ROBUST = 0.10  # mean error of a setting


def assess(outcomes: Sequence[Outcome]) -> list[Claim]:
    """Every claim, in the order of the report.

    Args:
        outcomes: Those of the whole grid, both methods.
    """
    makers: dict[str, Callable[[Sequence[Outcome], Method], Iterable[Claim]]] = {
        "Bias": _bias,
        "Linearity": _linearity,
        "Repeatability": _repeatability,
        "Robustness": _robustness,
        "Uncertainty": _coverage,
        "CSF contamination": _csf_contamination,
        "Noise floor": _floor,
        "Coil shading": _shading,
    }
    claims: list[Claim] = []
    for topic, make in makers.items():
        for method in METHODS:
            try:
                claims.extend(make(outcomes, method))
            except VBQError as error:  # too few scores to say anything is a claim not met
                claims.append(Claim(topic, method, "undefined", 0, math.nan, note=error.message))
    return claims


def _require_scores(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    if len(outcomes) < FEWEST:
        raise RefusalError(f"Only {len(outcomes)} scans got a score.", code="too_few")
    return outcomes


def scored_in_part(outcomes: Iterable[Outcome], part: str, method: Method) -> list[Outcome]:
    """The outcomes of a part of the grid that have a score."""
    return [
        o for o in outcomes if o.spine.part == part and o.method == method and o.score is not None
    ]


def eligible_for_coverage(outcomes: Iterable[Outcome], method: Method) -> list[Outcome]:
    """Every scored scan with noise, an even coil and a clean sac."""
    return [
        o
        for o in outcomes
        if o.method == method and o.low is not None and o.condition.snr is not None
        and o.condition.shading == 1 and not o.condition.csf_contamination
    ]  # fmt: skip


def _bias(outcomes: Sequence[Outcome], method: Method) -> Iterable[Claim]:
    core = _require_scores(scored_in_part(outcomes, "core", method))
    found = bland_altman(*_pairs(core)[::-1])
    limit = BIAS[method]
    yield Claim(
        "Bias", method, "mean of score − truth", found.pairs, found.bias,
        found.bias_interval, -limit, limit,
        note=f"95 % of errors lie between {found.lower:.3f} and {found.upper:.3f}",
    )  # fmt: skip


def _linearity(outcomes: Sequence[Outcome], method: Method) -> Iterable[Claim]:
    core = _require_scores(scored_in_part(outcomes, "core", method))
    truth, score = _pairs(core)
    line = deming(truth, score, error_ratio=TRUTH_HAS_NO_ERROR)
    limit = SLOPE[method]
    low, high = line.intercept_interval
    yield Claim(
        "Linearity", method, "slope of score on truth", line.pairs, line.slope,
        line.slope_interval, 1 - limit, 1 + limit,
        note=f"intercept {line.intercept:.3f} ({low:.3f} to {high:.3f})",
    )  # fmt: skip
    residual = score - line.intercept - line.slope * truth
    bends = {true: abs(float(residual[truth == true].mean())) for true in np.unique(truth)}
    worst = max(bends, key=lambda true: bends[true])
    yield Claim(
        "Linearity", method, "largest mean deviation from that line", line.pairs,
        bends[worst], upper=0.10, own=True, note=f"at a true score of {worst:g}",
    )  # fmt: skip


def _repeatability(outcomes: Sequence[Outcome], method: Method) -> Iterable[Claim]:
    repeats = _require_scores(scored_in_part(outcomes, "repeats", method))
    truth, score = _pairs(repeats)
    subjects = [o.spine.seed for o in repeats]
    found = repeatability(score, subjects)
    yield Claim(
        "Repeatability", method, "repeatability coefficient at SNR 25",
        found.measurements, found.coefficient, found.coefficient_interval, upper=0.15,
        own=method == "true masks",
        note=f"{found.subjects} spines, true scores 2 to 4.5; within-subject SD "
        f"{found.within_sd:.4f}",
    )  # fmt: skip
    relative = repeatability(score / truth, subjects)
    yield Claim(
        "Repeatability", method, "within-subject variation (wCV)",
        relative.measurements, relative.within_sd, relative.within_sd_interval, upper=0.025,
        share=True, own=True,
    )  # fmt: skip


def _robustness(outcomes: Sequence[Outcome], method: Method) -> Iterable[Claim]:
    scored = scored_in_part(outcomes, "factors", method)
    for factor in dict.fromkeys(o.condition.factor for o in outcomes if o.spine.part == "factors"):
        if not factor:
            continue
        errors = _by_setting(_require_scores([o for o in scored if o.condition.factor == factor]))
        means = {name: float(values.mean()) for name, values in errors.items()}
        worst = max(means, key=lambda name: abs(means[name]))
        yield Claim(
            "Robustness", method, f"{factor}: largest mean error of a setting",
            sum(values.size for values in errors.values()), abs(means[worst]), upper=ROBUST,
            own=True, note=f"at {worst}, of {', '.join(means)}",
        )  # fmt: skip


def _coverage(outcomes: Sequence[Outcome], method: Method) -> Iterable[Claim]:
    noisy = _require_scores(eligible_for_coverage(outcomes, method))
    held = sum(_holds(o.low, o.spine.true_vbq, o.high) for o in noisy)
    width = float(np.median([(o.high or 0) - (o.low or 0) for o in noisy])) / 2
    yield Claim(
        "Uncertainty", method, "95 % intervals that hold the truth", len(noisy),
        held / len(noisy), _wilson(held, len(noisy)), 0.90, 0.99, share=True,
        note=f"median half-width {width:.3f}; coil shading is a bias, not part of the interval: "
        "see below",
    )  # fmt: skip


def _csf_contamination(outcomes: Sequence[Outcome], method: Method) -> Iterable[Claim]:
    """Change of the score against the clean scan of the same spine with the same noise."""
    every = scored_in_part(outcomes, "csf", method)
    clean = {
        (o.spine.seed, o.condition.snr): o.score or 0.0
        for o in every
        if not o.condition.csf_contamination
    }
    for key, contaminant in CSF_CONTAMINANTS.items():
        for snr in dict.fromkeys(o.condition.snr for o in every):
            here = _require_scores([
                o
                for o in every
                if o.condition.csf_contamination == key
                and o.condition.snr == snr
                and (o.spine.seed, snr) in clean
            ])  # fmt: skip
            moves = np.array([(o.score or 0.0) - clean[o.spine.seed, snr] for o in here])
            naive = float(np.mean([o.naive for o in here if o.naive is not None]))
            noise = "no noise" if snr is None else f"SNR {snr:g}"
            yield Claim(
                "CSF contamination", method, f"{contaminant.name}, {noise}: largest change",
                len(here), float(np.abs(moves).max()), upper=0.05,
                note=f"mean change {moves.mean():.3f}; a mean over the whole sac would give "
                f"{naive:.2f} for a true score of 3",
            )  # fmt: skip


def _floor(outcomes: Sequence[Outcome], method: Method) -> Iterable[Claim]:
    dark = _require_scores(scored_in_part(outcomes, "floor", method))
    truth, score = _pairs(dark)
    factors = np.array([o.floor_factor for o in dark], float)
    found = bland_altman(score, truth)
    yield Claim(
        "Noise floor", method, "CSF at SNR 3: mean of score − truth", found.pairs,
        found.bias, found.bias_interval, -0.1, 0.1,
        note=f"without the correction {float((score * factors - truth).mean()):.3f}",
    )  # fmt: skip


def _shading(outcomes: Sequence[Outcome], method: Method) -> Iterable[Claim]:
    every = [o for o in scored_in_part(outcomes, "shading", method) if o.corrected is not None]
    shaded = _require_scores([o for o in every if o.condition.shading == STRONGEST_SHADING])
    errors = np.array([(o.corrected or 0.0) - o.spine.true_vbq for o in shaded])
    raw = float(np.mean([o.error for o in shaded]))
    yield Claim(
        "Coil shading", method, "5 ×: largest error, corrected", len(shaded),
        float(np.abs(errors).max()), upper=0.15,
        note=f"{percent((np.abs(errors) <= 0.15).mean(), 0)} within 0.15; mean "
        f"{errors.mean():.3f}; uncorrected {raw:.2f}",
    )  # fmt: skip
    told = sum("coil_shading" in o.flags for o in shaded)
    even = [o for o in outcomes if o.method == method and o.score and o.condition.shading == 1]
    false = sum("coil_shading" in o.flags for o in even)
    yield Claim(
        "Coil shading", method, "5 ×: flag raised", len(shaded), told / len(shaded),
        _wilson(told, len(shaded)), lower=1.0, share=True,
        note=f"with an even coil, in the whole grid: {false} of {len(even)}",
    )  # fmt: skip
    flagged = _require_scores([o for o in every if o.corrected_low is not None])
    held = sum(_holds(o.corrected_low, o.spine.true_vbq, o.corrected_high) for o in flagged)
    yield Claim(
        "Coil shading", method, "corrected intervals that hold the truth", len(flagged),
        held / len(flagged), _wilson(held, len(flagged)), 0.90, None, share=True, own=True,
        note=f"of flagged scans; {_uncorrected(every)}",
    )  # fmt: skip


def _uncorrected(every: Sequence[Outcome]) -> str:
    """What the raw score's own interval does under shading, and how often that is told."""
    parts = []
    for shading in sorted({o.condition.shading for o in every} - {1.0}):
        here = [o for o in every if o.condition.shading == shading]
        held = np.array([_holds(o.low, o.spine.true_vbq, o.high) for o in here])
        told = np.array(["coil_shading" in o.flags for o in here])
        parts.append(
            f"{shading:g} ×: {percent(held.mean(), 0)}, flag {percent(told.mean(), 0)}, neither "
            f"{percent((~held & ~told).mean(), 0)}"
        )
    return "interval of the raw score holds the truth at " + "; ".join(parts)


def _pairs(outcomes: Sequence[Outcome]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """True and measured scores."""
    return (
        np.array([o.spine.true_vbq for o in outcomes], float),
        np.array([o.score for o in outcomes], float),
    )


def _by_setting(outcomes: Iterable[Outcome]) -> dict[str, NDArray[np.float64]]:
    errors: dict[str, list[float]] = {}
    for o in outcomes:
        errors.setdefault(o.condition.setting, []).append(o.error)
    return {name: np.array(values) for name, values in errors.items()}


def _holds(low: float | None, truth: float, high: float | None) -> bool:
    return low is not None and high is not None and low <= truth <= high


def _wilson(hits: int, n: int) -> Interval:
    """Of a share: Wilson, J Am Stat Assoc 1927, doi 10.1080/01621459.1927.10502953."""
    found = stats.binomtest(hits, n).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
