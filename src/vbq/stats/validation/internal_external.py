"""Internal-external validation: each site is predicted by a model made at the others.

Royston P, Parmar MKB, Sylvester R. Stat Med 2004;23:907-926, doi 10.1002/sim.1691.
Steyerberg EW, Harrell FE. J Clin Epidemiol 2016;69:245-247, doi 10.1016/j.jclinepi.2015.04.005.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.performance.binary_outcome import outcome_and_scores
from vbq.stats.performance.brier import Brier, brier
from vbq.stats.performance.calibration import Calibration, calibration
from vbq.stats.performance.delong import Auc, auc
from vbq.stats.regression.logistic import fit_logistic

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from vbq.stats.validation.optimism import Predictor, Procedure

__all__ = ["SitePerformance", "leave_one_site_out"]


@dataclass(frozen=True)
class SitePerformance:
    """How a model made at all other sites does at this one.

    Attributes:
        site: Its label.
        n: Subjects.
        events: Subjects with the event.
        auc: Discrimination with DeLong's interval.
        calibration: Calibration; None, as ``auc`` and ``brier``, where ``reason`` says why.
        brier: Brier score.
        reason: Why the site cannot be judged (no event, say); None where it can.
    """

    site: str
    n: int
    events: int
    auc: Auc | None
    calibration: Calibration | None
    brier: Brier | None
    reason: str | None


def leave_one_site_out(
    design: ArrayLike,
    outcome: ArrayLike,
    sites: ArrayLike,
    procedure: Procedure | None = None,
    *,
    confidence: float = 0.95,
) -> tuple[SitePerformance, ...]:
    """Leaves out one site (hospital, scanner, field strength) at a time.

    Args:
        design: Shape (n, p), what the procedure takes.
        outcome: Shape (n,), 0 or 1.
        sites: Shape (n,), labels, at least two different ones.
        procedure: As `validate_bootstrap`.
        confidence: Level of the intervals.

    Returns:
        One for each site, in the order of the labels.

    Raises:
        UsageError: shapes do not fit one another, or there is only one site.
        InputError, RefusalError: the outcome is not 0/1, or the same in all.
    """
    x, y = np.asarray(design, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    outcome_and_scores(y, y)
    labels, member = np.unique(np.asarray(sites), return_inverse=True)
    if x.ndim != 2 or not x.shape[0] == y.size == member.size or labels.size < 2:
        raise UsageError(
            f"{labels.size} sites of {member.size} subjects do not fit {y.size} outcomes and a "
            f"design of shape {x.shape}.",
            remedy="Give each subject its site; at least two sites are needed.",
            code="bad_sites",
        )
    make = procedure or _plain
    results = []
    for j, label in enumerate(labels):
        here = member == j
        at = (str(label), int(np.count_nonzero(here)), int(y[here].sum()))
        try:
            p = make(x[~here], y[~here])(x[here])
            area = auc(y[here], p, confidence=confidence)
            right = calibration(y[here], p, confidence=confidence)
            score = brier(y[here], p, confidence=confidence)
        except (InputError, RefusalError) as error:
            results.append(SitePerformance(*at, None, None, None, reason=error.message))
        else:
            results.append(SitePerformance(*at, area, right, score, reason=None))
    return tuple(results)


def _plain(x: NDArray[np.float64], y: NDArray[np.float64]) -> Predictor:
    return fit_logistic(x, y).probabilities
