"""Decision curves: the net benefit of treating by a model, for a range of risk thresholds.

Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574, doi 10.1177/0272989X06295361.
Vickers AJ, van Calster B, Steyerberg EW. Diagn Progn Res 2019;3:18,
doi 10.1186/s41512-019-0064-7 (interventions avoided).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import UsageError
from vbq.stats.checks import check_level, finite
from vbq.stats.performance.binary_outcome import outcome_and_probabilities

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["DecisionCurve", "decision_curve", "decision_thresholds"]


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """Net benefit by threshold; treating nobody has a net benefit of 0.

    Attributes:
        thresholds: Shape (m,), probabilities at or above which a patient would be treated.
        net_benefit: Shape (m,), of treating by the model: true positives a patient, less false
            positives weighted by the odds of the threshold.
        lower: Shape (m,), lower limit of its bootstrap percentile interval.
        upper: Shape (m,), upper limit. Predictions are taken as given: on the subjects a model was
            made from, neither the curve nor the interval knows of its optimism.
        treat_all: Shape (m,), net benefit of treating everybody.
        interventions_avoided: Shape (m,), per 100 patients, beyond treating everybody and with no
            more events missed; negative where the model does harm.
        confidence: Level of the interval.
        resamples: Bootstrap resamples behind it.
        seed: Of the random numbers.
    """

    thresholds: NDArray[np.float64]
    net_benefit: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    treat_all: NDArray[np.float64]
    interventions_avoided: NDArray[np.float64]
    confidence: float
    resamples: int
    seed: int


def decision_curve(
    outcome: ArrayLike,
    probability: ArrayLike,
    thresholds: ArrayLike,
    *,
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
    copies: int = 1,
) -> DecisionCurve:
    """The decision curve of predicted probabilities.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in [0, 1].
        thresholds: Shape (m,), ascending, within (0, 1).
        seed: Of the random numbers.
        resamples: At least 2.
        confidence: Level of the interval.
        copies: Completed tables in which each subject stands, one under the other: a resample is
            of the subjects, not of all rows.

    Raises:
        UsageError, InputError, RefusalError: as `outcome_and_probabilities`; UsageError for
            thresholds that are not ascending within (0, 1).
    """
    check_level(confidence)
    at = decision_thresholds(thresholds)
    if resamples < 2:
        raise UsageError(f"{resamples} resamples are too few.", remedy="Take 2000.")
    y, p = outcome_and_probabilities(outcome, probability)
    # a resample matters only by how many subjects of each outcome fall between two thresholds
    steps = at.size + 1
    cell = np.searchsorted(at, p, side="right") + steps * y.astype(np.intp)
    counts = np.bincount(cell, minlength=2 * steps)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(y.size // copies, counts / y.size, size=resamples)
    benefit = _net_benefit(counts[None], at)[0]
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(_net_benefit(drawn, at), [tail, 1 - tail], axis=0)
    odds = at / (1 - at)
    everybody = y.mean() - (1 - y.mean()) * odds
    return DecisionCurve(
        thresholds=at,
        net_benefit=benefit,
        lower=lower,
        upper=upper,
        treat_all=everybody,
        interventions_avoided=100 * (benefit - everybody) / odds,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )


def decision_thresholds(thresholds: ArrayLike) -> NDArray[np.float64]:
    """Thresholds, ascending within (0, 1).

    Raises:
        UsageError: they are not.
    """
    at = finite(thresholds, "thresholds")
    if not at.size or at[0] <= 0 or at[-1] >= 1 or (np.diff(at) <= 0).any():
        raise UsageError(
            "Thresholds do not ascend within 0 and 1.",
            remedy="Give for instance 0.05, 0.10 … 0.50.",
            code="bad_thresholds",
        )
    return at


def _net_benefit(
    counts: NDArray[np.integer], thresholds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shape (b, m), from numbers without and with the event between thresholds, (b, 2(m + 1))."""
    without, with_event = np.split(counts, 2, axis=1)
    false, true = (
        np.cumsum(part[:, ::-1], axis=1)[:, ::-1][:, 1:] for part in (without, with_event)
    )
    odds = thresholds / (1 - thresholds)
    benefit: NDArray[np.float64] = (true - false * odds) / counts[0].sum()
    return benefit
