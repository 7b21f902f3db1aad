"""The CSF region holds fluid only, however the sac is filled."""

import numpy as np
import pytest

from vbq.anatomy.levels import CANAL
from vbq.measure.regions.body_frame import BodyFrame
from vbq.measure.regions.csf import csf_region
from vbq.measure.regions.sagittal_section import SagittalSection

PIXEL = (0.7, 0.7)
FRAME = BodyFrame(
    np.array([35.0, 20.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0]), height=27.0, depth=33.0
)


def sac(noise=0.0, seed=0):
    labels = np.zeros((100, 100), np.uint8)
    labels[:, 55:77] = CANAL
    image = np.full((100, 100), 900.0, np.float32)
    image[:, 55:77] = 100.0
    if noise:
        rng = np.random.default_rng(seed)
        image += noise * rng.standard_normal(image.shape).astype(np.float32)
    return image, labels


def csf_mean(image, labels):
    region = csf_region(SagittalSection(image, labels, PIXEL), 22, FRAME)
    return image[region.mask].mean()


def test_a_clear_sac_gives_its_signal():
    assert csf_mean(*sac()) == pytest.approx(100)


def test_thirty_percent_roots_do_not_move_it():
    image, labels = sac()
    image[:, 70:77] = 170
    assert csf_mean(image, labels) == pytest.approx(100, rel=0.01)


def test_ten_percent_epidural_fat_does_not_move_it():
    image, labels = sac()
    image[:, 74:77] = 500
    assert csf_mean(image, labels) == pytest.approx(100, rel=0.01)


def test_noise_does_not_bias_it():
    means = [csf_mean(*sac(noise=12.0, seed=seed)) for seed in range(20)]
    assert np.mean(means) == pytest.approx(100, rel=0.01)


def test_a_sac_that_is_too_narrow_gives_nothing():
    image, labels = sac()
    labels[:, 58:77] = 0
    assert csf_region(SagittalSection(image, labels, PIXEL), 22, FRAME).mask.sum() == 0
