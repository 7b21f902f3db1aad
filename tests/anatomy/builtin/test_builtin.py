"""The built-in network on digital spines and on real T1 that no training has seen."""

from dataclasses import replace

import numpy as np
import pytest

import vbq
from places import SHARED
from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.errors import RefusalError
from vbq.measure import measure_scan
from vbq.phantom import MriSettings, SpineShape, make_phantom
from vbq.scan import find_series

SIEGEN = SHARED / "data" / "siegen"
# Volumes of one patient (or two) whose disc L2/3 is narrowed, with blurred endplates and marrow
# dark or streaked on both its sides: a reader would leave L2 out of the score, and so must the
# program. L3 is as ill as L2 in 02; in 06 it is evenly dark and in 08 slightly streaked, which is
# near the program's limit and may fall on either side. L1 and L4 are sound.
T1_VOLUMES = {"02_AKa3": {"L2", "L3"}, "06_AKs6": {"L2"}, "08_AKs8": {"L2"}}
DOUBTFUL = {"06_AKs6": {"L3"}, "08_AKs8": {"L3"}}
SCORED = {"L1", "L2", "L3", "L4"}
SMALL = {"slices": 9, "matrix": (288, 288), "pixel_mm": 1.0}


def levels_in_place(scan, labels, reading):
    """The levels whose region's centre lies inside the true body of that name."""
    right = []
    for level in reading.levels:
        index = tuple(np.round(scan.to_index(level.centre_mm)).astype(int))
        if level.level in SCORED and labels[index] == LEVEL_NUMBERS[level.level]:
            right.append(level.level)
    return right


@pytest.mark.parametrize("seed", range(4))
def test_levels_and_score_of_a_digital_spine(seed):
    phantom = make_phantom(
        shape=SpineShape(seed=seed),
        acquisition=MriSettings(**SMALL, snr=30.0, field_strength_t=(1.5, 3.0)[seed % 2]),
        true_vbq=2.4 + 0.4 * seed,
        marrow_texture=0.08,
        seed=seed,
    )
    scan = phantom.as_scan()
    reading = measure_scan(scan, vbq.find_anatomy(scan)).reading
    assert levels_in_place(scan, phantom.labels, reading) == sorted(SCORED)
    assert {level.level for level in reading.levels if level.used} == SCORED
    assert reading.numbering == "sacrum"
    assert reading.score == pytest.approx(phantom.truth.vbq, abs=0.2)


def test_the_midline_of_an_off_centre_stack_is_found():
    phantom = make_phantom(
        acquisition=MriSettings(**SMALL, snr=30.0, offset_mm=(12.0, 0.0, 0.0)), true_vbq=3.0
    )
    scan = phantom.as_scan()
    anatomy = vbq.find_anatomy(scan)
    middle_mm = scan.to_mm([anatomy.midsagittal_slice, 0, 0])[0]
    assert abs(middle_mm) <= scan.spacing_mm[0]


def test_the_same_scan_gives_the_same_bytes():
    phantom = make_phantom(acquisition=MriSettings(**SMALL), true_vbq=3.0)
    scan = phantom.as_scan()
    first, second = (measure_scan(scan, vbq.find_anatomy(scan)).reading for _ in range(2))
    assert first.to_json() == second.to_json()


@pytest.mark.parametrize("lowest", ["L5", "L4"])
def test_without_the_sacrum_in_view_confidence_is_lower_and_it_is_said(lowest):
    scan = (phantom := make_phantom(acquisition=MriSettings(**SMALL), true_vbq=3.0)).as_scan()
    rows = np.flatnonzero((phantom.labels == LEVEL_NUMBERS[lowest]).any(axis=(0, 2)))
    cut = replace(scan, voxels=np.ascontiguousarray(scan.voxels[:, : rows[-1] + 4]))
    full, part = vbq.find_anatomy(scan), vbq.find_anatomy(cut)
    assert part.numbering != "sacrum"
    assert part.numbering_confidence < full.numbering_confidence
    assert {"sacrum_not_seen", "levels_assumed"} & {f.code for f in part.flags}
    reading = measure_scan(cut, part).reading
    assert reading.status != "ok"
    assert reading.numbering_alternative.probability > 0
    assert all(level.confidence <= reading.numbering_confidence for level in reading.levels)


def test_cut_at_the_top_the_names_below_stay():
    phantom = make_phantom(acquisition=MriSettings(**SMALL), true_vbq=3.0)
    scan = phantom.as_scan()
    rows = np.flatnonzero((phantom.labels == LEVEL_NUMBERS["L1"]).any(axis=(0, 2)))
    cut = replace(scan, voxels=np.ascontiguousarray(scan.voxels[:, rows[-1] :]))
    anatomy, truth = vbq.find_anatomy(cut), phantom.labels[:, rows[-1] :]
    middle = anatomy.midsagittal_slice
    for name in ("L2", "L3", "L4", "L5"):
        segmented, true = (a[middle] == LEVEL_NUMBERS[name] for a in (anatomy.labels, truth))
        assert 2 * (segmented & true).sum() / (segmented.sum() + true.sum()) > 0.7


def test_a_scoliotic_digital_spine_is_named_and_its_own_midlines_are_told():
    phantom = make_phantom(
        shape=SpineShape(scoliosis_deg=25.0, seed=3),
        acquisition=MriSettings(**{**SMALL, "slices": 13}, snr=30.0),
        true_vbq=3.0,
    )
    scan = phantom.as_scan()
    anatomy = vbq.find_anatomy(scan)
    names = [v.name for v in anatomy.vertebrae]
    assert names[-6:] == ["L1", "L2", "L3", "L4", "L5", "S1"]
    for v in anatomy.vertebrae[-6:-1]:
        index = tuple(np.round(scan.to_index(v.centre_mm)).astype(int))
        assert phantom.labels[index] == v.level
    across = [v.centre_mm[0] for v in anatomy.vertebrae if v.name in {"L1", "L2", "L3", "L4"}]
    assert np.ptp(across) > 4.0


def test_an_empty_field_of_view_is_refused():
    phantom = make_phantom(acquisition=MriSettings(**SMALL, offset_mm=(200.0, 0.0, 0.0)))
    with pytest.raises(RefusalError):
        vbq.find_anatomy(phantom.as_scan())


@pytest.mark.parametrize(("name", "abnormal"), T1_VOLUMES.items(), ids=T1_VOLUMES)
def test_real_t1_never_seen_in_training(name, abnormal):
    path = SIEGEN / f"{name}_T1.nii.gz"
    if not path.exists():
        pytest.skip("needs shared/data/siegen, which is not part of the repository")
    scan = find_series(path).series[0].load()
    hand = find_series(SIEGEN / f"{name}_T1_seg.nii.gz").series[0].load().voxels
    reading = measure_scan(scan, vbq.find_anatomy(scan)).reading
    assert reading.status == "caution"
    assert levels_in_place(scan, hand, reading) == sorted(SCORED)
    suspect = {v.level for v in reading.levels if v.level in SCORED and v.findings}
    assert abnormal <= suspect <= abnormal | DOUBTFUL.get(name, set())
    assert {v.level for v in reading.levels if v.used} == SCORED - suspect
