"""No patient is on both sides of training and validation."""

import json
from itertools import combinations

import pytest

from places import ROOT

TRAINING = ROOT / "training"
NEVER_IN_TRAINING = {("siegen", p) for p in ("02", "03", "06", "07", "08")}  # T1 and TIRM


def patients(group):
    return {(source, name) for source, names in group.items() for name in names}


@pytest.fixture(scope="module")
def split():
    return {
        part: patients(group)
        for part, group in json.loads((TRAINING / "split.json").read_text("utf-8")).items()
    }


@pytest.fixture(scope="module")
def folds():
    return [
        patients(fold) for fold in json.loads((TRAINING / "folds.json").read_text("utf-8"))["folds"]
    ]


def test_the_parts_of_the_split_share_nobody(split):
    assert not any(a & b for a, b in combinations(split.values(), 2))
    assert split["held_out"] >= NEVER_IN_TRAINING


def test_every_patient_is_in_one_fold(split, folds):
    assert not any(a & b for a, b in combinations(folds, 2))
    assert set.union(*folds) == (split["train"] | split["held_out"]) - NEVER_IN_TRAINING


def test_marks_placed_by_hand_are_of_known_patients(split):
    corners = json.loads((TRAINING / "s1_corners.json").read_text("utf-8"))
    named = {tuple(key.split("/")) for key in corners}
    assert named <= split["train"] | split["held_out"]
    marks = json.loads((TRAINING / "t1_landmarks.json").read_text("utf-8"))
    assert "20_T1" not in marks  # the patient of a held-out picture
