"""What is not a sagittal T1 of the lumbar spine gets no score, with or without its attributes."""

from dataclasses import replace

import numpy as np
import pytest

import vbq
from places import SHARED
from vbq.errors import RefusalError
from vbq.measure import measure_scan
from vbq.phantom import MriSettings, make_phantom
from vbq.phantom.files.nifti import write_nifti
from vbq.scan import Acquisition, Scan, Source, find_series

DATA = SHARED / "data"
SMALL = {"slices": 7, "matrix": (256, 256), "pixel_mm": 1.2}


def scan_of(voxels, spacing=(4.0, 1.0, 1.0)):
    """A sagittal stack whose file said nothing about it."""
    affine = np.diag([*spacing, 1.0])[:, [0, 2, 1, 3]] @ np.eye(4)
    affine[:3, :3] = np.array([[spacing[0], 0, 0], [0, 0, spacing[2]], [0, -spacing[1], 0]])
    return Scan(voxels.astype(np.float32), affine, Acquisition(), Source("test", "test"))


def outcome(scan):
    """The codes of what speaks against a score."""
    try:
        reading = measure_scan(scan, vbq.find_anatomy(scan)).reading
    except RefusalError as error:
        return {error.code}
    assert reading.status == "refused", reading.score
    assert reading.score is None
    assert reading.variants == {}
    return {flag.code for flag in reading.flags if flag.severity == "refuse"}


def stripped(phantom):
    return replace(phantom.as_scan(), acquisition=Acquisition())


@pytest.mark.parametrize("settings", [MriSettings.t2, MriSettings.stir])
def test_other_contrasts_of_the_same_spine(settings):
    assert outcome(stripped(make_phantom(acquisition=settings(**SMALL)))) & {
        "not_t1",
        "no_lumbar_spine",
    }


def test_an_axial_series():
    settings = MriSettings.t1(**SMALL, plane="axial")
    assert outcome(stripped(make_phantom(acquisition=settings))) == {"not_sagittal"}


def test_a_brain():
    """A head in outline: scalp, skull, grey and white matter, ventricles, brain stem."""
    rows, columns = np.mgrid[-120:120, -110:110]
    head = np.zeros((9, 240, 220))

    def paint(r, c, height, width, value):
        head[:, ((rows - r) / height) ** 2 + ((columns - c) / width) ** 2 < 1] = value

    for height, width, value in ((112, 96, 900), (104, 88, 60), (98, 82, 380), (84, 70, 520)):
        paint(0, 0, height, width, value)
    paint(-5, 0, 16, 34, 120)
    paint(52, 30, 24, 26, 430)
    paint(60, 5, 40, 9, 480)
    rng = np.random.default_rng(0)
    noisy = np.abs(head + 15 * rng.standard_normal(head.shape))
    assert outcome(scan_of(noisy)) == {"no_lumbar_spine"}


def test_noise():
    noise = np.abs(np.random.default_rng(0).normal(0, 100, (9, 256, 256)))
    assert outcome(scan_of(noise)) == {"no_lumbar_spine"}


def test_a_constant_image():
    assert outcome(scan_of(np.full((9, 256, 256), 40.0))) & {"constant_image", "no_lumbar_spine"}


def test_ct_by_its_attributes_and_by_its_numbers(tmp_path):
    phantom = make_phantom(acquisition=MriSettings.t1(**SMALL))
    write_nifti(phantom.voxels - 1000, phantom.affine, tmp_path / "ct.nii.gz")
    (result,) = vbq.score(tmp_path / "ct.nii.gz")
    assert result.reading.status == "refused"
    assert {f.code for f in result.reading.flags} >= {"negative_signal"}


def real(folder, pattern):
    files = sorted(p for p in (DATA / folder).glob(pattern) if "_seg" not in p.name)
    if not files:
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"needs shared/data/{folder}"))]
    return [pytest.param(file, id=file.name) for file in files[:4]]


@pytest.mark.parametrize(
    "path",
    [*real("siegen", "*T2.nii.gz"), *real("siegen", "*TIRM.nii.gz"), *real("chu", "*T2.nii.gz")],
)
def test_real_t2_and_tirm(path):
    scan = replace(find_series(path).series[0].load(), acquisition=Acquisition())
    assert outcome(scan) & {"not_t1", "fat_suppressed"}
