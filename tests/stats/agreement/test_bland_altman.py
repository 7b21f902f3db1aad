"""Limits of agreement: the published example, R's noncentral t, coverage, trends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.errors import InputError, UsageError
from vbq.stats.agreement.bland_altman import bland_altman


def test_the_paper_of_1986(wright, mini):
    result = bland_altman(wright[0], mini[0], method="approximate")
    assert result.pairs == 17
    assert result.bias == pytest.approx(-2.1, abs=0.05)
    assert result.sd == pytest.approx(38.8, abs=0.05)
    assert result.bias_interval == pytest.approx((-22.0, 17.8), abs=0.05)
    # the paper has 2 SD for 1.96 SD, and 3/n for 1/n + 1.96²/(2(n - 1))
    assert result.lower == pytest.approx(-79.7, abs=0.05 * 38.8)
    assert result.upper == pytest.approx(75.5, abs=0.05 * 38.8)
    assert result.lower_interval == pytest.approx((-114.3, -45.1), abs=2)
    assert result.upper_interval == pytest.approx((40.9, 110.1), abs=2)


def test_exact_intervals_of_the_limits(wright, mini):
    """R 4.2.2: qt(c(.025, .975), 16, 1.959963984540054 * sqrt(17)) / sqrt(17)."""
    near, far = 1.31502937109017, 3.14827143966586
    result = bland_altman(wright[0], mini[0])
    assert result.method == "exact"
    ends = (result.bias + near * result.sd, result.bias + far * result.sd)
    assert result.upper_interval == pytest.approx(ends, rel=1e-9)
    ends = (result.bias - far * result.sd, result.bias - near * result.sd)
    assert result.lower_interval == pytest.approx(ends, rel=1e-9)


def test_trends_are_those_of_r(wright, mini):
    """R 4.2.2: lm(d ~ m), then lm(abs(resid(.)) ~ m) with confint."""
    result = bland_altman(wright[0], mini[0])
    assert result.bias_trend.slope == pytest.approx(0.0286874451525492)
    assert result.bias_trend.p == pytest.approx(0.749498533649294)
    assert result.spread_trend.intercept == pytest.approx(67.7181355044639)
    assert result.spread_trend.slope == pytest.approx(-0.0855265360177654)
    assert result.spread_trend.interval == pytest.approx((-0.194170727412855, 0.0231176553773243))
    assert result.spread_trend.p == pytest.approx(0.114071307931524)


@pytest.mark.parametrize("n", [5, 20, 60])
def test_exact_intervals_hold_their_level_where_approximate_ones_do_not(n):
    samples = np.random.default_rng(5).normal(0, 1, (40_000, n))
    bias, sd = samples.mean(axis=1), samples.std(axis=1, ddof=1)
    inner, outer = {}, {}
    for method in ("exact", "approximate"):
        # an interval's ends lie as many SD from the bias in every sample of n
        agreement = bland_altman(samples[0], np.zeros(n), method=method)
        near, far = ((end - agreement.bias) / agreement.sd for end in agreement.upper_interval)
        inner[method] = np.mean(bias + near * sd > 1.959964)
        outer[method] = np.mean(bias + far * sd < 1.959964)
    assert inner["exact"] == pytest.approx(0.025, abs=0.003)
    assert outer["exact"] == pytest.approx(0.025, abs=0.003)
    assert outer["approximate"] > 0.04


def test_the_two_agree_for_many_pairs():
    rng = np.random.default_rng(0)
    first, second = rng.normal(3, 1, (2, 20_000))
    exact = bland_altman(first, second)
    approximate = bland_altman(first, second, method="approximate")
    assert exact.lower_interval == pytest.approx(approximate.lower_interval, abs=2e-3)


def test_increasing_spread_is_detected():
    rng = np.random.default_rng(1)
    truth = rng.uniform(1, 10, 200)
    first, second = truth * (1 + rng.normal(0, 0.1, (2, 200)))
    assert bland_altman(first, second).spread_trend.p < 1e-6
    even = bland_altman(*(truth + rng.normal(0, 0.3, (2, 200))))
    assert even.spread_trend.p > 0.01
    assert even.bias_trend.p > 0.01
    assert bland_altman(truth * 1.2, truth + rng.normal(0, 0.1, 200)).bias_trend.p < 1e-6


@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=2, max_size=12),
    st.floats(-5, 5),
)
def test_exchanging_and_shifting_transforms_the_interval(pairs, shift):
    first, second = np.round(np.array(pairs), 3).T
    result, back = bland_altman(first, second), bland_altman(second, first)
    assert back.bias == pytest.approx(-result.bias)
    assert back.lower_interval == pytest.approx([-end for end in result.upper_interval[::-1]])
    moved = bland_altman(first + shift, second)
    assert moved.bias == pytest.approx(result.bias + shift, abs=1e-9)
    assert moved.sd == pytest.approx(result.sd, abs=1e-9)
    low, high = result.upper_interval
    assert low <= result.upper + 1e-9
    assert result.upper <= high + 1e-9


def test_identical_readings_have_limits_of_zero_width_and_no_trend():
    result = bland_altman([1.1, 2.2, 3.3], [1.1, 2.2, 3.3])
    assert (result.bias, result.sd, result.lower, result.upper) == (0, 0, 0, 0)
    assert result.bias_trend is None
    assert bland_altman([0.3, 0.4, 0.8], [0.2, 0.3, 0.7]).spread_trend is None  # but for rounding
    assert bland_altman([1, 2], [2, 1]).bias_trend is None


@pytest.mark.parametrize(
    ("first", "second", "error", "message"),
    [
        ([1], [2], UsageError, "at least 2 pairs; there are 1"),
        ([], [], UsageError, "there are 0"),
        ([1, 2, 3], [1, 2], UsageError, "3 first measurements and 2 second"),
        ([1, np.nan], [1, 2], InputError, "1 of 2 first measurements are missing"),
        ([[1, 2]], [[1, 2]], UsageError, "2 dimensions, not 1"),
    ],
)
def test_invalid_input_is_refused(first, second, error, message):
    with pytest.raises(error, match=message) as caught:
        bland_altman(first, second)
    assert caught.value.remedy


def test_unknown_method_and_level():
    with pytest.raises(UsageError, match="Unknown method 'bootstrap'"):
        bland_altman([1, 2], [1, 3], method="bootstrap")
    with pytest.raises(UsageError, match="confidence level of 0 "):
        bland_altman([1, 2], [1, 3], confidence=0)
