"""The tests that a published p-value of a yes/no variable may come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from vbq.stats.describe.group_tests import chi_squared_test, fisher_exact_test

__all__ = ["CrudeOddsRatio", "crude_odds_ratio", "tests_of"]

LOGISTIC = "logistic Wald", "logistic likelihood ratio"


@dataclass(frozen=True)
class CrudeOddsRatio:
    """Odds ratio of a 2 × 2 table.

    Attributes:
        estimate: Odds with the outcome over odds without.
        standard_error: Of its logarithm (Woolf B. Ann Hum Genet 1955;19:251-253).
        interval: 95 % Wald interval.
    """

    estimate: float
    standard_error: float
    interval: tuple[float, float]


def crude_odds_ratio(counts: tuple[int, int], totals: tuple[int, int]) -> CrudeOddsRatio | None:
    """Of a yes/no variable; None where a cell is empty.

    Args:
        counts: Yes, with the outcome and without it.
        totals: Patients with the outcome and without it.
    """
    (a, c), (b, d) = counts, (totals[0] - counts[0], totals[1] - counts[1])
    if not a * b * c * d:
        return None
    log, error = math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    half = float(stats.norm.isf(0.025)) * error
    return CrudeOddsRatio(math.exp(log), error, (math.exp(log - half), math.exp(log + half)))


def tests_of(counts: tuple[int, int], totals: tuple[int, int]) -> dict[str, float]:
    """Two-sided p-values by name of the test; none where nobody or everybody has it."""
    table = np.array([counts, np.subtract(totals, counts)])
    if not (table.sum(axis=0).all() and table.sum(axis=1).all()):
        return {}
    found = {
        "chi-squared": chi_squared_test(table).p,
        "chi-squared with Yates's correction": chi_squared_test(table, yates=True).p,
        "Fisher's exact": fisher_exact_test(table).p,
    }
    crude = crude_odds_ratio(counts, totals)
    if crude is not None:
        z = math.log(crude.estimate) / crude.standard_error
        found[LOGISTIC[0]] = float(2 * stats.norm.sf(abs(z)))
    # of one yes/no predictor, twice the log-likelihood ratio is G² of the table
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    g2 = 2 * float((table * np.log(np.where(table > 0, table / expected, 1))).sum())
    found[LOGISTIC[1]] = float(stats.chi2.sf(g2, 1))
    return found
