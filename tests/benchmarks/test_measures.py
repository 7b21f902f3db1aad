import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measures import dice, surface_distances


def square(top, left, size, shape=(1, 40, 40)):
    mask = np.zeros(shape, bool)
    mask[:, top : top + size, left : left + size] = True
    return mask


def test_dice_of_known_squares():
    a = square(5, 5, 10)
    assert dice(a, a) == 1
    assert dice(a, square(5, 10, 10)) == 0.5  # half of each is shared
    assert dice(a, square(20, 20, 10)) == 0
    assert dice(a, square(5, 5, 0)) == 0
    assert dice(square(0, 0, 0), square(0, 0, 0)) == 1


@given(st.integers(1, 12), st.sampled_from([(1.0, 1.0), (0.5, 2.0)]))
def test_a_square_shifted_along_rows_lies_that_far_away(shift, pixel_mm):
    apart = surface_distances(square(5 + shift, 5, 12), square(5, 5, 12), pixel_mm)
    # the edge that lags behind is the farthest: more than 5 % of all edge pixels
    assert apart.hausdorff_95 == pytest.approx(shift * pixel_mm[0])


def test_signed_mean_is_positive_outside_and_negative_inside():
    drawn = square(10, 10, 12)
    for grown in (1, 2, 3):
        found = square(10 - grown, 10 - grown, 12 + 2 * grown)
        outside = surface_distances(found, drawn, (1.0, 1.0))
        inside = surface_distances(drawn, found, (1.0, 1.0))
        assert outside.signed_mean == pytest.approx(-inside.signed_mean)
        assert outside.signed_mean == pytest.approx(grown, rel=0.1)  # corners are farther
        # at least the sides' distance, at most the corners'
        assert grown <= outside.hausdorff_95 <= grown * 2**0.5 + 1e-9


def test_equal_outlines_are_no_distance_apart_also_at_the_edge_of_the_picture():
    for mask in (square(5, 5, 9), square(0, 0, 40)):
        apart = surface_distances(mask, mask, (0.7, 0.7))
        assert (apart.hausdorff_95, apart.signed_mean) == (0, 0)


def test_what_is_found_in_no_slice_is_infinitely_far():
    drawn = square(5, 5, 10)
    for found, other in ((drawn * False, drawn), (drawn, drawn * False)):
        apart = surface_distances(found, other, (1.0, 1.0))
        assert apart.hausdorff_95 == np.inf
        assert np.isnan(apart.signed_mean)


def test_slices_are_compared_each_with_itself():
    found = square(5, 5, 10, (2, 40, 40))
    drawn = found.copy()
    drawn[1] = np.roll(drawn[1], 3, axis=0)
    apart = surface_distances(found, drawn, (1.0, 1.0))
    assert apart.hausdorff_95 == 3
    assert (np.abs(apart.of_found) > 0).mean() < 0.5
