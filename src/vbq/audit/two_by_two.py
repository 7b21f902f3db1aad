"""Tests that the published p-value of a yes/no variable may come from, and its odds ratio."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from vbq.stats.checks import NORMAL_95, Interval
from vbq.stats.describe.group_tests import chi_squared_test, fisher_exact_test


@dataclass(frozen=True)
class CrudeOddsRatio:
    """Odds ratio of a 2 × 2 table.

    Attributes:
        estimate: Odds of the characteristic with the outcome ÷ those without it.
        standard_error: Standard error of its logarithm (Woolf B. Ann Hum Genet 1955;19:251-253).
        interval: 95 % Wald interval.
    """

    estimate: float
    standard_error: float
    interval: Interval


def crude_odds_ratio(counts: tuple[int, int], totals: tuple[int, int]) -> CrudeOddsRatio | None:
    """Odds ratio of a yes/no variable; None if a cell is empty.

    Args:
        counts: Patients with the characteristic, with the outcome and without it.
        totals: All patients, with the outcome and without it.
    """
    (a, c), (b, d) = counts, (totals[0] - counts[0], totals[1] - counts[1])
    if not a * b * c * d:
        return None
    log, error = math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    half = NORMAL_95 * error
    return CrudeOddsRatio(math.exp(log), error, (math.exp(log - half), math.exp(log + half)))


def p_values_by_test(counts: tuple[int, int], totals: tuple[int, int]) -> dict[str, float]:
    """Two-sided p-values of a yes/no variable by name of the test.

    Args:
        counts: Patients with the characteristic, with the outcome and without it.
        totals: All patients, with the outcome and without it.

    Returns:
        Empty if all patients have the characteristic, or none has it.
    """
    table = np.array([counts, np.subtract(totals, counts)])
    if not (table.sum(axis=0).all() and table.sum(axis=1).all()):
        return {}
    p_values = {
        "chi-squared": chi_squared_test(table).p,
        "chi-squared with Yates's correction": chi_squared_test(table, yates=True).p,
        "Fisher's exact": fisher_exact_test(table).p,
    }
    crude = crude_odds_ratio(counts, totals)
    if crude is not None:
        z = math.log(crude.estimate) / crude.standard_error
        p_values["logistic Wald"] = float(2 * stats.norm.sf(abs(z)))
    # with one yes/no predictor, twice the difference in log-likelihood is G² of the table
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    g2 = 2 * float((table * np.log(np.where(table > 0, table / expected, 1))).sum())
    p_values["logistic likelihood ratio"] = float(stats.chi2.sf(g2, 1))
    return p_values
