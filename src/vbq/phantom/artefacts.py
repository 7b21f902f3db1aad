"""What goes wrong along the phase-encoding direction: ghosts of motion, and folding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.phantom.settings import MriSettings

__all__ = ["folded", "ghosted", "phase_axis", "widened", "within"]

GHOST_STEP = 0.2  # of the field of view, between the picture and its ghosts
FOLDED_IN = 0.25  # of the field of view, that lies beyond it on each side and is folded in


def phase_axis(settings: MriSettings) -> int:
    """Axis of (slice, row, column) along which phase is encoded."""
    return 1 if settings.phase_encoding == "COL" else 2


def ghosted(voxels: NDArray[np.float32], settings: MriSettings) -> NDArray[np.float32]:
    """Add the two first ghosts of a periodic motion, on both sides of the picture.

    Motion that modulates the phase of the lines of k-space with one frequency makes them, in
    quadrature with the picture (Haacke & Patrick, Magn Reson Imaging 1986,
    doi 10.1016/0730-725X(86)91046-5).
    """
    axis = phase_axis(settings)
    step = round(GHOST_STEP * voxels.shape[axis])
    both = np.roll(voxels, step, axis) + np.roll(voxels, -step, axis)
    return np.asarray(np.hypot(voxels, np.float32(settings.ghosting) * both), np.float32)


def widened(settings: MriSettings) -> MriSettings:
    """The settings with all of the body that folding brings in, the same middle kept."""
    rows, columns = settings.matrix
    x, y, z = settings.offset_mm
    if settings.phase_encoding == "ROW":
        return replace(settings, matrix=(rows, columns + 2 * _margin(columns)))
    if settings.lowest_level is not None:  # there the field of view is held at its lower edge
        z -= _margin(rows) * settings.pixel_mm
    return replace(settings, matrix=(rows + 2 * _margin(rows), columns), offset_mm=(x, y, z))


def folded(voxels: NDArray[np.float32], settings: MriSettings) -> NDArray[np.float32]:
    """What was seen in the field of view of `widened` settings, folded into that of these."""
    axis = phase_axis(settings)
    size = settings.matrix[axis - 1]
    margin = _margin(size)
    before, inside, after = np.split(voxels, [margin, margin + size], axis)
    inside = inside.copy()
    where = [slice(None)] * 3
    where[axis] = slice(size - margin, size)
    inside[tuple(where)] += before
    where[axis] = slice(0, margin)
    inside[tuple(where)] += after
    return np.ascontiguousarray(inside)


def within(
    settings: MriSettings,
    labels: NDArray[np.uint8],
    abnormal: NDArray[np.bool_],
    affine: NDArray[np.float64],
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.float64]]:
    """Of a `widened` field of view the part that these settings see, and its affine."""
    axis = phase_axis(settings)
    size = settings.matrix[axis - 1]
    margin = _margin(size)
    kept = [slice(None)] * 3
    kept[axis] = slice(margin, margin + size)
    affine = affine.copy()
    affine[:3, 3] += margin * affine[:3, axis]
    return labels[tuple(kept)], abnormal[tuple(kept)], affine


def _margin(size: int) -> int:
    return round(FOLDED_IN * size)
