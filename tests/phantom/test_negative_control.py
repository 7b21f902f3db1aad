"""Negative controls: plausible images of head and knee, reproducible by seed, without a score."""

import numpy as np
import pytest

import vbq
from vbq.errors import RefusalError, UsageError
from vbq.phantom.negative_control import make_negative_control


@pytest.mark.parametrize("part", ["brain", "knee"])
def test_an_image_depends_on_its_seed_alone(part):
    first, repeated, different = (make_negative_control(part, seed).voxels for seed in (0, 0, 1))
    assert np.array_equal(first, repeated)
    assert not np.array_equal(first, different)
    assert first.min() >= 0


@pytest.mark.parametrize("part", ["brain", "knee"])
def test_it_is_a_sagittal_stack_without_acquisition_data(part):
    scan = make_negative_control(part)
    assert scan.plane == "sagittal"
    assert scan.acquisition.modality is None
    assert scan.to_mm([4, 150, 150])[1:] == pytest.approx([0, 0])


def test_unknown_body_parts_are_refused():
    with pytest.raises(UsageError, match="brain, knee"):
        make_negative_control("foot")


@pytest.mark.parametrize("part", ["brain", "knee"])
def test_no_lumbar_spine_is_found_in_it(part):
    with pytest.raises(RefusalError) as caught:
        vbq.find_anatomy(make_negative_control(part, seed=7))
    assert caught.value.code in {"no_lumbar_spine", "not_lumbar_size"}
