"""Each way a DICOM export is broken gives one clear line: the file, the reason, the remedy."""

from __future__ import annotations

import contextlib
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless, generate_uid

from vbq.errors import GeometryError, InputError, NoScanFoundError, UnreadableFileError, VBQError
from vbq.scan import find_series, group_by_study, rank_series, read_scan


def refusal(path, kind: type[VBQError], code: str, *names: str) -> VBQError:
    """The error of reading a path: of this kind, on one line, naming the files, with a remedy."""
    with pytest.raises(kind) as caught:
        read_scan(path)
    error = caught.value
    assert error.code == code
    assert "\n" not in str(error)
    assert error.remedy
    assert error.message.endswith(".")
    assert all(name in error.message for name in names), error.message
    assert "secret" not in str(error).casefold()
    return error


@pytest.mark.parametrize(
    "attribute", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"]
)
def test_missing_geometry(truth, slices, save, tmp_path, attribute):
    save(slices(truth.voxels, truth.affine, **{attribute: None}), tmp_path)
    refusal(tmp_path, GeometryError, "missing_geometry", "IM000")


def test_geometry_missing_from_one_slice_only(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    del datasets[2].ImagePositionPatient
    save(datasets, tmp_path)
    refusal(tmp_path, GeometryError, "missing_geometry", "IM002", "position")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("ImageOrientationPatient", ["0"] * 6),
        ("ImageOrientationPatient", ["0", "1", "0", "0", "1", "0"]),
        ("PixelSpacing", ["0", "0.7"]),
    ],
)
def test_impossible_geometry(truth, slices, save, tmp_path, attribute, value):
    save(slices(truth.voxels, truth.affine, **{attribute: value}), tmp_path)
    refusal(tmp_path, GeometryError, "invalid_geometry", "IM000")


def test_a_missing_slice(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    save(datasets, tmp_path)
    (tmp_path / "IM002").unlink()
    refusal(tmp_path, GeometryError, "missing_slice", "IM001", "IM003", "6.6 mm", "3.3 mm")


def test_a_slice_that_is_there_twice(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    save(datasets, tmp_path)
    datasets[2].SOPInstanceUID = generate_uid()
    save([datasets[2]], tmp_path, "other")
    refusal(tmp_path, GeometryError, "duplicate_slices", "IM002", "other")


def test_a_copy_of_a_file_is_passed_over_with_a_note(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine), tmp_path)
    for number in (2, 4):
        shutil.copy(tmp_path / f"IM00{number}", tmp_path / f"copy{number}")
    (tmp_path / "IM002").write_bytes((tmp_path / "IM002").read_bytes()[:-9])  # its copy is whole
    scan = read_scan(tmp_path)
    np.testing.assert_array_equal(scan.voxels, truth.voxels)
    assert scan.source.files == len(truth.voxels)
    [flag] = scan.flags
    assert (flag.code, flag.severity, flag.evidence) == ("copies_ignored", "note", {"files": 2})


def test_a_copy_of_a_multi_frame_file_is_passed_over(truth, frames, save, tmp_path):
    ds = frames(truth.voxels, truth.affine)
    save([ds], tmp_path / "a")
    save([ds], tmp_path / "b")
    assert [flag.code for flag in read_scan(tmp_path).flags] == ["copies_ignored"]


def test_one_instance_uid_for_all_slices_tells_no_copies(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    for ds in datasets:
        ds.SOPInstanceUID = datasets[0].SOPInstanceUID
    save(datasets, tmp_path)
    assert read_scan(tmp_path).flags == ()
    shutil.copy(tmp_path / "IM002", tmp_path / "copy")
    refusal(tmp_path, GeometryError, "duplicate_slices", "IM002", "copy")


@pytest.mark.parametrize("spacing", [["0.01", "0.01"], ["60", "60"], ["0.7", "0.9"], ["49", "49"]])
def test_a_size_that_no_spine_has(truth, slices, save, tmp_path, spacing):
    save(slices(truth.voxels, truth.affine, PixelSpacing=spacing), tmp_path)
    refusal(tmp_path, GeometryError, "implausible_spacing", tmp_path.name, "mm")


@pytest.mark.parametrize("modality_folders", [False, True])
def test_patients_without_a_study_uid_stay_apart(truth, slices, save, tmp_path, modality_folders):
    for patient in ("a", "b"):
        datasets = slices(truth.voxels, truth.affine, StudyInstanceUID=None)
        folder = tmp_path / patient / ("T1" if modality_folders else "")
        save(datasets, folder)
        second = slices(truth.voxels, truth.affine, StudyInstanceUID=None, SeriesNumber=4)
        save(second, folder, "T2_{}")
    studies = group_by_study(find_series(tmp_path).series)
    assert [len(study) for study in studies] == [2, 2]
    end = "/T1" if modality_folders else ""
    assert [study[0].source.folder for study in studies] == [f"a{end}", f"b{end}"]
    with pytest.raises(VBQError, match="2 studies"):
        read_scan(tmp_path)
    assert len(group_by_study(find_series(tmp_path / "a").series)) == 1


def test_uneven_spacing(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    datasets[4].ImagePositionPatient[0] += 1
    save(datasets, tmp_path)
    refusal(tmp_path, GeometryError, "uneven_spacing", "IM003", "IM004")


def test_a_shifted_slice(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    datasets[2].ImagePositionPatient[2] += 20
    save(datasets, tmp_path)
    refusal(tmp_path, GeometryError, "shifted_slices", "IM002")


def test_two_stations_under_one_uid(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    lower = truth.affine.copy()
    lower[2, 3] -= 250
    second = slices(truth.voxels, lower)
    for ds in second:
        ds.SeriesInstanceUID = datasets[0].SeriesInstanceUID
        ds.StudyInstanceUID = datasets[0].StudyInstanceUID
    save(datasets, tmp_path / "a")
    save(second, tmp_path / "b")
    refusal(tmp_path, GeometryError, "mixed_positions", "Two mixed series under one UID")


def test_mixed_sizes_under_one_uid(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    second = slices(truth.voxels[:, :-4], truth.affine + np.eye(4)[[3, 3, 3, 2]] * 0)
    for ds in second:
        ds.SeriesInstanceUID, ds.StudyInstanceUID = (
            datasets[0].SeriesInstanceUID,
            datasets[0].StudyInstanceUID,
        )
        ds.ImagePositionPatient[0] += 50
    save(datasets, tmp_path / "a")
    save(second, tmp_path / "b")
    refusal(
        tmp_path,
        GeometryError,
        "mixed_sizes",
        "Two mixed series under one UID",
        "36 × 33",
        "32 × 33",
    )


def test_mixed_orientations_under_one_uid(truth, slices, save, tmp_path):
    datasets = slices(np.repeat(truth.voxels, 3, axis=0), truth.affine)
    coronal = truth.affine[[1, 0, 2, 3]]
    second = slices(np.repeat(truth.voxels, 3, axis=0), coronal)
    for ds in second:
        ds.SeriesInstanceUID, ds.StudyInstanceUID = (
            datasets[0].SeriesInstanceUID,
            datasets[0].StudyInstanceUID,
        )
    save(datasets, tmp_path / "a")
    save(second, tmp_path / "b")
    refusal(
        tmp_path, GeometryError, "mixed_orientations",
        "Two mixed series under one UID", "sagittal", "coronal",
    )  # fmt: skip


def test_mixed_sequences_under_one_uid(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    second = slices(truth.voxels, truth.affine, RepetitionTime="3500", EchoTime="110")
    for ds in second:
        ds.SeriesInstanceUID, ds.StudyInstanceUID = (
            datasets[0].SeriesInstanceUID,
            datasets[0].StudyInstanceUID,
        )
    save(datasets, tmp_path / "a")
    save(second, tmp_path / "b")
    refusal(tmp_path, GeometryError, "mixed_sequences", "Two mixed series under one UID")


def test_a_localiser_is_rejected_without_a_fuss(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine, SeriesDescription="xyz")
    for ds, rows in zip(
        datasets, ([0, 1, 2], [1, 0, 2], [0, 2, 1], [0, 1, 2], [1, 0, 2]), strict=True
    ):
        rotated = truth.affine[[*rows, 3]]
        second = slices(truth.voxels[:1], rotated)[0]
        ds.ImageOrientationPatient = second.ImageOrientationPatient
    save(datasets, tmp_path)
    [ranked] = rank_series(find_series(tmp_path).series)
    assert ranked.verdict == "rejected"
    assert ranked.reason.startswith("a localiser")


@pytest.mark.parametrize(
    ("attribute", "value", "code"),
    [
        ("PixelData", None, "missing_pixel_data"),
        ("Rows", None, "missing_pixel_data"),
        ("PhotometricInterpretation", "MONOCHROME1", "inverted_grayscale"),
        ("SamplesPerPixel", 3, "colour_picture"),
        ("BitsAllocated", 64, "truncated"),
        ("Rows", 60000, "truncated"),
    ],
)
def test_pixels_that_cannot_be_used(truth, slices, save, tmp_path, attribute, value, code):
    [path] = save(slices(truth.voxels[:1], truth.affine, **{attribute: value}), tmp_path)
    refusal(path, UnreadableFileError, code, "IM000")


def test_many_frames_without_positions(truth, frames, save, tmp_path):
    ds = frames(truth.voxels, truth.affine)
    del ds.PerFrameFunctionalGroupsSequence
    [path] = save([ds], tmp_path)
    refusal(path, GeometryError, "missing_geometry", "IM000")


def test_a_missing_frame(truth, frames, save, tmp_path):
    ds = frames(truth.voxels, truth.affine)
    del ds.PerFrameFunctionalGroupsSequence[1]
    [path] = save([ds], tmp_path)
    refusal(path, UnreadableFileError, "damaged_header", "5 frames but describes 4")

    ds.NumberOfFrames = 4
    ds.PixelData = np.delete(truth.voxels, 1, axis=0).tobytes()
    save([ds], tmp_path)
    refusal(path, GeometryError, "missing_slice", "IM000 (frame 1)", "IM000 (frame 2)")


def test_a_screenshot_beside_the_series_does_no_harm(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    [shot] = slices(truth.voxels[:1], truth.affine, ImagePositionPatient=None, SeriesNumber=99)
    shot.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    shot.StudyInstanceUID = datasets[0].StudyInstanceUID
    save(datasets, tmp_path)
    save([shot], tmp_path / "shot")
    assert read_scan(tmp_path).source.series_number == 3


def test_one_slice_without_pixels_stops_its_series(truth, slices, save, tmp_path):
    datasets = slices(truth.voxels, truth.affine)
    del datasets[4].PixelData
    save(datasets, tmp_path)
    refusal(tmp_path, UnreadableFileError, "missing_pixel_data", "IM004")


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_a_file_cut_short_anywhere_is_named(truth, slices, save, tmp_path, syntax):
    [ds] = slices(truth.voxels[:1], truth.affine)
    if syntax:
        ds.compress(syntax, generate_instance_uid=False)
    [complete] = save([ds], tmp_path)
    content = complete.read_bytes()
    for length in [*range(140, len(content) - 20, 97), len(content) - 20]:
        path = tmp_path / "cut.dcm"
        path.write_bytes(content[:length])
        with pytest.raises(InputError) as caught:
            read_scan(path)
        assert caught.value.message.startswith("cut.dcm: ")
        assert caught.value.code in {"truncated", "missing_pixel_data", "damaged_header"}
        assert "\n" not in str(caught.value)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    places=st.lists(st.tuples(st.integers(132, 1600), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_flipped_bytes_never_escape_as_anything_but_our_errors(
    truth, slices, save, tmp_path, places
):
    [path] = save(slices(truth.voxels[:1], truth.affine), tmp_path)
    content = bytearray(path.read_bytes())
    for place, value in places:
        content[place] = value
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        find_series(path).series[0].load()


def test_a_damaged_file_beside_good_ones_is_reported_not_fatal(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine), tmp_path)
    (tmp_path / "notes.dcm").write_text("not DICOM")
    (tmp_path / "zero.dcm").write_bytes(b"")
    listing = find_series(tmp_path)
    assert len(listing.series) == 1
    assert {error.code for error in listing.problems} == {"not_dicom", "empty_file"}
    read_scan(tmp_path)


def test_only_a_ct(truth, slices, save, tmp_path):
    save(slices(truth.voxels, truth.affine, Modality="CT"), tmp_path)
    refusal(tmp_path, NoScanFoundError, "no_t1", "modality CT, not MR")
