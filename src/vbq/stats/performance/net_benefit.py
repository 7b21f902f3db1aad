"""Decision curves: net benefit of treating by a prediction model, over a range of risk thresholds.

Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-574, doi 10.1177/0272989X06295361.
Vickers AJ, van Calster B, Steyerberg EW. Diagn Progn Res 2019;3:18,
doi 10.1186/s41512-019-0064-7 (interventions avoided).
Vickers AJ, Cronin AM, Elkin EB, Gonen M. BMC Med Inform Decis Mak 2008;8:53,
doi 10.1186/1472-6947-8-53 (difference of two models: subjects are resampled with both predictions).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import UsageError
from vbq.stats.checks import Floats, check_confidence, finite_array
from vbq.stats.performance.binary_outcome import outcome_and_probabilities
from vbq.stats.resampling import check_resamples, percentile_limits


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """Net benefit by threshold; treating no one has a net benefit of 0.

    Attributes:
        thresholds: Shape (m,), risks at or above which a patient would be treated.
        net_benefit: Shape (m,), net benefit of treating by the model: true positives per patient
            minus false positives per patient weighted by the odds of the threshold.
        lower: Shape (m,), lower limit of the bootstrap percentile interval of ``net_benefit``.
        upper: Shape (m,), upper limit. Predictions are treated as fixed: on the subjects a model
            was developed in, neither the curve nor its interval accounts for optimism.
        treat_all: Shape (m,), net benefit of treating every patient.
        interventions_avoided: Shape (m,), interventions avoided per 100 patients compared with
            treating all, without missing more events; negative where the model does harm.
        confidence: Confidence level of the interval.
        resamples: Number of bootstrap resamples.
        seed: Seed of the random numbers.
    """

    thresholds: Floats
    net_benefit: Floats
    lower: Floats
    upper: Floats
    treat_all: Floats
    interventions_avoided: Floats
    confidence: float
    resamples: int
    seed: int


@dataclass(frozen=True, eq=False)
class NetBenefitDifference:
    """Net benefit of a second model minus that of a first, by threshold.

    Attributes:
        thresholds: Shape (m,), risks at or above which a patient would be treated.
        difference: Shape (m,), in true positives per patient; above 0 the second model is better.
        lower: Shape (m,), lower limit of its paired bootstrap percentile interval.
        upper: Shape (m,), upper limit. Predictions are treated as fixed: on the subjects the
            models were developed in, neither difference nor interval accounts for optimism.
        confidence: Confidence level of the interval.
        resamples: Number of bootstrap resamples.
        seed: Seed of the random numbers.
    """

    thresholds: Floats
    difference: Floats
    lower: Floats
    upper: Floats
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
    """The decision curve of predicted probabilities, with bootstrap intervals.

    Args:
        outcome: Shape (n,), 0 or 1.
        probability: Shape (n,), in [0, 1].
        thresholds: Shape (m,), ascending, within (0, 1).
        seed: Seed of the random numbers.
        resamples: Number of bootstrap resamples, at least 2.
        confidence: Confidence level, in (0, 1).
        copies: Number of completed tables, stacked one below the other, in which each subject
            appears; a resample then has as many rows as there are subjects, not rows.

    Raises:
        UsageError, InputError, RefusalError: As `outcome_and_probabilities`; UsageError for
            thresholds that do not ascend within (0, 1), or fewer than two resamples.
    """
    check_confidence(confidence)
    cuts = decision_thresholds(thresholds)
    check_resamples(resamples)
    y, p = outcome_and_probabilities(outcome, probability)
    # a resample matters only by how many subjects of each outcome fall between two thresholds
    steps = cuts.size + 1
    cell = np.searchsorted(cuts, p, side="right") + steps * y.astype(np.intp)
    counts = np.bincount(cell, minlength=2 * steps)
    rng = np.random.default_rng(seed)
    resampled = rng.multinomial(y.size // copies, counts / y.size, size=resamples)
    benefit = _net_benefit(counts[None], cuts)[0]
    lower, upper = percentile_limits(_net_benefit(resampled, cuts), confidence)
    odds = cuts / (1 - cuts)
    treat_all = y.mean() - (1 - y.mean()) * odds
    return DecisionCurve(
        thresholds=cuts,
        net_benefit=benefit,
        lower=lower,
        upper=upper,
        treat_all=treat_all,
        interventions_avoided=100 * (benefit - treat_all) / odds,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )


def net_benefit_difference(
    outcome: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    thresholds: ArrayLike,
    *,
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
    copies: int = 1,
) -> NetBenefitDifference:
    """The difference of two decision curves in the same subjects, with paired bootstrap intervals.

    Args:
        outcome: Shape (n,), 0 or 1.
        first: Shape (n,), probabilities from the reference model, in [0, 1].
        second: Shape (n,), probabilities from the model compared with it.
        thresholds: Shape (m,), ascending, within (0, 1).
        seed: Seed of the random numbers.
        resamples: Number of bootstrap resamples, at least 2.
        confidence: Confidence level, in (0, 1).
        copies: As in `decision_curve`.

    Raises:
        UsageError, InputError, RefusalError: As `decision_curve`.
    """
    check_confidence(confidence)
    cuts = decision_thresholds(thresholds)
    check_resamples(resamples)
    y, p_first = outcome_and_probabilities(outcome, first)
    _, p_second = outcome_and_probabilities(outcome, second)
    # a subject matters only by its outcome and the thresholds that each prediction reaches
    reached = [np.searchsorted(cuts, p, side="right") for p in (p_first, p_second)]
    shape = (cuts.size + 1, cuts.size + 1, 2)
    cell = np.ravel_multi_index((*reached, y.astype(np.intp)), shape)
    cells, counts = np.unique(cell, return_counts=True)
    first_reached, second_reached, event = (
        part[:, None] for part in np.unravel_index(cells, shape)
    )
    index = np.arange(cuts.size)
    change = (second_reached > index).astype(np.float64) - (first_reached > index)
    gain = np.where(event == 1, change, -change * cuts / (1 - cuts))
    n = y.size // copies
    resampled = np.random.default_rng(seed).multinomial(n, counts / y.size, size=resamples)
    lower, upper = percentile_limits(resampled @ gain / n, confidence)
    return NetBenefitDifference(
        thresholds=cuts,
        difference=counts @ gain / y.size,
        lower=lower,
        upper=upper,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )


def decision_thresholds(thresholds: ArrayLike) -> Floats:
    """Thresholds as an array, ascending within (0, 1).

    Raises:
        UsageError: They are not.
    """
    cuts = finite_array(thresholds, "thresholds")
    if not cuts.size or cuts[0] <= 0 or cuts[-1] >= 1 or (np.diff(cuts) <= 0).any():
        raise UsageError(
            "Thresholds must ascend and lie between 0 and 1.",
            remedy="Give for instance 0.05, 0.10 … 0.50.",
            code="bad_thresholds",
        )
    return cuts


def _net_benefit(counts: NDArray[np.integer], thresholds: Floats) -> Floats:
    """Shape (b, m), from the numbers of subjects between thresholds, shape (b, 2(m + 1)).

    The first m + 1 columns count subjects without the event, the others those with it.
    """
    non_events, events = np.split(counts, 2, axis=1)
    false_positives, true_positives = (
        np.cumsum(part[:, ::-1], axis=1)[:, ::-1][:, 1:] for part in (non_events, events)
    )
    odds = thresholds / (1 - thresholds)
    benefit: Floats = (true_positives - false_positives * odds) / counts[0].sum()
    return benefit
