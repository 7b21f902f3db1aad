"""The midline comes from the anatomy, not from the middle of the stack."""

import numpy as np

from vbq.anatomy.levels import CANAL
from vbq.anatomy.midline import find_midline


def spine(middles, *, slices=15, canal=True):
    """Bodies 20–23, nine slices wide, canal three wide, each centred on its own slice."""
    labels = np.zeros((slices, 80, 40), np.uint8)
    for i, middle in enumerate(middles):
        rows = slice(20 * i + 2, 20 * i + 18)
        labels[max(0, middle - 4) : middle + 5, rows, 5:20] = 20 + i
        if canal:
            labels[middle - 1 : middle + 2, rows, 22:30] = CANAL
    return labels


def test_follows_the_canal_of_an_off_centre_patient():
    assert find_midline(spine([4, 4, 4, 4])) == 4


def test_falls_back_to_the_bodies_without_a_canal():
    assert find_midline(spine([6, 6, 6, 6], canal=False)) == 6


def test_the_middle_of_a_scoliosis_is_between_its_levels():
    assert find_midline(spine([5, 6, 8, 9])) == 7


def test_one_slice_is_its_own_midline():
    assert find_midline(spine([0], slices=1, canal=False)) == 0


def test_an_empty_map_has_the_middle_slice():
    assert find_midline(np.zeros((9, 4, 4), np.uint8)) == 4
