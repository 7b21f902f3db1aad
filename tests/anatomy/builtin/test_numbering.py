"""Levels are numbered from the sacrum upward, and doubt is kept."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vbq.anatomy.builtin.instances import Body
from vbq.anatomy.builtin.numbering import number_bodies

ABOVE, L5, S1 = (0.96, 0.02, 0.02), (0.05, 0.9, 0.05), (0.02, 0.08, 0.9)
EITHER = (0.45, 0.5, 0.05)
LUMBAR = (ABOVE, ABOVE, ABOVE, ABOVE, L5, S1)


def chain(*kinds, heights=None):
    heights = heights or [35.0 * i for i in range(len(kinds))]
    mask, outline = np.zeros((1, 2, 2), bool), np.zeros((2, 2), bool)
    return [
        Body(mask, outline, (height, 100.0), 0.0, kind, 0.95)
        for height, kind in zip(heights, kinds, strict=True)
    ]


def test_counts_upward_from_the_sacrum():
    numbering = number_bodies(chain(ABOVE, *LUMBAR))
    assert numbering.levels == (19, 20, 21, 22, 23, 24, 26)
    assert numbering.anchor == "sacrum"
    assert numbering.posterior > 0.99


def test_counts_from_l5_where_the_sacrum_is_not_seen():
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, ABOVE, L5))
    assert numbering.levels == (20, 21, 22, 23, 24)
    assert numbering.anchor == "L5"


def test_a_lowest_body_that_is_not_l5_is_not_called_l5():
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, ABOVE))
    assert numbering.levels == (20, 21, 22, 23)
    assert numbering.anchor == "assumed"
    assert numbering.posterior < 0.9
    assert numbering.alternative_shift != 0


def test_one_weak_body_does_not_move_the_others():
    unsure = (0.4, 0.3, 0.3)
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, ABOVE, unsure, S1))
    assert numbering.levels == (20, 21, 22, 23, 24, 26)


def test_the_alternative_is_the_numbering_shifted_to_the_other_candidate():
    """The body above L5 looks like L5 nearly as much: L4 would become L5, and L5 S1."""
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, (0.5, 0.48, 0.02), (0.05, 0.5, 0.45)))
    assert numbering.levels == (20, 21, 22, 23, 24)
    assert numbering.alternative_shift == 1
    assert 0.1 < numbering.alternative_posterior < numbering.posterior


def test_contradicting_evidence_lowers_the_posterior():
    sure = number_bodies(chain(ABOVE, ABOVE, ABOVE, L5, S1)).posterior
    torn = number_bodies(chain(ABOVE, ABOVE, EITHER, EITHER)).posterior
    assert torn < 0.7 < sure


def test_bodies_below_s1_get_no_level():
    numbering = number_bodies(chain(ABOVE, ABOVE, L5, S1, (0.1, 0.2, 0.7)))
    assert numbering.levels == (22, 23, 24, 26, 0)


@pytest.mark.parametrize("missed", [1, 2, 3])
def test_a_body_missed_inside_the_chain_is_a_gap_and_keeps_the_others_right(missed):
    complete = number_bodies(chain(ABOVE, *LUMBAR)).levels
    kinds, heights = [ABOVE, *LUMBAR], [35.0 * i for i in range(7)]
    kinds.pop(missed)
    heights.pop(missed)
    numbering = number_bodies(chain(*kinds, heights=heights))
    assert numbering.levels == complete[:missed] + complete[missed + 1 :]
    assert numbering.gaps == 1


def test_a_missed_l5_above_a_seen_sacrum_is_a_gap():
    heights = [0.0, 35.0, 70.0, 105.0, 175.0]
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, ABOVE, S1, heights=heights))
    assert numbering.levels == (20, 21, 22, 23, 26)
    assert numbering.gaps == 1


def test_without_the_sacrum_the_posterior_is_lower():
    assert number_bodies(chain(*LUMBAR[:-1])).posterior < number_bodies(chain(*LUMBAR)).posterior


probability = st.floats(0.0, 1.0)
kind = st.tuples(probability, probability, probability).map(
    lambda k: tuple((np.array(k) + 0.01) / (sum(k) + 0.03))
)
kinds = st.lists(kind, min_size=2, max_size=8)


@settings(deadline=None)
@given(kinds, st.integers(1, 3))
def test_further_bodies_on_top_do_not_change_names(kinds, added):
    """T10 and T11 in view, or not: the names below stay."""
    with_more = number_bodies(chain(*[ABOVE] * added, *kinds))
    top_is_l5_or_s1 = with_more.levels[added] in (0, 24, 26)
    without_added = number_bodies(chain(*kinds))
    assume(
        without_added.posterior - without_added.alternative_posterior > 1e-6
    )  # else rounding decides
    if not top_is_l5_or_s1:
        assert with_more.levels[added:] == without_added.levels


@settings(deadline=None)
@given(kinds)
def test_probabilities_are_probabilities_and_levels_descend_in_order(kinds):
    numbering = number_bodies(chain(*kinds))
    assert 0 <= numbering.alternative_posterior <= numbering.posterior <= 1
    assert numbering.posterior + numbering.alternative_posterior <= 1 + 1e-9
    named = [level for level in numbering.levels if level]
    assert named == sorted(set(named))


@settings(deadline=None)
@given(kinds, st.floats(-50, 50))
def test_mirrored_or_moved_bodies_have_the_same_names(kinds, shift):
    original = chain(*kinds)
    mirrored = [
        Body(
            b.mask,
            b.outline,
            (b.centre[0], shift - b.centre[1]),
            -b.midline_mm,
            b.class_probabilities,
            0.95,
        )
        for b in original
    ]
    assert number_bodies(original) == number_bodies(mirrored)


@pytest.mark.parametrize("count", [1, 2])
def test_short_chains_are_numbered_too(count):
    assert number_bodies(chain(*[L5] * count)).levels[-1] in (24, 26)
