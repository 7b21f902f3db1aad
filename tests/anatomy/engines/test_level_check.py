"""Level names are checked against the sacrum; the order along the spine is seen, not assumed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vbq.anatomy.engines.level_check import check_levels
from vbq.anatomy.levels import CANAL, SACRUM

SPACING = (4.0, 1.0, 1.0)


def spine(names, *, sacrum=True, gap_after=()):
    """Bodies 27 mm high under each other, named from the top, each with the disc below it."""
    labels = np.zeros((5, 420, 60), np.uint8)
    row = 5
    for i, name in enumerate(names):
        labels[:, row : row + 27, 10:42] = name
        labels[:, row + 27 : row + 36, 12:40] = 100 + name
        row += 36 * (2 if i in gap_after else 1)
    if sacrum:
        labels[:, row : row + 30, 14:40] = SACRUM
    labels[1:4, :, 45:55] = CANAL
    return labels


def checked(labels, *, named=True):
    checked_levels = check_levels(labels, SPACING, named=named, engine="it")
    bodies = [int(n) for n in np.unique(checked_levels.labels) if n < SACRUM and n]
    order = sorted(bodies, key=lambda n: np.nonzero(checked_levels.labels == n)[1].mean())
    return checked_levels, order, [flag.code for flag in checked_levels.flags]


LUMBAR = [19, 20, 21, 22, 23, 24]


def test_right_names_are_kept():
    labels = spine(LUMBAR)
    checked_levels, order, flags = checked(labels)
    assert (order, flags, checked_levels.anchor) == (LUMBAR, [], "sacrum")
    assert (checked_levels.labels == labels).all()


def test_six_lumbar_vertebrae_that_the_engine_names_are_kept():
    _, order, flags = checked(spine([19, 20, 21, 22, 23, 24, 25]))
    assert (order, flags) == ([19, 20, 21, 22, 23, 24, 25], [])


@pytest.mark.parametrize(
    "names",
    [
        [18, 19, 20, 21, 22, 23],  # one too high
        [24, 23, 22, 21, 20, 19],  # upside down
        [19, 20, 21, 23, 22, 24],  # mixed up
        [18, 19, 20, 21, 22, 24],  # skipped one that is not missing
        [2, 3, 4, 5, 6, 7],  # cervical
    ],
    ids=["too high", "upside down", "mixed up", "skipped", "cervical"],
)
def test_wrong_names_are_counted_again_and_it_is_said(names):
    checked_levels, order, flags = checked(spine(names))
    assert order == LUMBAR
    assert flags == ["levels_renumbered"]
    assert (checked_levels.labels == spine(LUMBAR)).all()
    assert ("upside down" in checked_levels.flags[0].message) == (names[0] == 24)


def test_numbers_that_name_nothing_are_counted_and_noted():
    checked_levels, order, flags = checked(spine([2, 3, 4, 5, 6, 7]), named=False)
    assert (order, flags) == (LUMBAR, ["levels_counted"])
    assert checked_levels.flags[0].severity == "note"


def test_without_a_sacrum_names_are_kept_unchecked_and_it_is_said():
    checked_levels, order, flags = checked(spine(LUMBAR, sacrum=False))
    assert (order, flags, checked_levels.anchor) == (LUMBAR, ["sacrum_not_seen"], "assumed")


def test_without_sacrum_and_names_the_lowest_is_assumed_to_be_l5():
    for names, named in ((LUMBAR[::-1], True), ([2, 3, 4, 5, 6, 7], False)):
        checked_levels, order, flags = checked(spine(names, sacrum=False), named=named)
        assert (order, flags, checked_levels.anchor) == (LUMBAR, ["levels_assumed"], "assumed")


def test_a_missed_body_leaves_its_number_free():
    expected = [19, 20, 21, 23, 24]
    _, order, flags = checked(spine(expected, gap_after={2}))
    assert (order, flags) == (expected, ["body_missed"])
    _, order, flags = checked(spine([2, 3, 4, 5, 6], gap_after={2}), named=False)
    assert (order, flags) == (expected, ["levels_counted", "body_missed"])


def test_a_missed_l5_is_seen_by_the_distance_to_the_sacrum():
    _, order, flags = checked(spine([19, 20, 21, 22, 23], gap_after={4}))
    assert (order, flags) == ([19, 20, 21, 22, 23], ["body_missed"])


def test_stray_pieces_are_no_bodies():
    labels = spine(LUMBAR)
    labels[2, 0:5, 50:55] = 17
    _, order, flags = checked(labels)
    assert (order, flags) == (LUMBAR, [])


def test_an_empty_map_stays_empty():
    checked_levels, order, _ = checked(np.zeros((3, 50, 50), np.uint8))
    assert order == []
    assert not checked_levels.labels.any()


@settings(deadline=None, max_examples=40)
@given(st.permutations(range(1, 26)), st.integers(3, 8))
def test_any_names_above_a_sacrum_end_at_the_last_lumbar_vertebra(names, count):
    _, order, _ = checked(spine(names[:count]))
    assert order in (list(range(25 - count, 25)), list(range(26 - count, 26)))
