"""Separation: predictors that determine a binary outcome.

If some linear combination of predictors is never lower in a subject with the event than in one
without, the likelihood has no maximum and odds ratios are infinite. Separation is complete if a
threshold divides the two groups, quasi-complete if ties remain (typically: all subjects with a rare
feature had the event).

Albert A, Anderson JA. Biometrika 1984;71:1-10, doi 10.1093/biomet/71.1.1.
The linear programme: Konis K. Linear programming algorithms for detecting separated data in
binary logistic regression models. DPhil thesis, Oxford 2007.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from vbq.errors import InputError
from vbq.stats.checks import Floats

TIE = 1e-6  # tolerance, in mean distances from the separating plane
BATCH = 1000  # subjects added to the linear programme in one round


@dataclass(frozen=True)
class Separation:
    """Predictors that separate the outcome.

    Attributes:
        complete: Whether separation is complete, with no subject on the separating plane.
        predictors: Names of predictors that separate, alone or together; a sufficient set, in most
            cases the smallest.
        tied: Number of subjects on the separating plane; 0 if separation is complete.
    """

    complete: bool
    predictors: tuple[str, ...]
    tied: int

    def error(self) -> InputError:
        """The error of a maximum-likelihood fit to these data."""
        kind = "completely" if self.complete else "quasi-completely"
        return InputError(
            f"The outcome is {kind} separated by {' and '.join(self.predictors)}: "
            "odds ratios are infinite.",
            remedy="Use Firth's penalised likelihood.",
            code="separation",
        )


def find_separation(x: Floats, outcome: Floats, names: Sequence[str]) -> Separation | None:
    """Find out whether, and by which predictors, the outcome is separated.

    The search looks for a direction with no subject on the wrong side, removes the subjects that
    are strictly on the right side, and continues with the remaining subjects.

    Args:
        x: Shape (n, p + 1), of full rank, the first column 1.
        outcome: Shape (n,), 0 or 1.
        names: p + 1 names of the columns.

    Returns:
        The separation; None if no direction separates, so that the maximum-likelihood estimate
        exists.
    """
    scale = np.maximum(x[:, 1:].std(axis=0), np.finfo(float).tiny)
    standard = np.column_stack([x[:, 0], (x[:, 1:] - x[:, 1:].mean(axis=0)) / scale])
    rows = (2 * outcome - 1)[:, None] * standard
    columns: set[int] = set()
    separated = False
    while rows.size:
        direction = _direction(rows)
        if direction is None:
            break
        separated = True
        columns.update(np.flatnonzero(np.abs(direction[1:]) > TIE) + 1)
        rows = rows[rows @ direction < TIE]
    if not separated:
        return None
    return Separation(
        complete=not rows.size,
        predictors=tuple(names[j] for j in sorted(columns)),
        tied=len(rows),
    )


def _direction(rows: Floats) -> Floats | None:
    """The sparsest direction d with rows·d ≥ 0 everywhere and a mean of 1; None if none exists.

    The sum of |d| is minimised (without the intercept). Rows enter the linear programme only when
    the current solution violates them, so that 10⁵ subjects cost little more than 10³.
    """
    n, columns = rows.shape
    # d = (intercept, plus - minus), where plus and minus are not negative
    split = np.hstack([rows, -rows[:, 1:]])
    cost = np.ones(split.shape[1])
    cost[0] = 0
    bounds = [(None, None)] + [(0, None)] * (2 * columns - 2)
    mean = split.mean(axis=0, keepdims=True)
    included = np.zeros(n, dtype=bool)
    included[np.linspace(0, n - 1, min(n, BATCH)).astype(int)] = True
    while True:
        solution = linprog(cost, -split[included], np.zeros(included.sum()), mean, [1.0], bounds)
        if solution.status != 0 or solution.x is None:
            return None
        violation = -(split @ solution.x)
        violation[included] = 0
        worst = np.argsort(violation)[-BATCH:]
        worst = worst[violation[worst] > TIE]
        if not worst.size:
            plus, minus = solution.x[1:columns], solution.x[columns:]
            return np.concatenate([solution.x[:1], plus - minus])
        included[worst] = True
