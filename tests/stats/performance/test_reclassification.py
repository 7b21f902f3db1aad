"""Reclassification, and the reason for the warning against it."""

import numpy as np
import pytest

from vbq.errors import RefusalError
from vbq.stats.performance.reclassification import reclassification

Y = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0])
BEFORE = np.array([0.5, 0.4, 0.3, 0.6, 0.2, 0.3, 0.1, 0.4, 0.2])
AFTER = np.array([0.7, 0.5, 0.2, 0.6, 0.1, 0.4, 0.1, 0.2, 0.1])


def test_by_hand():
    result = reclassification(Y, BEFORE, AFTER)
    assert result.nri_events == pytest.approx((2 - 1) / 4)
    assert result.nri_non_events == pytest.approx((3 - 1) / 5)
    assert result.nri == pytest.approx(0.65)
    assert result.nri_standard_error**2 == pytest.approx(
        (3 / 4 - 1 / 16) / 4 + (4 / 5 - 4 / 25) / 5
    )
    assert result.idi == pytest.approx(0.2 / 4 + 0.3 / 5)


def test_exchanging_scores_changes_the_sign():
    forward, back = reclassification(Y, BEFORE, AFTER), reclassification(Y, AFTER, BEFORE)
    assert (forward.nri, forward.idi) == pytest.approx((-back.nri, -back.idi))
    assert reclassification(Y, AFTER, AFTER).nri == 0


def test_it_rewards_exaggeration():
    """Making true risks more extreme appears as an improvement: hence on request only."""
    rng = np.random.default_rng(0)
    log_odds = rng.normal(0, 1, 5000)
    p = 1 / (1 + np.exp(-log_odds))
    y = rng.random(5000) < p
    exaggerated = 1 / (1 + np.exp(-2 * log_odds))
    assert reclassification(y, p, exaggerated).nri_interval[0] > 0.3


def test_one_event_is_too_few():
    with pytest.raises(RefusalError, match="two subjects"):
        reclassification([0, 0, 1], [0.1, 0.2, 0.3], [0.1, 0.3, 0.4])
