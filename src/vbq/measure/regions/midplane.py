"""The curved midsagittal plane: each vertebra on the slice through its own middle.

No single slice shows all of a scoliotic spine, or of one that lies obliquely in the scanner: on it
the regions of some levels would lie in a pedicle or beside the sac. A radiologist scrolls to the
slice through the middle of each body; so does this module. Nothing is interpolated. Every pixel of
the plane is a pixel of one acquired slice: that of the nearest body, or of the canal behind it,
whose middle differs where vertebrae are rotated about their axis. Slices change inside discs, and a
body is shown by its own slice alone, so that each region lies wholly on one slice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.anatomy import Anatomy
from vbq.anatomy.levels import CANAL, CORD, LEVEL_NAMES
from vbq.anatomy.midline import profile_centroid
from vbq.measure.measurement import Roi
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.scan.scan import Scan

TOLERANCE_MM = 3.0  # a body whose middle is this near the common slice is measured on that slice
REACH_MM = 10.0  # distance to each side of the plane, for coil shading and uncertainty


@dataclass(frozen=True, eq=False)
class Midplane:
    """A scan and its anatomy, shifted sideways so that one slice is the curved plane.

    Attributes:
        scan: The plane and the slices to its sides, each pixel with its own neighbours; voxels of
            shape (slices, rows, columns). Its affine holds for the two in-plane axes only.
        anatomy: The anatomy of that scan; its ``midsagittal_slice`` is the plane.
        slices: For each pixel of the plane, index of the acquired slice it comes from, shape
            (rows, columns).
        off_midline_mm: Distance from the slice a level is measured on to the middle of its body,
            mm, by level name; without levels whose slice a person chose.
    """

    scan: Scan
    anatomy: Anatomy
    slices: NDArray[np.intp]
    off_midline_mm: dict[str, float]

    @cached_property
    def section(self) -> SagittalSection:
        """The plane as an image with its labels."""
        index = self.anatomy.midsagittal_slice
        return SagittalSection(
            self.scan.voxels[index], self.anatomy.labels[index], self.scan.spacing_mm[1:]
        )

    def on_one_slice(self, mask: NDArray[np.bool_]) -> tuple[int, NDArray[np.bool_]]:
        """The slice that most pixels of a region come from, and its pixels on that slice."""
        slices, counts = np.unique(self.slices[mask], return_counts=True)
        index = int(slices[counts.argmax()])
        return index, mask & (self.slices == index)


def find_midplane(scan: Scan, anatomy: Anatomy, manual_rois: Sequence[Roi] = ()) -> Midplane:
    """Find the plane; where the spine is straight it is the midsagittal slice itself.

    Args:
        scan: The scan.
        anatomy: Its anatomy.
        manual_rois: Regions drawn by hand; the plane runs through them.
    """
    common, spacing = anatomy.midsagittal_slice, scan.spacing_mm[0]
    bodies, canals = _middles(anatomy.labels, common)
    chosen_slice = {roi.name: roi.slice for roi in manual_rois}
    body_slice = {n: _nearest(m, common, spacing, len(scan.voxels)) for n, m in bodies.items()}
    body_slice |= {
        n: chosen_slice[LEVEL_NAMES[n]] for n in bodies if LEVEL_NAMES[n] in chosen_slice
    }
    canal_slice = {n: _nearest(m, common, spacing, len(scan.voxels)) for n, m in canals.items()}
    off_midline_mm = {
        LEVEL_NAMES[n]: round(abs(middle - body_slice[n]) * spacing, 2)
        for n, middle in bodies.items()
        if LEVEL_NAMES[n] not in chosen_slice
    }
    needed = {*body_slice.values(), *canal_slice.values(), *chosen_slice.values()}
    if not bodies or needed <= {common}:
        slices = np.full(scan.voxels.shape[1:], common)
        return Midplane(scan, anatomy, slices, off_midline_mm)
    owner = _owners(anatomy.labels, body_slice, canal_slice, scan.spacing_mm[1:])
    slices = np.empty_like(owner)
    for n in bodies:
        slices[owner == n] = body_slice[n]
        slices[owner == -n] = canal_slice[n]
    for roi in manual_rois:
        slices[roi.mask] = roi.slice
    reach = int(np.ceil(REACH_MM / spacing))
    voxels, labels = _shifted(scan.voxels, anatomy.labels, slices, owner, reach)
    return Midplane(
        replace(scan, voxels=voxels),
        replace(anatomy, labels=labels, midsagittal_slice=reach),
        slices,
        off_midline_mm,
    )


def _middles(labels: NDArray[np.uint8], common: int) -> tuple[dict[int, float], dict[int, float]]:
    """Lateral middle, in slices, of each body and of the canal behind it, by level number.

    The middle of a body is the centre of its width where both of its sides are in the stack; else,
    as in stacks of a few slices, that of the canal, which is narrower.
    """
    canal = ((labels == CANAL) | (labels == CORD)).sum(axis=2)  # pixels by slice and row
    bodies, canals = {}, {}
    for level, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None or level not in LEVEL_NAMES:
            continue
        width = (labels[:, box[1], box[2]] == level).sum(axis=(1, 2))
        behind = canal[:, box[1]].sum(axis=1)
        canals[level] = profile_centroid(behind) if behind.any() else float(common)
        both_sides_seen = max(width[0], width[-1]) < width.max() / 2
        bodies[level] = profile_centroid(width) if both_sides_seen else canals[level]
    return _smooth(bodies), _smooth(canals)


def _smooth(middles: dict[int, float]) -> dict[int, float]:
    """Middles averaged with those of their neighbours at half weight: a spine has no steps."""
    values = np.array(list(middles.values()))
    if values.size > 2:
        values[1:-1] = (values[:-2] + 2 * values[1:-1] + values[2:]) / 4
    return dict(zip(middles, values.tolist(), strict=True))


def _nearest(middle: float, common: int, spacing: float, count: int) -> int:
    """The common slice if it is near enough to a middle, else the slice nearest to it."""
    if abs(middle - common) * spacing <= TOLERANCE_MM:
        return common
    return int(np.clip(round(middle), 0, count - 1))


def _owners(
    labels: NDArray[np.uint8],
    body_slice: dict[int, int],
    canal_slice: dict[int, int],
    pixel_mm: tuple[float, float],
) -> NDArray[np.intp]:
    """Level number of the body nearest to each pixel, negative where the canal is nearer."""
    bodies = np.zeros(labels.shape[1:], np.intp)
    for level, k in body_slice.items():
        bodies[labels[k] == level] = level
    if not bodies.any():  # manual regions only, on slices without labels
        bodies[...] = min(body_slice)
    level_of = bodies[_indices_of_nearest(bodies != 0, pixel_mm)]
    owner = bodies.copy()
    for level, k in canal_slice.items():
        canal = ((labels[k] == CANAL) | (labels[k] == CORD)) & (level_of == level)
        owner[canal & (bodies == 0)] = -level
    return owner[_indices_of_nearest(owner != 0, pixel_mm)]


def _indices_of_nearest(
    mask: NDArray[np.bool_], pixel_mm: tuple[float, float]
) -> tuple[NDArray[np.intp], ...]:
    """Rows and columns of the nearest pixel of a mask, for each pixel."""
    indices = ndimage.distance_transform_edt(
        ~mask, sampling=pixel_mm, return_distances=False, return_indices=True
    )
    return tuple(indices)


def _shifted(
    voxels: NDArray[np.float32],
    labels: NDArray[np.uint8],
    slices: NDArray[np.intp],
    owner: NDArray[np.intp],
    reach: int,
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Voxels and labels of the plane and of ``reach`` slices to each of its sides.

    A body is labelled only where it owns the pixel, or parts of it would show on two slices;
    nothing is labelled beyond the stack.
    """
    shape = (2 * reach + 1, *slices.shape)
    image, section_labels = np.zeros(shape, np.float32), np.zeros(shape, np.uint8)
    for row, step in enumerate(range(-reach, reach + 1)):
        index = slices + step
        inside = (index >= 0) & (index < len(voxels))
        nearest = np.clip(index, 0, len(voxels) - 1)[None]
        image[row] = np.take_along_axis(voxels, nearest, axis=0)[0]
        label = np.take_along_axis(labels, nearest, axis=0)[0]
        foreign = np.isin(label, list(LEVEL_NAMES)) & (label != owner)
        section_labels[row] = np.where(inside & ~foreign, label, 0)
    return image, section_labels
