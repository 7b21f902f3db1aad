"""Internal-external validation: each site is predicted by a model developed at the other sites.

Royston P, Parmar MKB, Sylvester R. Stat Med 2004;23:907-926, doi 10.1002/sim.1691.
Steyerberg EW, Harrell FE. J Clin Epidemiol 2016;69:245-247, doi 10.1016/j.jclinepi.2015.04.005.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.checks import Floats
from vbq.stats.performance.binary_outcome import outcome_and_scores
from vbq.stats.performance.brier import Brier, brier
from vbq.stats.performance.calibration import Calibration, calibration
from vbq.stats.performance.delong import Auc, auc
from vbq.stats.regression.logistic import fit_logistic
from vbq.stats.validation.optimism import PredictionRule, Procedure


@dataclass(frozen=True)
class SitePerformance:
    """Performance at one site of a model developed at all other sites.

    Attributes:
        site: Label of the site.
        n: Number of subjects.
        events: Number of subjects with the event.
        auc: Discrimination with DeLong's interval; None if ``reason`` is given.
        calibration: Calibration; None if ``reason`` is given.
        brier: Brier score; None if ``reason`` is given.
        reason: Why the model cannot be evaluated at the site (for example, no events); None if it
            can.
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
    """Leave out one site (hospital, scanner, field strength) at a time.

    Args:
        design: Shape (n, p), input of the procedure.
        outcome: Shape (n,), 0 or 1.
        sites: Shape (n,), labels, at least two different ones.
        procedure: As in `validate_bootstrap`.
        confidence: Confidence level of the intervals, in (0, 1).

    Returns:
        The performance at each site, in the order of the labels.

    Raises:
        UsageError: shapes do not match, or there is only one site.
        InputError, RefusalError: the outcome is not 0/1, or is the same in all subjects.
    """
    x, y = np.asarray(design, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    outcome_and_scores(y, y)
    labels, member = np.unique(np.asarray(sites), return_inverse=True)
    if x.ndim != 2 or not x.shape[0] == y.size == member.size or labels.size < 2:
        raise UsageError(
            f"{labels.size} sites of {member.size} subjects do not match {y.size} outcomes and a "
            f"design of shape {x.shape}.",
            remedy="Give the site of each subject; at least two sites are needed.",
            code="bad_sites",
        )
    develop = procedure or _logistic
    results = []
    for j, label in enumerate(labels):
        held_out = member == j
        site = (str(label), int(np.count_nonzero(held_out)), int(y[held_out].sum()))
        try:
            p = develop(x[~held_out], y[~held_out])(x[held_out])
            measures = (
                auc(y[held_out], p, confidence=confidence),
                calibration(y[held_out], p, confidence=confidence),
                brier(y[held_out], p, confidence=confidence),
            )
        except (InputError, RefusalError) as error:
            results.append(SitePerformance(*site, None, None, None, reason=error.message))
        else:
            results.append(SitePerformance(*site, *measures, reason=None))
    return tuple(results)


def _logistic(x: Floats, y: Floats) -> PredictionRule:
    return fit_logistic(x, y).probabilities
