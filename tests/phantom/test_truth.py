"""A careful measurement of the voxels gives exactly the truth."""

import numpy as np
import pytest
from scipy import ndimage

from vbq.anatomy.levels import CANAL, LEVEL_NUMBERS, SCORED_LEVELS
from vbq.phantom import MriSettings, SpineShape, make_phantom
from vbq.phantom.tissue import TISSUES, spin_echo

FINE = {"matrix": (320, 320), "pixel_mm": 0.9}


def inner(mask, pixel_mm, margin_mm):
    return ndimage.distance_transform_edt(mask, sampling=pixel_mm) > margin_mm


def marrow_region(labels, level, pixel_mm):
    """The body eroded by 3.5 mm, without its posterior third."""
    body = labels == level
    core = inner(body, pixel_mm, 3.5)
    columns = np.nonzero(body)[1]
    core[:, int(np.quantile(columns, 0.66)) :] = False
    return core


def pure_csf_area_mm2(image, labels, signal, pixel_mm):
    """Area of the pixels behind L3 that hold CSF alone."""
    rows = np.nonzero(labels == LEVEL_NUMBERS["L3"])[0]
    sac = labels == CANAL
    sac[: rows.min()] = False
    sac[rows.max() :] = False
    pure = sac & (np.abs(image / signal - 1) < 1e-6)
    return pure.sum() * pixel_mm**2


@pytest.mark.parametrize(
    ("shape", "acquisition"),
    [
        (SpineShape(), MriSettings(slices=1, **FINE)),
        (SpineShape(), MriSettings(slices=1, **FINE, field_strength_t=3.0, tr_ms=450, te_ms=18)),
        (SpineShape(seed=4, size=0.85), MriSettings(slices=1, slice_thickness_mm=5, **FINE)),
        (SpineShape(seed=7, lumbar_count=4), MriSettings(slices=1, **FINE)),
        (
            SpineShape(seed=9, lumbar_count=6, canal_mm=13.5),
            MriSettings(slices=1, **FINE, rotation_deg=(12.0, 2.0, -4.0)),
        ),
        (SpineShape(seed=11), MriSettings.t2(slices=1, snr=None, coil_shading=1.0, **FINE)),
    ],
)
def test_eroded_masks_on_the_midline_give_the_truth(shape, acquisition):
    phantom = make_phantom(shape=shape, acquisition=acquisition)
    image, labels, pixel = phantom.voxels[0], phantom.labels[0], acquisition.pixel_mm
    ratios = []
    for level in SCORED_LEVELS:
        region = marrow_region(labels, level, pixel)
        assert region.sum() * pixel**2 > 100
        name = next(n for n, number in LEVEL_NUMBERS.items() if number == level)
        np.testing.assert_allclose(image[region], phantom.truth.marrow[name], rtol=1e-6)
        ratios.append(image[region].mean() / phantom.truth.csf)
    assert np.median(ratios) == pytest.approx(phantom.truth.vbq, rel=1e-6)
    assert pure_csf_area_mm2(image, labels, phantom.truth.csf, pixel) >= 25


def test_voxels_have_the_requested_true_score():
    settings = MriSettings(slices=1, **FINE)
    phantom = make_phantom(acquisition=settings, true_vbq=2.4)
    signals = [
        phantom.voxels[0][marrow_region(phantom.labels[0], level, 0.9)].mean()
        for level in SCORED_LEVELS
    ]
    assert np.median(signals) / phantom.truth.csf == pytest.approx(2.4, rel=1e-6)


def test_texture_preserves_the_mean_signal():
    phantom = make_phantom(
        acquisition=MriSettings(slices=1, **FINE), true_vbq=3.0, marrow_texture=0.08
    )
    for level in SCORED_LEVELS:
        region = phantom.voxels[0][marrow_region(phantom.labels[0], level, 0.9)]
        name = next(n for n, number in LEVEL_NUMBERS.items() if number == level)
        assert region.mean() == pytest.approx(phantom.truth.marrow[name], rel=0.03)
        assert 0.02 < region.std() / region.mean() < 0.12


def test_bodies_are_rimmed_by_dark_cortex_inside_the_label():
    settings = MriSettings(slices=1, matrix=(512, 512), pixel_mm=0.4, blur_px=0)
    phantom = make_phantom(acquisition=settings)
    body = phantom.labels[0] == LEVEL_NUMBERS["L3"]
    rim = body & ~ndimage.binary_erosion(body)
    marrow = phantom.truth.marrow["L3"]
    assert np.median(phantom.voxels[0][rim]) < 0.35 * marrow
    assert spin_echo(TISSUES["cortex"], settings) < 0.05 * marrow


def test_labels_use_the_numbers_of_the_program():
    phantom = make_phantom(acquisition=MriSettings(slices=1, matrix=(256, 256), pixel_mm=1.2))
    labels = set(np.unique(phantom.labels).tolist())
    assert {0, 18, 19, 20, 21, 22, 23, 24, 26, 60, 61} <= labels
    assert {119, 120, 121, 122, 123, 124} <= labels
    assert phantom.labels.dtype == np.uint8
    # a body lies on each side of its disc, the canal behind it
    centre = {n: np.argwhere(phantom.labels[0] == n).mean(axis=0) for n in labels}
    for level in range(20, 24):
        assert centre[level][0] < centre[100 + level][0] < centre[level + 1][0]
        assert centre[level][1] + 15 < centre[CANAL][1] + 15


def test_a_thick_slice_averages_thin_ones():
    """At the side of the sac one slice holds CSF and fat; each of three thinner ones less so."""
    plain = {"presaturation": 0.0, "blur_px": 0.0, "offset_mm": (9.0, 0.0, 0.0), **FINE}
    thick = make_phantom(
        acquisition=MriSettings(slices=1, slice_thickness_mm=6, sub_slices=3, **plain)
    )
    thin = make_phantom(
        acquisition=MriSettings(
            slices=3, slice_thickness_mm=2, slice_spacing_mm=2, sub_slices=1, **plain
        )
    )
    canal = ndimage.binary_erosion((thin.labels == CANAL).any(axis=0))
    canal &= (thin.labels == LEVEL_NUMBERS["L3"]).any(axis=0).any(axis=1)[:, None]
    assert canal.sum() > 50
    mean = thin.voxels.mean(axis=0)
    np.testing.assert_allclose(thick.voxels[0][canal], mean[canal], rtol=1e-4)
    mixed = canal & (np.ptp(thin.voxels, axis=0) > 0.5 * thick.truth.csf)
    assert mixed.any()
    votes = (thin.labels == CANAL).sum(axis=0)
    assert (thick.labels[0][canal & (votes >= 2)] == CANAL).all()
    assert (thick.labels[0][canal & (votes == 1)] == CANAL).mean() < 0.5
