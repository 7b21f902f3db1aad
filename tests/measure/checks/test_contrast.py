"""T1 without fat suppression is told from everything else by the image alone, from true labels."""

from dataclasses import replace

import numpy as np
import pytest

from vbq.measure import measure_scan
from vbq.phantom import MriSettings, SpineShape, make_phantom
from vbq.phantom.tissue import TISSUES, Tissue
from vbq.scan import Acquisition

SMALL = {"slices": 1, "matrix": (300, 280), "pixel_mm": 1.0}
HOUNSFIELD = {"air": 24, "fat": 924, "marrow_water": 1420, "csf": 1034, "cortex": 1900}


def refusals(phantom, with_true_labels):
    scan, anatomy = with_true_labels(phantom)
    reading = measure_scan(replace(scan, acquisition=Acquisition()), anatomy).reading
    codes = {f.code for f in reading.flags if f.severity == "refuse"}
    assert (reading.score is None) == bool(codes)
    return codes


@pytest.mark.parametrize(("seed", "shading"), [(0, 1.0), (0, 10.0), (1, 4.0), (2, 10.0), (3, 2.0)])
def test_t1_is_never_refused_however_the_coil_shades_it(seed, shading, with_true_labels):
    phantom = make_phantom(
        shape=SpineShape(seed=seed, fat_mm=(5.0, 10.0, 20.0, 34.0)[seed]),
        acquisition=MriSettings.t1(
            **SMALL, coil_shading=shading, field_strength_t=(1.5, 3.0)[seed % 2]
        ),
        true_vbq=(1.6, 2.2, 3.0, 5.0)[seed],
        marrow_texture=0.08,
        seed=seed,
    )
    assert refusals(phantom, with_true_labels) == set()


@pytest.mark.parametrize("shading", [1.0, 3.0])
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (MriSettings.t2, "not_t1"),
        (MriSettings.stir, "not_t1"),
        (MriSettings.t1_fat_suppressed, "fat_suppressed"),
    ],
)
def test_other_contrasts(settings, expected, shading, with_true_labels):
    phantom = make_phantom(acquisition=settings(**SMALL, coil_shading=shading))
    assert expected in refusals(phantom, with_true_labels)


def test_a_ct_stored_without_sign(with_true_labels):
    tissues = {
        name: Tissue(HOUNSFIELD.get(name, 1080) / 1000, (1e-3, 1e-3), (1e9, 1e9), tissue.is_fat)
        for name, tissue in TISSUES.items()
    }
    phantom = make_phantom(
        acquisition=MriSettings(**SMALL, presaturation=0.0, snr=30.0), tissues=tissues
    )
    assert "not_t1" in refusals(phantom, with_true_labels)


def test_a_picture_cut_off_before_the_skin_is_not_called_fat_suppressed(with_true_labels):
    phantom = make_phantom(acquisition=MriSettings.t1(**SMALL), true_vbq=3.0)
    columns = np.flatnonzero((phantom.labels[0] == 61).any(axis=0))
    short = replace(
        phantom,
        voxels=phantom.voxels[:, :, : columns[-1] + 12],
        labels=phantom.labels[:, :, : columns[-1] + 12],
    )
    assert refusals(short, with_true_labels) == set()


def test_an_image_alike_on_both_sides_of_the_spine_is_coronal(with_true_labels):
    phantom = make_phantom(acquisition=MriSettings.t1(**SMALL), true_vbq=3.0)
    scan, anatomy = with_true_labels(phantom)
    muscle = 0.4 * np.median(scan.voxels[anatomy.labels == 22])
    voxels = scan.voxels.copy()
    body = np.isin(anatomy.labels, range(17, 27)) | (anatomy.labels >= 100)
    voxels[~body & (anatomy.labels != 61)] = muscle
    voxels[anatomy.labels == 61] = 0.95 * muscle
    reading = measure_scan(replace(scan, voxels=voxels), anatomy).reading
    assert "not_sagittal" in {f.code for f in reading.flags}
    assert reading.score is None
