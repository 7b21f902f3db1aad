"""A reading from the true label map is the truth, and says what is wrong when something is."""

from dataclasses import replace

import numpy as np
import pytest

from vbq.anatomy.levels import CANAL, CORD
from vbq.errors import RefusalError
from vbq.measure import measure_scan
from vbq.measure.reading import Reading
from vbq.phantom import MriSettings, make_phantom


def codes(reading, severity=None):
    return {f.code for f in reading.flags if severity in (None, f.severity)}


@pytest.mark.parametrize("field", [1.5, 3.0])
@pytest.mark.parametrize("true_vbq", [1.5, 3.0, 5.5])
def test_noise_free_phantoms_give_the_truth(field, true_vbq, with_true_labels):
    phantom = make_phantom(
        true_vbq=true_vbq, acquisition=MriSettings(field_strength_t=field, slices=3)
    )
    reading = measure_scan(*with_true_labels(phantom)).reading
    assert reading.status == "ok"
    assert reading.score == pytest.approx(phantom.truth.vbq, abs=0.01)
    for level in reading.levels:
        if level.used:
            assert reading.variants[level.level] == pytest.approx(
                phantom.truth.levels[level.level], abs=0.015
            )


def test_the_document_is_whole_and_survives_a_round_trip(study):
    reading = measure_scan(*study).reading
    assert [level.level for level in reading.levels if level.used] == ["L1", "L2", "L3", "L4"]
    assert reading.csf.level == "L3"
    assert reading.score == reading.variants["median_of_means"]
    assert Reading.from_json(reading.to_json()) == reading


def test_centres_are_in_patient_millimetres(study):
    scan, anatomy = study
    reading = measure_scan(scan, anatomy).reading
    bodies = {v.name: v for v in anatomy.vertebrae}
    for level in reading.levels:
        _, row, column = scan.to_index(level.centre_mm)
        label = anatomy.labels[level.slice, round(row), round(column)]
        assert label == bodies[level.level].level


def test_scaling_the_signal_changes_nothing(study):
    scan, anatomy = study
    scaled = replace(scan, voxels=scan.voxels * np.float32(7.5))
    expected = measure_scan(scan, anatomy).reading.score
    assert measure_scan(scaled, anatomy).reading.score == pytest.approx(expected, rel=1e-6)


def test_three_levels_are_scored_with_a_caution(relabelled):
    scan, anatomy = relabelled(lambda labels: labels.__setitem__(labels == 21, 0))
    reading = measure_scan(scan, anatomy).reading
    assert reading.status == "caution"
    assert "levels_missing" in codes(reading, "caution")
    assert reading.score == pytest.approx(3.2, abs=0.1)


def test_one_level_is_refused(relabelled):
    def keep_l1(labels):
        labels[np.isin(labels, (21, 22, 23))] = 0

    reading = measure_scan(*relabelled(keep_l1)).reading
    assert reading.status == "refused"
    assert reading.score is None
    assert "too_few_levels" in codes(reading, "refuse")


def test_without_a_sac_there_is_no_score(relabelled):
    def no_canal(labels):
        labels[np.isin(labels, (CANAL, CORD))] = 0

    reading = measure_scan(*relabelled(no_canal)).reading
    assert "csf_not_found" in codes(reading, "refuse")


def test_csf_falls_back_to_l2_where_l3_has_no_sac(relabelled, study):
    rows = np.flatnonzero((study[1].labels == 22).any(axis=(0, 2)))

    def crowd(labels):
        behind = labels[:, rows[0] - 12 : rows[-1] + 12]
        behind[np.isin(behind, (CANAL, CORD))] = 0

    reading = measure_scan(*relabelled(crowd)).reading
    assert reading.csf.level == "L2"
    assert "csf_fallback" in codes(reading, "caution")
    assert reading.score == pytest.approx(3.2, abs=0.02)


@pytest.mark.parametrize("settings", [MriSettings.t2, MriSettings.stir])
def test_other_contrasts_are_refused_from_the_image_alone(settings, with_true_labels):
    phantom = make_phantom(acquisition=settings(slices=3))
    scan, anatomy = with_true_labels(phantom)
    blind = replace(
        scan,
        acquisition=replace(
            scan.acquisition,
            repetition_time_ms=None,
            echo_time_ms=None,
            inversion_time_ms=None,
            description=None,
        ),
    )
    reading = measure_scan(blind, anatomy).reading
    assert reading.status == "refused"
    assert reading.score is None
    assert "not_t1" in codes(reading, "refuse")


def test_saturated_marrow_is_flagged(revoxelled):
    def clip(voxels):
        np.minimum(voxels, 400, out=voxels)

    assert "saturated" in codes(measure_scan(*revoxelled(clip)).reading)


def test_csf_in_the_noise_is_flagged(with_true_labels):
    phantom = make_phantom(true_vbq=4.0, acquisition=MriSettings(snr=10, slices=3))
    assert "csf_near_noise" in codes(measure_scan(*with_true_labels(phantom)).reading)


def test_timing_outside_the_normative_study_is_flagged(with_true_labels):
    phantom = make_phantom(acquisition=MriSettings(tr_ms=950.0, slices=3))
    reading = measure_scan(*with_true_labels(phantom)).reading
    assert "tr_outside" in codes(reading, "caution")
    assert "te_outside" not in codes(reading)


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("constant_image", lambda v: v.fill(7)),
        ("negative_signal", lambda v: v.__isub__(1000)),
        ("not_numbers", lambda v: v.__setitem__((0, 0, 0), np.nan)),
    ],
)
def test_what_is_no_magnitude_image_is_refused_at_once(revoxelled, code, edit):
    with pytest.raises(RefusalError) as caught:
        measure_scan(*revoxelled(edit))
    assert caught.value.code == code


def test_ct_is_refused(study):
    scan, anatomy = study
    ct = replace(scan, acquisition=replace(scan.acquisition, modality="CT"))
    with pytest.raises(RefusalError, match="CT"):
        measure_scan(ct, anatomy)
