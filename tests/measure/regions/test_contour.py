"""A mask becomes polygons that give the same mask back, whoever fills them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.path import Path

from vbq.measure.regions.contour import crosses_itself, fill, is_hole, outlines

masks = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def area(ring):
    rows, columns = ring.T
    return abs(np.sum(rows * np.roll(columns, -1) - columns * np.roll(rows, -1))) / 2


@given(masks)
def test_a_mask_comes_back_from_its_outlines(mask):
    rings = outlines(mask)
    assert np.array_equal(fill(rings, mask.shape), mask)
    assert not any(crosses_itself(ring) for ring in rings)
    assert sum(-area(r) if is_hole(r) else area(r) for r in rings) == mask.sum()


@given(masks)
def test_another_program_finds_the_same_pixels_inside(mask):
    centres = np.argwhere(np.ones_like(mask))
    rings = outlines(mask)
    inside = np.zeros(len(centres), int)
    for ring in rings:
        inside += Path(ring, closed=False).contains_points(centres)
    assert np.array_equal((inside % 2 == 1).reshape(mask.shape), mask)


def test_a_ring_inside_another_is_a_hole():
    mask = np.ones((5, 5), bool)
    mask[2, 2] = False
    outer, hole = outlines(mask)
    assert not is_hole(outer)
    assert is_hole(hole)
    assert hole.tolist() == [[1.5, 1.5], [2.5, 1.5], [2.5, 2.5], [1.5, 2.5]]


def test_a_pixel_counts_if_its_centre_is_inside():
    triangle = [(0.2, 0.2), (0.2, 3.8), (3.8, 0.2)]
    expected = np.zeros((5, 5), bool)
    expected[1, 1:3] = expected[2, 1] = True
    assert np.array_equal(fill([triangle], (5, 5)), expected)


def test_of_centres_on_an_edge_the_upper_and_left_ones_are_in():
    square = [(1, 1), (1, 3), (3, 3), (3, 1)]
    expected = np.zeros((5, 5), bool)
    expected[1:3, 1:3] = True
    assert np.array_equal(fill([square], (5, 5)), expected)


@pytest.mark.parametrize(
    ("ring", "crosses"),
    [
        ([(0, 0), (4, 4), (0, 4), (4, 0)], True),
        ([(0, 0), (0, 4), (4, 4), (4, 0)], False),
        ([(0, 0), (0, 4), (2, 0), (4, 4), (4, 0)], False),  # touches its own edge
        ([(0, 0), (0, 4), (2, -1), (4, 4), (4, 0)], True),
    ],
)
def test_loops_are_told_from_touching(ring, crosses):
    assert crosses_itself(ring) == crosses
