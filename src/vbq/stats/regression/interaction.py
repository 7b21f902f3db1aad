"""Products of terms, for models in which one predictor changes what another means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vbq.errors import UsageError
from vbq.stats.checks import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["interaction"]


def interaction(
    first: ArrayLike, second: ArrayLike, names: tuple[Sequence[str], Sequence[str]]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Every column of one term times every column of another.

    The terms themselves belong in the model too; the products' joint test
    (`vbq.stats.regression.likelihood`) is the test of interaction.

    Args:
        first: Shape (n, a), such as a spline.
        second: Shape (n, b), such as the indicators of a category.
        names: Of the a and of the b columns.

    Returns:
        The products, shape (n, a·b), and their names, ``"age × smoker"``.

    Raises:
        UsageError: the terms differ in length, or names do not fit.
        InputError: a value is missing or not a number.
    """
    x = finite(first, "values of the first term", dimensions=2)
    y = finite(second, "values of the second term", dimensions=2)
    if x.shape[0] != y.shape[0] or (x.shape[1], y.shape[1]) != (len(names[0]), len(names[1])):
        raise UsageError(
            f"Terms of shapes {x.shape} and {y.shape} with {len(names[0])} and {len(names[1])} "
            "names do not fit.",
            remedy="Give one row a subject and one name a column.",
            code="wrong_shape",
        )
    products = (x[:, :, None] * y[:, None, :]).reshape(x.shape[0], -1)
    return products, tuple(f"{a} × {b}" for a in names[0] for b in names[1])
