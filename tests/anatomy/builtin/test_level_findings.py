"""What is doubtful about level names is said, and only that."""

import pytest

from vbq.anatomy.anatomy import NumberingAlternative
from vbq.anatomy.builtin.level_findings import level_findings
from vbq.anatomy.builtin.numbering import Numbering

NOTHING_ELSE = NumberingAlternative(-1, 0.01)


def numbering(anchor="sacrum", gaps=0):
    return Numbering((20, 21, 22, 23, 24, 26), anchor, 0.99, -1, 0.01, gaps)


def cautions(*arguments):
    return [f.code for f in level_findings(*arguments) if f.severity == "caution"]


def test_a_sure_numbering_from_the_sacrum_needs_no_caution():
    assert cautions(numbering(), 0.95, NOTHING_ELSE) == []


def test_that_four_five_or_six_lumbar_vertebrae_were_not_told_apart_is_always_noted():
    (flag,) = level_findings(numbering(), 0.95, NOTHING_ELSE)
    assert flag.code == "lumbar_count_unknown"
    # 7.7 % of 418 people (Tins & Balain 2016)
    assert sum(flag.evidence.values()) == pytest.approx(32 / 418, abs=0.001)


@pytest.mark.parametrize(
    ("anchor", "code"), [("L5", "sacrum_not_seen"), ("assumed", "levels_assumed")]
)
def test_a_missing_sacrum_is_always_said_with_the_confidence(anchor, code):
    (flag, *_) = level_findings(numbering(anchor), 0.62, NOTHING_ELSE)
    assert (flag.code, flag.severity) == (code, "caution")
    assert "0.62" in flag.message
    assert flag.evidence["confidence"] == 0.62


def test_a_low_confidence_is_a_caution():
    assert cautions(numbering(), 0.7, NOTHING_ELSE) == ["levels_uncertain"]


def test_two_alike_lowest_bodies_may_be_a_transitional_vertebra():
    codes = cautions(numbering(), 0.75, NumberingAlternative(1, 0.2))
    assert codes == ["levels_uncertain", "transitional_vertebra_possible"]


def test_without_a_sacrum_nothing_is_said_of_transition():
    codes = cautions(numbering("L5"), 0.6, NumberingAlternative(1, 0.4))
    assert codes == ["sacrum_not_seen"]


def test_a_gap_is_a_caution():
    assert cautions(numbering(gaps=1), 0.95, NOTHING_ELSE) == ["body_missed"]
