"""Diseased levels are recognised and excluded, and the other levels still give the truth."""

from dataclasses import replace

import numpy as np
import pytest

from vbq import find_anatomy
from vbq.measure import measure_scan
from vbq.measure.regions.body_frame import BodyFrame
from vbq.measure.suspect_levels.compression_fracture import (
    USUAL_SHAPE,
    Heights,
    body_heights,
    shape_loss,
)
from vbq.phantom import MriSettings, Pathology, SpineShape, make_phantom
from vbq.report import draw_overlay, report_html

TRUE_VBQ = 3.2
L1_TO_L4 = ("L1", "L2", "L3", "L4")
MODIC = {"L4": Pathology(lower_endplate=0.6), "L5": Pathology(upper_endplate=0.6)}
CASES = {
    "wedge": ({"L2": Pathology(height_loss=(0.35, 0.18, 0))}, "L2", "compression_fracture"),
    "biconcave": ({"L3": Pathology(height_loss=(0, 0.4, 0))}, "L3", "compression_fracture"),
    "crush": ({"L1": Pathology(height_loss=(0.4, 0.4, 0.4))}, "L1", "compression_fracture"),
    "haemangioma": ({"L2": Pathology(focus=1.6)}, "L2", "focal_bright_lesion"),
    "metastasis": ({"L3": Pathology(focus=0.5)}, "L3", "focal_dark_lesion"),
    "modic 1": (MODIC, "L4", "endplate_change"),
    "modic 2": (
        {"L4": Pathology(lower_endplate=1.45), "L5": Pathology(upper_endplate=1.45)},
        "L4",
        "endplate_change",
    ),
    "patchy": ({"L1": Pathology(heterogeneity=0.4)}, "L1", "heterogeneous_marrow"),
    "metal": ({"L4": Pathology(screw_mm=4.5)}, "L4", "signal_void"),
}


def scanned(pathology, slices=1, shape=None, **changes):
    """A phantom whose levels all have the same marrow, so the truth is that of any of them."""
    fixed = {"slices": slices, "sub_slices": 1, "matrix": (256, 256), "pixel_mm": 1.0}
    settings = MriSettings(**{**fixed, "snr": 35, "blur_px": 0.45, **changes})
    return make_phantom(
        shape=shape or SpineShape(),
        true_vbq=TRUE_VBQ,
        acquisition=settings,
        marrow_fat=0.45,
        marrow_texture=0.06,
        pathology=pathology,
        seed=3,
    )


def suspects(reading):
    return {level.level: level.findings for level in reading.levels if level.findings}


@pytest.mark.parametrize(("pathology", "name", "code"), CASES.values(), ids=CASES)
def test_a_diseased_level_is_excluded_and_the_others_give_the_truth(
    pathology, name, code, with_true_labels
):
    reading = measure_scan(*with_true_labels(scanned(pathology))).reading
    assert suspects(reading).keys() == pathology.keys()
    assert suspects(reading)[name] == (code,)
    assert [level.level for level in reading.levels if level.used] == [
        level for level in L1_TO_L4 if level != name
    ]
    assert reading.status == "caution"
    assert reading.score == pytest.approx(TRUE_VBQ, abs=0.1)
    assert name not in reading.variants
    flag = next(flag for flag in reading.flags if flag.code == code)
    assert flag.evidence["level"] == name
    assert flag.severity == "caution"
    assert "part of the score" not in flag.message


@pytest.mark.parametrize("case", ["wedge", "haemangioma", "modic 1", "metal"])
def test_the_network_finds_diseased_levels_too(case):
    pathology, name, code = CASES[case]
    scan = scanned(pathology, slices=3).as_scan()
    reading = measure_scan(scan, find_anatomy(scan)).reading
    assert code in suspects(reading)[name]
    assert {level.level for level in reading.levels if level.used} == set(L1_TO_L4) - {name}
    assert reading.score == pytest.approx(TRUE_VBQ, abs=0.1)


def test_a_healthy_spine_raises_nothing(with_true_labels):
    reading = measure_scan(*with_true_labels(scanned({}))).reading
    assert suspects(reading) == {}
    assert all(level.excluded_share == 0 for level in reading.levels)
    assert sum(level.used for level in reading.levels) == 4


@pytest.mark.parametrize("shading", [2.5, 6.0])
def test_a_coil_that_shades_a_healthy_spine_makes_nothing_suspect(shading, with_true_labels):
    shaded = scanned({}, coil_shading=shading)
    assert suspects(measure_scan(*with_true_labels(shaded)).reading) == {}


def test_a_lesion_is_found_under_a_coil_that_shades(with_true_labels):
    shaded = scanned({"L3": Pathology(focus=0.5)}, coil_shading=4.0)
    findings = suspects(measure_scan(*with_true_labels(shaded)).reading)
    assert findings == {"L3": ("focal_dark_lesion",)}


def test_bodies_that_lean_in_a_deep_lordosis_are_not_fractured(with_true_labels):
    curved = scanned({}, shape=SpineShape(lordosis_deg=78, sacral_slope_deg=56))
    assert suspects(measure_scan(*with_true_labels(curved)).reading) == {}


@pytest.mark.parametrize(("brighter", "is_suspect"), [(1.2, False), (0.8, False), (0.5, True)])
def test_a_whole_level_is_suspect_only_where_it_is_far_from_its_neighbours(
    brighter, is_suspect, with_true_labels
):
    scan, anatomy = with_true_labels(scanned({}))
    factor = np.where(anatomy.labels == 22, brighter, 1.0).astype(np.float32)
    changed = replace(scan, voxels=scan.voxels * factor)
    assert ("L3" in suspects(measure_scan(changed, anatomy).reading)) is is_suspect


def leaning(lean, front, back, frame_rotation=0.0):
    """Heights, mm, of a body 34 mm deep whose walls lean by ``lean`` mm per mm."""
    angle = np.radians(frame_rotation)
    frame = BodyFrame(
        centre=np.array([40.0, 40.0]),
        down=np.array([np.cos(angle), np.sin(angle)]),
        back=np.array([-np.sin(angle), np.cos(angle)]),
        height=26.0,
        depth=34.0,
    )
    row, column = np.mgrid[0:80:0.5, 0:80:0.5] - 40.0
    place = (column - lean * row) / 34 + 0.5
    height = front + (back - front) * place
    body = (place >= 0) & (place <= 1) & (np.abs(row) <= height / 2)
    return body_heights(body, frame, (0.5, 0.5))


@pytest.mark.parametrize("lean", [-0.4, 0.0, 0.3])
@pytest.mark.parametrize("turn", [-12, 0, 12])
def test_heights_run_along_the_walls_of_a_body_that_leans(lean, turn):
    heights = leaning(lean, 26.0, 26.0, turn)
    along_wall = 26.0 * np.hypot(1, lean)
    assert heights.middle == pytest.approx(along_wall, rel=0.06)
    assert heights.anterior == pytest.approx(heights.middle, rel=0.03)
    assert heights.posterior == pytest.approx(heights.middle, rel=0.03)


def test_a_wedge_is_lower_in_front_by_what_it_lost():
    heights = leaning(0.0, 17.0, 26.0)
    assert heights.posterior == pytest.approx(26.0, abs=1.2)
    assert heights.anterior == pytest.approx(17.0, abs=1.2)


SIDE_BY_SIDE = {
    # where all of L1-L4 are fractured no intact neighbour is left to compare with
    "four biconcave": (31, L1_TO_L4, (0, 0.35, 0), 4),
    "four wedges": (31, L1_TO_L4, (0.3, 0.15, 0), 4),
    "four, low behind too": (1, L1_TO_L4, (0.3, 0.3, 0.1), 3),
    "three at the junction": (32, ("T12", "L1", "L2"), (0.35, 0.18, 0), 3),
    "two": (21, ("L2", "L3"), (0.3, 0.2, 0), 2),
}


@pytest.mark.parametrize(
    ("seed", "ill", "loss", "at_least"), SIDE_BY_SIDE.values(), ids=SIDE_BY_SIDE
)
def test_fractures_side_by_side_are_found(seed, ill, loss, at_least, with_true_labels):
    phantom = scanned(dict.fromkeys(ill, Pathology(height_loss=loss)), shape=SpineShape(seed=seed))
    reading = measure_scan(*with_true_labels(phantom)).reading
    broken = {n for n, codes in suspects(reading).items() if "compression_fracture" in codes}
    assert broken <= set(ill)
    assert len(broken) >= at_least
    against = {f.evidence["against"] for f in reading.flags if f.code == "compression_fracture"}
    assert "posterior height" in against
    assert reading.status == ("refused" if len(broken & set(L1_TO_L4)) > 2 else "caution")


def usual(posterior):
    """Bodies of the usual shape on given posterior heights, mm, by level number."""
    return {
        n: Heights(USUAL_SHAPE[n][0] * p, USUAL_SHAPE[n][1] * p, p) for n, p in posterior.items()
    }


def test_a_body_of_the_usual_shape_has_lost_nothing():
    heights = usual(dict.fromkeys(range(18, 25), 26.0))
    for level in heights:
        loss = shape_loss(heights, level)
        assert (loss.anterior, loss.middle) == pytest.approx((0, 0))
    assert shape_loss({25: heights[24]}, 25) is None


def test_a_body_that_is_high_behind_is_no_wedge():
    heights = usual(dict.fromkeys(range(19, 25), 26.0))
    flat = heights[21]
    heights[21] = Heights(flat.anterior, flat.middle, 1.3 * flat.posterior)
    assert shape_loss(heights, 21).anterior == pytest.approx(0)
    heights[21] = Heights(0.7 * flat.anterior, flat.middle, flat.posterior)
    assert shape_loss(heights, 21).anterior == pytest.approx(0.3)


@pytest.mark.parametrize(("focus", "radius_mm"), [(0.5, 30), (1.5, 30), (0.5, 10)])
def test_disease_of_all_scored_levels_does_not_accuse_the_others(
    focus, radius_mm, with_true_labels
):
    everywhere = dict.fromkeys(L1_TO_L4, Pathology(focus=focus, focus_mm=radius_mm))
    reading = measure_scan(*with_true_labels(scanned(everywhere))).reading
    (flag,) = (flag for flag in reading.flags if flag.code == "levels_differ")
    assert flag.severity == "caution"
    assert reading.status == "caution"
    assert flag.evidence["scored_over_around"] == pytest.approx(focus, abs=0.1)
    assert suspects(reading).keys() <= set(L1_TO_L4)
    assert "one of the two groups" in flag.message


def test_one_scored_level_like_those_around_is_no_disease_of_all(with_true_labels):
    three = dict.fromkeys(L1_TO_L4[1:], Pathology(focus=0.5, focus_mm=30))
    reading = measure_scan(*with_true_labels(scanned(three))).reading
    assert "levels_differ" not in {flag.code for flag in reading.flags}


@pytest.mark.parametrize(("highest", "lowest", "raised"), [(20, 26, True), (20, 24, False)])
def test_all_scored_levels_are_compared_with_two_others_or_more(
    highest, lowest, raised, with_true_labels
):
    dark = dict.fromkeys(L1_TO_L4, Pathology(focus=0.5, focus_mm=30))
    scan, anatomy = with_true_labels(scanned(dark))
    seen = tuple(v for v in anatomy.vertebrae if highest <= v.level <= lowest)
    reading = measure_scan(scan, replace(anatomy, vertebrae=seen)).reading
    assert ("levels_differ" in {flag.code for flag in reading.flags}) is raised


def test_a_small_lesion_is_excluded_from_the_region_but_its_level_is_scored(with_true_labels):
    small = {"L2": Pathology(focus=1.8, focus_mm=2.5, focus_centre_mm=(-3.0, 6.0))}
    phantom = scanned(small)
    measured = measure_scan(*with_true_labels(phantom))
    level = next(level for level in measured.reading.levels if level.level == "L2")
    assert level.used
    assert 0.02 < level.excluded_share <= 0.15
    roi = next(roi for roi in measured.rois if roi.name == "L2")
    assert not (roi.mask & roi.excluded).any()
    assert (phantom.abnormal[0] & roi.mask).sum() <= 2
    assert level.mean == pytest.approx(phantom.truth.marrow["L2"], rel=0.03)


def test_one_suspect_level_leaves_three_and_says_so(with_true_labels):
    reading = measure_scan(*with_true_labels(scanned({"L2": Pathology(focus=0.5)}))).reading
    flag = next(flag for flag in reading.flags if flag.code == "levels_missing")
    assert flag.evidence["missing"] == "L2"
    assert reading.status == "caution"


def test_two_diseased_levels_leave_two(with_true_labels):
    focus = Pathology(focus=0.5)
    two = measure_scan(*with_true_labels(scanned({"L1": focus, "L3": focus}))).reading
    assert two.score == pytest.approx(TRUE_VBQ, abs=0.15)


@pytest.mark.parametrize("ill", [("L1", "L2", "L4"), ("L1", "L2", "L3", "L4")])
def test_three_or_four_diseased_levels_refuse_and_say_why(ill, with_true_labels):
    phantom = scanned(dict.fromkeys(ill, Pathology(screw_mm=4.5)))
    measured = measure_scan(*with_true_labels(phantom))
    reading = measured.reading
    assert reading.status == "refused"
    assert reading.score is None
    assert reading.interval is None
    assert reading.variants == {}
    refusal = next(flag for flag in reading.flags if flag.code == "too_few_levels")
    assert refusal.evidence["missing"] == " ".join(ill)
    voids = [flag.evidence for flag in reading.flags if flag.code == "signal_void"]
    assert [evidence["level"] for evidence in voids] == list(ill)
    assert min(evidence["area_mm2"] for evidence in voids) > 20
    assert {roi.name for roi in measured.rois if roi.suspect} >= set(ill)
    assert "signal void" in report_html(measured).decode()


def test_a_loss_below_a_fifth_is_no_fracture(with_true_labels):
    mild = scanned({"L2": Pathology(height_loss=(0.14, 0.1, 0.05))})
    assert suspects(measure_scan(*with_true_labels(mild)).reading) == {}


def test_a_change_on_one_side_of_a_disc_is_not_of_the_modic_kind(with_true_labels):
    one_side = scanned({"L2": Pathology(lower_endplate=0.6)})
    findings = suspects(measure_scan(*with_true_labels(one_side)).reading)
    assert "endplate_change" not in findings.get("L2", ())


def test_a_suspect_level_outside_the_score_is_noted_and_costs_nothing(with_true_labels):
    outside = scanned({"L5": Pathology(focus=0.5)})
    reading = measure_scan(*with_true_labels(outside)).reading
    assert suspects(reading) == {"L5": ("focal_dark_lesion",)}
    (flag,) = (flag for flag in reading.flags if flag.code == "focal_dark_lesion")
    assert flag.severity == "note"
    assert flag.message.endswith("L5 is not part of the score.")
    assert reading.status == "ok"
    assert sum(level.used for level in reading.levels) == 4


def test_a_fracture_outside_the_score_is_a_caution(with_true_labels):
    wedge = scanned({"T12": Pathology(height_loss=(0.35, 0.18, 0))})
    measured = measure_scan(*with_true_labels(wedge))
    reading = measured.reading
    assert suspects(reading) == {"T12": ("compression_fracture",)}
    (flag,) = (flag for flag in reading.flags if flag.code == "compression_fracture")
    assert flag.severity == "caution"
    assert flag.message.endswith("T12 is not part of the score.")
    assert reading.status == "caution"
    assert reading.score == pytest.approx(TRUE_VBQ, abs=0.1)
    assert sum(level.used for level in reading.levels) == 4
    page = report_html(measured).decode()
    assert "No finding speaks against this score." not in page
    assert "Read the cautions below" in page


@pytest.mark.parametrize(("margin", "fractured"), [(0, True), (1, False)])
def test_a_body_that_a_blank_margin_cuts_is_not_fractured(margin, fractured, with_true_labels):
    """The label has the same height in both cases; only the image above it differs."""
    scan, anatomy = with_true_labels(scanned({}))
    rows = np.nonzero((anatomy.labels[0] == 19).any(axis=1))[0]
    cut = (rows[0] + rows[-1]) // 2
    labels, voxels = anatomy.labels.copy(), scan.voxels.copy()
    labels[:, :cut][labels[:, :cut] == 19] = 0
    voxels[:, : cut * margin] = 0
    changed = replace(scan, voxels=voxels), replace(anatomy, labels=labels)
    flags = measure_scan(*changed).reading.flags
    assert ("compression_fracture" in {flag.code for flag in flags}) is fractured


def test_the_report_shows_what_was_excluded_and_why(with_true_labels):
    measured = measure_scan(*with_true_labels(scanned({"L2": Pathology(focus=1.6, focus_mm=5.5)})))
    page = report_html(measured).decode()
    assert "L2 is suspect: focal bright lesion." in page
    hatched = draw_overlay(measured)
    for roi in measured.rois:
        if roi.excluded is not None:
            roi.excluded[:] = np.False_
    assert draw_overlay(measured) != hatched
