"""Pathology changes the signal where it is marked, by the given amount, and nowhere else."""

import numpy as np
import pytest

from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.errors import UsageError
from vbq.phantom import MriSettings, Pathology, SpineShape, make_phantom
from vbq.phantom.spine import build_spine

FAST = MriSettings(slices=1, sub_slices=1, matrix=(256, 256), pixel_mm=1.0, blur_px=0)


def diseased(**levels):
    return make_phantom(acquisition=FAST, pathology=levels)


@pytest.fixture(scope="module")
def healthy():
    return make_phantom(acquisition=FAST)


@pytest.mark.parametrize("loss", [(0.3, 0.15, 0.0), (0.0, 0.35, 0.0), (0.4, 0.4, 0.4)])
def test_heights_are_reduced_by_the_given_loss(loss):
    def heights(spine):
        v = spine.vertebra("L2")
        rise = np.tan(np.radians(v.wedge_deg / 2)) * v.depth
        return np.array([v.height + rise, v.height - sum(v.concavity), v.height - rise])

    before, after = build_spine(SpineShape()), build_spine(SpineShape(), {21: loss})
    np.testing.assert_allclose(heights(after) / heights(before), 1 - np.array(loss), rtol=1e-6)
    assert after.vertebra("L3").tilt_deg == before.vertebra("L3").tilt_deg
    kyphosis = after.vertebra("L1").tilt_deg - before.vertebra("L1").tilt_deg
    wedging = before.vertebra("L2").wedge_deg - after.vertebra("L2").wedge_deg
    assert kyphosis == pytest.approx(wedging)


@pytest.mark.parametrize(
    "pathology",
    [
        Pathology(focus=1.6),
        Pathology(focus=0.5),
        Pathology(upper_endplate=0.6),
        Pathology(lower_endplate=1.4),
        Pathology(schmorl_mm=4.5),
        Pathology(screw_mm=3.0),
        Pathology(heterogeneity=0.2),
    ],
)
def test_the_signal_differs_where_it_is_marked_and_only_there(pathology, healthy):
    phantom = diseased(L2=pathology)
    differs = ~np.isclose(phantom.voxels, healthy.voxels, rtol=1e-5)
    # the pixels on the outline of what is marked are shared
    near = np.zeros_like(differs)
    row, column = np.nonzero(phantom.abnormal[0])
    for step in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)):
        near[0, row + step[0], column + step[1]] = True
    assert not (differs & ~near).any()
    assert differs[phantom.abnormal].mean() > 0.9
    assert phantom.abnormal.sum() > 30
    inside = phantom.labels[phantom.abnormal] == LEVEL_NUMBERS["L2"]
    assert inside.mean() > (0.7 if pathology.schmorl_mm or pathology.screw_mm else 0.99)
    np.testing.assert_array_equal(phantom.labels, healthy.labels)
    assert phantom.truth == healthy.truth


def test_a_focus_has_the_given_signal(healthy):
    phantom = diseased(L3=Pathology(focus=1.6, focus_mm=6.0))
    ratio = phantom.voxels[phantom.abnormal].max() / healthy.truth.marrow["L3"]
    assert ratio == pytest.approx(1.6, rel=1e-5)
    assert phantom.abnormal.sum() == pytest.approx(np.pi * 36, rel=0.1)


def test_metal_gives_no_signal():
    phantom = diseased(L4=Pathology(screw_mm=4.0))
    body = phantom.voxels[phantom.labels == LEVEL_NUMBERS["L4"]]
    assert (body == 0).sum() > 80


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Pathology(height_loss=(0.9, 0, 0)),
        lambda: Pathology(focus=-1),
        lambda: make_phantom(acquisition=FAST, pathology={"L9": Pathology()}),
        lambda: make_phantom(
            shape=SpineShape(lumbar_count=4), acquisition=FAST, pathology={"L5": Pathology()}
        ),
    ],
)
def test_impossible_pathology_is_refused(wrong):
    with pytest.raises(UsageError):
        wrong()
