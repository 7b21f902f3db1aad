"""Fine-Gray regression: proportional sub-distribution hazards, for the risk of an event by a time.

Subjects with a competing event stay in the risk set, weighted by the probability that they would
still be under follow-up. Ties are handled by Breslow's method. Standard errors are the sandwich of
the score residuals, as from R's ``survival::finegray`` with ``coxph``; they treat the weights as
known (Fine & Gray's variance, in R's cmprsk, adds a small term for their estimation).

Fine JP, Gray RJ. J Am Stat Assoc 1999;94:496-509, doi 10.1080/01621459.1999.10474144.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.stats.checks import Floats
from vbq.stats.survival.follow_up import censoring_survival, events_in_order, follow_up
from vbq.stats.survival.partial_likelihood import HazardRatio, check_design, hazard_ratios, maximise


@dataclass(frozen=True, eq=False)
class FineGray:
    """A Fine-Gray regression.

    Attributes:
        terms: Sub-distribution hazard ratio of each predictor. Its direction is that of the effect
            on the cumulative incidence; its size is not that of the effect on the event rate.
        covariance: Shape (p, p), robust covariance of the coefficients.
        log_likelihood: Weighted partial log-likelihood, a pseudo-likelihood not used for tests.
        n: Number of subjects.
        events: Number of events of the cause of interest.
        competing: Number of events of other causes.
        confidence: Confidence level of the intervals.
    """

    terms: tuple[HazardRatio, ...]
    covariance: Floats
    log_likelihood: float
    n: int
    events: int
    competing: int
    confidence: float


def fit_fine_gray(
    design: ArrayLike,
    time: ArrayLike,
    cause: ArrayLike,
    *,
    cause_of_interest: int = 1,
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> FineGray:
    """Fit proportional sub-distribution hazards.

    Args:
        design: Shape (n, p), predictors known at the start of follow-up.
        time: Shape (n,), time to the first event of any kind or the end of follow-up.
        cause: Shape (n,), 0 where follow-up was censored, otherwise the code of the event.
        cause_of_interest: Code of the event that is modelled.
        names: p names of the predictors.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError, InputError: as `fit_cox`.
    """
    times, causes = follow_up(time, cause, cause_of_interest)
    x, labels = check_design(design, times.size, names)
    events = events_in_order(times, causes == cause_of_interest)
    competing = (causes != 0) & (causes != cause_of_interest)
    # above 0 at every event time, of either kind, because the subject with the event is followed
    followed = censoring_survival(times, causes, times)
    followed_to_event = followed[events]

    def risk(start: int, stop: int) -> Floats:
        event_time = times[events[start:stop], None]
        conditional = followed_to_event[start:stop, None] / np.where(followed > 0, followed, 1.0)
        return np.where(times >= event_time, 1.0, np.where(competing, conditional, 0.0))

    fit = maximise(x, events, risk)
    bread = np.linalg.inv(fit.information)
    covariance = bread @ (fit.score_residuals.T @ fit.score_residuals) @ bread
    return FineGray(
        terms=hazard_ratios(labels, fit.coefficients, covariance, confidence),
        covariance=covariance,
        log_likelihood=fit.log_likelihood,
        n=times.size,
        events=events.size,
        competing=int(competing.sum()),
        confidence=confidence,
    )
