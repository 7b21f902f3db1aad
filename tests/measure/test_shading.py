"""Coil shading is estimated from marrow, corrected and reported."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from vbq.errors import RefusalError
from vbq.measure import measure_scan
from vbq.measure.checks.coil_shading import coil_shading_findings
from vbq.measure.regions.roi_placement import anatomy_of_rois
from vbq.measure.shading import ShadingCorrection, fit_shading
from vbq.measure.uncertainty import Uncertainty
from vbq.phantom import MriSettings, SpineShape, make_phantom
from vbq.phantom.painting.render import coil_sensitivity
from vbq.report import report_html

CORRECTED = "median_of_means_shading_corrected"
GRID = {"slices": 3, "matrix": (320, 220), "pixel_mm": 0.9, "sub_slices": 1}
SPACING = (4.0, 1.0, 1.0)


def spine_of_marrow(slope=0.0, tilt=0.0, bodies=7):
    """Square bodies of one signal each, seen by a coil whose slopes per mm are known."""
    labels = np.zeros((3, 260, 100), np.uint8)
    voxels = np.zeros(labels.shape, np.float32)
    rows, columns = np.indices(labels.shape[1:])
    gain = np.exp(slope * columns + tilt * rows)
    for k in range(bodies):
        body = (slice(None), slice(5 + 36 * k, 33 + 36 * k), slice(30, 64))
        labels[body] = 19 + k
        voxels[body] = (200 + 20 * k) * gain[body[1:]]
    return voxels, labels


@pytest.mark.parametrize("slope", [-0.01, 0.0, 0.004, 0.02])
def test_the_slope_of_the_coil_is_found_whatever_the_levels(slope):
    shading = fit_shading(*spine_of_marrow(slope, tilt=0.001), 1, SPACING)
    assert shading.slope == pytest.approx(slope, abs=1e-4)
    assert shading.gain((120, 90), (120, 50)) == pytest.approx(np.exp(40 * slope), rel=1e-3)
    assert shading.gain((160, 50), (120, 50)) == pytest.approx(np.exp(0.04), rel=1e-3)
    assert shading.mean_gain_sd([(110, 50), (130, 50)], (120, 90)) < 1e-3


def test_one_body_with_a_different_slope_is_ignored():
    voxels, labels = spine_of_marrow(0.004)
    voxels[:, 77:105] *= np.exp(0.01 * np.arange(100)).astype(np.float32)
    shading = fit_shading(voxels, labels, 1, SPACING)
    assert shading.slope == pytest.approx(0.004, abs=3e-4)


def test_bodies_that_disagree_make_it_doubtful():
    voxels, labels = spine_of_marrow()
    for k, slope in enumerate((0.0, 0.01, 0.003, 0.007, 0.001, 0.009, 0.005)):
        voxels[:, 5 + 36 * k : 33 + 36 * k] *= np.exp(slope * np.arange(100)).astype(np.float32)
    shading = fit_shading(voxels, labels, 1, SPACING)
    assert shading.slope == pytest.approx(0.005, abs=0.002)
    assert 0.02 < shading.mean_gain_sd([(110, 50), (130, 50)], (120, 90)) < 0.1


def test_few_bodies_give_the_slope_to_the_back_only():
    shading = fit_shading(*spine_of_marrow(0.004, bodies=3), 1, SPACING)
    assert shading.slope == pytest.approx(0.004, abs=1e-4)
    assert shading.gain((200, 50), (100, 50)) == 1
    assert fit_shading(*spine_of_marrow(0.004, bodies=1), 1, SPACING) is None


@pytest.mark.parametrize("seed", [201, 202, 203])
def test_fivefold_shading_is_corrected_and_reported(seed, with_true_labels):
    phantom = make_phantom(
        shape=SpineShape(seed=seed),
        acquisition=MriSettings(coil_shading=5.0, snr=30, **GRID),
        true_vbq=3.0,
        marrow_texture=0.08,
        seed=seed,
    )
    reading = measure_scan(*with_true_labels(phantom)).reading
    assert reading.score < 2.6
    assert reading.variants[CORRECTED] == pytest.approx(3.0, abs=0.15)
    flag = next(f for f in reading.flags if f.code == "coil_shading")
    assert flag.evidence["corrected"] == pytest.approx(reading.variants[CORRECTED], abs=1e-3)
    assert (flag.severity, reading.status) == ("caution", "caution")


def test_the_flag_gives_the_sensitivity_at_the_csf_over_that_at_the_bodies(with_true_labels):
    settings = MriSettings(coil_shading=2.0, snr=40, **GRID)
    phantom = make_phantom(acquisition=settings, true_vbq=3.0)
    measured = measure_scan(*with_true_labels(phantom))
    coil = coil_sensitivity(phantom.spine, settings, phantom.affine)
    sensitivity = {
        roi.name: float(np.broadcast_to(coil, phantom.voxels.shape)[roi.slice][roi.mask].mean())
        for roi in measured.rois
    }
    levels = [level.level for level in measured.reading.levels if level.used]
    truth = sensitivity["CSF"] / float(
        np.exp(np.mean([np.log(sensitivity[name]) for name in levels]))
    )
    flag = next(f for f in measured.reading.flags if f.code == "coil_shading")
    assert flag.evidence["coil_csf_over_bodies"] == pytest.approx(truth, abs=0.02)
    for name in levels:
        gain = flag.evidence[f"coil_csf_over_{name}"]
        assert gain == pytest.approx(sensitivity["CSF"] / sensitivity[name], abs=0.03)
    assert f"is {flag.evidence['coil_csf_over_bodies']:.2f} times as sensitive" in flag.message


@pytest.mark.parametrize(("corrected", "severity"), [(3.3, "note"), (3.33, "caution")])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_tenth_of_the_score_divides_notes_from_cautions(corrected, severity, sign):
    variants = {"median_of_means": 3.0, CORRECTED: 3.0 * (corrected / 3.0) ** sign}

    def findings(placement, log_sd):
        scored = SimpleNamespace(
            variants=variants,
            uncertainty=Uncertainty(placement=placement, slice=None, csf=0.01, noise=0.01),
            shading_correction=ShadingCorrection(None, {20: 1.1, 21: 1.1}, log_sd),
        )
        return coil_shading_findings(scored)

    (flag,) = findings(0.01, 0.01)
    assert flag.severity == severity
    assert findings(0.06, 0.01) == []
    assert findings(0.01, 0.06) == []


def test_no_corrected_score_where_no_shading_was_fitted(with_true_labels):
    settings = MriSettings(coil_shading=3.0, snr=30, **{**GRID, "slices": 1})
    scan, anatomy = with_true_labels(make_phantom(acquisition=settings, true_vbq=3.0))
    rois = [roi for roi in measure_scan(scan, anatomy).rois if roi.used]
    bare = anatomy_of_rois(scan, rois, RefusalError("No lumbar spine is seen.", code="none"))
    measured = measure_scan(scan, bare, rois=rois)
    assert measured.reading.score == pytest.approx(measured.reading.variants["median_of_means"])
    assert CORRECTED not in measured.reading.variants
    assert measured.reading.shading_corrected_sd is None
    assert "coil shading corrected" not in report_html(measured).decode()


@pytest.mark.parametrize(("slope", "sure"), [(0.001, True), (0.008, False)])
def test_the_sd_of_a_correction_is_given(with_true_labels, slope, sure):
    phantom = make_phantom(acquisition=MriSettings(snr=30, **GRID), true_vbq=3.0)
    scan, anatomy = with_true_labels(phantom)
    voxels = scan.voxels.copy()
    for vertebra in anatomy.vertebrae:  # they disagree about the coil
        inside = anatomy.labels == vertebra.level
        to_back = np.nonzero(inside)[2] * scan.spacing_mm[2]
        voxels[inside] *= np.exp((-1) ** vertebra.level * slope * (to_back - to_back.mean()))
    reading = measure_scan(replace(scan, voxels=voxels), anatomy).reading
    assert "coil_shading" not in {f.code for f in reading.flags}
    assert (reading.shading_corrected_sd < 0.05 * reading.variants[CORRECTED]) is sure
    assert reading.score == pytest.approx(3.0, abs=0.15)


def test_a_homogeneous_coil_is_not_reported(with_true_labels):
    phantom = make_phantom(
        acquisition=MriSettings(snr=30, **GRID), true_vbq=3.0, marrow_texture=0.08
    )
    reading = measure_scan(*with_true_labels(phantom)).reading
    assert "coil_shading" not in {f.code for f in reading.flags}
    assert reading.variants[CORRECTED] == pytest.approx(reading.score, abs=0.15)
