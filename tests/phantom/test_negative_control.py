"""Heads and knees for negative tests: plausible pictures, the same for the same seed, no score."""

import numpy as np
import pytest

import vbq
from vbq.errors import RefusalError, UsageError
from vbq.phantom.negative_control import make_negative_control


@pytest.mark.parametrize("part", ["brain", "knee"])
def test_a_seed_gives_one_picture_and_another_seed_another(part):
    first, again, other = (make_negative_control(part, seed).voxels for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.min() >= 0


@pytest.mark.parametrize("part", ["brain", "knee"])
def test_it_is_a_sagittal_stack_that_says_nothing_of_itself(part):
    scan = make_negative_control(part)
    assert scan.plane == "sagittal"
    assert scan.acquisition.modality is None
    assert scan.to_mm([4, 150, 150])[1:] == pytest.approx([0, 0])


def test_other_parts_are_not_drawn():
    with pytest.raises(UsageError, match="brain, knee"):
        make_negative_control("foot")


@pytest.mark.parametrize("part", ["brain", "knee"])
def test_no_lumbar_spine_is_found_in_it(part):
    with pytest.raises(RefusalError) as caught:
        vbq.find_anatomy(make_negative_control(part, seed=7))
    assert caught.value.code in {"no_lumbar_spine", "not_lumbar_size"}
