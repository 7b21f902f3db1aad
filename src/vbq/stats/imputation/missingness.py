"""Missing values: their number, their patterns, and the observed variables that predict them.

The description helps the reader judge whether values are missing at random given the variables in
the imputation model, which no test can show (Sterne JAC et al. BMJ 2009;338:b2393,
doi 10.1136/bmj.b2393). Reporting: TRIPOD item 9; van Buuren 2018, section 4.1.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vbq.errors import InputError, UsageError
from vbq.stats.checks import Interval, check_confidence
from vbq.stats.imputation.columns import Column, by_name
from vbq.stats.regression.logistic import fit_logistic


@dataclass(frozen=True)
class Pattern:
    """Subjects with the same values missing.

    Attributes:
        missing: Names of the missing columns, in the table's order; empty for complete subjects.
        n: Number of subjects.
    """

    missing: tuple[str, ...]
    n: int


@dataclass(frozen=True)
class Missingness:
    """Missing values of a table.

    Attributes:
        n: Number of subjects.
        complete: Number of subjects without a missing value.
        counts: Number of missing values by column name.
        patterns: Patterns of missing values: complete subjects first, then the most frequent.
    """

    n: int
    complete: int
    counts: dict[str, int]
    patterns: tuple[Pattern, ...]

    @property
    def loss(self) -> float:
        """Share of subjects excluded from a complete-case analysis, in [0, 1]."""
        return 1 - self.complete / self.n

    def share(self, name: str) -> float:
        """Share of subjects with a missing value in a column, in [0, 1]."""
        return self.counts[name] / self.n


@dataclass(frozen=True)
class MissingnessOdds:
    """Odds ratio of a value being missing.

    Attributes:
        contrast: The comparison: ``"per SD"``, or a category against the lowest, ``"2 v. 0"``.
        odds_ratio: Odds ratio, above 0.
        interval: Wald confidence interval of the odds ratio.
    """

    contrast: str
    odds_ratio: float
    interval: Interval


@dataclass(frozen=True)
class MissingnessPredictor:
    """Association of the missing values of a target column with the values of another column.

    Attributes:
        name: Name of the other column.
        n: Subjects with an observed value of the other column.
        missing: How many of them have a missing value of the target column.
        odds: Odds ratio of each contrast; empty where no regression is possible.
        p: p-value of the likelihood-ratio test; None where no regression is possible.
        reason: Why no regression is possible; otherwise empty.
    """

    name: str
    n: int
    missing: int
    odds: tuple[MissingnessOdds, ...]
    p: float | None
    reason: str


def missingness(columns: Sequence[Column]) -> Missingness:
    """Counts and patterns of missing values.

    Args:
        columns: The columns of the table.

    Raises:
        UsageError: columns do not match, or there are no subjects.
    """
    table = by_name(columns)
    missing = np.column_stack([column.missing for column in table.values()])
    n = missing.shape[0]
    if n == 0:
        raise UsageError("There are no subjects.", remedy="Give at least one row.", code="too_few")
    names = tuple(table)
    counts = Counter(tuple(names[j] for j in np.flatnonzero(row)) for row in missing)
    ranked = sorted(counts.items(), key=lambda item: (bool(item[0]), -item[1], item[0]))
    return Missingness(
        n=n,
        complete=counts[()],
        counts={name: int(missing[:, j].sum()) for j, name in enumerate(names)},
        patterns=tuple(Pattern(*item) for item in ranked),
    )


def predictors_of_missingness(
    columns: Sequence[Column], target: str, *, confidence: float = 0.95
) -> tuple[MissingnessPredictor, ...]:
    """Logistic regressions of whether a value is missing on each other column in turn.

    A regression on all columns at once would lose the subjects with any missing value.

    Args:
        columns: The columns of the table.
        target: Name of the column with missing values.
        confidence: Confidence level of the intervals, in (0, 1).

    Raises:
        UsageError: columns do not match, the target is not among them, or the confidence level is
            out of range.
        InputError: the values of the target are all observed or all missing.
    """
    check_confidence(confidence)
    table = by_name(columns)
    if target not in table:
        raise UsageError(
            f"There is no column {target!r}.",
            remedy=f"Give one of {', '.join(table)}.",
            code="unknown_column",
        )
    missing = table[target].missing
    if missing.all() or not missing.any():
        raise InputError(
            f"{target} is {'always' if missing.all() else 'never'} missing: there is nothing to "
            "compare.",
            remedy="Give a column with both observed and missing values.",
            code="one_class",
        )
    return tuple(
        _predictor(column, missing, confidence) for name, column in table.items() if name != target
    )


def _predictor(
    column: Column, missing: NDArray[np.bool_], confidence: float
) -> MissingnessPredictor:
    values, outcome = column.values[~column.missing], missing[~column.missing].astype(float)
    counts = (column.name, values.size, int(outcome.sum()))
    if values.size == 0 or np.ptp(values) == 0:
        return MissingnessPredictor(*counts, (), None, "it does not vary")
    if column.kind == "continuous":
        design, contrasts = (values[:, None] / values.std(ddof=1)), ["per SD"]
    else:
        lowest, *higher = column.levels
        design = (values[:, None] == np.array(higher)).astype(float)
        contrasts = [f"{level:g} v. {lowest:g}" for level in higher]
    try:
        fit = fit_logistic(design, outcome, names=contrasts)
    except InputError as error:  # separation or no missing value: reported, not raised
        return MissingnessPredictor(*counts, (), None, error.message)
    z = float(stats.norm.isf((1 - confidence) / 2))
    odds = []
    for label, estimate, se in zip(
        contrasts, fit.coefficients[1:], fit.standard_errors[1:], strict=True
    ):
        low, centre, high = np.exp([estimate - z * se, estimate, estimate + z * se])
        odds.append(MissingnessOdds(label, float(centre), (float(low), float(high))))
    chi2 = max(0.0, 2 * (fit.log_likelihood - fit.null_log_likelihood))
    p = float(stats.chi2.sf(chi2, len(contrasts)))
    return MissingnessPredictor(*counts, tuple(odds), p, "")
