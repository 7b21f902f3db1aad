"""Regions drawn in other programs: label maps and DICOM SEG of all three kinds."""

import highdicom as hd
import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from vbq import read_scan
from vbq.errors import VBQError
from vbq.measure import take_reading
from vbq.measure.drawn import read_rois
from vbq.phantom import MriSettings, make_phantom

NUMBERS = {"L1": 20, "L2": 21, "L3": 22, "L4": 23, "CSF": 63}
TYPES = {
    "L1": codes.SCT.L1Vertebra, "L2": codes.SCT.L2Vertebra, "L3": codes.SCT.L3Vertebra,
    "L4": codes.SCT.L4Vertebra, "CSF": codes.SCT.CerebrospinalFluid,
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A folder with a series, its scan and the five regions measured on it."""
    folder = tmp_path_factory.mktemp("series")
    settings = MriSettings(slices=5, matrix=(192, 192), pixel_mm=1.5, rotation_deg=(2, 3, 4))
    phantom = make_phantom(true_vbq=3, acquisition=settings)
    phantom.write_dicom(folder / "dicom")
    scan = read_scan(folder / "dicom")
    anatomy = phantom.true_anatomy(scan)
    rois = [roi for roi in take_reading(scan, anatomy).rois if roi.name in NUMBERS]
    return folder, scan, rois


def label_map(scan, rois):
    labels = np.zeros(scan.voxels.shape, np.uint8)
    for roi in rois:
        labels[roi.slice][roi.mask] = NUMBERS[roi.name]
    return labels


def the_same(read, rois):
    found = {roi.name: roi for roi in read}
    assert set(found) == {roi.name for roi in rois}
    for roi in rois:
        assert found[roi.name].slice == roi.slice
        assert found[roi.name].source == "drawn"
        assert np.array_equal(found[roi.name].mask, roi.mask)


@pytest.mark.parametrize("flips", [(), (0,), (1, 2)])
def test_a_nifti_in_any_orientation(drawn, tmp_path, flips):
    _, scan, rois = drawn
    turned = nib.Nifti1Image(label_map(scan, rois), np.diag([-1.0, -1, 1, 1]) @ scan.affine)
    orientation = nib.orientations.io_orientation(turned.affine)
    for axis in flips:
        orientation[axis, 1] *= -1
    nib.save(turned.as_reoriented(orientation), tmp_path / "rois.nii.gz")
    the_same(read_rois(tmp_path / "rois.nii.gz", scan), rois)


@pytest.mark.parametrize("suffix", ["nrrd", "mha"])
def test_a_volume_of_only_the_slice_that_was_drawn_on(drawn, tmp_path, suffix):
    _, scan, rois = drawn
    index = rois[0].slice
    image = SimpleITK.GetImageFromArray(label_map(scan, rois)[index : index + 1].transpose(2, 1, 0))
    image.SetOrigin(scan.to_mm([index, 0, 0]).tolist())
    image.SetSpacing(scan.spacing_mm)
    image.SetDirection((scan.affine[:3, :3] / scan.spacing_mm).ravel().tolist())
    SimpleITK.WriteImage(image, str(tmp_path / f"rois.{suffix}"))
    the_same(read_rois(tmp_path / f"rois.{suffix}", scan), rois)


def write_seg(path, drawn, kind, names=TYPES, *, coded=True, edit=lambda pixels: pixels):
    folder, scan, rois = drawn
    sources = [pydicom.dcmread(file) for file in sorted((folder / "dicom").iterdir())]
    labels = label_map(scan, rois)
    planes = []
    for source in sources:
        across, down = np.reshape(np.array(source.ImageOrientationPatient, float), (2, 3))
        rows, columns = np.indices((source.Rows, source.Columns))
        dy, dx = map(float, source.PixelSpacing)
        places = np.array(source.ImagePositionPatient, float) + (
            rows[..., None] * dy * down + columns[..., None] * dx * across
        )
        planes.append(labels[tuple(np.moveaxis(np.rint(scan.to_index(places)).astype(int), -1, 0))])
    stack = np.stack(planes)
    pixels = np.stack([stack == NUMBERS[name] for name in names], axis=-1)
    pixels = edit(pixels.astype(float if kind == "FRACTIONAL" else np.uint8))
    segments = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"part {number}" if coded else f"{name} drawn",
            segmented_property_category=codes.SCT.AnatomicalStructure,
            segmented_property_type=names[name]
            if coded
            else codes.SCT.BodyPart
            if hasattr(codes.SCT, "BodyPart")
            else codes.SCT.Tissue,
            algorithm_type="MANUAL",
        )
        for number, name in enumerate(names, start=1)
    ]
    hd.seg.Segmentation(
        source_images=sources,
        pixel_array=pixels,
        segmentation_type=kind,
        segment_descriptions=segments,
        series_instance_uid=generate_uid(),
        series_number=99,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="test",
        manufacturer_model_name="test",
        software_versions="1",
        device_serial_number="1",
    ).save_as(path)
    return path


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("coded", [True, False])
def test_a_dicom_seg_by_code_or_by_label(drawn, tmp_path, kind, coded):
    path = write_seg(tmp_path / "seg.dcm", drawn, kind, coded=coded)
    the_same(read_rois(path, drawn[1]), drawn[2])


def test_half_of_a_fractional_pixel_is_inside(drawn, tmp_path):
    path = write_seg(tmp_path / "seg.dcm", drawn, "FRACTIONAL", edit=lambda p: p * 0.6)
    the_same(read_rois(path, drawn[1]), drawn[2])
    path = write_seg(tmp_path / "less.dcm", drawn, "FRACTIONAL", edit=lambda p: p * 0.4)
    with pytest.raises(VBQError) as caught:
        read_rois(path, drawn[1])
    assert caught.value.code == "roi_empty"


def refusal(path, scan):
    with pytest.raises(VBQError) as caught:
        read_rois(path, scan)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value.code


def test_other_segments_alone_are_no_regions(drawn, tmp_path):
    path = write_seg(tmp_path / "seg.dcm", drawn, "BINARY", {"L1": codes.SCT.Liver})
    assert refusal(path, drawn[1]) == "not_rois"


def test_two_segments_of_one_level(drawn, tmp_path):
    names = {"L1": codes.SCT.L1Vertebra, "L2": codes.SCT.L1Vertebra}
    path = write_seg(tmp_path / "seg.dcm", drawn, "BINARY", names)
    assert refusal(path, drawn[1]) == "roi_twice"


def test_a_seg_of_another_study(drawn, tmp_path):
    path = write_seg(tmp_path / "seg.dcm", drawn, "BINARY")
    dataset = pydicom.dcmread(path)
    dataset.StudyInstanceUID = generate_uid()
    dataset.save_as(path)
    assert refusal(path, drawn[1]) == "rois_of_another_study"


def test_a_dicom_image_is_no_segmentation(drawn):
    folder, scan, _ = drawn
    assert refusal(next((folder / "dicom").iterdir()), scan) == "not_rois"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("rois_grid", lambda labels, affine: (labels, affine @ np.diag([1, 2, 1, 1.0]))),
        (
            "rois_grid",
            lambda labels, affine: (labels, _moved(affine, 0.4)),
        ),
        ("roi_outside", lambda labels, affine: (labels, _moved(affine, 150))),
        ("roi_not_on_one_slice", lambda labels, affine: (labels.max(0)[None] + 0 * labels, affine)),
        ("not_rois", lambda labels, affine: (0 * labels + 7, affine)),
    ],
)
def test_label_maps_that_do_not_fit(drawn, tmp_path, code, change):
    _, scan, rois = drawn
    labels, affine = change(label_map(scan, rois), scan.affine)
    image = nib.Nifti1Image(labels.astype(np.uint8), np.diag([-1.0, -1, 1, 1]) @ affine)
    nib.save(image, tmp_path / "rois.nii.gz")
    assert refusal(tmp_path / "rois.nii.gz", scan) == code


def _moved(affine, rows):
    moved = affine.copy()
    moved[:3, 3] += rows * affine[:3, 1]
    return moved


def test_a_damaged_seg_says_so(drawn, tmp_path):
    path = write_seg(tmp_path / "seg.dcm", drawn, "BINARY")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert refusal(path, drawn[1]) == "not_rois"
