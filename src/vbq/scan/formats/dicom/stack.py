"""Slices ordered into a regular stack, with an error for each way in which they do not form one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.errors import GeometryError
from vbq.scan.formats.dicom.frame import Frame
from vbq.scan.geometry import Plane
from vbq.text import listed, number_of

SAME_POSITION_MM = 0.02  # slices closer than this are at the same position
UNEVEN = 0.1  # tolerated deviation of a slice distance, as a fraction of the usual one
SAME_DIRECTION = 0.9998  # cosine: about one degree
SHIFTED_MM = 1.0  # tolerated distance of a slice from the line through the stack
UNIT = 1e-2  # tolerance of direction cosines, in length and orthogonality

_EXPORT_AGAIN = "Export the complete series again from the scanner or PACS."
_SEPARATE = "Export each series by itself."


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices ordered along their normal.

    Attributes:
        frames: The slices, by ascending position along the cross product of row and column.
        affine: (4, 4), (slice, row, column) to LPS mm.
    """

    frames: tuple[Frame, ...]
    affine: NDArray[np.float64]


def build_stack(frames: Sequence[Frame]) -> Stack:
    """Order the slices of one series and check that they form a regular stack.

    Raises:
        GeometryError: Geometry is missing; sizes or orientations are mixed; slices are missing,
            duplicated, unevenly spaced or shifted. The message names the files.
    """
    _require_geometry(frames)
    _require_uniform(frames)
    first = frames[0]
    row, column = _directions(first)
    normal = np.cross(row, column)
    offsets = np.array([np.dot(frame.position or (), normal) for frame in frames])
    order = np.argsort(offsets, kind="stable")
    ordered = tuple(frames[i] for i in order)
    positions = np.array([frame.position for frame in ordered], float)
    _require_regular(ordered, offsets[order], positions)

    row_spacing, column_spacing = first.spacing or (0.0, 0.0)
    affine = np.eye(4)
    affine[:3, 0] = _slice_step(first, positions, normal)
    affine[:3, 1] = column * row_spacing
    affine[:3, 2] = row * column_spacing
    affine[:3, 3] = positions[0]
    return Stack(ordered, affine)


def _directions(frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors along a row and along a column of the image; LPS."""
    values = np.array(frame.orientation, float)
    return values[:3], values[3:]


def plane_of_frame(frame: Frame) -> Plane | None:
    """The plane of a single slice, from the patient axis nearest to its normal."""
    if frame.orientation is None:
        return None
    planes: tuple[Plane, Plane, Plane] = ("sagittal", "coronal", "axial")
    return planes[int(np.argmax(np.abs(np.cross(*_directions(frame)))))]


def has_repeats(frames: Sequence[Frame]) -> bool:
    """Whether two frames of the same orientation are at the same position."""
    poses = {
        tuple(np.round((*(frame.position or ()), *(frame.orientation or ())), 2))
        for frame in frames
    }
    return len(poses) < len(frames)


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
                f"{frame.name}: the image {listed(missing)} {'is' if len(missing) == 1 else 'are'} "
                "missing, so nothing in it can be measured.",
                remedy="Export the original series; keep the geometry when anonymising.",
                code="missing_geometry",
            )
        row, column = _directions(frame)
        lengths = np.array([row @ row, column @ column, 1 + row @ column])
        if np.abs(lengths - 1).max() > UNIT or min(frame.spacing or (0,)) <= 0:
            raise GeometryError(
                f"{frame.name}: the image orientation or pixel spacing is not valid.",
                remedy=_EXPORT_AGAIN,
                code="invalid_geometry",
            )


def _require_uniform(frames: Sequence[Frame]) -> None:
    first = frames[0]
    for frame in frames:
        size = (frame.storage.rows, frame.storage.columns)
        expected = (first.storage.rows, first.storage.columns)
        if size != expected or not np.allclose(frame.spacing or (), first.spacing or (), rtol=0.01):
            raise GeometryError(
                f"Two mixed series under one UID: {first.name} has {_grid(first)}, {frame.name} "
                f"{_grid(frame)}.",
                remedy=_SEPARATE,
                code="mixed_sizes",
            )
    for frame in frames:
        cosines = [a @ b for a, b in zip(_directions(first), _directions(frame), strict=True)]
        if min(cosines) < SAME_DIRECTION:
            raise GeometryError(
                f"Two mixed series under one UID: {first.name} and {frame.name} differ in "
                f"orientation ({plane_of_frame(first)}, {plane_of_frame(frame)}).",
                remedy=_SEPARATE,
                code="mixed_orientations",
            )


def _require_regular(
    frames: Sequence[Frame], offsets: NDArray[np.float64], positions: NDArray[np.float64]
) -> None:
    """Require slices at distinct, evenly spaced positions on one line.

    Args:
        frames: The slices in order.
        offsets: Their positions along the normal, ascending, mm.
        positions: Their positions, shape (slices, 3), LPS mm.

    Raises:
        GeometryError: They are not.
    """
    gaps = np.diff(offsets)
    if not len(gaps):
        return
    _require_distinct(frames, gaps, positions)
    _require_even_gaps(frames, gaps)
    line = np.linspace(0, 1, len(frames))[:, None]
    straight = positions[0] + line * (positions[-1] - positions[0])
    shifts = np.linalg.norm(positions - straight, axis=1)
    if shifts.max() > SHIFTED_MM:
        raise GeometryError(
            f"{frames[int(np.argmax(shifts))].name}: this slice is shifted relative to the others.",
            remedy=_EXPORT_AGAIN,
            code="shifted_slices",
        )


def _require_distinct(
    frames: Sequence[Frame], gaps: NDArray[np.float64], positions: NDArray[np.float64]
) -> None:
    closest = int(np.argmin(gaps))
    if gaps[closest] >= SAME_POSITION_MM:
        return
    pair = f"{frames[closest].name} and {frames[closest + 1].name}"
    if np.linalg.norm(positions[closest + 1] - positions[closest]) > SHIFTED_MM:
        raise GeometryError(
            f"Two mixed series under one UID: {pair} lie in the same plane but at different "
            "positions.",
            remedy=_SEPARATE,
            code="mixed_positions",
        )
    raise GeometryError(
        f"Two slices are at the same position: {pair}.",
        remedy="Remove the duplicate, or export each series by itself.",
        code="duplicate_slices",
    )


def _require_even_gaps(frames: Sequence[Frame], gaps: NDArray[np.float64]) -> None:
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    worst = int(np.argmax(np.abs(gaps - usual)))
    if abs(gaps[worst] - usual) <= UNEVEN * usual:
        return
    pair = f"between {frames[worst].name} and {frames[worst + 1].name}"
    multiple = gaps[worst] / usual
    if round(multiple) >= 2 and abs(multiple - round(multiple)) < 2 * UNEVEN:
        missing = round(multiple) - 1
        raise GeometryError(
            f"{number_of(missing, 'slice')} {'is' if missing == 1 else 'are'} missing {pair} "
            f"({gaps[worst]:.1f} mm apart; the others are {usual:.1f} mm apart).",
            remedy=_EXPORT_AGAIN,
            code="missing_slice",
        )
    raise GeometryError(
        f"Slices are unevenly spaced: {gaps[worst]:.1f} mm {pair}, {usual:.1f} mm elsewhere.",
        remedy=_EXPORT_AGAIN,
        code="uneven_spacing",
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
