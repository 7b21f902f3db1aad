from dataclasses import replace

import numpy as np
import pytest
from cases import Case, SegmentedCase
from levels import name_levels
from overlap import bodies, covering
from score_agreement import compare
from volumes import Volume

from vbq.anatomy import EngineInfo
from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.phantom import MriSettings, make_phantom

DOWN_TO_L5 = range(9, 25)


@pytest.fixture(scope="module")
def case():
    settings = MriSettings(slices=3, matrix=(256, 256), pixel_mm=1.1, sub_slices=1)
    phantom = make_phantom(true_vbq=3.0, acquisition=settings)
    spacing = tuple(np.linalg.norm(phantom.affine[:3, :3], axis=0))
    volume = Volume("phantom", "phantom", phantom.voxels, phantom.labels, spacing)
    return Case(volume, volume.labels, "phantom", "T1")


def found_as(case, labels):
    scan = case.volume.as_scan()
    anatomy = anatomy_from_labels(
        scan,
        labels.astype(np.uint8),
        engine=EngineInfo("test", "1"),
        numbering="sacrum",
        numbering_confidence=1.0,
    )
    return SegmentedCase(case, scan, anatomy)


def renumbered(labels, step):
    return np.where(np.isin(labels, DOWN_TO_L5), labels.astype(int) + step, labels)


def test_the_body_that_covers_most_is_the_match():
    drawn = np.zeros((10, 10), bool)
    drawn[2:8] = True
    labels = np.zeros((10, 10), np.uint8)
    assert covering(labels, drawn) == 0
    labels[0:4], labels[4:8] = 21, 22
    assert covering(labels, drawn) == 22
    labels[5:8] = 61  # the canal is no body
    assert covering(labels, drawn) == 21


def test_the_truth_is_right_in_every_respect(case):
    found = found_as(case, case.labels)
    naming = name_levels(found)
    assert (naming.levels, naming.wrong, naming.shows_sacrum) == (5, {}, True)
    assert [b.level for b in bodies(found)] == ["L1", "L2", "L3", "L4", "L5"]
    assert {(b.dice, b.hausdorff_95_mm, b.signed_mean_mm) for b in bodies(found)} == {(1, 0, 0)}


@pytest.mark.parametrize("step", [-1, 1])
def test_levels_named_one_off_are_all_wrong_yet_well_outlined(case, step):
    labels = renumbered(case.labels, step)
    naming = name_levels(found_as(case, labels))
    assert list(naming.wrong) == ["L1", "L2", "L3", "L4", "L5"]
    assert naming.wrong["L3"].startswith("L4" if step > 0 else "L2")
    assert min(b.dice for b in bodies(found_as(case, labels))) > 0.99


def test_a_body_not_found_is_wrong_and_has_no_overlap(case):
    found = found_as(case, np.where(case.labels == 22, 0, case.labels))
    assert name_levels(found).wrong == {"L3": "not found"}
    missed = bodies(found)[2]
    assert (missed.level, missed.found_as, missed.dice) == ("L3", None, 0)
    assert missed.hausdorff_95_mm == np.inf


def test_a_refused_volume_counts_as_all_wrong(case):
    found = SegmentedCase(case, case.volume.as_scan(), None, "no_lumbar_spine")
    assert len(name_levels(found).wrong) == 5
    assert [b.dice for b in bodies(found)] == [0] * 5


def test_a_body_only_grazed_is_not_judged(case):
    labels = case.labels.copy()
    labels[labels == 21] = 0
    labels[:, 200:203, 150:160][:] = 21
    assert "L2" not in [b.level for b in bodies(found_as(replace(case, labels=labels), labels))]


def test_bodies_drawn_as_found_give_the_same_score(case):
    pair = compare(found_as(case, case.labels))
    assert pair.found == pair.drawn == pytest.approx(3.0, rel=0.02)
    assert pair.levels_found == pair.levels_drawn == "L1 L2 L3 L4"


def test_a_level_not_found_counts_against_vbq_but_one_not_drawn_does_not(case):
    # as much brighter as healthy neighbours may be: a level apart from all others is suspect
    brighter = case.volume.voxels * np.where(case.labels == 20, 1.15, 1).astype(np.float32)
    case = replace(case, volume=replace(case.volume, voxels=brighter))
    without = np.where(case.labels == 20, 0, case.labels)
    missed = compare(found_as(case, without))
    assert (missed.levels_found, missed.levels_drawn) == ("L2 L3 L4", "L1 L2 L3 L4")
    undrawn = compare(found_as(replace(case, labels=without), case.labels))
    assert undrawn.levels_found == undrawn.levels_drawn == "L2 L3 L4"
    assert undrawn.found == undrawn.drawn
