"""DICOM and NIfTI files: conformance, geometry, determinism."""

import shutil
import subprocess
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

from vbq import files
from vbq.errors import OutputError, UsageError
from vbq.phantom import MriSettings, SpineShape, make_phantom, write_mri_study

SETTINGS = MriSettings.t1(
    slices=4, matrix=(64, 80), pixel_mm=3.5, rotation_deg=(7.0, -3.0, 5.0), sub_slices=1
)


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(acquisition=SETTINGS, true_vbq=3.0)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return folder, write_mri_study(folder, matrix=64, true_vbq=2.8)


def validate(path):
    program = shutil.which("dciodvfy")
    if program is None:
        pytest.skip("dciodvfy (dicom3tools) is not installed")
    result = subprocess.run([program, str(path)], capture_output=True, text=True, check=False)
    return [
        line
        for line in (result.stdout + result.stderr).splitlines()
        if line.startswith(("Error", "Warning"))
    ]


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_dicom_conforms_to_the_standard(phantom, tmp_path):
    for path in phantom.write_dicom(tmp_path):
        assert validate(path) == []


def test_every_series_of_a_study_conforms(study):
    folder, _ = study
    first = sorted({path.parent: path for path in folder.rglob("IM*")}.values())
    assert len(first) == 5
    for path in first:
        assert validate(path) == []


def test_dicom_read_back_is_the_phantom(phantom, tmp_path):
    paths = phantom.write_dicom(tmp_path)
    assert [path.name for path in paths] == [f"IM00000{k}" for k in range(1, 5)]
    scale = None
    for k, path in enumerate(paths):
        ds = pydicom.dcmread(path)
        across, down = np.reshape([float(x) for x in ds.ImageOrientationPatient], (2, 3))
        corner = np.array([float(x) for x in ds.ImagePositionPatient])
        expected = phantom.affine @ [k, 0, 0, 1]
        np.testing.assert_allclose(corner, expected[:3], atol=1e-6)
        np.testing.assert_allclose(down * float(ds.PixelSpacing[0]), phantom.affine[:3, 1])
        np.testing.assert_allclose(across * float(ds.PixelSpacing[1]), phantom.affine[:3, 2])
        pixels = ds.pixel_array.astype(float)
        assert pixels.shape == (64, 80)
        if scale is None:
            scale = phantom.voxels.max() / 4095
        np.testing.assert_allclose(pixels * scale, phantom.voxels[k], atol=0.51 * scale)
        assert (ds.BitsStored, ds.PixelRepresentation) == (12, 0)


def test_dicom_records_the_acquisition_and_no_patient_data(phantom, tmp_path):
    ds = pydicom.dcmread(phantom.write_dicom(tmp_path)[0])
    assert ds.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    assert ds.SOPClassUID == pydicom.uid.MRImageStorage
    assert (ds.Modality, ds.ScanningSequence, ds.SeriesDescription) == ("MR", "SE", "T1 TSE SAG")
    assert (float(ds.RepetitionTime), float(ds.EchoTime)) == (600.0, 11.0)
    assert float(ds.MagneticFieldStrength) == 1.5
    assert (str(ds.PatientName), ds.PatientBirthDate) == ("PHANTOM^VBQ", "")


def test_dicom_bytes_are_deterministic(phantom, tmp_path):
    first, second = phantom.write_dicom(tmp_path / "a"), phantom.write_dicom(tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    uids = {pydicom.dcmread(p).SOPInstanceUID for p in first}
    assert len(uids) == len(first)


def test_nifti_read_back_is_the_phantom(phantom, tmp_path):
    phantom.write_nifti(tmp_path / "scan.nii.gz", labels=tmp_path / "labels.nii.gz")
    image, labels = nib.load(tmp_path / "scan.nii.gz"), nib.load(tmp_path / "labels.nii.gz")
    np.testing.assert_array_equal(np.asarray(image.dataobj), phantom.voxels)
    np.testing.assert_array_equal(np.asarray(labels.dataobj), phantom.labels)
    flip = np.diag([-1, -1, 1, 1])
    np.testing.assert_allclose(flip @ image.affine, phantom.affine, atol=1e-4)
    np.testing.assert_allclose(image.affine, labels.affine)


def test_files_that_cannot_be_written_are_named(phantom, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file"):
        phantom.write_dicom(tmp_path / "file" / "series")
    with pytest.raises(OutputError, match="file"):
        phantom.write_nifti(tmp_path / "file" / "scan.nii.gz")
    with pytest.raises(UsageError, match=r"\.nii"):
        phantom.write_nifti(tmp_path / "scan.png")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_study_is_replaced_completely_or_left_as_it_was(tmp_path, monkeypatch):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "note.txt").write_text("mine")
    write_mri_study(folder, matrix=64)
    before = contents(folder)
    assert "note.txt" in before
    write_mri_study(folder, matrix=64)
    assert contents(folder) == before
    rename, calls = Path.rename, []

    def interrupted(self, target):
        calls.append(self)
        if (
            len(calls) == len(before) + 20
        ):  # all old files are moved away, some new ones are in place
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_mri_study(folder, matrix=64, true_vbq=4)
    assert contents(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == ["DICOM", "note.txt"]


def test_an_interrupted_study_leaves_nothing(tmp_path, monkeypatch):
    write, calls = files._write, []

    def interrupted(path, content):
        calls.append(path)
        write(path, content[:100])
        if len(calls) == 30:
            raise KeyboardInterrupt

    monkeypatch.setattr(files, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_mri_study(tmp_path / "demo" / "study", matrix=64)
    assert list(tmp_path.iterdir()) == []


def test_a_study_looks_like_an_export(study):
    folder, t1 = study
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    assert all(path.suffix == "" for path in paths)
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in paths]
    assert len({ds.StudyInstanceUID for ds in headers}) == 1
    assert len({ds.FrameOfReferenceUID for ds in headers}) == 1
    assert len({ds.SOPInstanceUID for ds in headers}) == len(headers)
    series = {(ds.SeriesNumber, ds.SeriesDescription, ds.SeriesInstanceUID) for ds in headers}
    assert sorted(name for _, name, _ in series) == [
        "LOCALIZER",
        "STIR SAG",
        "T1 TSE SAG",
        "T2 TSE AX",
        "T2 TSE SAG",
    ]
    localiser = [ds for ds in headers if ds.SeriesDescription == "LOCALIZER"]
    assert len({tuple(np.round(ds.ImageOrientationPatient, 3)) for ds in localiser}) == 3
    assert t1.truth.vbq == pytest.approx(2.8)


def test_a_study_of_another_patient_has_other_identifiers(study, tmp_path):
    folder, _ = study
    write_mri_study(tmp_path, matrix=64, shape=SpineShape(seed=5))
    first, second = (
        pydicom.dcmread(f / "DICOM" / "SE000003" / "IM000001", stop_before_pixels=True)
        for f in (folder, tmp_path)
    )
    assert first.StudyInstanceUID != second.StudyInstanceUID
