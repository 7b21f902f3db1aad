"""Levels are numbered from the sacrum upward, and doubt is said aloud."""

import numpy as np
import pytest

from vbq.anatomy.instances import Body
from vbq.anatomy.numbering import number_bodies

ABOVE, L5, S1 = (0.96, 0.02, 0.02), (0.05, 0.9, 0.05), (0.02, 0.08, 0.9)


def chain(*kinds, heights=None):
    heights = heights or [35.0 * i for i in range(len(kinds))]
    mask = np.zeros((1, 2, 2), bool)
    return [
        Body(mask, (height, 100.0), kind, 0.95) for height, kind in zip(heights, kinds, strict=True)
    ]


def test_counts_upward_from_the_sacrum():
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, ABOVE, ABOVE, L5, S1))
    assert numbering.levels == (19, 20, 21, 22, 23, 24, 26)
    assert numbering.anchor == "sacrum"
    assert numbering.confidence > 0.99


def test_counts_from_l5_where_the_sacrum_is_not_seen():
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, ABOVE, L5))
    assert numbering.levels == (20, 21, 22, 23, 24)
    assert numbering.anchor == "L5"


def test_does_not_take_the_lowest_body_for_l5_silently():
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, ABOVE))
    assert numbering.levels == (21, 22, 23, 24)
    assert numbering.anchor == "assumed"


def test_one_weak_body_does_not_move_the_others():
    unsure = (0.4, 0.3, 0.3)
    numbering = number_bodies(chain(ABOVE, ABOVE, ABOVE, ABOVE, unsure, S1))
    assert numbering.levels == (20, 21, 22, 23, 24, 26)


def test_contradicting_evidence_lowers_the_confidence():
    either = (0.45, 0.5, 0.05)
    sure = number_bodies(chain(ABOVE, ABOVE, ABOVE, L5, S1)).confidence
    torn = number_bodies(chain(ABOVE, ABOVE, either, either)).confidence
    assert torn < 0.7 < sure


def test_bodies_below_s1_get_no_level():
    numbering = number_bodies(chain(ABOVE, ABOVE, L5, S1, (0.1, 0.2, 0.7)))
    assert numbering.levels == (22, 23, 24, 26, 0)


def test_a_body_missed_inside_the_chain_keeps_the_others_right():
    bodies = chain(ABOVE, ABOVE, ABOVE, L5, S1, heights=[0.0, 35.0, 105.0, 140.0, 175.0])
    numbering = number_bodies(bodies)
    assert numbering.levels == (20, 21, 23, 24, 26)
    assert numbering.gaps == 1


@pytest.mark.parametrize("count", [1, 2])
def test_short_chains_are_numbered_too(count):
    assert number_bodies(chain(*[L5] * count)).levels[-1] in (24, 26)
