"""Rendering: slices with partial volume, coil shading and Rician noise.

Each slice is the mean of a few thin planes across its thickness. In-plane edges are anti-aliased
by their distance, so no oversampling is needed. The tissues around the spine are taken from the
central plane of the slice alone.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from vbq.anatomy.levels import SACRUM
from vbq.phantom.painting.bone import paint_body, paint_disc, paint_posterior
from vbq.phantom.painting.canal import paint_epidural, paint_sac
from vbq.phantom.painting.canvas import Canvas
from vbq.phantom.painting.palette import Palette
from vbq.phantom.painting.torso import Torso
from vbq.phantom.settings import MriSettings
from vbq.phantom.spine import Spine
from vbq.phantom.vertebra import Vertebra


def _native_affine(spine: Spine, settings: MriSettings) -> NDArray[np.float64]:
    """Affine from index (slice, row, column) to LPS mm, shape (4, 4).

    A sagittal field of view is centred 8 mm behind and 12 mm below the centre of L3, so that it
    includes the sacrum and the lower thoracic spine.
    """
    steps = settings.directions() * [
        settings.slice_spacing_mm, settings.pixel_mm, settings.pixel_mm
    ]  # fmt: skip
    counts = np.array([settings.slices, *settings.matrix])
    centre = np.array([0.0, 8.0, -12.0])
    if settings.plane == "axial":
        centre = np.array([0.0, -10.0, 0.0])
    if settings.lowest_level is not None:
        lowest = spine.vertebra(settings.lowest_level)
        edge = lowest.to_mm(0, 0, -lowest.height / 2 - 0.5 * lowest.gap)
        centre = np.array([0.0, edge[1] + 5, edge[2] + settings.pixel_mm * settings.matrix[0] / 2])
    centre = centre + settings.offset_mm
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = centre - steps @ ((counts - 1) / 2)
    return affine


def render(
    spine: Spine, torso: Torso, palette: Palette, settings: MriSettings
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.bool_], NDArray[np.float64]]:
    """Signal without noise or coil shading, labels, mask of diseased marrow, and affine.

    The axes of the arrays are slice, row, column.
    """
    affine = _native_affine(spine, settings)
    normal = affine[:3, 0] / np.linalg.norm(affine[:3, 0])
    count = settings.sub_slices
    depths = ((np.arange(count) + 0.5) / count - 0.5) * settings.slice_thickness_mm
    shape = (settings.slices, *settings.matrix)
    voxels, labels = np.empty(shape, np.float32), np.empty(shape, np.uint8)
    abnormal = np.empty(shape, bool)
    backs = [v.depth / 2 + _canal_depth(spine, v) for v in spine.vertebrae]
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
    """Paint canal, bones and discs; ``backs`` is the posterior border of the canal by vertebra."""
    paint_epidural(canvas, spine, palette)
    for vertebra, back in zip(spine.vertebrae, backs, strict=True):
        paint_posterior(canvas, vertebra, back, palette)
    paint_sac(canvas, spine, palette)
    for above, below in pairwise(spine.vertebrae):
        paint_disc(canvas, above, below, palette)
    for vertebra in spine.vertebrae:
        paint_body(canvas, vertebra, palette)


def _canal_depth(spine: Spine, vertebra: Vertebra) -> float:
    """Anteroposterior diameter of the bony canal behind a vertebra, mm."""
    table = spine.canal
    point = vertebra.to_mm(0, vertebra.depth / 2 + 8, 0)
    i = table.index_of(float(point[2]))
    extra = 1.2 + 3.0 * float(table.caudal[i]) + (0.0 if vertebra.level < SACRUM else 1.0)
    return float(2 * table.radius_y[i]) + extra + 1.5


def _most_common(planes: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Most frequent label over the planes at each pixel; that of the central plane if it ties."""
    best = planes[len(planes) // 2].copy()
    if len(planes) == 1:
        return best
    differ = np.zeros(best.shape, bool)
    for plane in planes:
        differ |= plane != best
    pixels = np.nonzero(differ)
    stack = np.stack([plane[pixels] for plane in planes])
    votes = (stack[:, None] == stack[None]).sum(axis=1)
    top = votes.max(axis=0)
    winner = np.take_along_axis(stack, votes.argmax(axis=0)[None], axis=0)[0]
    best[pixels] = np.where(votes[len(planes) // 2] == top, best[pixels], winner)
    return best


def coil_sensitivity(
    spine: Spine, settings: MriSettings, affine: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Relative sensitivity of a posterior surface coil, 1 at the centre of L3.

    It falls exponentially from the skin forward, by the factor ``coil_shading`` over 150 mm, and
    slightly toward the ends of the coil, 180 mm above and below L3.
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
    reference = float(skin[table.index_of(0.0)])  # depth of the origin, the centre of L3
    rate = np.float32(np.log(settings.coil_shading) / 150.0)
    ends = 1 - np.float32(0.25 * (1 - 1 / settings.coil_shading)) * np.minimum((z / 180) ** 2, 2)
    return np.asarray(np.exp(-rate * (depth - np.float32(reference))) * ends, np.float32)


def add_noise(
    voxels: NDArray[np.float32], sigma: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Add Rician noise: the magnitude after Gaussian noise of SD ``sigma`` in both channels."""
    real = voxels + sigma * rng.standard_normal(voxels.shape, np.float32)
    imaginary = sigma * rng.standard_normal(voxels.shape, np.float32)
    return np.asarray(np.hypot(real, imaginary), np.float32)
