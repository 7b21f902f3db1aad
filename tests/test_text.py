"""Numbers as they are printed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.report.study.labels import mean_sd, median_quartiles
from vbq.stats.describe.summaries import summarise
from vbq.text import (
    count_of,
    decimals_for,
    fixed,
    interval,
    n_events,
    p_value,
    percent,
    ratio,
    ratio_interval,
    with_interval,
)


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0, "<0.001"),
        (0.00099, "<0.001"),
        (0.001, "0.001"),
        (0.00297, "0.003"),
        (0.0427, "0.043"),
        (0.0496, "0.050"),
        (0.0814, "0.081"),
        (0.0999, "0.10"),
        (0.214, "0.21"),
        (0.996, ">0.99"),
        (1.0, ">0.99"),
        (None, "–"),
    ],
)
def test_p_values(p, shown):
    assert p_value(p) == shown


@given(st.floats(0, 1))
def test_a_printed_p_is_near_the_true_one_and_never_0_or_1(p):
    shown = p_value(p)
    assert shown not in {"0.000", "1.00"}
    if shown[0] not in "<>":
        assert abs(float(shown) - p) <= 0.0051


def test_ratios_of_every_size():
    sizes = (2.4016, 0.64, 0.0523, 0.00004, 123.4, 20418.0, 3e9, math.inf)
    shown = ["2.40", "0.64", "0.052", "<0.001", "123", "20,418", "3e+09", "∞"]
    assert [ratio(size) for size in sizes] == shown


@given(st.floats(0.001, 0.0994))
def test_small_ratios_have_two_significant_digits_zeros_included(value):
    assert len(ratio(value).removeprefix("0.").lstrip("0")) == 2
    assert float(ratio(value)) == pytest.approx(value, rel=0.051)


def test_a_zero_at_the_end_is_a_digit_too():
    assert [ratio(value) for value in (0.07, 0.002, 0.0996)] == ["0.070", "0.0020", "0.10"]


def test_an_odds_ratio_with_its_interval():
    assert ratio_interval(2.4016, (1.2999, 4.4372)) == "2.40 [1.30–4.44]"
    assert ratio_interval(2.4016, None) == "2.40"


def test_a_negative_end_is_not_taken_for_a_dash():
    assert interval((-0.0141, 0.105)) == "[−0.014 to 0.105]"
    assert interval((0.73, 0.854), 2) == "[0.73–0.85]"
    assert with_interval(0.5, None) == "0.500"
    assert interval(None) == "–"


def test_no_negative_zero():
    assert fixed(-0.0001, 2) == "0.00"
    assert fixed(-0.01, 2) == "−0.01"
    assert fixed(12345.6, 1) == "12,345.6"
    assert (fixed(None), fixed(math.nan)) == ("–", "–")


def test_a_share_is_never_without_what_it_is_of():
    assert count_of(22, 72) == "22/72 (30.6 %)"
    assert count_of(0, 0) == "0/0"
    assert percent(0.342) == "34.2 %"
    assert n_events(1200, 44) == "1,200 (44)"


def test_decimals_follow_the_spread():
    spreads = (0.05, 0.5, 0.83, 1.4, 4.0, 12.0, 350.0, None, 0.0)
    assert [decimals_for(spread) for spread in spreads] == [3, 2, 2, 2, 1, 1, 0, 2, 2]


def test_summaries():
    found = summarise([3.1, 3.4, 3.9, 4.4])
    assert mean_sd(found, 2) == "3.70 ± 0.57"
    assert median_quartiles(found, 2) == "3.65 [3.33–4.03]"
    assert mean_sd(summarise([3.0]), 1) == "3.0"
