"""Noise, shading, geometry, coverage and determinism."""

import math

import numpy as np
import pytest

from vbq.anatomy.levels import CANAL, LEVEL_NUMBERS, SACRUM
from vbq.errors import UsageError
from vbq.phantom import MriSettings, SpineShape, make_phantom, random_phantom

SMALL = {"matrix": (192, 192), "pixel_mm": 1.6}


def test_noise_is_rician():
    quiet = make_phantom(acquisition=MriSettings(slices=3, **SMALL))
    noisy = make_phantom(acquisition=MriSettings(slices=3, snr=20.0, **SMALL))
    sigma = noisy.truth.sigma
    scored = [noisy.truth.marrow[name] for name in ("L1", "L2", "L3", "L4")]
    assert sigma == pytest.approx(np.mean(scored) / 20)
    air = noisy.voxels[quiet.voxels == 0]
    assert air.size > 5000
    assert air.mean() == pytest.approx(sigma * math.sqrt(math.pi / 2), rel=0.02)
    assert air.std() == pytest.approx(sigma * math.sqrt(2 - math.pi / 2), rel=0.03)
    bright = quiet.voxels > 15 * sigma
    assert (noisy.voxels - quiet.voxels)[bright].std() == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("ratio", [2.0, 8.0])
def test_shading_falls_by_the_ratio_over_150_mm(ratio):
    flat = make_phantom(acquisition=MriSettings(slices=1, **SMALL))
    shaded = make_phantom(acquisition=MriSettings(slices=1, coil_shading=ratio, **SMALL))
    inside = flat.voxels[0] > 10
    sensitivity = np.where(inside, shaded.voxels[0] / np.maximum(flat.voxels[0], 1), np.nan)
    scan = flat.as_scan()
    row, column = (round(float(i)) for i in scan.to_index([0, 0, 0])[1:])
    assert sensitivity[row, column] == pytest.approx(1, rel=0.03)
    columns = [j for j in range(column - 40, column + 30) if inside[row, j]]
    fall = sensitivity[row, columns[-1]] / sensitivity[row, columns[0]]
    millimetres = (columns[-1] - columns[0]) * 1.6
    assert fall == pytest.approx(ratio ** (millimetres / 150), rel=0.02)


def test_shading_does_not_change_the_truth():
    flat = make_phantom(acquisition=MriSettings(slices=1, **SMALL)).truth
    shaded = make_phantom(acquisition=MriSettings(slices=1, coil_shading=5.0, **SMALL)).truth
    assert shaded == flat


def test_axes_and_affine_agree():
    settings = MriSettings(
        slices=5, matrix=(160, 200), pixel_mm=1.5, rotation_deg=(10.0, -4.0, 6.0)
    )
    phantom = make_phantom(acquisition=settings)
    scan = phantom.as_scan()
    assert phantom.voxels.shape == phantom.labels.shape == (5, 160, 200)
    assert scan.plane == "sagittal"
    assert scan.spacing_mm == pytest.approx((4.4, 1.5, 1.5))
    steps = phantom.affine[:3, :3]
    assert steps[0, 0] > 0  # R to L
    assert steps[2, 1] < 0  # S to I
    assert steps[1, 2] > 0  # A to P
    # L3 is where its label is
    centre = scan.to_mm(np.argwhere(phantom.labels == LEVEL_NUMBERS["L3"]).mean(axis=0))
    assert centre == pytest.approx(phantom.spine.vertebra("L3").centre, abs=2.5)


@pytest.mark.parametrize("plane", ["axial", "coronal"])
def test_other_planes_show_the_same_spine(plane):
    settings = MriSettings(
        plane=plane, slices=9, slice_spacing_mm=5, matrix=(160, 160), pixel_mm=2.0
    )
    phantom = make_phantom(acquisition=settings)
    scan = phantom.as_scan()
    assert scan.plane == plane
    assert np.linalg.det(phantom.affine[:3, :3]) != 0
    centre = scan.to_mm(np.argwhere(phantom.labels == LEVEL_NUMBERS["L3"]).mean(axis=0))
    assert centre == pytest.approx(phantom.spine.vertebra("L3").centre, abs=4)


def test_a_slice_off_the_midline_misses_the_canal():
    settings = MriSettings(slices=1, offset_mm=(20.0, 0, 0), slice_thickness_mm=3, **SMALL)
    phantom = make_phantom(acquisition=settings)
    assert not (phantom.labels == CANAL).any()
    assert (phantom.labels == LEVEL_NUMBERS["L3"]).any()


def test_scoliosis_moves_the_midline():
    wide = MriSettings(slices=25, slice_thickness_mm=3, slice_spacing_mm=3, sub_slices=1, **SMALL)
    straight = make_phantom(acquisition=wide)
    scoliotic = make_phantom(acquisition=wide, shape=SpineShape(scoliosis_deg=24))

    def lateral(phantom, level):
        places = np.argwhere(phantom.labels == LEVEL_NUMBERS[level])
        return phantom.as_scan().to_mm(places.mean(axis=0))[0]

    assert lateral(straight, "L2") == pytest.approx(0, abs=1)
    assert lateral(scoliotic, "S1") == pytest.approx(0, abs=2)
    assert lateral(scoliotic, "L2") > 6
    assert scoliotic.spine.vertebra("L2").axes[0, 1] > 0.1  # rotated axially


@pytest.mark.parametrize("count", [4, 5, 6])
def test_lumbar_vertebrae_are_counted_from_the_thorax_and_end_at_the_sacrum(count):
    phantom = make_phantom(
        acquisition=MriSettings(slices=1, **SMALL), shape=SpineShape(lumbar_count=count)
    )
    labels = set(np.unique(phantom.labels).tolist())
    assert set(range(19, 20 + count)) <= labels
    assert SACRUM in labels
    assert 20 + count not in labels or count == 6
    assert 100 + 19 + count in labels


def test_the_sacrum_can_lie_outside_the_field_of_view():
    settings = MriSettings(slices=1, lowest_level="L5", **SMALL)
    labels = make_phantom(acquisition=settings).labels
    assert (labels == LEVEL_NUMBERS["L5"]).sum() > 200
    assert (labels == SACRUM).sum() < 0.2 * (labels == LEVEL_NUMBERS["L5"]).sum()
    assert (labels == LEVEL_NUMBERS["L1"]).any()
    with pytest.raises(UsageError):
        make_phantom(shape=SpineShape(lumbar_count=4), acquisition=settings)


def test_same_arguments_same_bytes():
    settings = MriSettings.t1(slices=2, matrix=(96, 96), pixel_mm=3)
    phantoms = [
        make_phantom(acquisition=settings, marrow_texture=0.1, seed=seed) for seed in (3, 3, 4)
    ]
    assert phantoms[0].voxels.tobytes() == phantoms[1].voxels.tobytes()
    assert phantoms[0].labels.tobytes() == phantoms[1].labels.tobytes()
    assert phantoms[0].voxels.tobytes() != phantoms[2].voxels.tobytes()


def test_random_phantoms_vary_and_repeat():
    def sample(seed, number):
        rng = np.random.default_rng(seed)
        return [random_phantom(rng, matrix=(96, 96), slices=1) for _ in range(number)]

    first, second = sample(1, 8), sample(1, 2)
    assert first[1].voxels.tobytes() == second[1].voxels.tobytes()
    assert len({p.truth.vbq for p in first}) == len(first)
    assert all(1.6 <= p.truth.vbq <= 5 for p in first)
    assert all(np.isfinite(p.voxels).all() and p.voxels.min() >= 0 for p in first)
    assert sum((p.labels > 0).any() for p in first) >= 7


def test_shapes_out_of_range_are_refused():
    with pytest.raises(UsageError):
        SpineShape(lumbar_count=7)
    with pytest.raises(UsageError):
        SpineShape(size=3)
