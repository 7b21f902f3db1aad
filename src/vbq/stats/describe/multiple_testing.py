"""p-values adjusted for multiple testing.

Holm S. Scand J Stat 1979;6:65-70. Benjamini Y, Hochberg Y. J R Stat Soc B 1995;57:289-300,
doi 10.1111/j.2517-6161.1995.tb02031.x.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats, finite_array

Adjustment = Literal["holm", "bonferroni", "benjamini-hochberg"]


def adjust_p_values(p_values: ArrayLike, method: Adjustment = "holm") -> Floats:
    """p-values adjusted for multiple testing, to be compared with the usual significance level.

    Args:
        p_values: Shape (m,), the p-values of one family of tests, in [0, 1].
        method: ``holm`` and ``bonferroni`` control the family-wise error rate, and Holm's method is
            never less powerful; ``benjamini-hochberg`` controls the false discovery rate of
            independent or positively dependent tests.

    Returns:
        Shape (m,), in the order given, at most 1.

    Raises:
        UsageError: unknown method.
        InputError: p-values are missing or outside 0 to 1.
    """
    if method not in get_args(Adjustment):
        raise UsageError(
            f"Unknown adjustment {method!r}.",
            remedy=f"Give one of {', '.join(get_args(Adjustment))}.",
        )
    p = finite_array(p_values, "p-values")
    if ((p < 0) | (p > 1)).any():
        raise InputError(
            "p-values lie outside 0 to 1.",
            remedy="Give p-values between 0 and 1.",
            code="not_a_probability",
        )
    m = p.size
    if method == "bonferroni":
        return np.minimum(m * p, 1)
    order = np.argsort(p)
    ranks = np.arange(1, m + 1)
    adjusted = np.empty(m)
    if method == "holm":
        adjusted[order] = np.maximum.accumulate((m - ranks + 1) * p[order])
    else:
        adjusted[order] = np.minimum.accumulate((m / ranks * p[order])[::-1])[::-1]
    return np.minimum(adjusted, 1)
