"""Each vertebra is measured on the slice through its own middle."""

import numpy as np
import pytest

from vbq.anatomy import find_anatomy
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.measure import measure_scan
from vbq.measure.regions.midplane import TOLERANCE_MM, find_midplane
from vbq.phantom import MriSettings, SpineShape, make_phantom


def scoliotic(**settings):
    """A curve of 40 degrees in a stack that lies 8 degrees oblique."""
    return make_phantom(
        shape=SpineShape(scoliosis_deg=40, seed=3),
        acquisition=MriSettings(
            slices=17, rotation_deg=(0, -8, 0), offset_mm=(22, 0, 0), **settings
        ),
        marrow_fat={"L1": 0.35, "L2": 0.42, "L3": 0.5, "L4": 0.6},
        true_vbq=3.2,
    )


@pytest.fixture(scope="module")
def curved():
    return scoliotic(matrix=(224, 224), pixel_mm=1.25)


def test_a_scoliotic_spine_scores_the_truth(curved, with_true_labels):
    measurement = measure_scan(*with_true_labels(curved))
    reading = measurement.reading
    assert reading.score == pytest.approx(curved.truth.vbq, abs=0.02)
    assert len({level.slice for level in reading.levels}) >= 4
    for level in reading.levels:
        if level.level in curved.truth.levels and level.used:
            ratio = reading.variants[level.level]
            assert ratio == pytest.approx(curved.truth.levels[level.level], abs=0.02)
    assert "off_midline" not in {flag.code for flag in reading.flags}


def test_each_level_lies_on_its_own_middle(curved, with_true_labels):
    scan, _ = with_true_labels(curved)
    reading = measure_scan(*with_true_labels(curved)).reading
    for level in reading.levels:
        body = curved.spine.vertebra(level.level).centre
        across = (scan.to_index(body)[0] - level.slice) * scan.spacing_mm[0]
        assert abs(across) <= max(TOLERANCE_MM, scan.spacing_mm[0] / 2) + 0.5, level.level


def test_each_region_holds_its_own_body_only(curved, with_true_labels):
    scan, anatomy = with_true_labels(curved)
    for roi in measure_scan(scan, anatomy).rois:
        if roi.name != "CSF":
            labels = anatomy.labels[roi.slice][roi.mask]
            assert {LEVEL_NAMES[int(n)] for n in np.unique(labels)} == {roi.name}


def test_the_network_scores_a_scoliotic_spine():
    phantom = scoliotic(matrix=(288, 288), pixel_mm=1.0, snr=35)
    scan = phantom.as_scan()
    reading = measure_scan(scan, find_anatomy(scan)).reading
    assert reading.score == pytest.approx(phantom.truth.vbq, abs=0.1)
    assert len({level.slice for level in reading.levels}) >= 4


def test_a_straight_spine_is_measured_on_one_slice(study):
    scan, anatomy = study
    plane = find_midplane(scan, anatomy)
    assert plane.scan is scan
    assert np.unique(plane.slices).tolist() == [anatomy.midsagittal_slice]


def test_the_plane_shows_acquired_pixels_only(curved, with_true_labels):
    scan, anatomy = with_true_labels(curved)
    plane = find_midplane(scan, anatomy)
    rows, columns = np.indices(plane.slices.shape)
    assert np.array_equal(plane.section.image, scan.voxels[plane.slices, rows, columns])
