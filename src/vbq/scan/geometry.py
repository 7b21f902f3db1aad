"""Patient axes: any stored array brought to (R→L, S→I, A→P) by permuting and flipping only."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from vbq.errors import GeometryError

if TYPE_CHECKING:
    T = TypeVar("T", bound=np.generic)

Plane = Literal["sagittal", "coronal", "axial", "isotropic"]
Axes = tuple[tuple[int, bool], tuple[int, bool], tuple[int, bool]]

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])  # DICOM's patient axes to NIfTI's; its own inverse

# Direction of increasing index along each canonical axis, in LPS: left, inferior, posterior.
_CANONICAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
_SMALLEST_VOLUME = 1e-3  # volume spanned by the unit vectors along the three array axes
_ISOTROPIC = 1.5  # up to this ratio of the two coarsest spacings, any plane may be reformatted


def nearest_axes(affine: NDArray[np.float64]) -> Axes:
    """The stored axis nearest to each canonical axis, and whether it runs in reverse.

    Args:
        affine: (4, 4), index in the stored array to LPS mm.

    Returns:
        For each canonical axis: (stored axis, whether it is flipped).

    Raises:
        GeometryError: The affine is singular or not finite.
    """
    columns = affine[:3, :3]
    spacing = np.linalg.norm(columns, axis=0)
    usable = affine.shape == (4, 4) and bool(np.isfinite(affine).all() and (spacing > 0).all())
    if not usable or abs(np.linalg.det(columns / spacing)) < _SMALLEST_VOLUME:
        raise GeometryError(
            "the orientation matrix is singular, so voxels have no position in the patient.",
            remedy="Export the series again from the original DICOM.",
            code="singular_geometry",
        )
    cosines = _CANONICAL @ (columns / spacing)  # [canonical axis, stored axis]

    def fit(order: tuple[int, ...]) -> tuple[float, float]:
        total = sum(abs(cosines[axis, stored]) for axis, stored in enumerate(order))
        # A stack rotated by exactly 45° fits two orders: the coarsest spacing is the slice axis.
        return round(float(total), 6), float(spacing[order[0]])

    best = max(permutations(range(3)), key=fit)
    first, second, third = ((s, bool(cosines[axis, s] < 0)) for axis, s in enumerate(best))
    return first, second, third


def canonical_affine(
    affine: NDArray[np.float64], shape: tuple[int, ...], axes: Axes
) -> NDArray[np.float64]:
    """The affine of an array after its axes were permuted and flipped.

    Args:
        affine: (4, 4), index in the stored array to LPS mm.
        shape: Shape of the stored array.
        axes: Order and direction of the stored axes, from `nearest_axes`.
    """
    result = np.eye(4)
    result[:3, 3] = affine[:3, 3]
    for new, (old, flipped) in enumerate(axes):
        result[:3, new] = -affine[:3, old] if flipped else affine[:3, old]
        if flipped:
            result[:3, 3] += affine[:3, old] * (shape[old] - 1)
    return result + 0.0  # no negative zeros


def canonical(
    voxels: NDArray[T], affine_lps: NDArray[np.float64]
) -> tuple[NDArray[T], NDArray[np.float64], Axes]:
    """Permute and flip an array to (R→L, S→I, A→P), each to the nearest axis.

    Nothing is interpolated; an oblique stack stays oblique, as its affine records.

    Args:
        voxels: The stored array, three axes in any order, direction and handedness.
        affine_lps: (4, 4), index in that array to LPS mm.

    Returns:
        The array, C-contiguous and of the same type; its affine; and for each of its axes: (axis
        of the stored array, whether flipped).
    """
    axes = nearest_axes(np.asarray(affine_lps, float))
    canonical_voxels = _flip(voxels.transpose([old for old, _ in axes]), axes)
    affine = canonical_affine(np.asarray(affine_lps, float), voxels.shape, axes)
    return np.ascontiguousarray(canonical_voxels), affine, axes


def blank(
    shape: tuple[int, int, int], axes: Axes
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A canonical array of zeros and a view of it in stored order, to be filled without a copy.

    Args:
        shape: Shape of the stored array.
        axes: Order and direction of the stored axes, from `nearest_axes`.

    Returns:
        The canonical array (C-contiguous) and a view of the same memory in the order of the file.
    """
    voxels = np.zeros([shape[old] for old, _ in axes], np.float32)
    stored = _flip(voxels, axes).transpose(np.argsort([old for old, _ in axes]))
    return voxels, stored


def plane_of(shape: tuple[int, ...], spacing_mm: tuple[float, float, float]) -> Plane:
    """The plane in which a canonical stack was acquired: across the axis of coarsest spacing.

    A stack whose coarsest spacing is within 1.5 times the next is isotropic: it can be
    reformatted in any plane. A single slice lies in its own plane.
    """
    planes: tuple[Plane, Plane, Plane] = ("sagittal", "axial", "coronal")
    if 1 in shape:
        return planes[shape.index(1)]
    coarse = int(np.argmax(spacing_mm))
    if spacing_mm[coarse] <= _ISOTROPIC * sorted(spacing_mm)[1]:
        return "isotropic"
    return planes[coarse]


def _flip(array: NDArray[T], axes: Axes) -> NDArray[T]:
    return array[tuple(slice(None, None, -1 if flipped else 1) for _, flipped in axes)]
