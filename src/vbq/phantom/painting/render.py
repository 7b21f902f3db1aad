"""Rendering: slices with partial volume, coil shading and Rician noise.

Each slice is the mean of a few thin planes across its thickness. In the plane, edges are spread
over one pixel by their distance, so no oversampling is needed; the surroundings of the spine
are taken from the slice's middle plane alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from vbq.anatomy.levels import SACRUM
from vbq.phantom.painting.bone import paint_body, paint_disc, paint_posterior
from vbq.phantom.painting.canal import paint_epidural, paint_sac
from vbq.phantom.painting.canvas import Canvas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.phantom.painting.palette import Palette
    from vbq.phantom.painting.torso import Torso
    from vbq.phantom.settings import MriSettings
    from vbq.phantom.spine import Spine
    from vbq.phantom.vertebra import Vertebra

__all__ = ["add_noise", "coil_sensitivity", "native_affine", "render"]


def native_affine(spine: Spine, settings: MriSettings) -> NDArray[np.float64]:
    """Index (slice, row, column) to LPS mm.

    The middle of a sagittal field of view lies 12 mm behind and 18 mm below the middle of L3,
    so that the sacrum and some of the thoracic spine are seen.
    """
    steps = settings.directions() * [
        settings.slice_spacing_mm, settings.pixel_mm, settings.pixel_mm
    ]  # fmt: skip
    counts = np.array([settings.slices, *settings.matrix])
    middle = np.array([0.0, 8.0, -12.0])
    if settings.plane == "axial":
        middle = np.array([0.0, -10.0, 0.0])
    if settings.lowest_level is not None:
        low = spine.vertebra(settings.lowest_level)
        edge = low.to_mm(0, 0, -low.height / 2 - 0.5 * low.gap)
        middle = np.array([0.0, edge[1] + 5, edge[2] + settings.pixel_mm * settings.matrix[0] / 2])
    middle = middle + settings.offset_mm
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = middle - steps @ ((counts - 1) / 2)
    return affine


def render(
    spine: Spine, torso: Torso, palette: Palette, settings: MriSettings
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.bool_], NDArray[np.float64]]:
    """Voxels without noise or shading, labels, what is abnormal, and the affine.

    Axes are slice, row, column.
    """
    affine = native_affine(spine, settings)
    normal = affine[:3, 0] / np.linalg.norm(affine[:3, 0])
    count = settings.sub_slices
    depths = ((np.arange(count) + 0.5) / count - 0.5) * settings.slice_thickness_mm
    shape = (settings.slices, *settings.matrix)
    voxels, labels = np.empty(shape, np.float32), np.empty(shape, np.uint8)
    abnormal = np.empty(shape, bool)
    backs = _canal_backs(spine)
    for k in range(settings.slices):
        origin = affine[:3, 3] + k * affine[:3, 0]
        base = Canvas(origin, affine[:3, 1], affine[:3, 2], settings.matrix)
        torso.paint(base, palette, settings.presaturation)
        total = np.zeros(settings.matrix, np.float32)
        planes, diseased = [], np.zeros(settings.matrix, np.uint8)
        for depth in depths:
            plane = Canvas(origin + depth * normal, affine[:3, 1], affine[:3, 2], settings.matrix)
            plane.value[:] = base.value
            _paint_spine(plane, spine, backs, palette)
            total += plane.value
            planes.append(plane.label)
            diseased += plane.abnormal
        total /= count
        voxels[k] = (
            gaussian_filter(total, settings.blur_px, truncate=2.5) if settings.blur_px else total
        )
        labels[k] = _most_common(planes)
        abnormal[k] = 2 * diseased >= count
    return voxels, labels, abnormal, affine


def _paint_spine(canvas: Canvas, spine: Spine, backs: list[float], palette: Palette) -> None:
    paint_epidural(canvas, spine, palette)
    for vertebra, back in zip(spine.vertebrae, backs, strict=True):
        paint_posterior(canvas, vertebra, back, palette)
    paint_sac(canvas, spine, palette)
    for above, below in pairwise(spine.vertebrae):
        paint_disc(canvas, above, below, palette)
    for vertebra in spine.vertebrae:
        paint_body(canvas, vertebra, palette)


def _canal_backs(spine: Spine) -> list[float]:
    """For each vertebra, where the canal ends behind, along v from the body's middle."""
    return [vertebra.depth / 2 + _canal_depth(spine, vertebra) for vertebra in spine.vertebrae]


def _canal_depth(spine: Spine, vertebra: Vertebra) -> float:
    table = spine.canal
    point = vertebra.to_mm(0, vertebra.depth / 2 + 8, 0)
    i = table.index_of(float(point[2]))
    extra = 1.2 + 3.0 * float(table.caudal[i]) + (0.0 if vertebra.level < SACRUM else 1.0)
    return float(2 * table.radius_y[i]) + extra + 1.5


def _most_common(planes: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Per pixel, the label of most planes; the middle plane's where none has more than one."""
    best = planes[len(planes) // 2].copy()
    if len(planes) == 1:
        return best
    differ = np.zeros(best.shape, bool)
    for plane in planes:
        differ |= plane != best
    places = np.nonzero(differ)
    stack = np.stack([plane[places] for plane in planes])
    votes = (stack[:, None] == stack[None]).sum(axis=1)
    top = votes.max(axis=0)
    winner = np.take_along_axis(stack, votes.argmax(axis=0)[None], axis=0)[0]
    best[places] = np.where(votes[len(planes) // 2] == top, best[places], winner)
    return best


def coil_sensitivity(
    spine: Spine, settings: MriSettings, affine: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Relative sensitivity of a coil under the back, 1 at the middle of L3.

    It falls exponentially from the skin forward, by ``coil_shading`` over 150 mm, and gently
    toward the ends of the coil, 180 mm above and below L3.
    """
    shape = (settings.slices, *settings.matrix)
    index = np.indices(shape, np.float32, sparse=True)
    steps = affine.astype(np.float32)
    y, z = (
        steps[axis, 0] * index[0]
        + steps[axis, 1] * index[1]
        + steps[axis, 2] * index[2]
        + steps[axis, 3]
        for axis in (1, 2)
    )
    table = spine.canal
    skin = gaussian_filter1d(table.skin.astype(float), 160).astype(np.float32)
    depth = np.clip(skin[table.index(z)] - y, -20, 260)
    here = float(skin[table.index_of(0.0)])
    rate = np.float32(np.log(settings.coil_shading) / 150.0)
    ends = 1 - np.float32(0.25 * (1 - 1 / settings.coil_shading)) * np.minimum((z / 180) ** 2, 2)
    return np.asarray(np.exp(-rate * (depth - np.float32(here))) * ends, np.float32)


def add_noise(
    voxels: NDArray[np.float32], sigma: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Rician noise: the magnitude of a signal with Gaussian noise of ``sigma`` in two channels."""
    real = voxels + sigma * rng.standard_normal(voxels.shape, np.float32)
    imaginary = sigma * rng.standard_normal(voxels.shape, np.float32)
    return np.asarray(np.hypot(real, imaginary), np.float32)
