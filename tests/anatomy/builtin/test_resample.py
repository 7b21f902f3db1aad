import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vbq.anatomy.builtin.resample import interpolation

sizes = st.integers(1, 200)


@given(sizes, sizes)
def test_weights_keep_a_constant_and_stay_between_neighbours(n_from, n_to):
    weights = interpolation(n_from, n_to)
    assert weights.shape == (n_to, n_from)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)


@given(st.integers(8, 200), st.integers(8, 200))
def test_positions_in_mm_are_kept(n_from, n_to):
    """A ramp over the field of view stays the same ramp away from the edges."""
    source = (np.arange(n_from) + 0.5) / n_from
    target = (np.arange(n_to) + 0.5) / n_to
    margin = 2 * max(1 / n_from, 1 / n_to)
    inside = (target > margin) & (target < 1 - margin)
    resampled = interpolation(n_from, n_to) @ source
    np.testing.assert_allclose(resampled[inside], target[inside], atol=0.12 / n_to)
