from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vbq.errors import GeometryError
from vbq.scan import canonical
from vbq.scan.geometry import blank, nearest_axes, plane_of

ORDERS = [
    (order, flips) for order in permutations(range(3)) for flips in product((False, True), repeat=3)
]


def stored_as(voxels, affine, order, flips):
    """The same volume with its axes permuted and flipped, and the affine that goes with it."""
    out = voxels.transpose(order)
    new = affine[:, [*order, 3]].copy()
    for axis, flip in enumerate(flips):
        if flip:
            new[:3, 3] += new[:3, axis] * (out.shape[axis] - 1)
            new[:3, axis] *= -1
            out = np.flip(out, axis)
    return out, new


@pytest.mark.parametrize(("order", "flips"), ORDERS)
def test_every_storage_order_gives_the_same_array(truth, order, flips):
    stored, affine = stored_as(truth.voxels, truth.affine, order, flips)
    voxels, back, axes = canonical(stored, affine)
    np.testing.assert_array_equal(voxels, truth.voxels)
    np.testing.assert_allclose(back, truth.affine, atol=1e-12)
    assert voxels.flags.c_contiguous
    assert voxels.dtype == truth.voxels.dtype

    filled, view = blank(stored.shape, axes)
    view[...] = stored
    np.testing.assert_array_equal(filled, truth.voxels)


@given(st.tuples(*[st.floats(-40, 40)] * 3), st.sampled_from(ORDERS))
def test_oblique_stacks_keep_every_voxel_where_it_was(angles, storage):
    voxels = np.arange(60.0).reshape(3, 4, 5)
    rotated = np.eye(4)
    axes = np.array([[4.0, 0, 0], [0, 0, 0.8], [0, -0.7, 0]])
    rotated[:3, :3] = (
        Rotation.from_euler("xyz", np.array(angles) / 3, degrees=True).as_matrix() @ axes
    )
    rotated[:3, 3] = (10, -20, 30)
    back, affine, _ = canonical(*stored_as(voxels, rotated, *storage))
    np.testing.assert_array_equal(back, voxels)
    np.testing.assert_allclose(affine, rotated, atol=1e-9)


@pytest.mark.parametrize(
    "columns",
    [np.zeros((3, 3)), np.ones((3, 3)), np.full((3, 3), np.nan), np.diag([1.0, 1.0, 0.0])],
)
def test_an_affine_without_three_directions_is_named(columns):
    affine = np.eye(4)
    affine[:3, :3] = columns
    with pytest.raises(GeometryError) as caught:
        nearest_axes(affine)
    assert caught.value.code == "singular_geometry"


@pytest.mark.parametrize(
    ("shape", "spacing", "plane"),
    [
        ((15, 512, 512), (4.0, 0.6, 0.6), "sagittal"),
        ((512, 30, 512), (0.6, 4.0, 0.6), "axial"),
        ((512, 512, 20), (0.6, 0.6, 4.0), "coronal"),
        ((60, 300, 300), (1.0, 1.0, 1.0), "isotropic"),
        ((1, 300, 300), (1.0, 1.0, 1.0), "sagittal"),
        ((300, 1, 300), (1.0, 1.0, 1.0), "axial"),
    ],
)
def test_plane(shape, spacing, plane):
    assert plane_of(shape, spacing) == plane
