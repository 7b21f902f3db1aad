"""Diseased levels are recognised, left out, and the rest still gives the truth."""

import numpy as np
import pytest

from vbq import find_anatomy
from vbq.measure import take_reading
from vbq.phantom import MriSettings, Pathology, make_phantom
from vbq.report import draw_overlay, report_html

TRUE_VBQ = 3.2
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


def scanned(pathology, slices=1):
    """A phantom whose levels have the same marrow: the truth is that of any of them."""
    settings = MriSettings(
        slices=slices, sub_slices=1, matrix=(256, 256), pixel_mm=1.0, snr=35, blur_px=0.45
    )
    return make_phantom(
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
def test_a_diseased_level_is_left_out_and_the_rest_gives_the_truth(
    pathology, name, code, with_true_labels
):
    reading = take_reading(*with_true_labels(scanned(pathology))).reading
    assert suspects(reading).keys() == pathology.keys()
    assert suspects(reading)[name] == (code,)
    assert [level.level for level in reading.levels if level.used] == [
        other for other in ("L1", "L2", "L3", "L4") if other != name
    ]
    assert reading.status == "caution"
    assert reading.score == pytest.approx(TRUE_VBQ, abs=0.1)
    assert name not in reading.variants
    flag = next(flag for flag in reading.flags if flag.code == code)
    assert flag.evidence["level"] == name
    assert flag.severity == "caution"


@pytest.mark.parametrize("case", ["wedge", "haemangioma", "modic 1", "metal"])
def test_the_network_finds_diseased_levels_too(case):
    pathology, name, code = CASES[case]
    scan = scanned(pathology, slices=3).as_scan()
    reading = take_reading(scan, find_anatomy(scan)).reading
    assert code in suspects(reading)[name]
    assert {level.level for level in reading.levels if level.used} == {"L1", "L2", "L3", "L4"} - {
        name
    }
    assert reading.score == pytest.approx(TRUE_VBQ, abs=0.1)


def test_a_healthy_spine_raises_nothing(with_true_labels):
    reading = take_reading(*with_true_labels(scanned({}))).reading
    assert suspects(reading) == {}
    assert all(level.excluded_share == 0 for level in reading.levels)
    assert sum(level.used for level in reading.levels) == 4


def test_a_small_lesion_leaves_the_region_and_not_the_score(with_true_labels):
    small = {"L2": Pathology(focus=1.8, focus_mm=2.5, focus_at_mm=(-3.0, 6.0))}
    phantom = scanned(small)
    measured = take_reading(*with_true_labels(phantom))
    level = next(level for level in measured.reading.levels if level.level == "L2")
    assert level.used
    assert 0.02 < level.excluded_share <= 0.15
    roi = next(roi for roi in measured.rois if roi.name == "L2")
    assert not (roi.mask & roi.excluded).any()
    assert (phantom.abnormal[0] & roi.mask).sum() <= 2
    assert level.mean == pytest.approx(phantom.truth.marrow["L2"], rel=0.03)


def test_two_diseased_levels_leave_two_and_three_refuse(with_true_labels):
    focus = Pathology(focus=0.5)
    two = take_reading(*with_true_labels(scanned({"L1": focus, "L3": focus}))).reading
    assert two.score == pytest.approx(TRUE_VBQ, abs=0.15)
    metal = Pathology(screw_mm=4.5)
    three = scanned(dict.fromkeys(("L1", "L2", "L4"), metal))
    reading = take_reading(*with_true_labels(three)).reading
    assert reading.status == "refused"
    assert reading.score is None
    assert "too_few_levels" in {flag.code for flag in reading.flags}


def test_a_loss_below_a_fifth_is_no_fracture(with_true_labels):
    mild = scanned({"L2": Pathology(height_loss=(0.14, 0.1, 0.05))})
    assert suspects(take_reading(*with_true_labels(mild)).reading) == {}


def test_a_change_on_one_side_of_a_disc_is_not_of_the_modic_kind(with_true_labels):
    one = scanned({"L2": Pathology(lower_endplate=0.6)})
    found = suspects(take_reading(*with_true_labels(one)).reading)
    assert "endplate_change" not in found.get("L2", ())


def test_a_suspect_level_outside_the_score_costs_nothing(with_true_labels):
    outside = scanned({"L5": Pathology(focus=0.5)})
    reading = take_reading(*with_true_labels(outside)).reading
    assert suspects(reading) == {"L5": ("focal_dark_lesion",)}
    assert "focal_dark_lesion" not in {flag.code for flag in reading.flags}
    assert sum(level.used for level in reading.levels) == 4


def test_the_report_shows_what_was_left_out_and_why(with_true_labels):
    measured = take_reading(*with_true_labels(scanned({"L2": Pathology(focus=1.6, focus_mm=5.5)})))
    page = report_html(measured).decode()
    assert "L2 is suspect: focal bright lesion." in page
    hatched = draw_overlay(measured)
    for roi in measured.rois:
        if roi.excluded is not None:
            roi.excluded[:] = np.False_
    assert draw_overlay(measured) != hatched
