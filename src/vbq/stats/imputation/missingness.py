"""What is missing, in whom, and how that goes with what is known.

A description for the reader, who has to judge whether values are missing at random given what the
imputation uses: no test can show that (Sterne JAC et al. BMJ 2009;338:b2393,
doi 10.1136/bmj.b2393). Reporting: TRIPOD item 9; van Buuren 2018, section 4.1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Interval, check_level
from vbq.stats.imputation.columns import Column, by_name
from vbq.stats.regression.logistic import fit_logistic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "Missingness",
    "MissingnessOdds",
    "MissingnessPredictor",
    "Pattern",
    "missingness",
    "predictors_of_missingness",
]


@dataclass(frozen=True)
class Pattern:
    """Subjects who lack the same values.

    Attributes:
        missing: Names of the columns they lack, in the table's order; empty for the complete.
        n: How many they are.
    """

    missing: tuple[str, ...]
    n: int


@dataclass(frozen=True)
class Missingness:
    """What is missing in a table.

    Attributes:
        n: Subjects.
        complete: Subjects without a missing value.
        counts: Missing values by column name.
        patterns: Most frequent first; the complete, if there are any, before all others.
    """

    n: int
    complete: int
    counts: dict[str, int]
    patterns: tuple[Pattern, ...]

    @property
    def loss(self) -> float:
        """Share of subjects that a complete-case analysis leaves out, in [0, 1]."""
        return 1 - self.complete / self.n

    def share(self, name: str) -> float:
        """Share of subjects whose value in a column is missing, in [0, 1]."""
        return self.counts[name] / self.n


@dataclass(frozen=True)
class MissingnessOdds:
    """Odds of a value being missing, compared between subjects.

    Attributes:
        contrast: What is compared: ``"per SD"``, or a category against the lowest, ``"2 v. 0"``.
        odds_ratio: Above 0.
        interval: Wald interval.
    """

    contrast: str
    odds_ratio: float
    interval: Interval


@dataclass(frozen=True)
class MissingnessPredictor:
    """How missing values of one column go with the values of another.

    Attributes:
        name: Of the other column.
        n: Subjects whose value of it is known.
        missing: Those of them whose value of the first column is missing.
        odds: For each contrast; empty where no regression is possible.
        p: Of the likelihood-ratio test; None where no regression is possible.
        reason: Why there is none; empty otherwise.
    """

    name: str
    n: int
    missing: int
    odds: tuple[MissingnessOdds, ...]
    p: float | None
    reason: str


def missingness(columns: Sequence[Column]) -> Missingness:
    """Counts and patterns of missing values.

    Raises:
        UsageError: columns do not fit one another, or there are no subjects.
    """
    table = by_name(columns)
    holes = np.column_stack([column.missing for column in table.values()])
    n = holes.shape[0]
    if n == 0:
        raise UsageError("There are no subjects.", remedy="Give at least one row.", code="too_few")
    names = tuple(table)
    found = Counter(tuple(names[j] for j in np.flatnonzero(row)) for row in holes)
    ranked = sorted(found.items(), key=lambda item: (bool(item[0]), -item[1], item[0]))
    return Missingness(
        n=n,
        complete=found[()],
        counts={name: int(holes[:, j].sum()) for j, name in enumerate(names)},
        patterns=tuple(Pattern(*item) for item in ranked),
    )


def predictors_of_missingness(
    columns: Sequence[Column], target: str, *, confidence: float = 0.95
) -> tuple[MissingnessPredictor, ...]:
    """Logistic regressions of "is missing" on each other column, one at a time.

    One at a time, because a regression on all of them would lose the subjects who lack any.

    Args:
        columns: The table.
        target: Name of the column with missing values.
        confidence: Level of the intervals, in (0, 1).

    Raises:
        UsageError: columns do not fit one another, there is no such column, unknown level.
        InputError: its values are all known or all missing.
    """
    check_level(confidence)
    table = by_name(columns)
    if target not in table:
        raise UsageError(
            f"There is no column {target!r}.",
            remedy=f"Give one of {', '.join(table)}.",
            code="unknown_column",
        )
    gone = table[target].missing
    if gone.all() or not gone.any():
        raise InputError(
            f"{target} is {'always' if gone.all() else 'never'} missing: nothing to compare.",
            remedy="Ask about a column with both known and missing values.",
            code="one_class",
        )
    return tuple(
        _predictor(column, gone, confidence) for name, column in table.items() if name != target
    )


def _predictor(column: Column, gone: NDArray[np.bool_], confidence: float) -> MissingnessPredictor:
    values, lost = column.values[~column.missing], gone[~column.missing].astype(float)
    counts = (column.name, values.size, int(lost.sum()))
    if values.size == 0 or np.ptp(values) == 0:
        return MissingnessPredictor(*counts, (), None, "it does not vary")
    if column.kind == "continuous":
        design, contrasts = (values[:, None] / values.std(ddof=1)), ["per SD"]
    else:
        first, *others = column.levels
        design = (values[:, None] == np.array(others)).astype(float)
        contrasts = [f"{level:g} v. {first:g}" for level in others]
    try:
        fit = fit_logistic(design, lost, names=contrasts)
    except InputError as error:  # separated, or all of them known: a finding, not a failure
        return MissingnessPredictor(*counts, (), None, error.message)
    z = float(stats.norm.isf((1 - confidence) / 2))
    odds = []
    for label, estimate, spread in zip(
        contrasts, fit.coefficients[1:], np.sqrt(np.diag(fit.covariance))[1:], strict=True
    ):
        low, centre, high = np.exp([estimate - z * spread, estimate, estimate + z * spread])
        odds.append(MissingnessOdds(label, float(centre), (float(low), float(high))))
    chi2 = max(0.0, 2 * (fit.log_likelihood - fit.null_log_likelihood))
    p = float(stats.chi2.sf(chi2, len(contrasts)))
    return MissingnessPredictor(*counts, tuple(odds), p, "")
