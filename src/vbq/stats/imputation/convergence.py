"""Convergence of the chains: their means and SDs at each iteration, and R-hat.

Gelman A, Rubin DB. Stat Sci 1992;7:457-472, doi 10.1214/ss/1177011136.
For chained equations: van Buuren 2018, section 6.5.2.
"""

from dataclasses import dataclass

import numpy as np

from vbq.stats.checks import Floats

R_HAT_LIMIT = 1.1  # an R-hat above it calls for more iterations


@dataclass(frozen=True, eq=False)
class Trace:
    """Convergence trace of one incomplete column.

    Attributes:
        name: Name of the column.
        means: Shape (iterations, m), mean of the imputed values (or codes) in each chain.
        sds: Shape (iterations, m), SD of the imputed values (or codes) in each chain.
        r_hat: R-hat of the means; about 1 at convergence, above `R_HAT_LIMIT` not converged. None
            where the imputed means do not vary.
    """

    name: str
    means: Floats
    sds: Floats
    r_hat: float | None


def r_hat(means: Floats) -> float | None:
    """Potential scale reduction factor (R-hat) of the second half of the chains.

    Args:
        means: Shape (iterations, m).

    Returns:
        R-hat; None with fewer than two chains or three iterations, or where means do not vary.
    """
    second_half = means[means.shape[0] // 2 :]
    length = second_half.shape[0]
    if length < 2 or second_half.shape[1] < 2:
        return None
    within = float(second_half.var(axis=0, ddof=1).mean())
    between = float(second_half.mean(axis=0).var(ddof=1))
    if not within > 0:
        return None
    return float(np.sqrt((length - 1) / length + between / within))
