"""Fine & Gray: proportional sub-distribution hazards, for the probability of an event by a time.

Subjects with a competing event stay in the risk set, weighted with the probability that they would
still be followed. Ties after Breslow. Standard errors are the sandwich of the score residuals, as
from R's ``survival::finegray`` with ``coxph``; they take the weights as known (Fine & Gray's own
variance, in R's cmprsk, adds a term for their estimation, which is small).

Fine JP, Gray RJ. J Am Stat Assoc 1999;94:496-509, doi 10.1080/01621459.1999.10474144.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.stats.survival.follow_up import censoring_survival, follow_up
from vbq.stats.survival.partial_likelihood import HazardRatio, check_design, hazard_ratios, maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["FineGray", "fit_fine_gray"]


@dataclass(frozen=True, eq=False)
class FineGray:
    """A Fine-Gray regression.

    Attributes:
        terms: One for each predictor, with sub-distribution hazard ratios: their direction is that
            of the effect on the cumulative incidence, their size not that on the event's rate.
        covariance: Shape (p, p), robust.
        log_likelihood: Weighted partial (pseudo-) likelihood; no test rests on it.
        n: Subjects.
        events: Of the cause of interest.
        competing: Events of other causes.
        confidence: Level of the intervals.
    """

    terms: tuple[HazardRatio, ...]
    covariance: NDArray[np.float64]
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
    of_interest: int = 1,
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> FineGray:
    """Fit proportional sub-distribution hazards.

    Args:
        design: Shape (n, p), predictors known at the start.
        time: Shape (n,), until the first event of any kind or the end of follow-up.
        cause: Shape (n,), 0 where follow-up ended without an event, otherwise the kind of event.
        of_interest: The kind of event that is modelled.
        names: p names of the predictors.
        confidence: Level of the intervals, in (0, 1).

    Raises:
        UsageError, InputError: as `fit_cox`.
    """
    times, causes = follow_up(time, cause, of_interest)
    x, labels = check_design(design, times.size, names)
    events = np.flatnonzero(causes == of_interest)
    events = events[np.argsort(times[events], kind="stable")]
    competing = (causes != 0) & (causes != of_interest)
    # somebody has an event at each of these times, so both are above 0
    followed = censoring_survival(times, causes, times)
    followed_then = followed[events]

    def risk(start: int, stop: int) -> NDArray[np.float64]:
        at = times[events[start:stop], None]
        still = followed_then[start:stop, None] / np.where(followed > 0, followed, 1.0)
        return np.where(times >= at, 1.0, np.where(competing, still, 0.0))

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
