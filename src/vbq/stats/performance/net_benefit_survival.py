"""Decision curves for the risk of an event by a given time, with censored follow-up.

Vickers AJ, Cronin AM, Elkin EB, Gonen M. BMC Med Inform Decis Mak 2008;8:53,
doi 10.1186/1472-6947-8-53. Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.checks import check_level, finite, paired
from vbq.stats.performance.net_benefit import DecisionCurve, decision_thresholds
from vbq.stats.validation.optimism import bootstrap_counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["decision_curve_survival"]


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
    """The decision curve of predicted risks by a time, from censored follow-up.

    Events among those at or above a threshold are counted by Kaplan & Meier's estimate at the
    horizon; where follow-up of that group ends earlier, its last estimate is carried forward.
    Competing events (death before fracture) must not be coded as censoring.

    Args:
        time: Shape (n,), follow-up, above 0, any unit.
        event: Shape (n,), 1 where follow-up ended with the event, 0 where it was censored.
        probability: Shape (n,), predicted risk of the event by the horizon, in [0, 1].
        thresholds: Shape (m,), ascending, within (0, 1).
        horizon: In the unit of time.
        seed: Of the random numbers.
        resamples: At least 2.
        confidence: Level of the interval.

    Raises:
        UsageError: lengths differ; thresholds do not ascend within (0, 1).
        InputError: a value is missing or out of range.
        RefusalError: nobody is followed to the horizon.
    """
    check_level(confidence)
    at = decision_thresholds(thresholds)
    if resamples < 2:
        raise UsageError(f"{resamples} resamples are too few.", remedy="Take 2000.")
    t, died = paired(time, event, ("times", "events"))
    t, p = paired(t, finite(probability, "predicted risks"), ("times", "predicted risks"))
    if t.min() < 0 or p.min() < 0 or p.max() > 1 or not np.isin(died, (0, 1)).all():
        raise InputError(
            "Times are negative, risks outside [0, 1], or events other than 0 and 1.",
            remedy="Give follow-up from 0 on, risks as probabilities, events as 1.",
            code="bad_survival",
        )
    if t.max() < horizon or not died[t <= horizon].any():
        raise RefusalError(
            f"Follow-up of {t.size} subjects reaches {t.max():g}, with "
            f"{int(died[t <= horizon].sum())} events by {horizon:g}.",
            remedy="Choose a horizon within follow-up and after the first event.",
            code="bad_horizon",
        )
    order = np.argsort(t, kind="stable")
    t, died, p = t[order], died[order], p[order]
    curves = [_net_benefit(t, died, p, at, horizon, np.ones((1, t.size)))]
    curves += [
        _net_benefit(t, died, p, at, horizon, counts)
        for counts in bootstrap_counts(t.size, resamples, seed)
    ]
    (benefit, everybody), resampled = curves[0][0], np.concatenate(curves[1:])[:, 0]
    tail = (1 - confidence) / 2
    lower, upper = np.quantile(resampled, [tail, 1 - tail], axis=0)
    return DecisionCurve(
        thresholds=at,
        net_benefit=benefit,
        lower=lower,
        upper=upper,
        treat_all=everybody,
        interventions_avoided=100 * (benefit - everybody) * (1 - at) / at,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
    )


def _net_benefit(
    t: Floats, died: Floats, p: Floats, at: Floats, horizon: float, counts: Floats
) -> Floats:
    """Shape (b, 2, m): of the model and of treating everybody; subjects sorted by time."""
    odds = at / (1 - at)
    n = counts.sum(axis=1, keepdims=True)
    alive = _survival(t, died, horizon, counts)[:, None]
    everybody = (1 - alive) - alive * odds
    model = np.empty_like(everybody)
    for j, threshold in enumerate(at):
        treated = p >= threshold
        share = counts[:, treated].sum(axis=1) / n[:, 0]
        alive_treated = _survival(t[treated], died[treated], horizon, counts[:, treated])
        model[:, j] = share * ((1 - alive_treated) - alive_treated * odds[j])
    return np.stack([model, everybody], axis=1)


def _survival(t: Floats, died: Floats, horizon: float, counts: Floats) -> Floats:
    """Kaplan & Meier's survival at the horizon, shape (b,); 1 of nobody."""
    if not t.size:
        return np.ones(counts.shape[0])
    starts = np.flatnonzero(np.concatenate([[True], np.diff(t) > 0]))
    deaths = np.add.reduceat(counts * died, starts, axis=1)
    leaving = np.add.reduceat(counts, starts, axis=1)
    at_risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]
    within = t[starts] <= horizon
    share = deaths[:, within] / np.maximum(at_risk[:, within], 1)
    survival: Floats = (1 - share).prod(axis=1)
    return survival
