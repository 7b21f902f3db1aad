from itertools import pairwise

import numpy as np
import pytest
from drawings import bodies_of, canal_front, with_canal_behind

BODIES = ((10, 30), (36, 56), (62, 82))  # rows
FRONT, BACK = 40, 50  # columns of the canal


@pytest.fixture
def masks():
    """Three vertebrae with discs between, canal behind and posterior elements, five slices."""
    slices = np.zeros((5, 100, 80), np.uint8)
    for top, bottom in BODIES:
        slices[:, top:bottom, 15:FRONT] = 1
        slices[:, top + 5 : bottom, BACK:70] = 1
    for (_, top), (bottom, _) in pairwise(BODIES):
        slices[:, top + 1 : bottom - 1, 16 : FRONT - 1] = 100
    slices[:, 5:90, FRONT:BACK] = 61
    return slices


def test_bodies_are_numbered_upward_from_l5_without_posterior_elements(masks):
    labels = bodies_of(masks, 1.0)
    for number, (top, bottom) in zip((22, 23, 24), BODIES, strict=True):
        body = np.zeros(masks.shape, bool)
        body[:, top:bottom, 15:FRONT] = True
        assert np.array_equal(labels == number, body)


def test_pedicles_are_cut_where_the_neighbouring_slice_has_the_canal(masks):
    masks[4, :, FRONT:BACK] = masks[4, :, FRONT - 1 : FRONT]  # bone where the canal was
    assert np.array_equal(bodies_of(masks, 1.0)[4], bodies_of(masks, 1.0)[3])
    certain = with_canal_behind(np.where(masks == 61, 61, bodies_of(masks, 1.0)))
    assert not np.isin(certain[4], (22, 23, 24)).any()
    assert np.isin(certain[3], (22, 23, 24)).any()


def test_bodies_that_touch_in_one_slice_stay_two(masks):
    masks[4, 28:38, 15:20] = 1  # an osteophyte
    labels = bodies_of(masks, 1.0)[4]
    assert labels[20, 30] == 22
    assert labels[46, 30] == 23
    assert {labels[29, 17], labels[36, 17]} == {22, 23}


def test_a_body_lost_in_one_slice_is_found_again_behind_it(masks):
    masks[3, 36:56] = 0
    labels = bodies_of(masks, 1.0)
    assert not (labels[3] == 23).any()
    assert labels[4, 46, 30] == 23


def test_front_of_the_canal_between_rows_is_a_line(masks):
    masks[:, 40:50, FRONT:BACK] = 0
    masks[:, 50:90, FRONT : FRONT + 10] = 0
    masks[:, 50:90, FRONT + 10 : BACK + 10] = 61
    front = canal_front(masks)
    assert (front[:, 39] == FRONT).all()
    assert (front[:, 50] == FRONT + 10).all()
    assert (np.diff(front[0, 39:51]) > 0).all()
