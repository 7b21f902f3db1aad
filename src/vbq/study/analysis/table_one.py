"""Table 1: the patients, with and without the event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from vbq.errors import InputError
from vbq.stats.describe.group_tests import (
    FisherTest,
    GroupTest,
    MeanDifference,
    chi_squared_test,
    fisher_exact_test,
    mann_whitney_test,
    welch_t_test,
)
from vbq.stats.describe.summaries import (
    Summary,
    standardised_difference,
    standardised_difference_of_shares,
    summarise,
)
from vbq.study.analysis.imputed_tables import coded_table

if TYPE_CHECKING:
    from vbq.stats.regression.terms import Floats
    from vbq.study.cohort.cohort import Cohort
    from vbq.study.plan.variable import Variable

__all__ = ["Characteristic", "Share", "describe_cohort"]

SKEWED = 1.0  # of the sample skewness, beyond which median and quartiles are given
LEAST_EXPECTED = 5.0  # Cochran's rule for the chi-squared test


@dataclass(frozen=True)
class Share:
    """How many patients are in one level.

    Attributes:
        level: Its name.
        all: Patients in it.
        events: Those with the event.
        no_events: Those without.
    """

    level: str
    all: int
    events: int
    no_events: int


@dataclass(frozen=True)
class Characteristic:
    """One variable of Table 1.

    Attributes:
        name: As the plan has it.
        label: In tables.
        unit: Of a continuous one.
        known: Patients of whom it is known: all, with the event, without.
        skewed: Whether median and quartiles describe it better than mean and SD.
        summaries: Of a continuous variable: all, with the event, without; empty otherwise.
        shares: Of any other, one a level; empty otherwise.
        test: Between the groups; None where there is none.
        untested: Why there is no test; empty where there is one.
        standardised_difference: Between the groups, in SDs; None where nothing varies.
    """

    name: str
    label: str
    unit: str
    known: tuple[int, int, int]
    skewed: bool
    summaries: tuple[Summary, ...]
    shares: tuple[Share, ...]
    test: MeanDifference | FisherTest | GroupTest | None
    untested: str
    standardised_difference: float | None


def describe_cohort(cohort: Cohort) -> tuple[Characteristic, ...]:
    """Every variable of the plan; patients of whom one is unknown are left out of it alone.

    Continuous: Welch's t test, or where the skewness of all exceeds 1 the Mann-Whitney test.
    Others: the chi-squared test without Yates' correction, or where a level is expected to hold
    fewer than 5 patients of a group Fisher's exact test (of two levels).
    """
    values = coded_table(cohort)
    return tuple(_one(v, values[v.name], cohort.outcome == 1) for v in cohort.plan.variables)


def _one(variable: Variable, column: Floats, event: np.ndarray) -> Characteristic:
    known = ~np.isnan(column)
    everyone, having, lacking = column[known], column[known & event], column[known & ~event]
    sizes = (everyone.size, having.size, lacking.size)
    skewed = False
    summaries: tuple[Summary, ...] = ()
    shares: tuple[Share, ...] = ()
    test, untested, difference = None, "", None
    if variable.type == "continuous":
        varies = everyone.size > 2 and np.ptp(everyone) > 0
        skewed = bool(varies and abs(float(stats.skew(everyone, bias=False))) > SKEWED)
        summaries = tuple(summarise(v) for v in (everyone, having, lacking) if v.size)
    else:
        counts = [np.bincount(g.astype(int), minlength=len(variable.levels or ())) for g in
                  (everyone, having, lacking)]  # fmt: skip
        shares = tuple(
            Share(str(level), *(int(c[i]) for c in counts))
            for i, level in enumerate(variable.levels or ())
        )
    try:
        if variable.type == "continuous":
            test = (mann_whitney_test if skewed else welch_t_test)(having, lacking)
            difference = standardised_difference(having, lacking)
        else:
            test = _test_of_counts(np.array(counts[1:]))
            difference = standardised_difference_of_shares(counts[1], counts[2])
    except InputError as error:
        untested = error.message
    return Characteristic(
        variable.name, variable.label, variable.unit, sizes, skewed,
        summaries if len(summaries) == 3 else (), shares, test, untested, difference,
    )  # fmt: skip


def _test_of_counts(counts: np.ndarray) -> GroupTest:
    counts = counts[:, counts.sum(axis=0) > 0]
    expected: Floats = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    if counts.shape == (2, 2) and bool((expected < LEAST_EXPECTED).any()):
        return fisher_exact_test(counts)
    return chi_squared_test(counts)
