"""Regions are stored so that any program can draw them again; manual ones replace them."""

import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from matplotlib.path import Path as Polygon

from vbq.anatomy.levels import CANAL, LEVEL_NUMBERS
from vbq.errors import RefusalError, UsageError, VBQError
from vbq.measure import Roi, measure_scan
from vbq.measure.regions.manual_rois import read_rois
from vbq.measure.regions.roi_file import rois_bytes
from vbq.measure.regions.roi_placement import anatomy_of_rois
from vbq.phantom import MriSettings, Pathology, SpineShape, make_phantom

SIGNALS = {"mean", "median", "sd", "pixels", "area_mm2", "slice", "centre_mm"}


@pytest.fixture(scope="module")
def noisy():
    settings = MriSettings.t1(
        slices=13, matrix=(224, 224), pixel_mm=1.25, rotation_deg=(3, 6, 4), coil_shading=1.1
    )
    shape = SpineShape(scoliosis_deg=35)
    return make_phantom(shape=shape, true_vbq=3, acquisition=settings, marrow_texture=0.08)


@pytest.fixture
def measured(noisy, with_true_labels):
    return measure_scan(*with_true_labels(noisy))


@pytest.fixture
def stored(measured):
    return stored_bytes(measured)


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "drawn.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return write


def signals(reading):
    regions = {**{level.level: level for level in reading.levels}, "CSF": reading.csf}
    return {name: region.model_dump(include=SIGNALS) for name, region in regions.items()}


def test_the_reading_names_the_file_and_its_hash(measured, stored):
    assert measured.reading.rois.file == "rois.json"
    assert measured.reading.rois.sha256 == sha256(stored).hexdigest()


def test_stored_regions_measured_again_give_the_same_reading(measured, stored, written):
    rois = read_rois(written(stored), measured.scan)
    repeated = measure_scan(measured.scan, measured.anatomy, rois=rois).reading
    assert repeated == measured.reading
    assert {level.source for level in repeated.levels} | {repeated.csf.source} == {"automatic"}


def test_the_same_regions_drawn_by_hand_give_the_same_signals(measured):
    by_hand = [replace(roi, source="drawn") for roi in measured.rois]
    repeated = measure_scan(measured.scan, measured.anatomy, rois=by_hand).reading
    assert signals(repeated) == signals(measured.reading)
    assert repeated.score == measured.reading.score
    assert {level.source for level in repeated.levels} | {repeated.csf.source} == {"drawn"}
    assert repeated.engine == measured.reading.engine


@pytest.fixture(scope="module")
def ill():
    """L2 fractured, a focus in L3: one level and some pixels are excluded."""
    pathology = {
        "L2": Pathology(height_loss=(0.35, 0.18, 0)),
        "L3": Pathology(focus=1.6, focus_mm=3),
    }
    settings = MriSettings(slices=5, matrix=(224, 224), pixel_mm=1.25)
    phantom = make_phantom(true_vbq=3, acquisition=settings, pathology=pathology)
    scan = phantom.as_scan()
    return measure_scan(scan, phantom.true_anatomy(scan))


def stored_bytes(measurement):
    return rois_bytes(measurement.scan, measurement.rois, measurement.reading.protocol.name)


def test_findings_and_excluded_pixels_come_back_with_the_file(ill, written):
    levels = {level.level: level for level in ill.reading.levels}
    assert levels["L2"].findings == ("compression_fracture",)
    assert levels["L3"].excluded_share > 0
    rois = read_rois(written(stored_bytes(ill)), ill.scan)
    assert measure_scan(ill.scan, ill.anatomy, rois=rois).reading == ill.reading


def test_only_what_was_edited_is_drawn_and_it_stays_so(ill, written):
    document = json.loads(stored_bytes(ill))
    for roi in document["rois"]:
        if roi["name"] == "L1":
            roi["slice"] -= 1
            roi["contours"] = [{"points_px": roi["contours"][0]["points_px"]}]
    rois = read_rois(written(document), ill.scan)
    edited = measure_scan(ill.scan, ill.anatomy, rois=rois)
    assert [roi.name for roi in edited.rois if roi.source == "drawn"] == ["L1"]
    before = {level.level: level for level in ill.reading.levels if level.level != "L1"}
    assert {v.level: v for v in edited.reading.levels if v.level != "L1"} == before
    rois = read_rois(written(stored_bytes(edited)), ill.scan)
    assert measure_scan(ill.scan, ill.anatomy, rois=rois).reading == edited.reading


def test_a_drawn_level_that_is_not_scored_keeps_its_findings(ill):
    l2 = next(roi for roi in ill.rois if roi.name == "L2")
    reading = measure_scan(ill.scan, ill.anatomy, rois=[replace(l2, source="drawn")]).reading
    (level,) = (level for level in reading.levels if level.level == "L2")
    assert (level.source, level.used, level.findings) == ("drawn", False, ("compression_fracture",))
    codes = {flag.code for flag in reading.flags}
    assert "compression_fracture" in codes
    assert "suspect_level_drawn" not in codes


def test_csf_drawn_elsewhere_than_at_l3_is_reported_as_drawn(measured):
    scan, anatomy = measured.scan, measured.anatomy
    csf = next(roi for roi in measured.rois if roi.name == "CSF")
    up = np.argwhere((anatomy.labels == LEVEL_NUMBERS["L3"]).any((0, 2))).mean()
    up -= np.argwhere((anatomy.labels == LEVEL_NUMBERS["L2"]).any((0, 2))).mean()
    moved = replace(csf, mask=np.roll(csf.mask, -round(up), axis=0), source="drawn")
    reading = measure_scan(scan, anatomy, rois=[moved]).reading
    (flag,) = (flag for flag in reading.flags if flag.code == "csf_fallback")
    assert flag.message == "CSF was drawn at L2; the standard is L3."


def test_another_program_redraws_the_stored_regions(measured, stored):
    for roi in json.loads(stored)["rois"]:
        image = measured.scan.voxels[roi["slice"]]
        centres = np.argwhere(np.ones_like(image, bool))
        inside = np.zeros(len(centres), int)
        for contour in roi["contours"]:
            points = measured.scan.to_index(contour["points_mm"])
            assert np.allclose(points[:, 0], roi["slice"], atol=1e-3)
            inside += Polygon(points[:, 1:]).contains_points(centres)
        values = image[(inside % 2 == 1).reshape(image.shape)]
        expected = signals(measured.reading)[roi["name"]]
        assert values.size == roi["pixels"] == expected["pixels"]
        assert values.astype(float).mean() == pytest.approx(expected["mean"], rel=1e-12)


def test_only_the_given_regions_are_replaced(measured, written):
    scan, reading = measured.scan, measured.reading
    l2 = next(roi for roi in measured.rois if roi.name == "L2")
    row, column = np.argwhere(l2.mask).mean(axis=0).round(2)
    corners = [(row - 5, column - 5), (row - 5, column + 5), (row + 5, column + 5)]
    document = {"rois": [{"name": "L2", "slice": l2.slice, "points_px": corners}]}
    repeated = measure_scan(scan, measured.anatomy, rois=read_rois(written(document), scan)).reading
    assert [level.level for level in repeated.levels if level.source == "drawn"] == ["L2"]
    before, after = signals(reading), signals(repeated)
    assert after.pop("L2")["pixels"] == pytest.approx(50, abs=6)  # half of 10 by 10
    before.pop("L2")
    assert after == before
    assert repeated.levels[2].excluded_share == 0


def test_points_in_millimetres_are_as_good_as_pixels(measured, written):
    scan = measured.scan
    pixels = [(100.2, 90.1), (100.2, 99.7), (110.9, 99.7), (110.9, 90.1)]
    mm = scan.to_mm([(6, *point) for point in pixels]).tolist()
    (from_pixels,) = read_rois(
        written({"rois": [{"name": "CSF", "slice": 6, "points_px": pixels}]}), scan
    )
    (from_mm,) = read_rois(written({"rois": [{"name": "CSF", "points_mm": mm}]}), scan)
    assert (from_pixels.slice, from_pixels.mask.sum()) == (6, 10 * 9)
    assert from_mm.slice == 6
    assert np.array_equal(from_pixels.mask, from_mm.mask)


def test_five_drawn_regions_make_a_score_where_nothing_was_found(measured):
    scan = measured.scan
    rois = [roi for roi in measured.rois if roi.name in {"L1", "L2", "L3", "L4", "CSF"}]
    anatomy = anatomy_of_rois(scan, rois, RefusalError("No lumbar spine is seen.", code="none"))
    reading = measure_scan(scan, anatomy, rois=rois).reading
    assert reading.score == pytest.approx(measured.reading.score)
    assert reading.engine.name == "drawn regions"
    assert [f.code for f in reading.flags if f.severity == "caution"] == ["anatomy_from_regions"]
    assert not [name for name in reading.variants if name.startswith("EBQ")]


def test_a_level_may_be_excluded_by_hand(measured):
    rois = [replace(roi, used=roi.name != "L4") for roi in measured.rois]
    reading = measure_scan(measured.scan, measured.anatomy, rois=rois).reading
    assert [level.level for level in reading.levels if level.used] == ["L1", "L2", "L3"]
    assert "levels_missing" in {flag.code for flag in reading.flags}


def test_a_suspect_level_drawn_by_hand_is_scored_and_reported(relabelled):
    def crush(labels):
        rows = np.flatnonzero((labels == 21).any(axis=(0, 2)))
        labels[:, rows[0] : rows[0] + rows.size // 3][
            labels[:, rows[0] : rows[0] + rows.size // 3] == 21
        ] = 0

    scan, anatomy = relabelled(crush)
    automatic = measure_scan(scan, anatomy)
    assert not automatic.reading.levels[2].used
    l2 = next(roi for roi in automatic.rois if roi.name == "L2")
    by_hand = measure_scan(scan, anatomy, rois=[replace(l2, used=True)]).reading
    assert by_hand.levels[2].used
    assert by_hand.levels[2].findings == ()
    (flag,) = (flag for flag in by_hand.flags if flag.code == "suspect_level_drawn")
    assert "compression_fracture" in flag.evidence["L2"]


def square(**changes):
    corners = [[60, 60], [60, 70], [70, 70], [70, 60]]
    return {"rois": [{"name": "L1", "slice": 2, "points_px": corners, **changes}]}


@pytest.mark.parametrize(
    ("code", "document"),
    [
        ("not_rois", b"{ no json"),
        ("not_rois", b"\x00\x01 neither JSON nor image"),
        ("not_rois", {"rois": []}),
        ("not_rois", {"schema": "vbq.rois/9", **square()}),
        ("not_rois", square(points_px=[[1, 2, 3]])),
        ("not_rois", b'{"rois": [{"name": "L1", "slice": 2, "points_px": [[NaN, 1]]}]}'),
        ("roi_name", square(name="L9")),
        ("roi_name", square(name="vertebra")),
        ("roi_twice", {"rois": square()["rois"] * 2}),
        ("rois_overlap", {"rois": square()["rois"] + square(name="CSF")["rois"]}),
        ("roi_incomplete", square(slice=None)),
        ("roi_incomplete", square(points_px=[])),
        ("roi_incomplete", square(points_px=[[1, 1], [9, 9]])),
        ("roi_outside", square(slice=99)),
        ("roi_outside", square(slice=-1)),
        ("roi_outside", square(points_px=[[60, 60], [60, 999], [70, 70]])),
        ("roi_outside", square(points_px=[[-9, 60], [60, 70], [70, 70]])),
        ("roi_empty", square(points_px=[[60, 60], [60, 60.4], [60.4, 60.4]])),
        ("roi_crosses_itself", square(points_px=[[60, 60], [70, 70], [60, 70], [70, 60]])),
        ("roi_off_plane", square(points_px=None, points_mm=[[0, 0, 0], [40, 0, 0], [0, 9, 9]])),
        ("roi_points_differ", square(points_mm=[[0, 0, 0], [0, 9, 0], [0, 9, 9], [0, 0, 9]])),
        ("roi_not_on_one_slice", square(contours=[])),
        ("rois_grid", {"scan": {"shape": [5, 100, 100]}, **square()}),
        ("rois_grid", {"scan": {"affine": np.eye(4).tolist()}, **square()}),
        ("rois_of_another_image", {"scan": {"voxels_sha256": "ab" * 32}, **square()}),
    ],
)
def test_what_cannot_be_measured_says_so_in_a_line(study, written, code, document):
    scan, _ = study
    if code == "roi_off_plane":
        document["rois"][0]["slice"] = None
    with pytest.raises(VBQError) as caught:
        read_rois(written(document), scan)
    assert caught.value.code == code
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_pixels_a_little_wider_apart_are_another_grid(study, written):
    scan, _ = study
    affine = scan.affine.copy()
    affine[:3, 1] *= 1.02  # 5 mm over the picture
    with pytest.raises(VBQError, match="another position") as caught:
        read_rois(written({"scan": {"affine": affine.tolist()}, **square()}), scan)
    assert caught.value.code == "rois_grid"


def test_points_on_two_slices_name_them(study, written):
    scan, _ = study
    points = scan.to_mm([[1, 60, 60], [2, 60, 70], [2, 70, 70]]).tolist()
    with pytest.raises(VBQError, match="slices 1 to 2"):
        read_rois(written(square(slice=None, points_px=None, points_mm=points)), scan)


def test_a_region_far_from_its_vertebra_affects_no_other(study):
    scan, anatomy = study
    mask = np.zeros(scan.voxels.shape[1:], bool)
    mask[2:12, 2:12] = True
    automatic = measure_scan(scan, anatomy).reading
    misplaced = measure_scan(scan, anatomy, rois=[Roi("L2", 0, mask)]).reading
    assert {level.level: level.findings for level in misplaced.levels} == {
        level.level: level.findings for level in automatic.levels
    }


def test_a_region_under_another_name_is_reported(study):
    automatic = {roi.name: roi for roi in measure_scan(*study).rois}
    misnamed = [replace(automatic["L1"], name="L2"), automatic["CSF"]]
    flags = {flag.code: flag for flag in measure_scan(*study, rois=misnamed).reading.flags}
    assert flags["drawn_elsewhere"].evidence == {"L2": "L1"}
    named = [replace(automatic[name], source="drawn") for name in ("L2", "CSF")]
    reading = measure_scan(*study, rois=named).reading
    assert "drawn_elsewhere" not in {flag.code for flag in reading.flags}


@pytest.mark.parametrize("name", ["T5", "L6"])
def test_a_name_that_the_anatomy_lacks_is_held_against_the_vertebra_there(study, name):
    automatic = measure_scan(*study)
    (l1,) = (roi for roi in automatic.rois if roi.name == "L1")
    reading = measure_scan(*study, rois=[replace(l1, name=name, source="drawn")]).reading
    (flag,) = (flag for flag in reading.flags if flag.code == "drawn_elsewhere")
    assert flag.evidence == {name: "L1"}
    left = [level for level in reading.levels if level.level != name]
    assert left == list(automatic.reading.levels)


def test_a_vertebra_that_was_not_found_may_be_drawn(relabelled):
    def forget(labels):
        labels[labels == LEVEL_NUMBERS["L1"]] = 0

    scan, anatomy = relabelled(lambda _: None)
    (l1,) = (roi for roi in measure_scan(scan, anatomy).rois if roi.name == "L1")
    reading = measure_scan(*relabelled(forget), rois=[l1]).reading
    assert "drawn_elsewhere" not in {flag.code for flag in reading.flags}


def drawn_by_a_reader(study):
    names = {"L1", "L2", "L3", "L4", "CSF"}
    return [replace(r, source="drawn") for r in measure_scan(*study).rois if r.name in names]


def named_after_the_chest(labels):
    bodies = (labels > 0) & (labels < LEVEL_NUMBERS["L6"])
    labels[labels == LEVEL_NUMBERS["S1"]] = 0
    labels[bodies] -= 7


def on_another_slice_alone(labels):
    labels[2:] = 0


@pytest.mark.parametrize("edit", [named_after_the_chest, on_another_slice_alone])
def test_regions_that_share_no_level_with_the_anatomy_are_measured_by_themselves(
    study, relabelled, edit
):
    rois = drawn_by_a_reader(study)
    assert {roi.slice for roi in rois} == {2}
    reading = measure_scan(*relabelled(edit), rois=rois).reading
    assert reading.score == pytest.approx(measure_scan(*study).reading.score)
    assert reading.engine.name == "drawn regions"
    cautions = {flag.code: flag for flag in reading.flags if flag.severity == "caution"}
    assert set(cautions) >= {"anatomy_from_regions", "drawn_elsewhere"}
    assert set(cautions["drawn_elsewhere"].evidence) >= {"L1", "L2", "L3", "L4"}


def canal_only(labels):
    labels[labels != CANAL] = 0


def chest_only(labels):
    labels[(labels >= LEVEL_NUMBERS["L1"]) & (labels <= LEVEL_NUMBERS["S1"])] = 0


@pytest.mark.parametrize("edit", [canal_only, chest_only])
@pytest.mark.parametrize("csf", [True, False])
def test_levels_without_a_body_in_the_anatomy_are_reported_as_drawn(study, relabelled, edit, csf):
    rois = [roi for roi in drawn_by_a_reader(study) if csf or roi.name != "CSF"]
    reading = measure_scan(*relabelled(edit), rois=rois).reading
    assert reading.score == pytest.approx(measure_scan(*study).reading.score, rel=0.1)
    assert [flag.code for flag in reading.flags].count("anatomy_from_regions") == 1


def test_regions_misnamed_by_one_level_are_drawn_elsewhere_alone(study, relabelled):
    def one_down(labels):
        bodies = (labels >= LEVEL_NUMBERS["T11"]) & (labels < LEVEL_NUMBERS["L5"])
        labels[labels == LEVEL_NUMBERS["L5"]] = 0
        labels[bodies] += 1

    reading = measure_scan(*relabelled(one_down), rois=drawn_by_a_reader(study)).reading
    codes = {flag.code for flag in reading.flags}
    assert "drawn_elsewhere" in codes
    assert "anatomy_from_regions" not in codes


def test_regions_that_share_no_level_with_the_anatomy_need_csf_of_their_own(study, relabelled):
    rois = [roi for roi in drawn_by_a_reader(study) if roi.name != "CSF"]
    reading = measure_scan(*relabelled(named_after_the_chest), rois=rois).reading
    assert reading.status == "refused"
    assert "csf_not_found" in {flag.code for flag in reading.flags}


@pytest.mark.parametrize("aside", [0, 1])
def test_csf_drawn_beside_nothing_but_a_canal_is_refused(study, relabelled, aside):
    def forget_bodies(labels):
        labels[labels < CANAL] = 0

    (csf,) = (roi for roi in drawn_by_a_reader(study) if roi.name == "CSF")
    csf = replace(csf, slice=csf.slice + aside)
    reading = measure_scan(*relabelled(forget_bodies), rois=[csf]).reading
    assert "too_few_levels" in {flag.code for flag in reading.flags}


def test_regions_of_another_study_are_not_taken(measured, written):
    source = replace(measured.scan.source, study_uid="1.2.3")
    scan = replace(measured.scan, source=source)
    with pytest.raises(VBQError) as caught:
        read_rois(written({"scan": {"study_uid": "1.2.4"}, **square()}), scan)
    assert caught.value.code == "rois_of_another_study"


def test_a_mask_of_another_shape_is_wrong_usage(study):
    with pytest.raises(UsageError, match="shape"):
        measure_scan(*study, rois=[Roi("L1", 0, np.ones((4, 4), bool))])
