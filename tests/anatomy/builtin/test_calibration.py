"""A confidence is a frequency of being right, and rises with what speaks for it."""

import json
from importlib.resources import files

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vbq.anatomy.builtin.calibration import shipped_calibration
from vbq.anatomy.builtin.instances import Body
from vbq.anatomy.builtin.network import weights_sha256
from vbq.anatomy.builtin.numbering import Numbering

MASK = np.zeros((1, 1, 1), bool)


def numbering(posterior, anchor="sacrum", alternative=0.0):
    return Numbering((20, 21, 22, 23, 24, 26), anchor, posterior, 1, alternative, 0)


def body(certainty):
    return Body(MASK, MASK[0], (0.0, 0.0), 0.0, (1.0, 0.0, 0.0), certainty)


def test_the_calibration_was_fitted_for_the_shipped_weights():
    assert shipped_calibration().model_sha256 == weights_sha256(), (
        "run training/calibrate.py after changing the weights"
    )


def test_it_says_on_how_many_patients_it_rests():
    text = files("vbq.anatomy.builtin").joinpath("weights", "calibration.json").read_text("utf-8")
    document = json.loads(text)
    assert document["patients"] >= 10
    assert document["cases"] > document["patients"]


probability = st.floats(0.0, 1.0)


@settings(deadline=None)
@given(probability, probability)
def test_more_evidence_never_lowers_a_confidence(a, b):
    low, high = sorted((a, b))
    calibration = shipped_calibration()
    for anchor in ("sacrum", "L5"):
        assert calibration.numbering_confidence(
            numbering(low, anchor)
        ) <= calibration.numbering_confidence(numbering(high, anchor))
    assert calibration.outline_confidence(body(low)) <= calibration.outline_confidence(body(high))


@settings(deadline=None)
@given(probability)
def test_without_a_sacrum_the_confidence_is_no_higher(posterior):
    calibration = shipped_calibration()
    seen = calibration.numbering_confidence(numbering(posterior, "sacrum"))
    assert calibration.numbering_confidence(numbering(posterior, "L5")) <= seen


@settings(deadline=None)
@given(probability, probability)
def test_the_alternative_gets_no_more_than_is_left(posterior, share):
    calibration = shipped_calibration()
    ambiguous = numbering(posterior, alternative=(1 - posterior) * share)
    alternative_probability = calibration.alternative_probability(ambiguous)
    assert 0 <= alternative_probability <= 1 - calibration.numbering_confidence(ambiguous) + 1e-9


def test_nobody_is_certain_on_a_few_patients():
    """A few patients cannot tell 0.95 from 1."""
    assert shipped_calibration().numbering_confidence(numbering(1.0)) < 0.99
