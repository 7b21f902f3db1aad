from __future__ import annotations

import gzip
import json
import os
import zipfile
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from scipy.spatial.transform import Rotation

from vbq.errors import GeometryError, InputError, UnreadableFileError, UnsafeArchiveError
from vbq.scan import exclude_label_maps, find_series, group_by_study, read_scan
from vbq.scan.formats.input_files import InputFile
from vbq.scan.formats.volume import VolumeHeader, volume_series
from vbq.scan.scan import Acquisition

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
ORDERS = [(o, f) for o in permutations(range(3)) for f in product((1, -1), repeat=3)]


@pytest.fixture
def oblique(truth):
    truth.affine[:3, :3] = (
        Rotation.from_euler("xyz", [3, 5, 7], degrees=True).as_matrix() @ truth.affine[:3, :3]
    )
    return truth


def write_nifti(path, voxels, affine, **header):
    image = nib.Nifti1Image(voxels, LPS @ affine)
    for name, value in header.items():
        image.header[name] = value
    nib.save(image, path)
    return path


def write_itk(path, voxels, affine):
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(voxels.T))
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    SimpleITK.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("name", ["t1.nii", "t1.nii.gz", "t1.nrrd", "t1.nhdr", "t1.mha", "t1.mhd"])
def test_every_format_gives_the_same_scan(oblique, tmp_path, name):
    write = write_nifti if ".nii" in name else write_itk
    path = write(tmp_path / name, oblique.voxels, oblique.affine)
    scan = read_scan(path)
    np.testing.assert_array_equal(scan.voxels, oblique.voxels)
    np.testing.assert_allclose(scan.affine, oblique.affine, atol=1e-5)
    assert scan.acquisition.description == "t1"
    assert scan.source.bits_stored == 16
    assert scan.source.saturation_level == 65535


@pytest.mark.parametrize(("order", "flips"), ORDERS)
def test_any_array_orientation_gives_the_same_scan(truth, tmp_path, order, flips):
    affine = truth.affine[:, [*order, 3]].copy()
    stored = truth.voxels.transpose(order)
    for axis, flip in enumerate(flips):
        if flip < 0:
            affine[:3, 3] += affine[:3, axis] * (stored.shape[axis] - 1)
            affine[:3, axis] *= -1
    stored = stored[tuple(slice(None, None, flip) for flip in flips)]
    scan = read_scan(write_nifti(tmp_path / "t1.nii", stored, affine))
    np.testing.assert_array_equal(scan.voxels, truth.voxels)
    np.testing.assert_allclose(scan.affine, truth.affine, atol=1e-5)
    back = scan.voxels.transpose(np.argsort([old for old, _ in scan.native_axes]))
    for old, flipped in scan.native_axes:
        back = np.flip(back, old) if flipped else back
    np.testing.assert_array_equal(back, stored)


@pytest.mark.parametrize("name", ["t1.nii.gz", "t1.nrrd", "t1.mha"])
def test_a_volume_in_a_zip(truth, tmp_path, name):
    write = write_nifti if ".nii" in name else write_itk
    path = write(tmp_path / name, truth.voxels, truth.affine)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.write(path, f"anat/{name}")
        archive.writestr("anat/t1.json", json.dumps({"RepetitionTime": 0.6}))
    scan = read_scan(tmp_path / "study.zip")
    np.testing.assert_array_equal(scan.voxels, truth.voxels)
    assert scan.acquisition.repetition_time_ms == 600


def write_detached(folder, suffix, voxels, affine):
    """A volume as a header and a file of voxels; returns the content of both."""
    header = write_itk(folder / f"t1.{suffix}", voxels, affine)
    return header.read_bytes(), (folder / "t1.raw").read_bytes()


@pytest.mark.parametrize(
    ("header_name", "named", "voxels_name"),
    [
        ("anat/t1{}", "t1.raw", "anat/t1.raw"),
        ("T1{}", "T1.RAW", "T1.RAW"),
        ("anat/T1{}", "t1.raw", "anat/T1.RAW"),
        ("anat/T1{}", "Raw/T1.raw", "anat/raw/t1.RAW"),
        ("anat/t1{}", "../raw/t1.raw", "raw/t1.raw"),
        ("anat\\t1{}", "t1.raw", "anat\\t1.raw"),
    ],
)
@pytest.mark.parametrize("suffix", [".mhd", ".nhdr"])
@pytest.mark.parametrize("upper", [False, True])
def test_a_header_and_its_voxels_in_a_zip(
    truth, tmp_path, suffix, upper, header_name, named, voxels_name
):
    header, voxels = write_detached(tmp_path, suffix[1:], truth.voxels, truth.affine)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        header_name = header_name.format(suffix.upper() if upper else suffix)
        archive.writestr(header_name, header.replace(b"t1.raw", named.encode()))
        archive.writestr(voxels_name, voxels)
        archive.writestr("decoy.raw", bytes(len(voxels)))
    scan = read_scan(tmp_path / "study.zip")
    np.testing.assert_array_equal(scan.voxels, truth.voxels)
    assert scan.acquisition.description.lower() == "t1"


@pytest.mark.parametrize(
    ("named", "error", "code"),
    [
        ("lost.raw", UnreadableFileError, "missing_companion"),
        ("../t1.raw", UnsafeArchiveError, "unsafe_name"),
        ("x/../../t1.raw", UnsafeArchiveError, "unsafe_name"),
        ("..\\t1.raw", UnsafeArchiveError, "unsafe_name"),
        ("{folder}/t1.raw", UnsafeArchiveError, "unsafe_name"),
        ("C:/t1.raw", UnsafeArchiveError, "unsafe_name"),
        ("C:t1.raw", UnsafeArchiveError, "unsafe_name"),
        ("LIST", UnreadableFileError, "many_companions"),
        ("t%03d.raw 1 9 1", UnreadableFileError, "many_companions"),
    ],
)
@pytest.mark.parametrize("suffix", [".mhd", ".nhdr"])
def test_voxels_missing_from_a_zip_are_one_clear_line(truth, tmp_path, suffix, named, error, code):
    header, voxels = write_detached(tmp_path, suffix[1:], truth.voxels, truth.affine)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        named = named.format(folder=tmp_path.as_posix())
        archive.writestr(f"t1{suffix}", header.replace(b"t1.raw", named.encode()))
        archive.writestr("t1.raw", voxels)
    with pytest.raises(error) as caught:
        find_series(tmp_path / "study.zip")
    assert caught.value.code == code
    assert caught.value.message.startswith(f"t1{suffix}: ")
    assert "\n" not in caught.value.message
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("suffix", "old", "new"),
    [
        ("mhd", b"ElementDataFile", b"Comment = ElementDataFile = LOCAL\nElementDataFile"),
        ("mhd", b"ElementDataFile = t1.raw", b" ElementDataFile : {}"),
        ("mhd", b"ElementDataFile = t1.raw", b"ElementDataFile == {}"),
        ("mhd", b"ElementDataFile", b"Comment = " + b"x" * (1 << 20) + b"\nElementDataFile"),
        ("nhdr", b"data file: t1.raw", b"DataFile: {}"),
        ("nhdr", b"\ndata file: t1.raw", b"\rdata file: {}"),
        ("nhdr", b"data file", b"# " + b"x" * (1 << 20) + b"\ndata file"),
    ],
)  # fmt: skip
def test_a_zip_cannot_have_another_file_read_by_a_malformed_header(
    truth, tmp_path, suffix, old, new
):
    header, voxels = write_detached(tmp_path, suffix, truth.voxels, truth.affine)
    target = (tmp_path / "t1.raw").as_posix().encode()
    header = header.replace(old, new).replace(b"{}", target).replace(b" t1.raw", b" " + target)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.writestr(f"t1.{suffix}", header)
        archive.writestr("= " + target.decode(), voxels)
    with pytest.raises(InputError):
        read_scan(tmp_path / "study.zip")


@pytest.mark.parametrize("suffix", [".mhd", ".nhdr"])
def test_voxels_missing_from_a_folder_are_one_clear_line(truth, tmp_path, suffix):
    write_detached(tmp_path, suffix[1:], truth.voxels, truth.affine)
    (tmp_path / "t1.raw").unlink()
    with pytest.raises(UnreadableFileError, match=r"'t1\.raw', is missing") as caught:
        find_series(tmp_path)
    assert caught.value.code == "missing_companion"


def test_a_file_name_too_long_in_a_header(truth, tmp_path):
    header, _ = write_detached(tmp_path, "mhd", truth.voxels, truth.affine)
    (tmp_path / "t1.mhd").write_bytes(header.replace(b"t1.raw", b"x" * 300))
    with pytest.raises(UnreadableFileError) as caught:
        find_series(tmp_path)
    assert caught.value.message.startswith("t1.mhd: ")


@pytest.mark.parametrize("name", ["T1.NRRD", "T1.NHDR", "T1.MHA", "T1.MHD"])
def test_suffixes_in_upper_case(truth, tmp_path, name):
    write_itk(tmp_path / name.lower(), truth.voxels, truth.affine).rename(tmp_path / name)
    np.testing.assert_array_equal(read_scan(tmp_path / name).voxels, truth.voxels)


def test_slices_in_separate_files(truth, tmp_path):
    header, voxels = write_detached(tmp_path, "mhd", truth.voxels, truth.affine)
    slices = truth.voxels.shape[2]
    size = len(voxels) // slices
    for k in range(slices):
        (tmp_path / f"{k}.raw").write_bytes(voxels[k * size : (k + 1) * size])
    names = "".join(f"\n{k}.raw" for k in range(slices))
    (tmp_path / "t1.mhd").write_bytes(header.replace(b"t1.raw", b"LIST" + names.encode()))
    np.testing.assert_array_equal(read_scan(tmp_path / "t1.mhd").voxels, truth.voxels)


def test_the_acquisition_of_the_header_goes_before_the_sidecar(truth, tmp_path):
    (tmp_path / "t1.json").write_text(json.dumps({"EchoTime": 0.02, "FlipAngle": 90}))
    path = tmp_path / "t1.nii"
    path.touch()
    header = VolumeHeader(
        format="par-rec",
        shape=truth.voxels.shape,
        affine=truth.affine,
        dtype=truth.voxels.dtype,
        saturation_level=None,
        acquisition=Acquisition(repetition_time_ms=550, echo_time_ms=12, scan_options=("SAT1",)),
    )
    acquisition = volume_series(InputFile(path.name, path, 0), header, lambda _: None).acquisition
    assert acquisition.repetition_time_ms == 550
    assert acquisition.echo_time_ms == 12
    assert acquisition.scan_options == ("SAT1",)
    assert acquisition.flip_angle_deg == 90
    assert acquisition.description == "t1"


def test_scale_and_offset_are_applied(truth, tmp_path):
    image = nib.Nifti1Image(truth.voxels, LPS @ truth.affine)
    image.header.set_slope_inter(0.25, -7)
    path = tmp_path / "t1.nii"
    nib.save(image, path)
    np.testing.assert_array_equal(read_scan(path).voxels, truth.voxels * 0.25 - 7)


def test_the_sidecar_tells_how_it_was_acquired(truth, tmp_path):
    path = write_nifti(tmp_path / "sub-01_acq-sag_T1w.nii.gz", truth.voxels, truth.affine)
    (tmp_path / "sub-01_acq-sag_T1w.json").write_text(
        json.dumps(
            {
                "Modality": "MR",
                "MagneticFieldStrength": 3,
                "RepetitionTime": 0.55,
                "EchoTime": 0.012,
                "ScanningSequence": "SE",
                "SeriesDescription": "t1_tse_sag",
                "ScanOptions": "SAT1_FS",
            }
        )
    )
    acquisition = find_series(path).series[0].acquisition
    assert acquisition.field_strength_t == 3
    assert acquisition.repetition_time_ms == pytest.approx(550)
    assert acquisition.echo_time_ms == pytest.approx(12)
    assert acquisition.description == "t1_tse_sag"
    assert acquisition.scan_options == ("SAT1", "FS")


def test_each_volume_is_a_study_of_its_own(truth, tmp_path):
    for name in ("a_T1.nii", "b_T1.nii"):
        write_nifti(tmp_path / name, truth.voxels, truth.affine)
    assert len(group_by_study(find_series(tmp_path).series)) == 2


@pytest.mark.parametrize("name", ["labels.nii.gz", "T1_seg.nii", "t1-mask.nrrd"])
def test_a_label_map_beside_an_image_is_no_study(truth, tmp_path, name):
    write = write_nifti if ".nii" in name else write_itk
    write(tmp_path / name, (truth.voxels > 9).astype(np.uint8), truth.affine)
    studies = group_by_study(find_series(tmp_path).series)
    assert exclude_label_maps(studies) == studies
    with pytest.raises(InputError, match="a label map, not an image"):
        read_scan(tmp_path)
    write_nifti(tmp_path / "a_T1.nii", truth.voxels, truth.affine)
    np.testing.assert_array_equal(read_scan(tmp_path).voxels, truth.voxels)
    write_nifti(tmp_path / "b_T1.nii", truth.voxels, truth.affine)
    assert len(exclude_label_maps(group_by_study(find_series(tmp_path).series))) == 2


@pytest.mark.parametrize("name", ["label07_T1", "roi_sag_t1", "mask-T1w"])
def test_a_name_that_ends_on_t1_is_an_image(truth, tmp_path, name):
    for stem in (name, "p1_T1"):
        write_nifti(tmp_path / f"{stem}.nii", truth.voxels, truth.affine)
    assert len(exclude_label_maps(group_by_study(find_series(tmp_path).series))) == 2
    np.testing.assert_array_equal(read_scan(tmp_path, name).voxels, truth.voxels)


def test_a_volume_in_micrometres(truth, tmp_path):
    truth.affine[:3] *= 1000
    refusal(
        write_nifti(tmp_path / "t1.nii", truth.voxels, truth.affine),
        GeometryError,
        "implausible_spacing",
    )


def test_volumes_whose_names_differ_in_bytes_that_are_not_utf8(truth, tmp_path):
    path = write_nifti(tmp_path / "T1.nii", truth.voxels, truth.affine)
    for name in (b"/T1\xe4.nii", b"/T1\xfc.nii"):
        Path(os.fsdecode(os.fsencode(tmp_path) + name)).write_bytes(path.read_bytes())
    studies = group_by_study(find_series(tmp_path).series)
    assert len(studies) == 3
    for [series] in studies:
        f"{series.source} {series.acquisition}".encode()


def test_not_a_number_becomes_no_signal(truth, tmp_path):
    voxels = truth.voxels.astype(np.float32)
    voxels[0, 0, 0] = np.nan
    scan = read_scan(write_nifti(tmp_path / "t1.nii", voxels, truth.affine))
    assert scan.voxels[0, 0, 0] == 0
    assert "not_finite" in {flag.code for flag in scan.flags}


def test_warnings_of_simpleitk_are_not_switched_off_for_others(truth, tmp_path):
    path = write_itk(tmp_path / "t1.mha", truth.voxels, truth.affine)
    display = SimpleITK.ProcessObject
    for displayed in (True, False):
        display.SetGlobalWarningDisplay(displayed)
        read_scan(path)
        assert display.GetGlobalWarningDisplay() is displayed
    (tmp_path / "cut.mha").write_bytes(path.read_bytes()[:-9])
    display.SetGlobalWarningDisplay(True)
    refusal(tmp_path / "cut.mha", UnreadableFileError, "damaged_file")
    assert display.GetGlobalWarningDisplay()


def test_one_volume_in_four_dimensions_is_one_volume(truth, tmp_path):
    path = write_nifti(tmp_path / "t1.nii", truth.voxels[..., None], truth.affine)
    np.testing.assert_array_equal(read_scan(path).voxels, truth.voxels)


def refusal(path, kind: type[InputError], code: str) -> None:
    with pytest.raises(kind) as caught:
        read_scan(path)
    assert caught.value.code == code
    assert caught.value.message.startswith(path.name)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_several_volumes_in_one_file(truth, tmp_path):
    voxels = np.stack([truth.voxels] * 2, axis=-1)
    refusal(
        write_nifti(tmp_path / "t1.nii", voxels, truth.affine), UnreadableFileError, "many_volumes"
    )


def test_colour_voxels(truth, tmp_path):
    colour = np.zeros((4, 4, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    refusal(
        write_nifti(tmp_path / "t1.nii", colour, truth.affine), UnreadableFileError, "not_scalar"
    )
    image = SimpleITK.GetImageFromArray(np.zeros((4, 4, 4, 3), np.uint8), isVector=True)
    SimpleITK.WriteImage(image, str(tmp_path / "t1.mha"))
    refusal(tmp_path / "t1.mha", UnreadableFileError, "not_scalar")


def test_geometry_unknown(truth, tmp_path):
    path = write_nifti(tmp_path / "t1.nii", truth.voxels, truth.affine)
    raw = bytearray(path.read_bytes())
    raw[252:256] = bytes(4)  # qform and sform codes
    path.write_bytes(raw)
    refusal(path, GeometryError, "missing_geometry")

    path = write_itk(tmp_path / "t1.nrrd", truth.voxels, truth.affine)
    path.write_bytes(path.read_bytes().replace(b"space: left-posterior-superior\n", b""))
    refusal(path, GeometryError, "missing_geometry")

    path = write_itk(tmp_path / "t1.mha", truth.voxels, truth.affine)
    path.write_bytes(path.read_bytes().replace(b"TransformMatrix", b"UnknownMatrixxx"))
    refusal(path, GeometryError, "missing_geometry")


def test_singular_geometry(truth, tmp_path):
    path = write_nifti(tmp_path / "t1.nii", truth.voxels, truth.affine)
    raw = bytearray(path.read_bytes())
    raw[280:296] = bytes(16)  # first row of the sform
    path.write_bytes(raw)
    refusal(path, GeometryError, "singular_geometry")


@pytest.mark.parametrize("name", ["t1.nii", "t1.nii.gz", "t1.nrrd", "t1.mha"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_volume_cut_short(truth, tmp_path, name, share):
    write = write_nifti if ".nii" in name else write_itk
    rng = np.random.default_rng(0)
    voxels = rng.integers(0, 4096, (10, 40, 40)).astype(np.uint16)
    path = write(tmp_path / name, voxels, truth.affine)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError) as caught:
        read_scan(path)
    assert path.name in caught.value.message
    assert "\n" not in str(caught.value)


def test_text_named_like_a_volume(tmp_path):
    path = tmp_path / "t1.nii"
    path.write_text("not an image")
    refusal(path, UnreadableFileError, "damaged_file")
    path = tmp_path / "t1.nii.gz"
    path.write_bytes(gzip.compress(b"not an image"))
    refusal(path, UnreadableFileError, "damaged_file")


@pytest.mark.parametrize("axis", [1, 2, 3])
@pytest.mark.parametrize("size", [-5, 0, -32768])
def test_a_header_with_an_impossible_size_is_damaged(truth, tmp_path, axis, size):
    path = write_nifti(tmp_path / "t1.nii", truth.voxels, truth.affine)
    with path.open("r+b") as file:  # dim[axis] of NIfTI-1
        file.seek(40 + 2 * axis)
        file.write(size.to_bytes(2, "little", signed=True))
    refusal(path, UnreadableFileError, "damaged_file")


@pytest.mark.parametrize(
    "named",
    [
        "../secret.raw",
        "x/../../secret.raw",
        "{folder}/secret.raw",
        "..\\secret.raw",
        "C:secret.raw",
        "LIST\n../secret.raw",
        "LIST\nt1.raw\n{folder}/secret.raw",
        "../secret%d.raw 1 2 1",
        "{folder}/s%dcret.raw 1 2 1",
    ],
)
@pytest.mark.parametrize("suffix", ["mhd", "nhdr"])
def test_a_header_that_points_outside_its_folder_reads_nothing_there(
    truth, tmp_path, suffix, named
):
    folder = tmp_path / "study"
    folder.mkdir()
    header, voxels = write_detached(folder, suffix, truth.voxels, truth.affine)
    for name in ("secret.raw", "secret1.raw", "secret2.raw", "s1cret.raw", "s2cret.raw"):
        (tmp_path / name).write_bytes(voxels)
    text = named.format(folder=tmp_path).encode()
    (folder / f"t1.{suffix}").write_bytes(header.replace(b"t1.raw", text))
    with pytest.raises(UnreadableFileError) as caught:
        read_scan(folder / f"t1.{suffix}")
    assert caught.value.code == "unsafe_name"
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("named", ["pipe", "LIST\npipe", "LIST\nt1.raw\npipe"])
def test_a_header_that_names_a_pipe_does_not_wait_for_it(truth, tmp_path, named):
    header, _ = write_detached(tmp_path, "mhd", truth.voxels, truth.affine)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "t1.mhd").write_bytes(header.replace(b"t1.raw", named.encode()))
    with pytest.raises(UnreadableFileError) as caught:
        read_scan(tmp_path / "t1.mhd")
    assert caught.value.code == "missing_companion"


@pytest.mark.parametrize(
    "named", ["LIST", "t%d.raw 1 99999999 1", "t%d.raw 1 9 0", "t%s%s.raw 1 9 1", "t%d.raw one 9 1"]
)
def test_a_list_of_data_files_that_is_empty_endless_or_malformed_is_damage(truth, tmp_path, named):
    header, _ = write_detached(tmp_path, "mhd", truth.voxels, truth.affine)
    (tmp_path / "t1.mhd").write_bytes(header.replace(b"t1.raw", named.encode()).rstrip())
    with pytest.raises(UnreadableFileError) as caught:
        read_scan(tmp_path / "t1.mhd")
    assert "\n" not in str(caught.value)


def test_a_sidecar_that_is_a_pipe_is_not_waited_for(truth, tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes here")
    write_nifti(tmp_path / "t1.nii", truth.voxels, truth.affine)
    os.mkfifo(tmp_path / "t1.json")
    np.testing.assert_array_equal(read_scan(tmp_path / "t1.nii").voxels, truth.voxels)


@pytest.mark.parametrize("code", [0, 4, 66, 255])
def test_a_code_of_units_that_nifti_does_not_know_is_taken_for_millimetres(truth, tmp_path, code):
    path = write_nifti(tmp_path / "t1.nii", truth.voxels, truth.affine)
    content = bytearray(path.read_bytes())
    content[123] = code
    path.write_bytes(content)
    scan = read_scan(path)
    np.testing.assert_allclose(scan.affine, truth.affine, atol=1e-5)
    np.testing.assert_array_equal(scan.voxels, truth.voxels)


@pytest.mark.parametrize(("name", "compressed"), [("t1.nii", True), ("t1.nii.gz", False)])
def test_a_name_that_does_not_say_whether_nifti_is_compressed(truth, tmp_path, name, compressed):
    whole = write_nifti(tmp_path / "whole.nii", truth.voxels, truth.affine).read_bytes()
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / name).write_bytes(gzip.compress(whole) if compressed else whole)
    np.testing.assert_array_equal(read_scan(folder / name).voxels, truth.voxels)
    (folder / name).write_bytes((gzip.compress(whole) if compressed else whole)[:-900])
    with pytest.raises(UnreadableFileError):
        read_scan(folder / name)
