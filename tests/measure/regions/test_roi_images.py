"""Regions drawn in other programs: label maps and DICOM SEG of all three kinds."""

from dataclasses import replace

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
from vbq.measure import measure_scan
from vbq.measure.regions.manual_rois import file_findings, read_rois
from vbq.measure.regions.roi_images import ignored_segment_findings
from vbq.phantom import MriSettings, make_phantom

NUMBERS = {"L1": 20, "L2": 21, "L3": 22, "L4": 23, "CSF": 63}
TYPES = {
    "L1": codes.SCT.L1Vertebra, "L2": codes.SCT.L2Vertebra, "L3": codes.SCT.L3Vertebra,
    "L4": codes.SCT.L4Vertebra, "CSF": codes.SCT.CerebrospinalFluid,
}  # fmt: skip


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """A folder with a series, its scan and the five regions measured on it."""
    folder = tmp_path_factory.mktemp("series")
    settings = MriSettings(slices=5, matrix=(192, 192), pixel_mm=1.5, rotation_deg=(2, 3, 4))
    phantom = make_phantom(true_vbq=3, acquisition=settings)
    phantom.write_dicom(folder / "dicom")
    scan = read_scan(folder / "dicom")
    anatomy = phantom.true_anatomy(scan)
    rois = [roi for roi in measure_scan(scan, anatomy).rois if roi.name in NUMBERS]
    return folder, scan, rois


def label_map(scan, rois):
    labels = np.zeros(scan.voxels.shape, np.uint8)
    for roi in rois:
        labels[roi.slice][roi.mask] = NUMBERS[roi.name]
    return labels


def assert_same_regions(read, rois):
    by_name = {roi.name: roi for roi in read}
    assert set(by_name) == {roi.name for roi in rois}
    for roi in rois:
        assert by_name[roi.name].slice == roi.slice
        assert by_name[roi.name].source == "drawn"
        assert np.array_equal(by_name[roi.name].mask, roi.mask)


@pytest.mark.parametrize("flips", [(), (0,), (1, 2)])
def test_a_nifti_in_any_orientation(series, tmp_path, flips):
    _, scan, rois = series
    image = nib.Nifti1Image(label_map(scan, rois), np.diag([-1.0, -1, 1, 1]) @ scan.affine)
    orientation = nib.orientations.io_orientation(image.affine)
    for axis in flips:
        orientation[axis, 1] *= -1
    nib.save(image.as_reoriented(orientation), tmp_path / "rois.nii.gz")
    assert_same_regions(read_rois(tmp_path / "rois.nii.gz", scan), rois)


@pytest.mark.parametrize("suffix", ["nrrd", "mha"])
def test_a_volume_of_only_the_slice_that_was_drawn_on(series, tmp_path, suffix):
    _, scan, rois = series
    index = rois[0].slice
    image = SimpleITK.GetImageFromArray(label_map(scan, rois)[index : index + 1].transpose(2, 1, 0))
    image.SetOrigin(scan.to_mm([index, 0, 0]).tolist())
    image.SetSpacing(scan.spacing_mm)
    image.SetDirection((scan.affine[:3, :3] / scan.spacing_mm).ravel().tolist())
    SimpleITK.WriteImage(image, str(tmp_path / f"rois.{suffix}"))
    assert_same_regions(read_rois(tmp_path / f"rois.{suffix}", scan), rois)


def write_seg(path, series, kind, names=TYPES, *, coded=True, edit=lambda pixels: pixels):
    folder, scan, rois = series
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
            segment_label=f"part {number}" if coded else f"{name}_ROI",
            segmented_property_category=codes.SCT.AnatomicalStructure,
            segmented_property_type=names[name] if coded else codes.SCT.Tissue,
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
def test_a_dicom_seg_by_code_or_by_label(series, tmp_path, kind, coded):
    path = write_seg(tmp_path / "seg.dcm", series, kind, coded=coded)
    assert_same_regions(read_rois(path, series[1]), series[2])


def ignored_segments(path, *segments):
    """Findings on a SEG whose segments have these code meanings and labels.

    Only its header is written, with codes of another coding scheme.
    """
    dataset = pydicom.Dataset()
    dataset.SegmentSequence = []
    for number, (meaning, label) in enumerate(segments, start=1):
        segment, code = pydicom.Dataset(), pydicom.Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, label
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = str(number), "99X", meaning
        segment.SegmentedPropertyTypeCodeSequence = [code] if meaning else []
        dataset.SegmentSequence.append(segment)
    dataset.preamble = bytes(128)
    dataset.save_as(path, implicit_vr=False, little_endian=True)
    return ignored_segment_findings(path)


@pytest.mark.parametrize(
    ("label", "region"),
    [
        ("L1", "L1"), ("l2 vertebra", "L2"), ("vertebra_L3", "L3"), ("vertebrae_L4", "L4"),
        ("L5 vertebral body ROI", "L5"), ("Lumbar vertebra L1", "L1"), ("S1", "S1"),
        ("CSF", "CSF"), ("csf_roi", "CSF"), ("CSF L3", "CSF"), ("cerebro-spinal fluid", "CSF"),
        ("disc_L1_L2", None), ("L1-L2", None), ("L1/2", None), ("L3 nerve root", None),
        ("L4 left pedicle", None), ("L2 upper endplate", None), ("lumbar 2", None), ("L11", None),
        ("CSF leak", None), ("not CSF", None), ("body", None), ("", None),
    ],
)  # fmt: skip
def test_a_label_names_one_region_and_nothing_else(tmp_path, label, region):
    (flag,) = ignored_segments(
        tmp_path / "seg.dcm", ("Tissue", label), ("Tissue", "something else")
    )
    assert flag.evidence == ({region: 1, "none": "2"} if region else {"none": "1 2"})


@pytest.mark.parametrize(
    ("meaning", "label", "region"),
    [
        ("L3 vertebra", "part 1", "L3"),
        ("L3 vertebra", "L2", "L3"),
        ("Cerebrospinal fluid", "part 1", "CSF"),
        ("Bone structure of spine (body structure)", "L2", "L2"),
        ("", "L2", "L2"),
        ("Intervertebral disc", "L2", None),
        ("Nerve root", "L2", None),
        ("Liver", "CSF", None),
    ],
)
def test_a_code_goes_before_the_label(tmp_path, meaning, label, region):
    (flag,) = ignored_segments(tmp_path / "seg.dcm", (meaning, label), ("Tissue", "something else"))
    assert flag.evidence == ({region: 1, "none": "2"} if region else {"none": "1 2"})


def test_used_and_ignored_segments_are_reported_by_number(series, tmp_path):
    names = {"L1": codes.SCT.L1Vertebra, "L2": codes.SCT.Liver, "CSF": codes.SCT.CerebrospinalFluid}
    path = write_seg(tmp_path / "seg.dcm", series, "BINARY", names)
    assert {roi.name for roi in read_rois(path, series[1])} == {"L1", "CSF"}
    (flag,) = file_findings(path, series[1])
    assert flag.evidence == {"L1": 1, "CSF": 3, "none": "2"}
    assert "L1 from segment 1, CSF from segment 3" in flag.message
    assert "part" not in flag.message
    assert file_findings(write_seg(tmp_path / "all.dcm", series, "BINARY"), series[1]) == []


def test_half_of_a_fractional_pixel_is_inside(series, tmp_path):
    path = write_seg(tmp_path / "seg.dcm", series, "FRACTIONAL", edit=lambda p: p * 0.6)
    assert_same_regions(read_rois(path, series[1]), series[2])
    path = write_seg(tmp_path / "less.dcm", series, "FRACTIONAL", edit=lambda p: p * 0.4)
    with pytest.raises(VBQError) as caught:
        read_rois(path, series[1])
    assert caught.value.code == "roi_empty"


def refusal(path, scan):
    with pytest.raises(VBQError) as caught:
        read_rois(path, scan)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value.code


def test_other_segments_alone_are_no_regions(series, tmp_path):
    path = write_seg(tmp_path / "seg.dcm", series, "BINARY", {"L1": codes.SCT.Liver})
    assert refusal(path, series[1]) == "not_rois"
    with pytest.raises(VBQError, match="'part 1'"):
        read_rois(path, series[1])


def test_two_segments_of_one_level(series, tmp_path):
    names = {"L1": codes.SCT.L1Vertebra, "L2": codes.SCT.L1Vertebra}
    path = write_seg(tmp_path / "seg.dcm", series, "BINARY", names)
    assert refusal(path, series[1]) == "roi_twice"


def test_a_seg_of_another_study(series, tmp_path):
    path = write_seg(tmp_path / "seg.dcm", series, "BINARY")
    dataset = pydicom.dcmread(path)
    dataset.StudyInstanceUID = generate_uid()
    dataset.save_as(path)
    assert refusal(path, series[1]) == "rois_of_another_study"


def test_a_scan_without_a_study_is_reported_as_unchecked(series, tmp_path):
    _, scan, rois = series
    nameless = replace(scan, source=replace(scan.source, study_uid=None))
    path = write_seg(tmp_path / "seg.dcm", series, "BINARY")
    assert_same_regions(read_rois(path, nameless), rois)
    (flag,) = file_findings(path, nameless)
    assert (flag.code, flag.severity) == ("rois_study_unknown", "note")
    nib.save(
        nib.Nifti1Image(label_map(scan, rois), np.diag([-1.0, -1, 1, 1]) @ scan.affine),
        tmp_path / "rois.nii.gz",
    )
    assert file_findings(tmp_path / "rois.nii.gz", nameless) == []  # it never names a study


def test_a_dicom_image_is_no_segmentation(series):
    folder, scan, _ = series
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
def test_label_maps_that_do_not_fit(series, tmp_path, code, change):
    _, scan, rois = series
    labels, affine = change(label_map(scan, rois), scan.affine)
    image = nib.Nifti1Image(labels.astype(np.uint8), np.diag([-1.0, -1, 1, 1]) @ affine)
    nib.save(image, tmp_path / "rois.nii.gz")
    assert refusal(tmp_path / "rois.nii.gz", scan) == code


def _moved(affine, rows):
    moved = affine.copy()
    moved[:3, 3] += rows * affine[:3, 1]
    return moved


def test_a_damaged_seg_says_so(series, tmp_path):
    path = write_seg(tmp_path / "seg.dcm", series, "BINARY")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert refusal(path, series[1]) == "not_rois"
