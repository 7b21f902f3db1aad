from __future__ import annotations

import random
import zipfile
from itertools import permutations, product

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from scipy.spatial.transform import Rotation

from vbq.scan import find_series, read_scan
from vbq.scan.formats.dicom.header import quiet

ORDERS = [(o, f) for o in permutations(range(3)) for f in product((1, -1), repeat=3)]


def reorder(voxels, affine, order, flips):
    out = voxels.transpose(order)
    new = affine[:, [*order, 3]].copy()
    for axis, flip in enumerate(flips):
        if flip < 0:
            new[:3, 3] += new[:3, axis] * (out.shape[axis] - 1)
            new[:3, axis] *= -1
    return np.ascontiguousarray(out[tuple(slice(None, None, flip) for flip in flips)]), new


@pytest.mark.parametrize("multiframe", [False, True])
@pytest.mark.parametrize(("order", "flips"), ORDERS)
def test_any_storage_order_gives_the_same_scan(
    truth, slices, frames, save, tmp_path, order, flips, multiframe
):
    small = truth.voxels[:, :6, :7]
    truth.affine[:3, :3] *= 9  # few pixels, but a field of view that a spine may have
    stored, affine = reorder(small, truth.affine, order, flips)
    if multiframe:
        datasets = [frames(stored, affine)]
        for groups in datasets[0].PerFrameFunctionalGroupsSequence:
            groups.PixelValueTransformationSequence[0].RescaleSlope = "1"
    else:
        datasets = slices(stored, affine)
        random.Random(0).shuffle(datasets)
    save(datasets, tmp_path)
    scan = find_series(tmp_path).series[0].load()
    np.testing.assert_array_equal(scan.voxels, small)
    np.testing.assert_allclose(scan.affine, truth.affine, atol=1e-5)
    assert scan.voxels.dtype == np.float32
    assert scan.voxels.flags.c_contiguous


def test_an_oblique_stack_keeps_its_tilt(truth, slices, save, tmp_path):
    affine = truth.affine.copy()
    affine[:3, :3] = (
        Rotation.from_euler("xyz", [4, 8, 12], degrees=True).as_matrix() @ affine[:3, :3]
    )
    save(slices(truth.voxels, affine), tmp_path)
    scan = read_scan(tmp_path)
    np.testing.assert_array_equal(scan.voxels, truth.voxels)
    np.testing.assert_allclose(scan.affine, affine, atol=1e-4)
    assert scan.plane == "sagittal"


def encoded(dataset, syntax: UID):
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        return dataset  # by gdcm, from the file
    if syntax.is_encapsulated:
        options = {"jls_error": 2} if syntax == JPEGLSNearLossless else {}
        options |= {"j2k_cr": [4]} if syntax == JPEG2000 else {}
        dataset.compress(syntax, generate_instance_uid=False, **options)
        return dataset
    if syntax == ExplicitVRBigEndian:
        pixels = np.frombuffer(dataset.PixelData, np.uint16)
        dataset.PixelData = pixels.byteswap().tobytes()
        dataset["PixelData"].VR = "OW"
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEG2000Lossless,
    JPEG2000,
    JPEGLosslessSV1,
]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda uid: uid.name.split(" (")[0])
def test_transfer_syntax_does_not_change_the_signal(
    truth, slices, save, to_lossless_jpeg, tmp_path, syntax, signed
):
    voxels = truth.voxels.astype(np.int16) // 2 - 1024 if signed else truth.voxels
    datasets = slices(voxels, truth.affine, RescaleSlope="0.5", RescaleIntercept="-3")
    paths = save([encoded(ds, syntax) for ds in datasets], tmp_path)
    if syntax == JPEGLosslessSV1:
        for path in paths:
            to_lossless_jpeg(path)
    assert dcmread(paths[0]).file_meta.TransferSyntaxUID == syntax
    scan = read_scan(tmp_path)
    lossy = syntax in (JPEG2000, JPEGLSNearLossless)
    np.testing.assert_allclose(scan.voxels, voxels * 0.5 - 3, atol=20 if lossy else 0)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_compressed_multiframe(truth, frames, save, tmp_path, syntax):
    dataset = encoded(frames(truth.voxels, truth.affine), syntax)
    save([dataset], tmp_path)
    scan = read_scan(tmp_path)
    np.testing.assert_array_equal(scan.voxels, truth.voxels * np.arange(1, 6)[:, None, None])


def test_an_enhanced_object_has_the_attributes_of_a_classic_one(
    truth, slices, frames, save, tmp_path
):
    save(slices(truth.voxels, truth.affine), tmp_path / "classic")
    save([frames(truth.voxels, truth.affine)], tmp_path / "enhanced")
    classic, enhanced = (find_series(tmp_path / name).series[0] for name in ("classic", "enhanced"))
    for name in (
        "repetition_time_ms",
        "echo_time_ms",
        "scanning_sequence",
        "echo_train_length",
        "field_strength_t",
        "slice_thickness_mm",
        "modality",
        "body_part",
    ):
        assert getattr(classic.acquisition, name) == getattr(enhanced.acquisition, name), name
    assert (classic.shape, classic.plane, classic.images) == (
        enhanced.shape,
        enhanced.plane,
        enhanced.images,
    )
    assert enhanced.source.format == "dicom-enhanced"


def test_overlays_in_unused_bits_are_not_signal(truth, slices, save, tmp_path):
    save(slices(truth.voxels | 0x8000, truth.affine), tmp_path)
    np.testing.assert_array_equal(read_scan(tmp_path).voxels, truth.voxels)


def test_a_zip_reads_like_the_folder(truth, slices, save, tmp_path):
    paths = save(slices(truth.voxels, truth.affine), tmp_path / "in")
    with zipfile.ZipFile(tmp_path / "study.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, f"DICOM/{path.name}")
        archive.writestr("__MACOSX/._IM000", b"junk")
    scan = read_scan(tmp_path / "study.zip")
    np.testing.assert_array_equal(scan.voxels, truth.voxels)


def test_a_data_set_without_preamble_is_read(truth, slices, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    for number, ds in enumerate(datasets):
        del ds.file_meta
        ds.save_as(tmp_path / f"{number}", implicit_vr=True, little_endian=True)
    np.testing.assert_array_equal(read_scan(tmp_path).voxels, truth.voxels)


def test_other_files_in_the_tree_are_counted_and_passed_over(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine), tmp_path / "a" / "b")
    report = slices(truth.voxels[:1], truth.affine)[0]
    report.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    del report.Rows, report.PixelData
    segmentation = slices(truth.voxels[:1], truth.affine)[0]
    segmentation.SOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    save([report, segmentation], tmp_path / "other", "obj{}")
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / ".hidden").write_text("hello")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    listing = find_series(tmp_path)
    assert len(listing.series) == 1
    assert listing.skipped == {"non-image DICOM": 2, "other": 1, "picture": 1}
    assert listing.problems == ()


def test_strange_values_neither_warn_nor_stop(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    with quiet():
        for ds in datasets:
            ds.add_new("EchoTrainLength", "LO", "three")
            ds.StudyDate = "yesterday"
            ds.SeriesNumber = None
    save(datasets, tmp_path)
    scan = read_scan(tmp_path)
    assert scan.acquisition.echo_train_length is None
    assert scan.source.series_number is None


def test_a_single_slice_is_read_with_a_caution(truth, slices, save, tmp_path):
    [path] = save(slices(truth.voxels[2:3], truth.affine), tmp_path)
    scan = read_scan(path)
    assert scan.voxels.shape == (1, *truth.voxels.shape[1:])
    assert scan.plane == "sagittal"
    assert [(flag.code, flag.severity) for flag in scan.flags] == [("single_slice", "caution")]


def test_wide_gaps_and_eight_bits_are_noted(truth, slices, save, tmp_path):
    pixels = (truth.voxels % 256).astype(np.uint8)
    save(slices(pixels, truth.affine, SliceThickness="2"), tmp_path)
    scan = read_scan(tmp_path)
    np.testing.assert_array_equal(scan.voxels, pixels)
    assert {flag.code for flag in scan.flags} == {"slice_gap", "eight_bit"}
    assert scan.source.saturation_level == 255


def test_two_echoes_under_one_uid_are_two_series(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    save(datasets, tmp_path / "one")
    for ds in datasets:
        ds.EchoTime = "90"
    save(datasets, tmp_path / "two")
    series = find_series(tmp_path).series
    assert sorted(s.acquisition.echo_time_ms for s in series) == [11, 90]
    assert all(s.problem is None for s in series)
    assert read_scan(tmp_path).acquisition.echo_time_ms == 11


def test_phase_images_beside_magnitude_are_left_out(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    save(datasets, tmp_path / "m")
    for ds in datasets:
        ds.ImageType = ["ORIGINAL", "PRIMARY", "PHASE MAP", "P", "SE"]
        ds.PixelData = bytes(len(ds.PixelData))
    save(datasets, tmp_path / "p")
    [series] = find_series(tmp_path).series
    np.testing.assert_array_equal(series.load().voxels, truth.voxels)


def test_nothing_of_the_patient_is_kept(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine), tmp_path)
    scan = read_scan(tmp_path)
    record = f"{scan.source} {scan.acquisition} {scan.flags}".casefold()
    assert "secret" not in record


def test_a_meta_header_with_the_wrong_transfer_syntax(truth, slices, save, tmp_path):
    explicit, implicit = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0"
    for path in save(slices(truth.voxels, truth.affine), tmp_path):
        content = path.read_bytes()
        assert explicit in content
        path.write_bytes(content.replace(explicit, implicit, 1))
    np.testing.assert_array_equal(read_scan(tmp_path).voxels, truth.voxels)
