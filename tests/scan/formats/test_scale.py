"""The scale of signals in DICOM: slopes and intercepts of slices, Philips's private scale."""

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from vbq.scan import read_scan


def philips(datasets, scales, creator="Philips MR Imaging DD 001", vr="FL"):
    for dataset, scale in zip(datasets, scales, strict=True):
        block = dataset.private_block(0x2005, creator, create=True)
        block.add_new(0x0E, vr, scale)
    return datasets


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_slices_in_different_philips_scales_come_to_one(truth, slices, save, tmp_path, syntax):
    scales = [2.0, 4.0, 1.0, 8.0, 2.0]
    voxels = truth.voxels.astype(np.uint16) & 0x0FF8  # so that eight times a value stays whole
    stored = np.stack([s // 2 * f for s, f in zip(voxels, scales, strict=True)]).astype(np.uint16)
    datasets = philips(slices(stored, truth.affine, BitsStored=16, HighBit=15), scales)
    for dataset in datasets:
        dataset.file_meta.TransferSyntaxUID = syntax
    save(datasets, tmp_path)
    scan = read_scan(tmp_path)
    assert [flag.code for flag in scan.flags if flag.severity == "note"] == ["slices_rescaled"]
    expected = voxels // 2 * 2.0  # times the usual scale
    np.testing.assert_allclose(scan.voxels, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("scales", "creator", "vr"),
    [
        ([0.37] * 5, "Philips MR Imaging DD 001", "FL"),  # one scale changes no ratio
        ([2.0, 4.0, 1.0, 8.0, 0.0], "Philips MR Imaging DD 001", "FL"),
        ([2.0, 4.0, 1.0, 8.0, -2.0], "Philips MR Imaging DD 001", "FL"),
        ([2.0, 4.0, 1.0, 8.0, float("nan")], "Philips MR Imaging DD 001", "FL"),
        ([2.0, 4.0, 1.0, 8.0, 2.0], "Somebody else", "FL"),
        (["2", "4", "words", "", "8"], "Philips MR Imaging DD 001", "LO"),
        ([b"xy", b"abcde", b"", b"1234", b"0000"], "Philips MR Imaging DD 001", "UN"),
    ],
)
def test_a_private_scale_that_means_nothing_changes_nothing(
    truth, slices, save, tmp_path, scales, creator, vr
):
    save(philips(slices(truth.voxels, truth.affine), scales, creator, vr), tmp_path)
    scan = read_scan(tmp_path)
    np.testing.assert_array_equal(scan.voxels, truth.voxels)
    assert "slices_rescaled" not in {flag.code for flag in scan.flags}


def test_an_intercept_that_all_slices_share_is_known(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine, RescaleIntercept="100"), tmp_path)
    scan = read_scan(tmp_path)
    assert scan.source.rescale_intercept == 100
    assert scan.voxels.min() == truth.voxels.min() + 100


@pytest.mark.parametrize(("padding", "written"), [(-32768, -32768), (-2000, -2000), (-2000, 63536)])
def test_padding_is_no_signal(truth, slices, save, tmp_path, padding, written):
    voxels = truth.voxels.astype(np.int16)
    voxels[:, :4, :4] = padding
    datasets = slices(voxels, truth.affine, BitsStored=16, HighBit=15)
    for dataset in datasets:
        dataset.PixelRepresentation = 1
        dataset.add_new(0x00280120, "SS" if written < 0 else "US", written)
    save(datasets, tmp_path)
    scan = read_scan(tmp_path)
    expected = truth.voxels.astype(np.float32)
    expected[:, :4, :4] = 0
    np.testing.assert_array_equal(scan.voxels, expected)


def test_without_a_declared_padding_every_value_is_signal(truth, slices, save, tmp_path):
    voxels = truth.voxels.astype(np.int16)
    voxels[:, 0, 0] = -2000
    datasets = slices(voxels, truth.affine, BitsStored=16, HighBit=15)
    for dataset in datasets:
        dataset.PixelRepresentation = 1
    save(datasets, tmp_path)
    assert read_scan(tmp_path).voxels.min() == -2000
