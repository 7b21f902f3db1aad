"""Artefacts along the phase-encoding direction: motion ghosts and wrap-around (aliasing)."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vbq.phantom.settings import MriSettings

GHOST_SPACING = 0.2  # distance between image and ghost, as a share of the field of view
WRAP_MARGIN = 0.25  # extent of the body beyond either edge, as a share of the field of view


def _phase_axis(settings: MriSettings) -> int:
    """Phase-encoding axis of an array with the axes slice, row, column."""
    return 1 if settings.phase_encoding == "COL" else 2


def add_motion_ghosts(voxels: NDArray[np.float32], settings: MriSettings) -> NDArray[np.float32]:
    """Add the first-order ghosts of a periodic motion on both sides of the image.

    They arise where motion modulates the phase of the lines of k-space at one frequency, and lie
    in quadrature with the image (Haacke & Patrick, Magn Reson Imaging 1986,
    doi 10.1016/0730-725X(86)91046-5).

    Args:
        voxels: Signal, axes slice, row, column.
        settings: ``ghosting`` is the signal of each ghost as a share of the image's.
    """
    axis = _phase_axis(settings)
    step = round(GHOST_SPACING * voxels.shape[axis])
    ghosts = np.roll(voxels, step, axis) + np.roll(voxels, -step, axis)
    return np.asarray(np.hypot(voxels, np.float32(settings.ghosting) * ghosts), np.float32)


def extend_field_of_view(settings: MriSettings) -> MriSettings:
    """Settings with a larger matrix along phase encoding: the anatomy that wraps, same centre."""
    rows, columns = settings.matrix
    x, y, z = settings.offset_mm
    if settings.phase_encoding == "ROW":
        return replace(settings, matrix=(rows, columns + 2 * _margin(columns)))
    if settings.lowest_level is not None:  # the lower edge, not the centre, is fixed
        z -= _margin(rows) * settings.pixel_mm
    return replace(settings, matrix=(rows + 2 * _margin(rows), columns), offset_mm=(x, y, z))


def add_wraparound(voxels: NDArray[np.float32], settings: MriSettings) -> NDArray[np.float32]:
    """Wrap the signal beyond the field of view onto its opposite edge.

    Args:
        voxels: Signal, axes slice, row, column, in the field of view of `extend_field_of_view`.
        settings: Those of the scan itself.

    Returns:
        Signal in the field of view of ``settings``.
    """
    axis = _phase_axis(settings)
    size = settings.matrix[axis - 1]
    margin = _margin(size)
    before, inside, after = np.split(voxels, [margin, margin + size], axis)
    inside = inside.copy()
    edge = [slice(None)] * 3
    edge[axis] = slice(size - margin, size)
    inside[tuple(edge)] += before
    edge[axis] = slice(0, margin)
    inside[tuple(edge)] += after
    return np.ascontiguousarray(inside)


def crop_to_field_of_view(
    settings: MriSettings,
    labels: NDArray[np.uint8],
    abnormal: NDArray[np.bool_],
    affine: NDArray[np.float64],
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.float64]]:
    """Crop masks and affine from the extended field of view to that of the scan itself."""
    axis = _phase_axis(settings)
    size = settings.matrix[axis - 1]
    margin = _margin(size)
    crop = [slice(None)] * 3
    crop[axis] = slice(margin, margin + size)
    affine = affine.copy()
    affine[:3, 3] += margin * affine[:3, axis]
    return labels[tuple(crop)], abnormal[tuple(crop)], affine


def _margin(size: int) -> int:
    return round(WRAP_MARGIN * size)
