"""Cox regression with Efron's method for ties; with competing events the cause-specific hazard.

Cause-specific hazard ratios describe the effect of a predictor in subjects still free of any event;
for its effect on the probability of the event by a time, see `fine_gray`.

Cox DR. J R Stat Soc B 1972;34:187-220, doi 10.1111/j.2517-6161.1972.tb00899.x.
Efron B. J Am Stat Assoc 1977;72:557-565, doi 10.1080/01621459.1977.10480613.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from vbq.stats.checks import Floats
from vbq.stats.survival.follow_up import events_in_order, follow_up
from vbq.stats.survival.partial_likelihood import HazardRatio, check_design, hazard_ratios, maximise


@dataclass(frozen=True, eq=False)
class Cox:
    """A Cox regression.

    Attributes:
        terms: Hazard ratio of each predictor.
        covariance: Shape (p, p), covariance of the coefficients.
        log_likelihood: Partial log-likelihood at the coefficients.
        null_log_likelihood: Partial log-likelihood with all coefficients 0.
        likelihood_ratio: Likelihood-ratio statistic, chi-squared with p degrees of freedom.
        p: p-value of the likelihood-ratio test that all coefficients are 0.
        n: Number of subjects.
        events: Number of events of the cause of interest.
        confidence: Confidence level of the intervals.
    """

    terms: tuple[HazardRatio, ...]
    covariance: Floats
    log_likelihood: float
    null_log_likelihood: float
    likelihood_ratio: float
    p: float
    n: int
    events: int
    confidence: float


def fit_cox(
    design: ArrayLike,
    time: ArrayLike,
    cause: ArrayLike,
    *,
    cause_of_interest: int = 1,
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> Cox:
    """Fit (cause-specific) proportional hazards of one event.

    Args:
        design: Shape (n, p), predictors known at the start of follow-up.
        time: Shape (n,), time to the first event of any kind or the end of follow-up.
        cause: Shape (n,), 0 where follow-up was censored, otherwise the code of the event; events
            of other causes count as censoring.
        cause_of_interest: Code of the event that is modelled.
        names: p names of the predictors.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: lengths differ, or the confidence level is out of range.
        InputError: missing values, negative times, no events, constant or collinear predictors, or
            predictors that order the events perfectly (code ``"separation"``).
    """
    times, causes = follow_up(time, cause, cause_of_interest)
    x, labels = check_design(design, times.size, names)
    has_event = causes == cause_of_interest
    events = events_in_order(times, has_event)
    event_times, first, tied = np.unique(times[events], return_index=True, return_counts=True)
    group = np.searchsorted(event_times, times[events])
    # Efron: in the risk set of the k-th (from 0) of d tied events each has the weight 1 - k / d
    reduction = (np.arange(events.size) - first[group]) / tied[group]

    def risk(start: int, stop: int) -> Floats:
        event_time = times[events[start:stop], None]
        tied_part = reduction[start:stop, None] * (has_event & (times == event_time))
        weights: Floats = (times >= event_time) - tied_part
        return weights

    fit = maximise(x, events, risk)
    covariance = np.linalg.inv(fit.information).astype(np.float64)
    ratio = max(0.0, 2 * (fit.log_likelihood - fit.null_log_likelihood))
    return Cox(
        terms=hazard_ratios(labels, fit.coefficients, covariance, confidence),
        covariance=covariance,
        log_likelihood=fit.log_likelihood,
        null_log_likelihood=fit.null_log_likelihood,
        likelihood_ratio=ratio,
        p=float(stats.chi2.sf(ratio, len(labels))),
        n=times.size,
        events=events.size,
        confidence=confidence,
    )
