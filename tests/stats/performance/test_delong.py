"""Areas under the ROC curve, exact with any ties, and their intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbq.errors import RefusalError, UsageError
from vbq.stats.performance.delong import auc, compare_auc, compare_auc_unpaired

groups = st.tuples(
    st.lists(st.integers(0, 6), min_size=2, max_size=15),
    st.lists(st.integers(0, 6), min_size=2, max_size=15),
)


def pooled(with_event, without):
    outcome = np.repeat([1.0, 0.0], [len(with_event), len(without)])
    return outcome, np.array([*with_event, *without], float)


@given(groups)
def test_area_and_variance_by_counting_pairs(pair):
    y, x = pooled(*pair)
    wins = np.sign(np.subtract.outer(x[y == 1], x[y == 0])) / 2 + 0.5
    result = auc(y, x)
    assert result.estimate == pytest.approx(wins.mean(), abs=1e-14)
    variance = sum(np.var(wins.mean(axis=axis), ddof=1) / wins.shape[1 - axis] for axis in (0, 1))
    assert result.standard_error**2 == pytest.approx(variance, abs=1e-14)
    assert 0 <= result.estimate <= 1
    assert result.interval is None or 0 <= result.interval[0] <= result.interval[1] <= 1


@given(groups)
def test_only_the_order_matters(pair):
    y, x = pooled(*pair)
    result = auc(y, x)
    assert auc(y, np.exp(x)) == result
    reversed_score = auc(y, -x)
    assert reversed_score.estimate == pytest.approx(1 - result.estimate)
    assert reversed_score.standard_error == pytest.approx(result.standard_error)


def test_truncated_limits_are_named_in_the_method():
    result = auc([0, 0, 0, 1, 1, 1], [1, 2, 3.5, 3, 4, 5])
    assert result.interval[1] == 1
    assert result.method == "DeLong, upper limit cut off at 1"
    mirrored = auc([1, 1, 1, 0, 0, 0], [1, 2, 3.5, 3, 4, 5])
    assert (mirrored.interval[0], mirrored.method) == (0, "DeLong, lower limit cut off at 0")
    logit = auc([0, 0, 0, 1, 1, 1], [1, 2, 3.5, 3, 4, 5], scale="logit")
    assert 0 < logit.interval[0] < result.estimate < logit.interval[1] < 1
    assert logit.method == "DeLong, logit scale"


def test_perfect_separation_has_no_interval():
    result = auc([0, 0, 1, 1], [1, 2, 3, 4])
    assert (result.estimate, result.interval) == (1, None)
    assert "perfect separation" in result.method
    constant = auc([0, 0, 1, 1], [3, 3, 3, 3])
    assert (constant.estimate, constant.interval) == (0.5, None)


def test_the_interval_holds_its_level():
    rng = np.random.default_rng(8)
    true, covered = 0.7602499389065233, 0  # P(N(1, 1) > N(0, 1))
    for _ in range(300):
        y, x = pooled(rng.normal(1, 1, 60), rng.normal(0, 1, 60))
        low, high = auc(y, x).interval
        covered += low <= true <= high
    assert 0.90 < covered / 300 < 0.98


def test_exchanging_groups_mirrors_the_comparison():
    rng = np.random.default_rng(1)
    y = np.repeat([0, 1], 30)
    first, second = rng.normal(y, 1), rng.normal(y / 2, 1)
    forward, back = compare_auc(y, first, second), compare_auc(y, second, first)
    assert (forward.difference, forward.statistic) == (-back.difference, -back.statistic)
    assert forward.p == back.p
    assert forward.df is None
    # correlated scores of the same subjects give a smaller error than two independent groups
    shared = rng.normal(size=60)
    first, second = first + 3 * shared, second + 3 * shared
    paired = compare_auc(y, first, second)
    assert paired.standard_error < compare_auc_unpaired(y, first, y, second).standard_error


def test_scores_that_cannot_be_compared_are_refused():
    y, x = [0, 0, 1, 1], np.array([1.0, 3, 2, 4])
    with pytest.raises(RefusalError, match="order the subjects identically"):
        compare_auc(y, x, 10 * x)
    with pytest.raises(RefusalError, match="variance is 0"):
        compare_auc_unpaired(y, [1, 2, 3, 4], y, [1, 2, 3, 4])
    with pytest.raises(RefusalError, match="two subjects with"):
        auc([0, 0, 1], [1, 2, 3])
    with pytest.raises(UsageError):
        auc(y, x, scale="probit")


def test_a_million_patients():
    rng = np.random.default_rng(2)
    y = rng.random(1_000_000) < 0.1
    result = auc(y, rng.normal(y, 1).round(3))
    assert result.estimate == pytest.approx(0.7602499389, abs=5 * result.standard_error)
