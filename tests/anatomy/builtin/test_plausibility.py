"""A chain of bodies passes for a lumbar spine only with its size and a canal behind it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vbq.anatomy.builtin.plausibility import require_lumbar_spine
from vbq.anatomy.levels import CANAL, CORD
from vbq.errors import RefusalError
from vbq.phantom import MriSettings, SpineShape, make_phantom

ROWS, COLUMNS = np.mgrid[:420, :260]


def spine(depth=34.0, height=27.0, pitch=36.0, count=5, turn_deg=0.0, canal_at=25.0):
    """Upright blocks with a canal 14 mm wide behind them, turned as a whole; 1 mm pixels."""
    angle = np.radians(turn_deg)
    r, c = ROWS - 210, COLUMNS - 130
    along, across = r * np.cos(angle) - c * np.sin(angle), c * np.cos(angle) + r * np.sin(angle)
    places = (np.arange(count) - (count - 1) / 2) * pitch
    outlines = [
        (np.abs(along - place) < height / 2) & (np.abs(across) < depth / 2) for place in places
    ]
    canal = (np.abs(across - canal_at) < 7) & (np.abs(along) < count * pitch / 2)
    return outlines, canal


def refusal(outlines, canal):
    with pytest.raises(RefusalError) as caught:
        require_lumbar_spine(outlines, canal)
    assert caught.value.remedy
    return caught.value


@settings(max_examples=25, deadline=None)
@given(
    depth=st.floats(26, 44),
    height=st.floats(21, 34),
    gap=st.floats(7, 13),
    turn=st.floats(-35, 35),
    count=st.integers(3, 8),
)
def test_adults_of_every_size_pass_however_they_lie(depth, height, gap, turn, count):
    require_lumbar_spine(*spine(depth, height, height + gap, count, turn, canal_at=depth / 2 + 9))


@pytest.mark.parametrize("seed", range(3))
def test_digital_spines_pass(seed):
    phantom = make_phantom(
        shape=SpineShape(seed=seed, size=(0.85, 1.0, 1.2)[seed], scoliosis_deg=10.0 * seed),
        acquisition=MriSettings(slices=1, matrix=(330, 260), pixel_mm=1.0),
    )
    labels = phantom.labels[0]
    bodies = [labels == n for n in (*range(18, 25), 26) if (labels == n).sum() > 150]
    require_lumbar_spine(bodies, (labels == CANAL) | (labels == CORD))


@pytest.mark.parametrize(
    ("depth", "height", "pitch"), [(16, 13, 18), (17, 14, 19), (25, 17, 24), (70, 50, 80)]
)
def test_bodies_of_another_size_are_refused_with_the_size_seen(depth, height, pitch):
    error = refusal(*spine(depth, height, pitch, canal_at=depth / 2 + 9))
    assert error.code == "not_lumbar_size"
    assert f"{pitch} mm apart" in error.message


def test_a_neck_is_called_one_and_something_large_is_not():
    assert "neck" in refusal(*spine(16, 13, 18, canal_at=16)).message
    assert "neck" not in refusal(*spine(70, 50, 80, canal_at=45)).message


@pytest.mark.parametrize("canal_at", [-25.0, 0.0, 70.0])
def test_a_canal_that_is_not_behind_the_bodies_is_none(canal_at):
    assert refusal(*spine(canal_at=canal_at)).code == "no_lumbar_spine"


def test_bodies_without_a_canal_are_refused():
    outlines, canal = spine()
    assert refusal(outlines, canal & False).code == "no_lumbar_spine"


def test_a_canal_seen_behind_most_bodies_is_enough():
    outlines, canal = spine(count=6)
    canal[:150] = False
    require_lumbar_spine(outlines, canal)
