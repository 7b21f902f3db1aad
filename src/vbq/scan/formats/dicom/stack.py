"""Slices into a stack: order by position, and every way in which they may fail to be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import GeometryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.scan.formats.dicom.frame import Frame
    from vbq.scan.geometry import Plane

__all__ = ["Stack", "directions", "has_repeats", "plane_of_frame", "stack"]

SAME_PLACE = 0.02  # mm between slices below which they are at the same place
UNEVEN = 0.1  # share of the slice distance by which distances may differ
SAME_DIRECTION = 0.9998  # cosine: about one degree
SHIFTED = 1.0  # mm by which a slice may stand beside the line through the others
UNIT = 1e-2  # by which direction cosines may miss unit length and right angles

_AGAIN = "Export the whole series again from the scanner or PACS."


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices in order along their normal.

    Attributes:
        frames: The slices, in ascending position along row × column.
        affine: (4, 4), (slice, row, column) to LPS mm.
    """

    frames: tuple[Frame, ...]
    affine: NDArray[np.float64]


def stack(frames: Sequence[Frame]) -> Stack:
    """Order the slices of one series and check that they form a regular stack.

    Raises:
        GeometryError: Geometry is missing, sizes or orientations are mixed, slices are missing,
            doubled, unevenly spaced or shifted; the message names the files.
    """
    _require_geometry(frames)
    _require_one_kind(frames)
    first = frames[0]
    row, column = directions(first)
    normal = np.cross(row, column)
    heights = np.array([np.dot(frame.position or (), normal) for frame in frames])
    order = np.argsort(heights, kind="stable")
    ordered = tuple(frames[i] for i in order)
    positions = np.array([frame.position for frame in ordered], float)
    _require_even(ordered, heights[order], positions)

    between_rows, between_columns = first.spacing or (0.0, 0.0)
    affine = np.eye(4)
    affine[:3, 0] = _slice_step(first, positions, normal)
    affine[:3, 1] = column * between_rows
    affine[:3, 2] = row * between_columns
    affine[:3, 3] = positions[0]
    return Stack(ordered, affine)


def directions(frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Direction in which column numbers grow, and in which row numbers grow; LPS."""
    values = np.array(frame.orientation, float)
    return values[:3], values[3:]


def plane_of_frame(frame: Frame) -> Plane | None:
    """The plane of a single slice, by the axis nearest to its normal."""
    if frame.orientation is None:
        return None
    planes: tuple[Plane, Plane, Plane] = ("sagittal", "coronal", "axial")
    return planes[int(np.argmax(np.abs(np.cross(*directions(frame)))))]


def has_repeats(frames: Sequence[Frame]) -> bool:
    """Whether two frames of the same orientation are at the same place."""
    seen: set[tuple[float, ...]] = set()
    for frame in frames:
        place = tuple(np.round((*(frame.position or ()), *(frame.orientation or ())), 2))
        if place in seen:
            return True
        seen.add(place)
    return False


def _require_geometry(frames: Sequence[Frame]) -> None:
    for frame in frames:
        missing = [
            name
            for name, value in (
                ("position", frame.position),
                ("orientation", frame.orientation),
                ("pixel spacing", frame.spacing),
            )
            if value is None
        ]
        if missing:
            raise GeometryError(
                f"{frame.name}: the image {' and '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} missing, so nothing in it can be "
                "measured.",
                remedy="Export the original series; do not strip geometry when anonymising.",
                code="missing_geometry",
            )
        row, column = directions(frame)
        lengths = np.array([row @ row, column @ column, 1 + row @ column])
        if np.abs(lengths - 1).max() > UNIT or min(frame.spacing or (0,)) <= 0:
            raise GeometryError(
                f"{frame.name}: the image orientation or pixel spacing is not valid.",
                remedy=_AGAIN,
                code="invalid_geometry",
            )


def _require_one_kind(frames: Sequence[Frame]) -> None:
    first = frames[0]
    for frame in frames:
        size = (frame.storage.rows, frame.storage.columns)
        expected = (first.storage.rows, first.storage.columns)
        if size != expected or not np.allclose(frame.spacing or (), first.spacing or (), rtol=0.01):
            raise GeometryError(
                f"Two mixed series under one UID: {first.name} has {_grid(first)}, {frame.name} "
                f"{_grid(frame)}.",
                remedy="Export each series by itself.",
                code="mixed_sizes",
            )
    for frame in frames:
        cosines = [a @ b for a, b in zip(directions(first), directions(frame), strict=True)]
        if min(cosines) < SAME_DIRECTION:
            raise GeometryError(
                f"Two mixed series under one UID: {first.name} and {frame.name} differ in "
                f"orientation ({plane_of_frame(first)}, {plane_of_frame(frame)}).",
                remedy="Export each series by itself.",
                code="mixed_orientations",
            )


def _require_even(
    frames: Sequence[Frame], heights: NDArray[np.float64], positions: NDArray[np.float64]
) -> None:
    gaps = np.diff(heights)
    if not len(gaps):
        return
    closest = int(np.argmin(gaps))
    if gaps[closest] < SAME_PLACE:
        pair = f"{frames[closest].name} and {frames[closest + 1].name}"
        if np.linalg.norm(positions[closest + 1] - positions[closest]) > SHIFTED:
            raise GeometryError(
                f"Two mixed series under one UID: {pair} lie in one plane, but apart.",
                remedy="Export each series by itself.",
                code="mixed_positions",
            )
        raise GeometryError(
            f"Two slices are at the same place: {pair}.",
            remedy="Remove the copy, or export each series by itself.",
            code="duplicate_slices",
        )
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    worst = int(np.argmax(np.abs(gaps - usual)))
    if abs(gaps[worst] - usual) > UNEVEN * usual:
        times = gaps[worst] / usual
        whole = round(times) >= 2 and abs(times - round(times)) < 2 * UNEVEN
        between = f"between {frames[worst].name} and {frames[worst + 1].name}"
        raise GeometryError(
            f"{round(times) - 1} slice{'s are' if round(times) > 2 else ' is'} missing {between} "
            f"({gaps[worst]:.1f} mm apart, the others {usual:.1f} mm)."
            if whole
            else f"Slices are unevenly spaced: {gaps[worst]:.1f} mm {between}, {usual:.1f} mm "
            "elsewhere.",
            remedy=_AGAIN,
            code="missing_slice" if whole else "uneven_spacing",
        )
    share = np.linspace(0, 1, len(frames))[:, None]
    straight = positions[0] + share * (positions[-1] - positions[0])
    beside = np.linalg.norm(positions - straight, axis=1)
    if beside.max() > SHIFTED:
        raise GeometryError(
            f"{frames[int(np.argmax(beside))].name}: this slice is shifted against the others.",
            remedy=_AGAIN,
            code="shifted_slices",
        )


def _slice_step(
    first: Frame, positions: NDArray[np.float64], normal: NDArray[np.float64]
) -> NDArray[np.float64]:
    if len(positions) > 1:
        return np.asarray((positions[-1] - positions[0]) / (len(positions) - 1))
    thickness = first.acquisition.slice_thickness_mm
    return normal * (thickness if thickness and thickness > 0 else 1.0)


def _grid(frame: Frame) -> str:
    spacing = frame.spacing or (0.0, 0.0)
    return f"{frame.storage.rows} × {frame.storage.columns} pixels of {spacing[0]:.2f} mm"
