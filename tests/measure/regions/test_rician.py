"""The noise floor comes off, whatever the signal."""

import numpy as np
import pytest

from vbq.measure.regions.rician import floor_corrected


@pytest.mark.parametrize("signal", [1.0, 2.0, 3.0, 5.0, 10.0, 100.0])
def test_the_signal_comes_back_from_mean_and_sd(signal):
    rng = np.random.default_rng(1)
    magnitude = np.hypot(signal + rng.standard_normal(200_000), rng.standard_normal(200_000))
    assert floor_corrected(magnitude.mean(), magnitude.std()) == pytest.approx(signal, rel=0.02)


def test_pure_noise_has_no_signal():
    rng = np.random.default_rng(2)
    noise = np.hypot(rng.standard_normal(1000), rng.standard_normal(1000))
    assert floor_corrected(noise.mean(), noise.std()) < 0.5


def test_without_noise_nothing_is_taken_off():
    assert floor_corrected(7.0, 0.0) == 7.0


def test_it_does_not_depend_on_the_unit():
    assert floor_corrected(300.0, 90.0) == pytest.approx(100 * floor_corrected(3.0, 0.9))
