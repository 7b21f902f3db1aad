"""The data of a regression of a yes/no outcome, checked once for every method that fits one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import InputError, UsageError
from vbq.stats.checks import finite_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "INTERCEPT",
    "BinaryData",
    "binary_data",
    "check_rank",
    "dependent_columns",
    "with_intercept",
]

INTERCEPT = "intercept"
RANK = 1e-7  # share of a column that others leave unexplained, below which R's lm drops it too


@dataclass(frozen=True, eq=False)
class BinaryData:
    """Predictors and a yes/no outcome of n subjects.

    Attributes:
        names: Of the columns of ``design``; the first is ``"intercept"``.
        design: Shape (n, p + 1); the first column is 1. Of full rank.
        outcome: Shape (n,), 0 or 1; both occur.
        offset: Shape (n,), added to the log-odds with coefficient 1.
        weights: Shape (n,), not negative: how many subjects a row stands for.
    """

    names: tuple[str, ...]
    design: NDArray[np.float64]
    outcome: NDArray[np.float64]
    offset: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def n(self) -> int:
        """Rows with a positive weight."""
        return int(np.count_nonzero(self.weights))

    @property
    def events(self) -> int:
        """Rows with a positive weight whose outcome is 1."""
        return int(np.count_nonzero(self.weights * self.outcome))

    def column(self, name: str) -> int:
        """Where a column of the design stands.

        Raises:
            UsageError: there is none of that name.
        """
        if name not in self.names:
            raise UsageError(
                f"There is no predictor {name!r} in the model.",
                remedy=f"Give one of {', '.join(self.names)}.",
                code="unknown_predictor",
            )
        return self.names.index(name)


def binary_data(
    design: ArrayLike,
    outcome: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    offset: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> BinaryData:
    """Checks what a regression of a yes/no outcome cannot do without.

    Args:
        design: Shape (n, p), the predictors without the intercept.
        outcome: Shape (n,), 0 or 1.
        names: p names of the predictors, for messages and tables; x1, x2 … where not given.
        offset: Shape (n,), a part of the log-odds known beforehand.
        weights: Shape (n,), not negative, not all 0.

    Raises:
        UsageError: shapes do not fit one another, or names repeat.
        InputError: a value is missing; the outcome is not 0/1 or is the same in all; a predictor
            is constant or a combination of others; there are no more subjects than coefficients.
    """
    y = finite_array(outcome, "outcomes")
    predictors = finite_array(design, "predictor values", dimensions=2)
    n, p = predictors.shape
    x = with_intercept(predictors)
    labels = tuple(f"x{j + 1}" for j in range(p)) if names is None else tuple(names)
    if len(labels) != p or len({INTERCEPT, *labels}) != p + 1:
        raise UsageError(
            f"There are {p} predictors, but their names are {', '.join(labels) or 'none'}.",
            remedy=f"Give one name a predictor, all different and none {INTERCEPT!r}.",
            code="bad_names",
        )
    known = np.zeros(n) if offset is None else finite_array(offset, "offsets")
    w = np.ones(n) if weights is None else finite_array(weights, "weights")
    for values, what in ((y, "outcomes"), (known, "offsets"), (w, "weights")):
        if values.size != n:
            raise UsageError(
                f"There are {n} rows of predictors and {values.size} {what}.",
                remedy="Give one of each for every subject, in the same order.",
                code="wrong_shape",
            )
    if (w < 0).any() or not w.any():
        raise InputError(
            "Weights are negative or all 0.",
            remedy="Give each subject a weight of 0 or more.",
            code="bad_weights",
        )
    if not np.isin(y, (0, 1)).all():
        raise InputError(
            "The outcome has values other than 0 and 1.",
            remedy="Code the event as 1 and its absence as 0.",
            code="not_binary",
        )
    data = BinaryData((INTERCEPT, *labels), x, y, known, w)
    if data.events in (0, data.n):
        raise InputError(
            f"The outcome is the same in all {data.n} subjects.",
            remedy="A model needs subjects with and without the event.",
            code="one_class",
        )
    if data.n <= p + 1:
        raise InputError(
            f"{data.n} subjects are too few for {p + 1} coefficients (the intercept included).",
            remedy="Declare fewer predictors or add subjects.",
            code="too_few",
        )
    check_rank(x[w > 0], data.names)
    return data


def with_intercept(predictors: NDArray[np.float64]) -> NDArray[np.float64]:
    """A column of ones before the predictors."""
    return np.column_stack([np.ones(predictors.shape[0]), predictors])


def check_rank(x: NDArray[np.float64], names: Sequence[str]) -> None:
    """No column is constant or a linear combination of those before it.

    Args:
        x: Shape (n, p + 1), n > p, the first column constant.
        names: Of the columns.

    Raises:
        InputError: one is; the message names it, and those it combines.
    """
    constant = [name for name, spread in zip(names, np.ptp(x, axis=0), strict=True) if not spread]
    if len(constant) > 1:
        raise InputError(
            f"Predictors are the same in all subjects: {', '.join(constant[1:])}.",
            remedy="Leave them out; a constant cannot predict.",
            code="constant_predictor",
        )
    if dependent := dependent_columns(x[:, 1:]):
        *others, last = (names[k + 1] for k in dependent)
        raise InputError(
            f"{last} is a linear combination of {' and '.join(others)}.",
            remedy="Leave one of them out.",
            code="collinear",
        )


def dependent_columns(x: NDArray[np.float64]) -> list[int]:
    """The first column that is a linear combination of those before it, after those it combines.

    Args:
        x: Shape (n, p), n > p, without an intercept; no column is constant.

    Returns:
        Indices, the dependent column last; empty where there is none.
    """
    centred = x - x.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=0)
    r: NDArray[np.float64] = np.linalg.qr(centred)[1]
    short = np.flatnonzero(np.abs(np.diag(r)) < RANK)
    if not short.size:
        return []
    j = int(short[0])
    shares = np.linalg.solve(r[:j, :j], r[:j, j])
    return [*(k for k in range(j) if abs(shares[k]) > RANK), j]
