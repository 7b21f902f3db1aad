"""ROC curve, thresholds and Wilson's interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.describe.proportion import wilson
from vbq.stats.performance.delong import auc
from vbq.stats.performance.roc import accuracy_at, roc_curve, youden_point

outcomes_and_scores = st.lists(
    st.tuples(st.booleans(), st.integers(-5, 5)), min_size=4, max_size=40
).filter(lambda rows: 2 <= sum(event for event, _ in rows) <= len(rows) - 2)


@given(outcomes_and_scores)
def test_the_area_under_the_curve_is_the_auc(rows):
    y, x = np.array(rows, float).T
    curve = roc_curve(y, x)
    area = -np.trapezoid(curve.sensitivity, 1 - curve.specificity)
    assert abs(area) == pytest.approx(auc(y, x).estimate, abs=1e-12)
    assert (curve.sensitivity[[0, -1]] == [1, 0]).all()
    assert (curve.specificity[[0, -1]] == [0, 1]).all()


@given(outcomes_and_scores)
def test_every_point_is_what_its_threshold_gives(rows):
    y, x = np.array(rows, float).T
    curve = roc_curve(y, x)
    for j, threshold in enumerate(curve.thresholds):
        accuracy = accuracy_at(y, x, threshold)
        assert accuracy.sensitivity.estimate == pytest.approx(curve.sensitivity[j])
        assert accuracy.specificity.estimate == pytest.approx(curve.specificity[j])
    best = youden_point(y, x)
    assert best.youden == pytest.approx((curve.sensitivity + curve.specificity).max() - 1)


def test_adjacent_floats_are_distinguished():
    x = np.array([1.0, np.nextafter(1.0, 2), 1.0, np.nextafter(1.0, 2)])
    best = youden_point([0, 1, 0, 1], x)
    assert (best.sensitivity.estimate, best.specificity.estimate) == (1, 1)


def test_of_equal_youden_points_the_lowest_is_taken():
    best = youden_point([0, 1, 0, 1], [1, 2, 3, 4])
    assert (best.threshold, best.youden) == (1.5, 0.5)


def test_positive_is_at_or_above_the_threshold():
    accuracy = accuracy_at([0, 0, 1, 1, 1], [1, 2, 2, 3, 4], 2)
    assert (accuracy.sensitivity.count, accuracy.sensitivity.n) == (3, 3)
    assert (accuracy.specificity.count, accuracy.specificity.n) == (1, 2)


# Newcombe RG, Stat Med 1998;17:857-872, table I, method 3
@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(count, n, low, high):
    assert wilson(count, n).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_within_0_and_1(pair):
    result = wilson(*pair)
    assert 0 <= result.interval[0] <= result.estimate <= result.interval[1] <= 1


@pytest.mark.parametrize(
    ("outcome", "score", "error", "code"),
    [
        ([0, 1, 2], [1, 2, 3], InputError, "not_binary"),
        ([1, 1, 1], [1, 2, 3], RefusalError, "one_class"),
        ([0, 1, 1], [1, np.nan, 3], InputError, "missing_values"),
        ([0, 1], [1, 2, 3], UsageError, "wrong_shape"),
        ([0, 1, 1], ["a", "b", "c"], InputError, "not_numeric"),
    ],
)
def test_bad_input_is_refused(outcome, score, error, code):
    for function in (roc_curve, youden_point, auc):
        with pytest.raises(error) as caught:
            function(outcome, score)
        assert caught.value.code == code


def test_invalid_proportions_are_refused():
    with pytest.raises(UsageError):
        wilson(3, 2)
    with pytest.raises(RefusalError):
        wilson(0, 0)
    with pytest.raises(UsageError):
        accuracy_at([0, 1], [1, 2], float("nan"))
