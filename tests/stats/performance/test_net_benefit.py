"""Net benefit, with and without censoring."""

import numpy as np
import pytest

from vbq.errors import InputError, RefusalError, UsageError
from vbq.stats.performance.net_benefit import decision_curve
from vbq.stats.performance.net_benefit_survival import decision_curve_survival

Y = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 1])
P = np.array([0.9, 0.6, 0.55, 0.3, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1])


def test_by_hand():
    result = decision_curve(Y, P, [0.2, 0.3, 0.5], seed=1, resamples=50)
    # at 0.3: of 5 treated 3 have the event
    expected = [(3 - 4 * 0.25) / 10, (3 - 2 * 3 / 7) / 10, (2 - 1) / 10]
    assert result.net_benefit == pytest.approx(expected)
    assert result.treat_all == pytest.approx([0.4 - 0.6 * 0.25, 0.4 - 0.6 * 3 / 7, 0.4 - 0.6])
    # at 0.5: 1 of 6 instead of 6 of 6 treated unnecessarily, but 2 of 4 events missed
    assert result.interventions_avoided[2] == pytest.approx(30)
    assert (result.lower <= result.net_benefit).all()
    assert (result.net_benefit <= result.upper).all()


def test_below_all_risks_the_model_treats_all():
    result = decision_curve(Y, P, [0.05], seed=1, resamples=50)
    assert result.net_benefit == pytest.approx(result.treat_all)
    assert result.interventions_avoided == pytest.approx([0])


def test_the_interval_is_that_of_resampled_patients():
    rng = np.random.default_rng(2)
    p = rng.random(200)
    y = (rng.random(200) < p).astype(float)
    result = decision_curve(y, p, [0.3], seed=1, resamples=4000)
    sample = rng.integers(0, 200, (4000, 200))
    gain = np.where(p >= 0.3, y - (1 - y) * 3 / 7, 0)[sample].mean(axis=1)
    low, high = np.quantile(gain, [0.025, 0.975])
    assert (result.lower[0], result.upper[0]) == pytest.approx((low, high), abs=0.006)


def test_the_same_seed_gives_the_same_digits():
    first, second = (decision_curve(Y, P, [0.2, 0.4], seed=7) for _ in range(2))
    assert (first.lower == second.lower).all()
    assert (first.upper == second.upper).all()


def test_without_censoring_the_curve_is_the_binary_one():
    cuts = [0.2, 0.3, 0.5]
    binary = decision_curve(Y, P, cuts, seed=1, resamples=300)
    time = np.where(Y == 1, np.linspace(0.5, 0.9, 10), 2.0)
    survival = decision_curve_survival(time, Y, P, cuts, horizon=1, seed=1, resamples=300)
    assert survival.net_benefit == pytest.approx(binary.net_benefit)
    assert survival.treat_all == pytest.approx(binary.treat_all)
    assert survival.interventions_avoided == pytest.approx(binary.interventions_avoided)
    assert survival.lower == pytest.approx(binary.lower, abs=0.15)


def test_events_after_the_horizon_do_not_count():
    early = decision_curve_survival(
        [1, 2, 3, 4], [1, 0, 0, 0], [0.5] * 4, [0.2], horizon=2.5, seed=1
    )
    late = decision_curve_survival(
        [1, 2, 3, 4], [1, 0, 1, 1], [0.5] * 4, [0.2], horizon=2.5, seed=1
    )
    assert early.net_benefit == late.net_benefit == pytest.approx(0.25 - 0.75 * 0.25)


def test_treating_no_one_has_no_benefit():
    result = decision_curve_survival(
        [1, 2, 3, 4], [1, 0, 0, 1], [0.1, 0.2, 0.3, 0.3], [0.2, 0.9], horizon=3, seed=1
    )
    assert result.net_benefit[1] == result.upper[1] == 0


@pytest.mark.parametrize("thresholds", [[], [0, 0.1], [0.5, 1], [0.3, 0.2], [0.2, 0.2]])
def test_thresholds_ascend_within_0_and_1(thresholds):
    with pytest.raises(UsageError, match="Thresholds"):
        decision_curve(Y, P, thresholds, seed=1)


def test_bad_input_is_refused():
    with pytest.raises(InputError):
        decision_curve(Y, 100 * P, [0.2], seed=1)
    with pytest.raises(RefusalError, match="extends to 2"):
        decision_curve_survival([1, 2], [1, 0], [0.2, 0.3], [0.2], horizon=5, seed=1)
    with pytest.raises(InputError):
        decision_curve_survival([-1, 2], [1, 0], [0.2, 0.3], [0.2], horizon=1, seed=1)
    with pytest.raises(UsageError):
        decision_curve(Y, P, [0.2], seed=1, resamples=1)
