"""The curved midsagittal plane: each vertebra on the slice through its own middle.

A scoliotic spine, or one that lies oblique in the scanner, leaves any single slice: there the
regions of some levels would lie in a pedicle or beside the sac. A radiologist scrolls to the slice
through the middle of each body; so does this module. Nothing is interpolated. Every pixel of the
plane is a pixel of one acquired slice: that of the nearest body, or of the canal behind it, whose
middle lies elsewhere where vertebrae are turned about their axis. Slices change inside discs, and
a body is shown by its own slice alone, so that each region lies wholly on one slice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.levels import CANAL, CORD, LEVEL_NAMES
from vbq.anatomy.midline import profile_centroid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import Anatomy
    from vbq.measure.measurement import Roi
    from vbq.scan.scan import Scan

__all__ = ["Midplane", "find_midplane"]

TOLERANCE_MM = 3.0  # a middle this near the common slice is not worth another one
REACH_MM = 10.0  # slices beside the plane that shading and uncertainty look at


@dataclass(frozen=True, eq=False)
class Midplane:
    """A scan and its anatomy, shifted sideways so that one slice is the curved plane.

    Attributes:
        scan: Voxels (slices, rows, columns) of the plane and those beside it, each pixel with its
            own neighbours. Its affine holds for the two in-plane axes only.
        anatomy: The anatomy of that scan; its ``midsagittal_slice`` is the plane.
        slices: For each pixel of the plane, the acquired slice it comes from, shape (rows,
            columns).
        off_midline_mm: For each level name, distance from the slice it is measured on to the
            body's own middle; not of levels whose slice a person chose.
    """

    scan: Scan
    anatomy: Anatomy
    slices: NDArray[np.intp]
    off_midline_mm: dict[str, float]

    @property
    def image(self) -> NDArray[np.float32]:
        """Signal on the plane, shape (rows, columns)."""
        return np.asarray(self.scan.voxels[self.anatomy.midsagittal_slice])

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Labels on the plane, shape (rows, columns)."""
        return np.asarray(self.anatomy.labels[self.anatomy.midsagittal_slice])

    def on_one_slice(self, mask: NDArray[np.bool_]) -> tuple[int, NDArray[np.bool_]]:
        """The slice most of a region's pixels come from, and its pixels on that slice."""
        slices, counts = np.unique(self.slices[mask], return_counts=True)
        index = int(slices[counts.argmax()])
        return index, mask & (self.slices == index)


def find_midplane(scan: Scan, anatomy: Anatomy, drawn: Sequence[Roi] = ()) -> Midplane:
    """Find the plane; where the spine is straight it is the mid-sagittal slice itself.

    Args:
        scan: The scan.
        anatomy: What is where in it.
        drawn: Regions given by hand: the plane runs through them.
    """
    common, spacing = anatomy.midsagittal_slice, scan.spacing_mm[0]
    bodies, canals = _middles(anatomy.labels, common)
    by_hand = {roi.name: roi.slice for roi in drawn}
    body_slice = {n: _nearest(m, common, spacing, len(scan.voxels)) for n, m in bodies.items()}
    body_slice |= {n: by_hand[LEVEL_NAMES[n]] for n in bodies if LEVEL_NAMES[n] in by_hand}
    canal_slice = {n: _nearest(m, common, spacing, len(scan.voxels)) for n, m in canals.items()}
    off = {
        LEVEL_NAMES[n]: round(abs(m - body_slice[n]) * spacing, 2)
        for n, m in bodies.items()
        if LEVEL_NAMES[n] not in by_hand
    }
    taken = {*body_slice.values(), *canal_slice.values(), *by_hand.values()}
    if not bodies or taken <= {common}:
        slices = np.full(scan.voxels.shape[1:], common)
        return Midplane(scan, anatomy, slices, off)
    owner = _owners(anatomy.labels, body_slice, canal_slice, scan.spacing_mm[1:])
    slices = np.empty_like(owner)
    for n in bodies:
        slices[owner == n] = body_slice[n]
        slices[owner == -n] = canal_slice[n]
    for roi in drawn:
        slices[roi.mask] = roi.slice
    beside = int(np.ceil(REACH_MM / spacing))
    voxels, labels = _shifted(scan.voxels, anatomy.labels, slices, owner, beside)
    straight = replace(scan, voxels=voxels)
    return Midplane(
        straight, replace(anatomy, labels=labels, midsagittal_slice=beside), slices, off
    )


def _middles(labels: NDArray[np.uint8], common: int) -> tuple[dict[int, float], dict[int, float]]:
    """Lateral middle, in slices, of each body and of the canal behind it, by level number.

    A body's middle is that of its own width where both of its sides are in the stack; else, as in
    stacks of a few slices, that of the canal, which is narrower.
    """
    canal = ((labels == CANAL) | (labels == CORD)).sum(axis=2)  # pixels by slice and row
    bodies, canals = {}, {}
    for level, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None or level not in LEVEL_NAMES:
            continue
        width = (labels[:, box[1], box[2]] == level).sum(axis=(1, 2))
        behind = canal[:, box[1]].sum(axis=1)
        canals[level] = profile_centroid(behind) if behind.any() else float(common)
        whole = max(width[0], width[-1]) < width.max() / 2
        bodies[level] = profile_centroid(width) if whole else canals[level]
    return _smooth(bodies), _smooth(canals)


def _smooth(middles: dict[int, float]) -> dict[int, float]:
    """Each middle averaged with its neighbours', which count half: a spine has no steps."""
    values = np.array(list(middles.values()))
    if values.size > 2:
        values[1:-1] = (values[:-2] + 2 * values[1:-1] + values[2:]) / 4
    return dict(zip(middles, values.tolist(), strict=True))


def _nearest(middle: float, common: int, spacing: float, count: int) -> int:
    if abs(middle - common) * spacing <= TOLERANCE_MM:
        return common
    return int(np.clip(round(middle), 0, count - 1))


def _owners(
    labels: NDArray[np.uint8],
    body_slice: dict[int, int],
    canal_slice: dict[int, int],
    pixel_mm: tuple[float, float],
) -> NDArray[np.intp]:
    """For each pixel the level number of the nearest body, or its negative if canal is nearer."""
    bodies = np.zeros(labels.shape[1:], np.intp)
    for level, k in body_slice.items():
        bodies[labels[k] == level] = level
    if not bodies.any():  # drawn by hand alone, on slices without labels
        bodies[...] = min(body_slice)
    level_of = bodies[_indices_of_nearest(bodies != 0, pixel_mm)]
    seen = bodies.copy()
    for level, k in canal_slice.items():
        canal = ((labels[k] == CANAL) | (labels[k] == CORD)) & (level_of == level)
        seen[canal & (bodies == 0)] = -level
    return seen[_indices_of_nearest(seen != 0, pixel_mm)]


def _indices_of_nearest(
    seen: NDArray[np.bool_], pixel_mm: tuple[float, float]
) -> tuple[NDArray[np.intp], ...]:
    found = ndimage.distance_transform_edt(
        ~seen, sampling=pixel_mm, return_distances=False, return_indices=True
    )
    return tuple(found)


def _shifted(
    voxels: NDArray[np.float32],
    labels: NDArray[np.uint8],
    slices: NDArray[np.intp],
    owner: NDArray[np.intp],
    beside: int,
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Voxels and labels of the plane and of ``beside`` slices to each of its sides.

    A body shows where it owns the pixel only, else two slices would show parts of it; beyond the
    stack nothing is labelled.
    """
    shape = (2 * beside + 1, *slices.shape)
    image, marks = np.zeros(shape, np.float32), np.zeros(shape, np.uint8)
    for row, step in enumerate(range(-beside, beside + 1)):
        k = slices + step
        inside = (k >= 0) & (k < len(voxels))
        at = np.clip(k, 0, len(voxels) - 1)[None]
        image[row] = np.take_along_axis(voxels, at, axis=0)[0]
        mark = np.take_along_axis(labels, at, axis=0)[0]
        foreign = np.isin(mark, list(LEVEL_NAMES)) & (mark != owner)
        marks[row] = np.where(inside & ~foreign, mark, 0)
    return image, marks
