"""What every method asks of its input before it computes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["NORMAL_95", "Interval", "check_level", "finite", "method_pairs", "paired", "rounding"]

NORMAL_95 = 1.959963984540054  # half width of a 95 % interval, in standard errors

Interval = tuple[float, float]  # lower and upper limit


def finite(values: ArrayLike, name: str, *, dimensions: int = 1) -> NDArray[np.float64]:
    """The values as floats, all of them finite.

    Args:
        values: Numbers, ``dimensions``-dimensional.
        name: What they are, for the message.
        dimensions: How many axes are expected.

    Raises:
        UsageError: they have another number of axes.
        InputError: some are not numbers, missing (NaN) or infinite.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The {name} are not all numbers.",
            remedy="Give numbers in rows of equal length.",
            code="not_numeric",
        ) from error
    if array.ndim != dimensions:
        raise UsageError(
            f"The {name} have {array.ndim} dimensions, not {dimensions}.",
            remedy=f"Give an array of {dimensions} dimension{'s' if dimensions > 1 else ''}.",
            code="wrong_shape",
        )
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if bad:
        raise InputError(
            f"{bad} of {array.size} {name} are missing or infinite.",
            remedy="Remove those subjects, or impute and pool.",
            code="missing_values",
        )
    return array


def paired(
    first: ArrayLike, second: ArrayLike, names: tuple[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two lists of finite numbers of one length.

    Raises:
        UsageError: their lengths differ, or they are not one-dimensional.
        InputError: as `finite`.
    """
    x, y = finite(first, names[0]), finite(second, names[1])
    if x.size != y.size:
        raise UsageError(
            f"There are {x.size} {names[0]} and {y.size} {names[1]}.",
            remedy="Give one of each for every subject, in the same order.",
            code="wrong_shape",
        )
    return x, y


def method_pairs(
    first: ArrayLike, second: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The measurements of two methods on the same subjects, enough for a regression.

    Raises:
        UsageError: fewer than three, or as `paired`.
        InputError: as `finite`.
    """
    x, y = paired(first, second, ("first measurements", "second measurements"))
    if x.size < 3:
        raise UsageError(
            f"A regression needs at least 3 pairs; there are {x.size}.",
            remedy="Measure more subjects by both methods.",
            code="too_few",
        )
    return x, y


def check_level(confidence: float) -> None:
    """A confidence level lies strictly between 0 and 1.

    Raises:
        UsageError: it does not.
    """
    if not 0 < confidence < 1:
        raise UsageError(
            f"A confidence level of {confidence:g} is not between 0 and 1.",
            remedy="Give 0.95 for a 95 % interval.",
            code="bad_confidence",
        )


def rounding(values: NDArray[np.float64]) -> float:
    """How far apart equal numbers of this size may come out of arithmetic."""
    return float(8 * np.finfo(np.float64).eps * np.abs(values).max())
