"""Single bodies out of tissue maps."""

import numpy as np

from vbq.anatomy.builtin.instances import find_bodies
from vbq.anatomy.builtin.network import BACKGROUND, BODY, CANAL, L5, S1


def tissue_maps(boxes, *, slices=5, canal=True, shape=(256, 160)):
    """Certain maps: boxes are (first row, first column, height, depth, kind)."""
    maps = np.zeros((slices, 6, *shape), np.float32)
    for row, column, height, depth, kind in boxes:
        maps[:, kind, row : row + height, column : column + depth] = 1
    if canal:
        maps[1:4, CANAL, 10:240, 110:124] = 1
    maps[:, BACKGROUND] = 1 - maps.sum(axis=1)
    return maps


COLUMN = [(10 + 36 * i, 70, 26, 34, BODY) for i in range(4)]
POSITIONS = np.arange(5) * 4.0
SPINE = [*COLUMN, (154, 70, 26, 34, L5), (190, 76, 26, 32, S1)]


def test_finds_each_body_from_top_to_bottom_in_three_dimensions():
    bodies = find_bodies(tissue_maps(SPINE), POSITIONS)
    assert len(bodies) == 6
    assert [int(np.argmax(b.class_probabilities)) for b in bodies] == [0, 0, 0, 0, 1, 2]
    assert all(b.mask.any(axis=(1, 2)).all() for b in bodies)
    assert all(abs(b.mask[2].sum() - 26 * 34) < 80 for b in bodies)


def test_a_thin_bridge_does_not_join_two_bodies():
    bridge = (36, 90, 10, 3, BODY)
    assert len(find_bodies(tissue_maps([*SPINE, bridge]), POSITIONS)) == 6


def test_specks_and_far_objects_are_not_part_of_the_spine():
    speck, spinous = (5, 5, 6, 6, BODY), (60, 140, 18, 18, BODY)
    assert len(find_bodies(tissue_maps([*SPINE, speck, spinous]), POSITIONS)) == 6


def test_an_empty_image_has_no_bodies():
    assert find_bodies(tissue_maps([], canal=False), POSITIONS) == []


def test_a_single_slice_is_enough():
    assert len(find_bodies(tissue_maps(SPINE)[2:3], POSITIONS[2:3])) == 6


def test_two_bodies_fused_on_one_slice_are_kept_apart_by_its_neighbours():
    maps = tissue_maps(SPINE)
    maps[3, BODY, 36:46, 70:104] = 1  # no disc between the first two
    maps[3, BACKGROUND, 36:46, 70:104] = 0
    first, second, *_ = find_bodies(maps, POSITIONS)
    for body in (first, second):
        assert abs(body.mask[3].sum() - (26 + 5) * 34) < 120
    assert not (first.mask & second.mask).any()
