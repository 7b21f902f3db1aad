"""Checks of input that the statistical methods share, and the types of arrays and intervals."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vbq.errors import InputError, UsageError

SIGNIFICANCE_LEVEL = 0.05
NORMAL_95 = 1.959963984540054  # half width of a 95 % interval, in standard errors

Floats = NDArray[np.float64]
Interval = tuple[float, float]  # lower and upper limit


def finite_array(values: ArrayLike, name: str, *, dimensions: int = 1) -> Floats:
    """Values as an array of floats, all of them finite.

    Args:
        values: Numbers, with ``dimensions`` axes.
        name: What the values are, in the plural, for the message.
        dimensions: Number of axes expected.

    Raises:
        UsageError: the values have another number of axes.
        InputError: some values are not numbers, missing (NaN) or infinite.
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
    invalid = int(np.count_nonzero(~np.isfinite(array)))
    if invalid:
        raise InputError(
            f"{invalid} of {array.size} {name} are missing or infinite.",
            remedy="Remove those subjects, or impute and pool.",
            code="missing_values",
        )
    return array


def paired_arrays(
    first: ArrayLike, second: ArrayLike, names: tuple[str, str]
) -> tuple[Floats, Floats]:
    """Two one-dimensional arrays of finite numbers, of the same length.

    Args:
        first: Shape (n,).
        second: Shape (n,).
        names: What the two arrays hold, in the plural, for the message.

    Raises:
        UsageError: their lengths differ, or they are not one-dimensional.
        InputError: as `finite_array`.
    """
    x, y = finite_array(first, names[0]), finite_array(second, names[1])
    if x.size != y.size:
        raise UsageError(
            f"There are {x.size} {names[0]} and {y.size} {names[1]}.",
            remedy="Give one of each for every subject, in the same order.",
            code="wrong_shape",
        )
    return x, y


def measurement_pairs(
    first: ArrayLike, second: ArrayLike, *, minimum: int, purpose: str
) -> tuple[Floats, Floats]:
    """Measurements of the same subjects by two methods.

    Args:
        first: Shape (n,).
        second: Shape (n,).
        minimum: Smallest number of pairs.
        purpose: What needs that many, in the plural, for the message.

    Raises:
        UsageError: fewer pairs than ``minimum``, or as `paired_arrays`.
        InputError: as `finite_array`.
    """
    x, y = paired_arrays(first, second, ("first measurements", "second measurements"))
    if x.size < minimum:
        raise UsageError(
            f"{purpose} need at least {minimum} pairs; there are {x.size}.",
            remedy="Measure more subjects by both methods.",
            code="too_few",
        )
    return x, y


def check_confidence(confidence: float) -> None:
    """Require a confidence level strictly between 0 and 1.

    Raises:
        UsageError: it is not.
    """
    if not 0 < confidence < 1:
        raise UsageError(
            f"A confidence level of {confidence:g} is not between 0 and 1.",
            remedy="Give 0.95 for a 95 % interval.",
            code="bad_confidence",
        )


def check_binary(values: Floats, name: str, first: str, second: str) -> None:
    """Require values of 0 and 1 only.

    Args:
        values: Any shape.
        name: What the values are, with an article, for the message.
        first: What is coded as 1.
        second: What is coded as 0.

    Raises:
        InputError: another value occurs.
    """
    if not np.isin(values, (0, 1)).all():
        raise InputError(
            f"{name} has values other than 0 and 1.",
            remedy=f"Code {first} as 1 and {second} as 0.",
            code="not_binary",
        )


def predictor_names(names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """The names given, or x1, x2 … for ``count`` predictors without names."""
    return tuple(f"x{j + 1}" for j in range(count)) if names is None else tuple(names)


def rounding_error(values: Floats) -> float:
    """Largest difference that arithmetic may leave between equal numbers of this size."""
    return float(8 * np.finfo(np.float64).eps * np.abs(values).max())
