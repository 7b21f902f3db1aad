"""Summaries equal R's; shifts and standardised differences are exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vbq.errors import InputError, UsageError
from vbq.stats.describe.group_tests import mann_whitney_test
from vbq.stats.describe.summaries import (
    hodges_lehmann,
    standardised_difference,
    standardised_difference_of_shares,
    summarise,
)

CONTINUOUS = ("age", "weight", "height", "bmi", "fracscore")


@pytest.mark.parametrize("name", CONTINUOUS)
def test_table_1(answers, r_table, name):
    table, answer = r_table("aplore3_glow500"), answers["glow_table1"][name]
    groups = [table[name][table.fracture == level] for level in ("No", "Yes")]
    for i, group in enumerate(groups):
        summary = summarise(group)
        assert summary.n == (375, 125)[i]
        assert summary.mean == pytest.approx(answer[f"mean{i}"], rel=1e-12)
        assert summary.sd == pytest.approx(answer[f"sd{i}"], rel=1e-12)
        assert summary.median == pytest.approx(answer[f"median{i}"], rel=1e-12)
        assert summary.quartiles == pytest.approx(answer[f"q{i}"], rel=1e-12)
        assert (summary.minimum, summary.maximum) == (group.min(), group.max())
    assert standardised_difference(*groups[::-1]) == pytest.approx(answer["smd"], rel=1e-12)


def test_by_hand():
    summary = summarise([4, 1, 3, 2])
    assert (summary.mean, summary.median, summary.quartiles) == (2.5, 2.5, (1.75, 3.25))
    assert summary.sd == pytest.approx(np.sqrt(5 / 3))
    assert summarise([7]).sd is None


def test_shift_of_a_published_example():
    """Hollander & Wolfe, table 4.1: tritiated water across the human chorioamnion.

    Estimate .305; the normal approximation gives the order statistics that R prints.
    """
    at_term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    weeks_12_to_26 = [1.15, 0.88, 0.90, 0.74, 1.21]
    assert hodges_lehmann(at_term, weeks_12_to_26).estimate == pytest.approx(0.305)


values = st.lists(st.integers(0, 12), min_size=6, max_size=15)


@settings(max_examples=50, deadline=None)
@given(values, values, st.sampled_from([0.8, 0.95]))
def test_the_interval_of_a_shift_inverts_the_test(first, second, confidence):
    x, y = np.array(first, float), np.array(second, float)
    try:
        shift = hodges_lehmann(x, y, confidence=confidence)
    except InputError:
        return
    low, high = shift.interval
    assert low <= shift.estimate <= high
    level = 1 - confidence
    for beyond in (low - 0.5, high + 0.5):
        assert mann_whitney_test(x - beyond, y).p <= level + 1e-12
    for within in np.arange(low + 0.5, high, 1.0):
        assert mann_whitney_test(x - within, y).p >= level - 1e-12


def test_a_shift_moves_and_mirrors():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=30), rng.normal(size=40)
    difference, moved, mirrored = (
        hodges_lehmann(x, y),
        hodges_lehmann(x + 2, y),
        hodges_lehmann(y, x),
    )
    assert moved.estimate == pytest.approx(difference.estimate + 2)
    assert moved.interval == pytest.approx((difference.interval[0] + 2, difference.interval[1] + 2))
    assert mirrored.interval == pytest.approx((-difference.interval[1], -difference.interval[0]))


def test_standardised_differences_by_hand():
    assert standardised_difference([1, 3], [0, 2]) == pytest.approx(1 / np.sqrt(2))
    assert standardised_difference([1, 1], [2, 2]) is None
    p, q = 0.3, 0.6
    expected = (q - p) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert standardised_difference_of_shares([30, 70], [60, 40]) == pytest.approx(expected)
    assert standardised_difference_of_shares([30, 70, 0], [60, 40, 0]) == pytest.approx(expected)
    assert standardised_difference_of_shares([5, 0], [7, 0]) is None


def test_the_order_of_levels_does_not_matter():
    difference = standardised_difference_of_shares([10, 20, 30], [25, 20, 15])
    assert standardised_difference_of_shares([30, 10, 20], [15, 25, 20]) == pytest.approx(
        difference
    )


def test_invalid_input_is_refused():
    with pytest.raises(InputError, match="0 values; at least 1 is needed"):
        summarise([])
    with pytest.raises(InputError, match="missing"):
        summarise([1, np.nan])
    with pytest.raises(InputError, match="Groups of 2 and 2 are too small"):
        hodges_lehmann([1, 2], [3, 4])
    with pytest.raises(InputError, match="1 values of the first group; at least 2"):
        standardised_difference([1], [1, 2])
    with pytest.raises(InputError, match="do not match"):
        standardised_difference_of_shares([1, 2], [1, 2, 3])
    with pytest.raises(UsageError, match="confidence level"):
        hodges_lehmann([1, 2, 3], [2, 3, 4], confidence=1.5)
