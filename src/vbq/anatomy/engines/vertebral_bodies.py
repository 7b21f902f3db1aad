"""Vertebral bodies extracted from entire vertebrae, and the first sacral body from the sacrum.

A body lies anterior to the canal, where the engine marked one. Lateral to the canal, pedicles join
the body to the arch, and some engines mark no canal; there the body is recognised by its shape:
near the midline it is the most anterior solid block of its vertebra, and its posterior wall is
extended to the lateral slices.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.components import largest_component
from vbq.anatomy.levels import CANAL, CORD, SACRUM

MIDLINE_MM = 7.0  # half-width of the range in which the canal separates body and arch
CORE = 0.55  # fraction of a vertebra's half-thickness; no bridge to the arch is as thick
WALL_MARGIN_MM = 3.0  # corners of a body reach behind the line through its concave posterior wall
MIDDLE_FRACTION = 0.6  # fraction of a body's height with posterior wall, not endplate, behind
ENTIRE_SACRUM = 1.4  # volume over that of the body above: more than one sacral body
WIDEST_DISC_MM = 15.0  # a wider gap holds a vertebra
LAST_DISC_MM = 10.0  # usual height of the disc above S1, at its middle


def vertebrae_from_top(labels: NDArray[np.uint8]) -> list[int]:
    """Labels of all vertebrae but the sacrum, from superior to inferior."""
    boxes = ndimage.find_objects(labels, max_label=SACRUM - 1)
    rows = {
        n: float(np.nonzero(labels[box] == n)[1].mean() + box[1].start)
        for n, box in enumerate(boxes, start=1)
        if box is not None
    }
    return sorted(rows, key=rows.__getitem__)


def extract_bodies(
    labels: NDArray[np.uint8], spacing_mm: tuple[float, float, float], *, arches: bool = True
) -> NDArray[np.uint8]:
    """A label map without posterior elements, and with about S1 of the sacrum.

    Args:
        labels: Shape (slices R→L, rows S→I, columns A→P), numbered as in `vbq.anatomy.levels`
            (vertebrae may be numbered in any order).
        spacing_mm: Distance between voxels along each axis.
        arches: Whether the labels of vertebrae include their arches; else only the sacrum is cut.
    """
    result = labels.copy()
    vertebrae = vertebrae_from_top(labels)
    cut = [*vertebrae, SACRUM] if arches else [SACRUM]
    canal = (labels == CANAL) | (labels == CORD)
    if canal.any():
        behind = np.arange(labels.shape[2]) >= _anterior_border(canal)[:, :, None]
        result[behind & np.isin(labels, cut)] = 0
    _keep_first_sacral_body(result, vertebrae, spacing_mm)
    _cut_behind_walls(result, [*vertebrae, SACRUM], cut, spacing_mm)
    for level in cut:
        mask = result == level
        result[mask & ~largest_component(mask)] = 0
    return result


def gap_mm(
    labels: NDArray[np.uint8], first: int, second: int, spacing_mm: tuple[float, float, float]
) -> float:
    """Smallest distance between two labels, mm; both must be present."""
    pair = np.isin(labels, (first, second))
    box = ndimage.find_objects(pair.astype(np.uint8))[0]
    part = labels[box]
    distance = ndimage.distance_transform_edt(part != first, sampling=spacing_mm)
    return float(distance[part == second].min())


def _anterior_border(canal: NDArray[np.bool_]) -> NDArray[np.intp]:
    """First column of the canal in each slice and row; the number of columns where it is absent."""
    return np.asarray(np.where(canal.any(axis=2), canal.argmax(axis=2), canal.shape[2]), np.intp)


def _keep_first_sacral_body(
    labels: NDArray[np.uint8], vertebrae: list[int], spacing_mm: tuple[float, float, float]
) -> None:
    """Keep only the part of an entire sacrum that is close to the body above it: about S1.

    The distance from the centre of that body to the lower end of S1 is half that body, the disc,
    and a body of the same height.
    """
    points = np.argwhere(labels == SACRUM)
    if not points.size or not vertebrae:
        return
    above = vertebrae[-1]
    if len(points) <= ENTIRE_SACRUM * np.count_nonzero(labels == above):
        return
    if gap_mm(labels, above, SACRUM, spacing_mm) > WIDEST_DISC_MM:
        return
    block, thickness = _solid_block(labels, above, spacing_mm)
    distance = np.linalg.norm(points[:, 1:] * spacing_mm[1:] - block.mean(axis=0), axis=1)
    labels[tuple(points[distance > 1.5 * thickness + LAST_DISC_MM].T)] = 0


def _cut_behind_walls(
    labels: NDArray[np.uint8],
    vertebrae: list[int],
    cut: list[int],
    spacing_mm: tuple[float, float, float],
) -> None:
    """Remove what lies behind the posterior wall of its body from each vertebra in ``cut``."""
    vertebrae = [level for level in vertebrae if (labels == level).any()]
    blocks = [_solid_block(labels, level, spacing_mm)[0] for level in vertebrae]
    centres = [block.mean(axis=0) for block in blocks]
    for i, level in enumerate(vertebrae):
        if level not in cut:
            continue
        axis = centres[min(len(centres) - 1, i + 1)] - centres[max(0, i - 1)]
        length = float(np.linalg.norm(axis))
        down = axis / length if length else np.array([1.0, 0.0])
        frame = np.array([down, [-down[1], down[0]]])  # along the spine, and posteriorly
        slope, wall = _posterior_wall((blocks[i] - centres[i]) @ frame.T)
        points = np.argwhere(labels == level)
        along, back = frame @ (points[:, 1:] * spacing_mm[1:] - centres[i]).T
        labels[tuple(points[back > wall + slope * along + WALL_MARGIN_MM].T)] = 0


def _solid_block(
    labels: NDArray[np.uint8], level: int, spacing_mm: tuple[float, float, float]
) -> tuple[NDArray[np.float64], float]:
    """The most anterior solid part of a vertebra near its midline, in sagittal projection.

    Returns:
        Its points (row, column), mm from the first voxel, shape (n, 2); its thickness, mm.
    """
    box = ndimage.find_objects(labels, max_label=level)[level - 1]
    vertebra = labels[box] == level
    weight = vertebra.sum(axis=(1, 2))
    middle = (weight * np.arange(weight.size)).sum() / weight.sum()
    lateral = np.abs(np.arange(weight.size) - middle) * spacing_mm[0]
    near = (lateral <= max(MIDLINE_MM, lateral[weight > 0].min())) & (weight > 0)
    block = np.zeros(vertebra.shape[1:], bool)
    thickness = 0.0
    for outline in np.pad(vertebra[near], ((0, 0), (1, 1), (1, 1))):
        depth = ndimage.distance_transform_edt(outline, sampling=spacing_mm[1:])
        reach = CORE * depth.max()
        parts, count = ndimage.label(depth > reach)
        columns = ndimage.center_of_mass(parts > 0, parts, range(1, count + 1))
        seed = parts == 1 + np.argmin([column for _, column in columns])
        grown = ndimage.distance_transform_edt(~seed, sampling=spacing_mm[1:]) <= reach
        block |= (grown & outline)[1:-1, 1:-1]
        thickness = max(thickness, 2 * float(depth[seed].max()))
    corner = [side.start for side in box[1:]]
    return (np.argwhere(block) + corner) * spacing_mm[1:], thickness


def _posterior_wall(points: NDArray[np.float64]) -> tuple[float, float]:
    """The straight line along the posterior wall of a body.

    Args:
        points: Coordinates (along the spine, posteriorly) from the body's centre, mm, shape (n, 2).

    Returns:
        Slope (mm posteriorly per mm along the spine) and position at the body's centre, mm.
    """
    along, back = points.T
    low, high = np.percentile(along, (2, 98))
    middle, half = (low + high) / 2, MIDDLE_FRACTION * (high - low) / 2
    bins = np.digitize(along, np.linspace(middle - half, middle + half, 9))
    rearmost = np.array(
        [(along[bins == n].mean(), back[bins == n].max()) for n in range(1, 9) if (bins == n).any()]
    )
    if len(rearmost) < 2:
        return 0.0, float(back.max())
    slope, offset = np.polyfit(rearmost[:, 0], rearmost[:, 1], 1)
    return float(slope), float(offset)
