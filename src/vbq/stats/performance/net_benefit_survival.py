"""Decision curves for the risk of an event by a given time, with censored follow-up.

Vickers AJ, Cronin AM, Elkin EB, Gonen M. BMC Med Inform Decis Mak 2008;8:53,
doi 10.1186/1472-6947-8-53. Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481.
"""

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import InputError, RefusalError
from vbq.stats.checks import Floats, check_confidence, finite_array, paired_arrays
from vbq.stats.performance.net_benefit import DecisionCurve, decision_thresholds
from vbq.stats.resampling import bootstrap_counts, check_resamples, percentile_limits


def decision_curve_survival(
    time: ArrayLike,
    event: ArrayLike,
    probability: ArrayLike,
    thresholds: ArrayLike,
    *,
    horizon: float,
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> DecisionCurve:
    """The decision curve of predicted risks by a time horizon, from censored follow-up.

    The risk among subjects at or above a threshold is the Kaplan-Meier estimate at the horizon;
    where follow-up of that group ends earlier, its last estimate is carried forward. Competing
    events (death before fracture) must not be coded as censoring.

    Args:
        time: Shape (n,), follow-up, not negative, in any unit.
        event: Shape (n,), 1 where follow-up ended with the event, 0 where it was censored.
        probability: Shape (n,), predicted risk of the event by the horizon, in [0, 1].
        thresholds: Shape (m,), ascending, within (0, 1).
        horizon: Time horizon, in the unit of ``time``.
        seed: Seed of the random numbers.
        resamples: Number of bootstrap resamples, at least 2.
        confidence: Confidence level of the interval, in (0, 1).

    Raises:
        UsageError: Lengths differ, thresholds do not ascend within (0, 1), or there are fewer than
            two resamples.
        InputError: A value is missing or out of range.
        RefusalError: No subject is followed to the horizon, or no event occurs by then.
    """
    check_confidence(confidence)
    cuts = decision_thresholds(thresholds)
    check_resamples(resamples)
    times, events = paired_arrays(time, event, ("times", "events"))
    times, p = paired_arrays(
        times, finite_array(probability, "predicted risks"), ("times", "predicted risks")
    )
    if times.min() < 0 or p.min() < 0 or p.max() > 1 or not np.isin(events, (0, 1)).all():
        raise InputError(
            "Times are negative, risks outside [0, 1], or events other than 0 and 1.",
            remedy="Give follow-up times of 0 or more, risks as probabilities, and events as 0/1.",
            code="bad_survival",
        )
    if times.max() < horizon or not events[times <= horizon].any():
        raise RefusalError(
            f"Follow-up of {times.size} subjects extends to {times.max():g}, with "
            f"{int(events[times <= horizon].sum())} events by {horizon:g}.",
            remedy="Choose a horizon within follow-up and after the first event.",
            code="bad_horizon",
        )
    order = np.argsort(times, kind="stable")
    times, events, p = times[order], events[order], p[order]
    benefit, treat_all = _net_benefit(times, events, p, cuts, horizon, np.ones((1, times.size)))[0]
    resampled = np.concatenate(
        [
            _net_benefit(times, events, p, cuts, horizon, counts)
            for counts in bootstrap_counts(times.size, resamples, seed)
        ]
    )[:, 0]
    lower, upper = percentile_limits(resampled, confidence)
    return DecisionCurve(
        thresholds=cuts,
        net_benefit=benefit,
        lower=lower,
        upper=upper,
        treat_all=treat_all,
        interventions_avoided=100 * (benefit - treat_all) * (1 - cuts) / cuts,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )


def _net_benefit(
    times: Floats, events: Floats, p: Floats, cuts: Floats, horizon: float, counts: Floats
) -> Floats:
    """Net benefit of the model and of treating all, shape (b, 2, m); subjects sorted by time."""
    odds = cuts / (1 - cuts)
    n = counts.sum(axis=1, keepdims=True)
    survival = _survival(times, events, horizon, counts)[:, None]
    treat_all = (1 - survival) - survival * odds
    model = np.empty_like(treat_all)
    for j, threshold in enumerate(cuts):
        treated = p >= threshold
        share = counts[:, treated].sum(axis=1) / n[:, 0]
        survival = _survival(times[treated], events[treated], horizon, counts[:, treated])
        model[:, j] = share * ((1 - survival) - survival * odds[j])
    return np.stack([model, treat_all], axis=1)


def _survival(times: Floats, events: Floats, horizon: float, counts: Floats) -> Floats:
    """Kaplan-Meier survival at the horizon, shape (b,); 1 where there are no subjects."""
    if not times.size:
        return np.ones(counts.shape[0])
    starts = np.flatnonzero(np.concatenate([[True], np.diff(times) > 0]))
    event_counts = np.add.reduceat(counts * events, starts, axis=1)
    ending = np.add.reduceat(counts, starts, axis=1)
    at_risk = np.cumsum(ending[:, ::-1], axis=1)[:, ::-1]
    by_horizon = times[starts] <= horizon
    hazard = event_counts[:, by_horizon] / np.maximum(at_risk[:, by_horizon], 1)
    survival: Floats = (1 - hazard).prod(axis=1)
    return survival
