"""Table 1: characteristics of the patients with and without the event."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from vbq.errors import InputError
from vbq.stats.checks import Floats
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
from vbq.study.cohort.cohort import Cohort
from vbq.study.plan.variable import Variable

MAX_SKEWNESS = 1.0  # sample skewness beyond which median and quartiles are given
MIN_EXPECTED = 5.0  # Cochran's rule for the chi-squared test


@dataclass(frozen=True)
class Share:
    """Number of patients in one category.

    Attributes:
        level: Name of the category.
        all: Patients in it.
        events: Patients with the event in it.
        no_events: Patients without the event in it.
    """

    level: str
    all: int
    events: int
    no_events: int


@dataclass(frozen=True)
class Characteristic:
    """One variable of Table 1.

    Attributes:
        name: Name in the plan.
        label: Label in tables.
        unit: Unit of a continuous variable; otherwise empty.
        known: Patients in whom it is known: all, with the event, without the event.
        skewed: Whether median and quartiles describe it better than mean and SD.
        summaries: Distribution of a continuous variable: all, with the event, without the event;
            otherwise empty.
        shares: Categories of any other variable; otherwise empty.
        test: Test of the difference between the groups; None where none is possible.
        untested: Why no test is possible; empty where there is one.
        standardised_difference: Difference between the groups in standard deviations; None where
            the variable does not vary.
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
    """Every variable of the plan, in the patients in whom it is known.

    Continuous variables: Welch's t test, or the Mann-Whitney test where the skewness exceeds 1.
    Others: the chi-squared test without Yates' correction, or Fisher's exact test for two by two
    counts with an expected count below 5.
    """
    values = coded_table(cohort)
    event = cohort.outcome == 1
    return tuple(
        _characteristic(variable, values[variable.name], event)
        for variable in cohort.plan.variables
    )


def _characteristic(variable: Variable, values: Floats, event: NDArray[np.bool_]) -> Characteristic:
    known = ~np.isnan(values)
    everyone, with_event, without = values[known], values[known & event], values[known & ~event]
    groups = (everyone, with_event, without)
    skewed = False
    summaries: tuple[Summary, ...] = ()
    shares: tuple[Share, ...] = ()
    test, untested, difference = None, "", None
    if variable.type == "continuous":
        varies = everyone.size > 2 and np.ptp(everyone) > 0
        skewness = float(stats.skew(everyone, bias=False)) if varies else 0.0
        skewed = abs(skewness) > MAX_SKEWNESS
        if all(group.size for group in groups):
            summaries = tuple(summarise(group) for group in groups)
    else:
        levels = [str(level) for level in variable.levels or ()]
        counts = [np.bincount(group.astype(int), minlength=len(levels)) for group in groups]
        shares = tuple(
            Share(level, *(int(count[code]) for count in counts))
            for code, level in enumerate(levels)
        )
    try:
        if variable.type == "continuous":
            test = (mann_whitney_test if skewed else welch_t_test)(with_event, without)
            difference = standardised_difference(with_event, without)
        else:
            test = _test_of_counts(np.array(counts[1:]))
            difference = standardised_difference_of_shares(counts[1], counts[2])
    except InputError as error:
        untested = error.message
    return Characteristic(
        name=variable.name,
        label=variable.label,
        unit=variable.unit,
        known=(everyone.size, with_event.size, without.size),
        skewed=skewed,
        summaries=summaries,
        shares=shares,
        test=test,
        untested=untested,
        standardised_difference=difference,
    )


def _test_of_counts(counts: NDArray[np.intp]) -> GroupTest:
    """Test of a table of counts, shape (2 groups, levels)."""
    counts = counts[:, counts.sum(axis=0) > 0]
    expected: Floats = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    if counts.shape == (2, 2) and bool((expected < MIN_EXPECTED).any()):
        return fisher_exact_test(counts)
    return chi_squared_test(counts)
