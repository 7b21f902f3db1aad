"""The difference of two decision curves in the same subjects."""

import numpy as np
import pytest

from vbq.errors import InputError, UsageError
from vbq.stats.performance.net_benefit import decision_curve, net_benefit_difference

THRESHOLDS = [0.1, 0.2, 0.3, 0.5]


def subjects(n=300, *, seed=2):
    """Outcomes, a weak model's predictions and a better one's."""
    rng = np.random.default_rng(seed)
    risk = rng.beta(1.5, 3, n)
    y = (rng.random(n) < risk).astype(float)
    return y, np.clip(0.33 + 0.2 * (risk - 0.33) + rng.normal(0, 0.1, n), 0.01, 0.99), risk


def test_by_hand():
    y, first, second = [1, 1, 0, 0, 0], [0.4, 0.1, 0.4, 0.1, 0.1], [0.4, 0.4, 0.1, 0.1, 0.3]
    result = net_benefit_difference(y, first, second, [0.25, 0.4], seed=1, resamples=50)
    # at 0.25: one more event treated, and as many unnecessarily; at 0.4 one fewer unnecessarily
    assert result.difference == pytest.approx([1 / 5, 1 / 5 + (0.4 / 0.6) / 5])


def test_it_is_the_difference_of_the_two_curves():
    y, first, second = subjects()
    result = net_benefit_difference(y, first, second, THRESHOLDS, seed=1, resamples=50)
    first_curve, second_curve = (
        decision_curve(y, p, THRESHOLDS, seed=1, resamples=50) for p in (first, second)
    )
    assert result.difference == pytest.approx(
        second_curve.net_benefit - first_curve.net_benefit, abs=1e-12
    )
    back = net_benefit_difference(y, second, first, THRESHOLDS, seed=1, resamples=50)
    assert back.difference == pytest.approx(-result.difference, abs=1e-12)


def test_the_interval_is_that_of_resampled_pairs():
    y, first, second = subjects()
    result = net_benefit_difference(y, first, second, [0.3], seed=1, resamples=4000)
    worth = y - (1 - y) * 3 / 7
    gain = worth * ((second >= 0.3) * 1.0 - (first >= 0.3))
    sample = np.random.default_rng(9).integers(0, y.size, (4000, y.size))
    expected = np.quantile(gain[sample].mean(axis=1), [0.025, 0.975])
    assert (result.lower[0], result.upper[0]) == pytest.approx(expected, abs=0.003)
    # unpaired, as from the bands of two curves, it would be far wider
    bands = [decision_curve(y, p, [0.3], seed=1) for p in (first, second)]
    width = np.hypot(*(float(b.upper[0] - b.lower[0]) for b in bands))
    assert result.upper[0] - result.lower[0] < 0.8 * width


def test_identical_predictions_have_no_difference():
    y, first, _ = subjects()
    result = net_benefit_difference(y, first, first, THRESHOLDS, seed=1, resamples=50)
    assert not result.difference.any()
    assert not result.lower.any()
    assert not result.upper.any()


def test_the_same_seed_gives_the_same_digits():
    first, second = (net_benefit_difference(*subjects(), THRESHOLDS, seed=7) for _ in range(2))
    assert (first.lower == second.lower).all()
    assert (first.upper == second.upper).all()
    second_curve = net_benefit_difference(*subjects(), THRESHOLDS, seed=8)
    assert (second_curve.lower != first.lower).any()


def test_bad_input_is_refused():
    y, first, second = subjects(20)
    with pytest.raises(InputError):
        net_benefit_difference(y, first, 100 * second, THRESHOLDS, seed=1)
    with pytest.raises(UsageError):
        net_benefit_difference(y, first, second[:-1], THRESHOLDS, seed=1)
    with pytest.raises(UsageError, match="Thresholds"):
        net_benefit_difference(y, first, second, [0.3, 0.2], seed=1)
    with pytest.raises(UsageError, match="resamples"):
        net_benefit_difference(y, first, second, THRESHOLDS, seed=1, resamples=1)
