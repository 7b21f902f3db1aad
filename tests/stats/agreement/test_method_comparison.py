"""Passing-Bablok and Deming regression: published and R's answers, and symmetry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.agreement.deming import deming
from vbq.stats.agreement.passing_bablok import passing_bablok

METHODS = (passing_bablok, deming)


def test_passing_bablok_on_sen_s_data():
    """Sen, JASA 1968: slope 4, 93 % interval 26/7 to 35/8 (all slopes rise, so both agree)."""
    result = passing_bablok([1, 2, 3, 4, 10, 12, 18], [9, 15, 19, 20, 45, 55, 78], confidence=0.93)
    assert (result.slope, result.intercept) == (4, 6)
    assert result.slope_interval == pytest.approx((26 / 7, 35 / 8), rel=1e-12)


def test_passing_bablok_with_slopes_below_minus_one():
    """R's deming 1.4 (pbreg): 0.125 and 1.05. One of the 15 slopes lies below -1."""
    result = passing_bablok(range(1, 7), [2, 1.2, 4.1, 3.5, 6.3, 3])
    assert (result.slope, result.intercept) == pytest.approx((1.05, 0.125))


def test_passing_bablok_by_hand():
    """Ten slopes; C = 1.96 √(5·4·15/18) = 8.0, so the ranks are (10 - 8)/2 = 1 and 10."""
    x, y = np.array([1.0, 2, 3, 4, 5]), np.array([1.2, 2.0, 3.1, 3.9, 5.2])
    slopes = sorted((y[j] - y[i]) / (x[j] - x[i]) for i in range(5) for j in range(i + 1, 5))
    result = passing_bablok(x, y)
    assert result.slope == pytest.approx((slopes[4] + slopes[5]) / 2, rel=1e-3)
    assert result.slope_interval == pytest.approx((slopes[0], slopes[9]))
    assert result.intercept == pytest.approx(np.median(y - result.slope * x))


def test_too_few_points_bound_nothing():
    result = passing_bablok([1, 2, 3], [1.1, 2.0, 3.2])
    assert result.slope_interval == result.intercept_interval == (-np.inf, np.inf)


def test_deming_is_the_first_principal_axis(wright, mini):
    """R 4.2.2: prcomp, and a leave-one-out loop with qt(.975, 15)."""
    result = deming(wright[0], mini[0])
    assert result.slope == pytest.approx(0.970880819764939)
    assert result.intercept == pytest.approx(15.2315555223308)
    assert (result.slope_se, result.intercept_se) == pytest.approx(
        (0.139017094560376, 69.4795333626697)
    )
    assert result.slope_interval == pytest.approx((0.674572896739185, 1.267188742790694))
    assert result.intercept_interval == pytest.approx((-132.8605642892366, 163.3236753338985))


def test_deming_with_a_noisier_second_method(wright, mini):
    result = deming(wright[0], mini[0], error_ratio=0.5)
    assert (result.slope, result.intercept) == pytest.approx((0.951884506395021, 23.7866011199835))
    assert result.slope_interval == pytest.approx((0.662806058334077, 1.240962954455965))


def test_the_ratio_of_errors_undoes_the_bias_of_least_squares():
    rng = np.random.default_rng(4)
    truth = rng.normal(3, 0.6, 5000)
    x, y = truth + rng.normal(0, 0.4, 5000), 0.5 + 1.2 * truth + rng.normal(0, 0.2, 5000)
    assert np.polyfit(x, y, 1)[0] < 0.9
    result = deming(x, y, error_ratio=4)
    low, high = result.slope_interval
    assert low < 1.2 < high
    assert high - low < 0.1


@pytest.mark.parametrize("method", METHODS)
def test_intervals_hold_their_level(method):
    rng, held, runs = np.random.default_rng(8), 0, 300
    for _ in range(runs):
        truth = rng.normal(3, 0.6, 60)
        result = method(*(truth + rng.normal(0, 0.15, (2, 60))))
        low, high = result.slope_interval
        held += low <= 1 <= high
    assert 0.91 <= held / runs <= 0.985


@given(st.integers(0, 10_000), st.integers(5, 25))
def test_methods_exchanged_give_the_same_line(seed, n):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(1, 6, n)
    x, y = truth + rng.normal(0, 0.1, n), 1.3 * truth + rng.normal(0, 0.1, n)
    for method in METHODS:
        forward, back = method(x, y), method(y, x)
        assert forward.slope * back.slope == pytest.approx(1)
        assert back.intercept == pytest.approx(-forward.intercept / forward.slope, abs=1e-6)


def test_the_order_of_rows_does_not_matter(wright, mini):
    order = np.random.default_rng(0).permutation(17)
    forward = passing_bablok(wright[0], mini[0])
    assert passing_bablok(wright[0][order], mini[0][order]).slope_interval == forward.slope_interval


def test_ties_in_the_first_method_are_steep_slopes():
    x, y = [1, 1, 2, 3, 4, 5, 6, 7], [1.0, 1.3, 2.1, 2.9, 4.2, 5.0, 6.1, 6.8]
    result = passing_bablok(x, y)
    assert 0.9 < result.slope < 1.1
    assert passing_bablok(x[::-1], y[::-1]) == result


def test_linearity_is_rejected_for_a_curve_and_not_for_a_line():
    rng = np.random.default_rng(6)
    x = rng.uniform(0, 10, 150)
    straight = passing_bablok(x, x + rng.normal(0, 0.3, 150))
    curved = passing_bablok(x, x + 0.1 * x**2 + rng.normal(0, 0.3, 150))
    assert straight.linearity_p > 0.05
    assert curved.linearity_p < 0.01
    exact = passing_bablok(x, 2 * x + 1)
    assert (exact.linearity_statistic, exact.linearity_p) == (0, 1)
    assert exact.slope_interval == pytest.approx((2, 2))


def test_the_linearity_test_by_hand():
    """Runs of points on one side add up scores √(below/above) and -√(above/below)."""
    x = np.arange(9.0)
    y = x + np.array([1, 1, 1, -0.1, -0.1, -0.1, -0.1, -0.1, -0.1])
    result = passing_bablok(x, y)
    residual = y - result.intercept - result.slope * x
    above, below = (residual > 1e-9).sum(), (residual < -1e-9).sum()
    sign = np.sign(np.round(residual, 9))
    scores = np.where(sign > 0, np.sqrt(below / above), -np.sqrt(above / below)) * np.abs(sign)
    expected = np.abs(np.cumsum(scores)).max() / np.sqrt(below + 1)
    assert expected > 0.5
    assert result.linearity_statistic == pytest.approx(expected)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("first", "second", "error", "message"),
    [
        ([1, 2], [1, 2], UsageError, "at least 3 pairs; there are 2"),
        ([1, 2, 3], [1, 2], UsageError, "3 first measurements and 2"),
        ([1, 2, np.nan], [1, 2, 3], InputError, "missing"),
        ([2, 2, 2, 2], [1, 2, 3, 4], RefusalError, "correlated"),
        ([1, 2, 3, 4], [2, 2, 2, 2], RefusalError, "correlated"),
    ],
)
def test_invalid_input_is_refused(method, first, second, error, message):
    with pytest.raises(error, match=message) as caught:
        method(first, second)
    assert caught.value.remedy


def test_negatively_correlated_methods_are_refused():
    with pytest.raises(RefusalError, match="not positively correlated"):
        passing_bablok([1, 2, 3, 4], [4, 3.1, 2, 1])


@pytest.mark.parametrize("ratio", [0, -1, np.nan, np.inf])
def test_an_error_ratio_is_positive(ratio):
    with pytest.raises(UsageError, match="error ratio"):
        deming([1, 2, 3], [1, 2, 4], error_ratio=ratio)
