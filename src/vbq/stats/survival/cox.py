"""Cox regression, ties after Efron; with competing events the cause-specific hazard.

Cause-specific hazard ratios answer what a predictor does to those still free of any event; for its
effect on the probability of the event by a time, see `fine_gray`.

Cox DR. J R Stat Soc B 1972;34:187-220, doi 10.1111/j.2517-6161.1972.tb00899.x.
Efron B. J Am Stat Assoc 1977;72:557-565, doi 10.1080/01621459.1977.10480613.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.stats.survival.follow_up import follow_up
from vbq.stats.survival.partial_likelihood import HazardRatio, check_design, hazard_ratios, maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Cox", "fit_cox"]


@dataclass(frozen=True, eq=False)
class Cox:
    """A Cox regression.

    Attributes:
        terms: One for each predictor.
        covariance: Shape (p, p).
        log_likelihood: Partial, at the coefficients.
        null_log_likelihood: Partial, with all coefficients 0.
        likelihood_ratio: Twice their difference, chi-squared with p degrees of freedom.
        p: Of the likelihood-ratio test that no predictor matters.
        n: Subjects.
        events: Of the cause of interest.
        confidence: Level of the intervals.
    """

    terms: tuple[HazardRatio, ...]
    covariance: NDArray[np.float64]
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
    of_interest: int = 1,
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> Cox:
    """Fit the (cause-specific) proportional hazards of one event.

    Args:
        design: Shape (n, p), predictors known at the start.
        time: Shape (n,), until the first event of any kind or the end of follow-up.
        cause: Shape (n,), 0 where follow-up ended without an event, otherwise the kind of event;
            other kinds count as the end of follow-up.
        of_interest: The kind of event that is modelled.
        names: p names of the predictors.
        confidence: Level of the intervals, in (0, 1).

    Raises:
        UsageError: lengths differ, unknown level.
        InputError: missing values, negative times, no events, constant or collinear predictors, or
            perfect ordering of the events (code ``"separation"``).
    """
    times, causes = follow_up(time, cause, of_interest)
    x, labels = check_design(design, times.size, names)
    happened = causes == of_interest
    events = np.flatnonzero(happened)
    events = events[np.argsort(times[events], kind="stable")]
    moments, first, tied = np.unique(times[events], return_index=True, return_counts=True)
    which = np.searchsorted(moments, times[events])
    # of d tied events, the k-th (from 0) sees each of them at risk with weight 1 - k / d
    gone = (np.arange(events.size) - first[which]) / tied[which]

    def risk(start: int, stop: int) -> NDArray[np.float64]:
        at = times[events[start:stop], None]
        part = gone[start:stop, None] * (happened & (times == at))
        weights: NDArray[np.float64] = (times >= at) - part
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
