"""However a scan is stored, it gives the same reading, and on a phantom that is the truth."""

import itertools
import random
import shutil

import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

import vbq
from vbq.anatomy.label_map import LabelMap
from vbq.phantom import MriSettings, make_phantom
from vbq.phantom.files.nifti import write_nifti

SETTINGS = MriSettings(slices=5, matrix=(288, 288), pixel_mm=1.0, rotation_deg=(4.0, 3.0, -5.0))


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(true_vbq=3.1, acquisition=SETTINGS)


@pytest.fixture(scope="module")
def labels(phantom, tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "labels.nii.gz"
    write_nifti(phantom.labels, phantom.affine, path)
    return LabelMap.read(path)


@pytest.fixture(scope="module")
def dicom(phantom, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dicom")
    phantom.write_dicom(folder)
    return folder


@pytest.fixture(scope="module")
def expected(dicom, labels):
    return reading(dicom, labels)


def reading(path, labels):
    (result,) = vbq.score(path, segmenter=labels)
    assert result.reading.status == "ok", result.reading.flags
    return result.reading


def assert_same(reading_a, reading_b):
    assert reading_a.score == pytest.approx(reading_b.score, rel=1e-6)
    assert reading_a.csf.pixels == reading_b.csf.pixels
    for a, b in zip(reading_a.levels, reading_b.levels, strict=True):
        assert a.level == b.level
        assert a.mean == pytest.approx(b.mean, rel=1e-6)
        assert a.centre_mm == pytest.approx(b.centre_mm, abs=0.01)


def test_the_reading_is_the_truth(expected, phantom):
    assert expected.score == pytest.approx(phantom.truth.vbq, abs=0.01)


def test_shuffled_files_without_extensions(dicom, labels, expected, tmp_path):
    files = sorted(dicom.iterdir())
    random.Random(3).shuffle(files)
    for i, file in enumerate(files):
        shutil.copy(file, tmp_path / f"IM{i}")
    assert_same(reading(tmp_path, labels), expected)


def test_a_zip(dicom, labels, expected, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "study"), "zip", dicom)
    assert_same(reading(archive, labels), expected)


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        RLELossless,
        JPEGLSLossless,
        JPEG2000Lossless,
    ],
    ids=lambda uid: uid.name,
)
def test_transfer_syntaxes(dicom, labels, expected, tmp_path, syntax):
    for file in dicom.iterdir():
        dataset = pydicom.dcmread(file)
        if syntax.is_compressed:
            dataset.compress(syntax, generate_instance_uid=False)
            dataset.save_as(tmp_path / file.name)
            continue
        if not syntax.is_little_endian:
            pixels = np.frombuffer(dataset.PixelData, "<u2").byteswap()
            dataset.PixelData = pixels.tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax
        pydicom.dcmwrite(
            tmp_path / file.name,
            dataset,
            implicit_vr=syntax.is_implicit_VR,
            little_endian=syntax.is_little_endian,
            force_encoding=True,
        )
    assert_same(reading(tmp_path, labels), expected)


def test_rescale_slope_and_intercept(dicom, labels, expected, tmp_path):
    """The same signal stored as other numbers."""
    for file in dicom.iterdir():
        dataset = pydicom.dcmread(file)
        stored = dataset.pixel_array.astype(int)
        slope, intercept = (
            float(dataset.get("RescaleSlope", 1)),
            float(dataset.get("RescaleIntercept", 0)),
        )
        dataset.PixelData = (stored + 1000).astype("<u2").tobytes()
        dataset.BitsStored, dataset.HighBit = 16, 15
        dataset.RescaleSlope, dataset.RescaleIntercept = slope, intercept - 1000 * slope
        dataset.RescaleType = "US"
        dataset.save_as(tmp_path / file.name)
    assert_same(reading(tmp_path, labels), expected)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_every_axis_permutation_and_flip(phantom, labels, tmp_path, order):
    """48 ways to store one volume."""
    to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    write_nifti(phantom.voxels, phantom.affine, tmp_path / "scan.nii.gz")
    expected = reading(tmp_path / "scan.nii.gz", labels)
    for flips in itertools.product((1, -1), repeat=3):
        reoriented = nib.Nifti1Image(phantom.voxels, to_ras @ phantom.affine).as_reoriented(
            np.stack([order, flips], axis=1)
        )
        path = tmp_path / "turned.nii"
        nib.save(reoriented, path)
        assert_same(reading(path, labels), expected)
