"""The data of a regression of a binary outcome, checked for all methods that fit one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Floats, check_binary, finite_array, predictor_names

INTERCEPT = "intercept"
RANK = 1e-7  # unexplained share of a column below which it counts as dependent, as in R's lm


@dataclass(frozen=True, eq=False)
class BinaryData:
    """Predictors and a binary outcome of n subjects.

    Attributes:
        names: Names of the columns of ``design``; the first is ``"intercept"``.
        design: Shape (n, p + 1), of full rank; the first column is 1.
        outcome: Shape (n,), 0 or 1; both occur.
        offset: Shape (n,), added to the log-odds with coefficient 1.
        weights: Shape (n,), not negative: number of subjects that a row represents.
    """

    names: tuple[str, ...]
    design: Floats
    outcome: Floats
    offset: Floats
    weights: Floats

    @property
    def n(self) -> int:
        """Number of rows with a positive weight."""
        return int(np.count_nonzero(self.weights))

    @property
    def events(self) -> int:
        """Number of rows with a positive weight and an outcome of 1."""
        return int(np.count_nonzero(self.weights * self.outcome))

    def column(self, name: str) -> int:
        """Index of a column of the design.

        Raises:
            UsageError: no column has that name.
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
    """Check the data of a regression of a binary outcome, and add the intercept.

    Args:
        design: Shape (n, p), the predictors without the intercept.
        outcome: Shape (n,), 0 or 1.
        names: p names of the predictors, for messages and tables; by default x1, x2 …
        offset: Shape (n,), known part of the log-odds.
        weights: Shape (n,), not negative, not all 0.

    Raises:
        UsageError: shapes do not match, or names repeat.
        InputError: a value is missing; the outcome is not 0/1 or is the same in all subjects; a
            predictor is constant or a linear combination of others; there are no more subjects
            than coefficients.
    """
    y = finite_array(outcome, "outcomes")
    predictors = finite_array(design, "predictor values", dimensions=2)
    n, p = predictors.shape
    x = with_intercept(predictors)
    labels = predictor_names(names, p)
    if len(labels) != p or len({INTERCEPT, *labels}) != p + 1:
        raise UsageError(
            f"There are {p} predictors, but their names are {', '.join(labels) or 'none'}.",
            remedy=f"Give one name per predictor, all different and none {INTERCEPT!r}.",
            code="bad_names",
        )
    known = np.zeros(n) if offset is None else finite_array(offset, "offsets")
    w = np.ones(n) if weights is None else finite_array(weights, "weights")
    for values, label in ((y, "outcomes"), (known, "offsets"), (w, "weights")):
        if values.size != n:
            raise UsageError(
                f"There are {n} rows of predictors and {values.size} {label}.",
                remedy="Give one of each for every subject, in the same order.",
                code="wrong_shape",
            )
    if (w < 0).any() or not w.any():
        raise InputError(
            "Weights are negative or all 0.",
            remedy="Give each subject a weight of 0 or more.",
            code="bad_weights",
        )
    check_binary(y, "The outcome", "the event", "its absence")
    data = BinaryData((INTERCEPT, *labels), x, y, known, w)
    if data.events in (0, data.n):
        raise InputError(
            f"The outcome is the same in all {data.n} subjects.",
            remedy="Give subjects with and without the event.",
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


def with_intercept(predictors: Floats) -> Floats:
    """The predictors, shape (n, p), after a column of ones."""
    return np.column_stack([np.ones(predictors.shape[0]), predictors])


def check_rank(x: Floats, names: Sequence[str]) -> None:
    """Require that no predictor is constant or a linear combination of others.

    Args:
        x: Shape (n, p + 1), n > p, the first column constant.
        names: Names of the columns.

    Raises:
        InputError: a predictor is; the message names it, and the columns that it combines.
    """
    constant = [name for name, spread in zip(names, np.ptp(x, axis=0), strict=True) if not spread]
    if len(constant) > 1:
        raise InputError(
            f"Predictors are the same in all subjects: {', '.join(constant[1:])}.",
            remedy="Omit them; a constant cannot predict.",
            code="constant_predictor",
        )
    if dependent := dependent_columns(x[:, 1:]):
        *combined, last = (names[k + 1] for k in dependent)
        raise InputError(
            f"{last} is a linear combination of {' and '.join(combined)}.",
            remedy="Omit one of them.",
            code="collinear",
        )


def dependent_columns(x: Floats) -> list[int]:
    """Find the first column that is a linear combination of earlier columns and a constant.

    Args:
        x: Shape (n, p), n > p, without an intercept; no column is constant.

    Returns:
        Indices of the columns combined and, last, of the dependent column; empty if there is none.
    """
    centred = x - x.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=0)
    r: Floats = np.linalg.qr(centred)[1]
    dependent = np.flatnonzero(np.abs(np.diag(r)) < RANK)
    if not dependent.size:
        return []
    j = int(dependent[0])
    slopes = np.linalg.solve(r[:j, :j], r[:j, j])
    return [*(k for k in range(j) if abs(slopes[k]) > RANK), j]
