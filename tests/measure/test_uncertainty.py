"""The interval of a score covers the truth as often as stated, and its components explain it."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from vbq.measure import measure_scan
from vbq.measure.uncertainty import standard_error
from vbq.phantom import MriSettings, SpineShape, make_phantom

GRID = {"slices": 3, "matrix": (280, 180), "pixel_mm": 0.95, "sub_slices": 1}
PIXEL = (0.8, 0.8)


def reading_of(with_true_labels, seed=1, snr=30.0, **settings):
    phantom = make_phantom(
        shape=SpineShape(seed=seed),
        acquisition=MriSettings(snr=snr, **{**GRID, **settings}),
        true_vbq=3.0,
        marrow_texture=0.08,
        seed=seed,
    )
    return measure_scan(*with_true_labels(phantom)).reading


@pytest.mark.parametrize("grain_px", [0.0, 0.7, 1.5])
def test_the_standard_error_is_the_sd_of_means_of_repeats(grain_px):
    rng = np.random.default_rng(4)
    mask = np.hypot(*(np.indices((40, 50)) - 22.0)) < 12
    means, errors = [], []
    for _ in range(300):
        noise = rng.standard_normal((40, 50))
        image = 100 + 10 * (gaussian_filter(noise, grain_px) if grain_px else noise)
        means.append(image[mask].mean())
        errors.append(standard_error(image.astype(np.float32), mask, PIXEL))
    # at least SD/√n, so slightly too large where pixels are independent
    assert 0.85 < np.sqrt(np.mean(np.square(errors))) / np.std(means) < 1.3


def test_it_holds_the_score_and_adds_up(with_true_labels):
    reading = reading_of(with_true_labels)
    low, high = reading.interval
    parts = reading.uncertainty
    assert low < reading.score < high
    assert np.sqrt(low * high) == pytest.approx(reading.score)
    squares = [(p or 0.0) ** 2 for p in (parts.placement, parts.slice, parts.csf, parts.noise)]
    assert np.sqrt(sum(squares)) == pytest.approx(parts.sd)
    assert np.log(high / reading.score) == pytest.approx(1.96 * parts.sd / reading.score, rel=1e-3)


def test_the_same_image_gives_the_same_interval(study):
    assert measure_scan(*study).reading.interval == measure_scan(*study).reading.interval


def test_more_noise_makes_it_wider(with_true_labels):
    quiet, loud = (reading_of(with_true_labels, snr=snr).uncertainty for snr in (60.0, 15.0))
    assert loud.noise > 1.5 * quiet.noise


def test_without_noise_or_texture_it_is_narrow(study):
    low, high = measure_scan(*study).reading.interval
    assert high - low < 0.15


def test_one_slice_says_nothing_of_where_the_midline_lies(with_true_labels):
    reading = reading_of(with_true_labels, slices=1)
    assert reading.uncertainty.slice is None
    assert reading.interval is not None


def test_it_holds_the_truth_of_most_phantoms(with_true_labels):
    readings = [reading_of(with_true_labels, seed=300 + k, snr=15.0 + 7 * k) for k in range(6)]
    held = [r.interval[0] <= 3.0 <= r.interval[1] for r in readings]
    assert sum(held) >= 5


def test_a_masked_sac_behind_another_level_is_no_choice_of_csf(study, revoxelled):
    _, anatomy = study
    behind_l4 = (anatomy.labels == 23).any(axis=2)[:, :, None] & (anatomy.labels == 61)

    def mask(voxels):
        voxels[behind_l4] = 0

    original, masked = (measure_scan(*case).reading for case in (study, revoxelled(mask)))
    assert masked.score == pytest.approx(original.score)
    assert masked.uncertainty.csf <= original.uncertainty.csf + 1e-6
