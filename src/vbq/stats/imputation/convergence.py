"""Whether the chains have mixed: their means and SDs at each iteration, and R-hat.

Gelman A, Rubin DB. Stat Sci 1992;7:457-472, doi 10.1214/ss/1177011136.
For chained equations: van Buuren 2018, section 6.5.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SETTLED", "Trace", "r_hat"]

SETTLED = 1.1  # R-hat above it is a reason for more iterations


@dataclass(frozen=True, eq=False)
class Trace:
    """The course of one incomplete column through the iterations.

    Attributes:
        name: Of the column.
        means: Shape (iterations, m), mean of the imputed values (of their codes) in each chain.
        sds: Shape (iterations, m), their SD.
        r_hat: Of the means; about 1 where chains have mixed, above `SETTLED` they
            have not. None where the imputed means do not vary.
    """

    name: str
    means: NDArray[np.float64]
    sds: NDArray[np.float64]
    r_hat: float | None


def r_hat(means: NDArray[np.float64]) -> float | None:
    """Potential scale reduction of the second half of m chains, shape (iterations, m)."""
    late = means[means.shape[0] // 2 :]
    length = late.shape[0]
    if length < 2 or late.shape[1] < 2:
        return None
    within = float(late.var(axis=0, ddof=1).mean())
    between = float(late.mean(axis=0).var(ddof=1))
    if not within > 0:
        return None
    return float(np.sqrt((length - 1) / length + between / within))
