"""The endplate bands hold the bone next to the endplates and nothing else."""

import numpy as np
import pytest

from vbq.measure import measure_scan
from vbq.measure.reading import CsfReading, LevelReading
from vbq.measure.regions.body_frame import body_frames
from vbq.measure.regions.endplate import endplate_bands, endplate_variants
from vbq.measure.regions.sagittal_section import SagittalSection

PIXEL = (0.5, 0.5)
MARROW, PLATE, BAND = 300.0, 20.0, 450.0


def striped_body(transposed=False):
    """One body L3 of 27 mm by 33 mm: a dark plate of 1.5 mm, 3 mm of bright bone, marrow."""
    labels = np.zeros((160, 160), np.uint8)
    labels[40:94, 40:106] = 22
    image = np.zeros(labels.shape, np.float32)
    image[40:94, 40:106] = PLATE
    image[43:91, 40:106] = BAND
    image[49:85, 40:106] = MARROW
    labels[2:22, 40:106], labels[112:132, 40:106] = 21, 23  # for the direction of the spine
    if transposed:  # the spine lies across the image
        labels, image = labels.T.copy(), image.T.copy()
    return image, labels


def signals(level, mean):
    common = {"median": mean, "sd": 1.0, "pixels": 9, "area_mm2": 9.0, "slice": 0}
    body = LevelReading(
        level=level, mean=mean, confidence=None, used=True, centre_mm=(0, 0, 0), **common
    )
    csf = CsfReading(level="L3", mean=100.0, centre_mm=(0, 0, 0), **common)
    return [body], csf


@pytest.mark.parametrize("transposed", [False, True])
def test_known_answer(transposed):
    image, labels = striped_body(transposed)
    levels, csf = signals("L3", MARROW)
    variants = endplate_variants(SagittalSection(image, labels, PIXEL), levels, csf)
    assert variants == pytest.approx({"EBQ_csf": BAND / 100, "EBQ_marrow": BAND / MARROW})


def test_one_band_lies_on_either_side():
    image, labels = striped_body()
    upper, lower = endplate_bands(labels == 22, body_frames(labels, PIXEL)[22], PIXEL)
    assert np.argwhere(upper)[:, 0].max() < np.argwhere(lower)[:, 0].min()
    assert upper.sum() == lower.sum() > 0
    assert set(image[upper | lower]) == {BAND}


def test_in_a_phantom_of_even_marrow_endplates_look_like_it(study):
    reading = measure_scan(*study).reading
    assert reading.variants["EBQ_marrow"] == pytest.approx(1, abs=0.02)
    assert reading.variants["EBQ_csf"] == pytest.approx(reading.variants["mean_of_means"], rel=0.02)


def test_a_body_too_low_for_bands_has_none():
    image, labels = striped_body()
    labels[labels == 22] = 0
    labels[60:64, 40:106] = 22
    levels, csf = signals("L3", MARROW)
    assert endplate_variants(SagittalSection(image, labels, PIXEL), levels, csf) == {}
