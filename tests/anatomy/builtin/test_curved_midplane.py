"""A spine that leaves the slice is followed; neighbouring slices all count."""

import numpy as np
import pytest

from vbq.anatomy.builtin.curved_midplane import curved_midplane, midline_positions
from vbq.anatomy.builtin.instances import find_bodies
from vbq.anatomy.builtin.network import BACKGROUND, BODY, CANAL, L5, S1

ROWS, COLUMNS, PITCH, HEIGHT = 260, 170, 36, 26
KINDS = (BODY, BODY, BODY, BODY, L5, S1)


def curved_spine(middles_mm, positions_mm, *, half_width=12.0, canal=True):
    """Certain maps of six bodies, each seen within ``half_width`` of a middle of its own."""
    maps = np.zeros((len(positions_mm), 6, ROWS, COLUMNS), np.float32)
    for i, (middle, kind) in enumerate(zip(middles_mm, KINDS, strict=True)):
        rows = slice(12 + PITCH * i, 12 + PITCH * i + HEIGHT)
        canal_rows = slice(6 + PITCH * i, 6 + PITCH * (i + 1))
        for k, position in enumerate(positions_mm):
            if abs(position - middle) <= half_width:
                maps[k, kind, rows, 70:104] = 1
            if canal and abs(position - middle) <= 9.0:
                maps[k, CANAL, canal_rows, 112:128] = 1
    maps[:, BACKGROUND] = 1 - maps.sum(axis=1)
    return maps


POSITIONS = np.arange(0.0, 61.0, 4.0)
STRAIGHT, CURVED = [30.0] * 6, [14.0, 18.0, 26.0, 34.0, 38.0, 36.0]


@pytest.mark.parametrize("canal", [True, False])
def test_the_course_follows_canal_or_bodies(canal):
    course = midline_positions(curved_spine(CURVED, POSITIONS, canal=canal), POSITIONS)
    for i, middle in enumerate(CURVED):
        assert abs(course[12 + PITCH * i + HEIGHT // 2] - middle) <= 4.0


def test_a_scoliotic_spine_that_no_slice_shows_whole_is_found_whole():
    maps = curved_spine(CURVED, POSITIONS, half_width=9.0)
    seen_on_one_slice = (maps[:, [BODY, L5, S1]].sum(axis=1).sum(axis=2) > 0).sum(axis=1)
    assert seen_on_one_slice.max() < 6 * HEIGHT
    bodies = find_bodies(maps, POSITIONS)
    assert [int(np.argmax(b.class_probabilities)) for b in bodies] == [0, 0, 0, 0, 1, 2]
    for body, middle in zip(bodies, CURVED, strict=True):
        slices = POSITIONS[body.mask.any(axis=(1, 2))]
        assert abs(slices.mean() - middle) <= 4.0
        assert abs(body.midline_mm - middle) <= 4.0


def test_unevenly_spaced_slices_do_not_pull_the_midline():
    dense_on_one_side = np.concatenate([np.arange(0, 30.0, 6.0), np.arange(30.0, 46.0, 2.0)])
    course = midline_positions(curved_spine(STRAIGHT, dense_on_one_side), dense_on_one_side)
    assert np.abs(course - 30.0).max() <= 3.0


def test_one_bad_slice_does_not_rename_a_body():
    """A slice beside the midline on which L5 is taken for any other body is outvoted."""
    positions = np.arange(0.0, 61.0, 3.0)
    maps = curved_spine(STRAIGHT, positions)
    bad = 10
    maps[bad, BODY] += maps[bad, L5]
    maps[bad, L5] = 0
    kinds = [b.class_probabilities for b in find_bodies(maps, positions)]
    assert int(np.argmax(kinds[4])) == 1
    assert kinds[4][1] < 0.9


def test_the_midplane_keeps_probabilities():
    maps = curved_spine(CURVED, POSITIONS)
    plane = curved_midplane(maps, POSITIONS, midline_positions(maps, POSITIONS))
    np.testing.assert_allclose(plane.sum(axis=0), 1, atol=1e-5)


def test_mirrored_left_to_right_the_same_bodies_are_found():
    maps = curved_spine(CURVED, POSITIONS)
    original = find_bodies(maps, POSITIONS)
    back = find_bodies(maps[::-1], POSITIONS)
    assert [b.centre for b in original] == [b.centre for b in back]
    np.testing.assert_allclose(
        [b.class_probabilities for b in original], [b.class_probabilities for b in back], atol=1e-5
    )
    for a, b in zip(original, back, strict=True):
        np.testing.assert_array_equal(a.mask, b.mask[::-1])
