"""Scoliosis: the lateral curve of the vertebral bodies through the stack of sagittal slices.

The angle resembles Cobb's (between the most tilted endplates on a coronal radiograph), but is taken
between the steepest tangents of a smooth curve through the middles of the bodies in the coronal
plane. An oblique stack or patient tilts the curve as a whole, which changes nothing by itself, but
it leads bodies out of the slices. Outlines on the outermost slices are the least reliable, which
displaces the middles of these bodies. The canal is narrower: in an oblique stack it has to curve
the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.levels import CANAL, CORD
from vbq.anatomy.midline import profile_centroid
from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan
from vbq.scan.scan import Scan

if TYPE_CHECKING:
    Point = tuple[float, float, float]

SMALLEST_DEG = 10.0  # definition of the Scoliosis Research Society, for a Cobb angle
SMALLEST_MM = 4.0  # a deviation that slices a few millimetres apart can show
FEWEST_LEVELS = 5  # bodies, or levels of the canal
FEWEST_CANAL_LEVELS = 3  # levels that show how the spine lies in the slices
OBLIQUE_DEG = 8.0  # angle above which the canal has to agree
NEAR_SLICES = 1.5  # slices from the middle of the canal within which its position is measured
LEVELS = range(18, 27)  # T11 to S1
SMALLEST_WIDTH_MM = 20.0  # width of the stack that shows the middle of a body 40 mm wide


class LateralCurve(NamedTuple):
    """A lateral curve of the spine.

    ``angle_deg`` lies between its steepest tangents; ``deviation_mm`` is its greatest distance from
    the chord, positive to the left of the patient.
    """

    angle_deg: float
    deviation_mm: float


def scoliosis_findings(measured: MeasuredScan) -> list[Finding]:
    """Whether the bodies lie on a lateral curve of 10 degrees or more.

    Where no canal is labelled, only bodies with both sides in the stack are used.
    """
    scan, anatomy = measured.scan, measured.anatomy
    if scan.voxels.shape[0] * scan.spacing_mm[0] < SMALLEST_WIDTH_MM:
        return []
    boxes = ndimage.find_objects(anatomy.labels)
    spaces = filter(None, boxes[CORD - 1 : CANAL])
    canal_ends = [end for _, _, columns in spaces for end in (columns.start, columns.stop)]
    canal_columns = slice(min(canal_ends, default=0), max(canal_ends, default=0))
    bodies, pairs = [], []
    for vertebra in anatomy.vertebrae:
        if vertebra.level not in LEVELS:
            continue
        _, rows, columns = boxes[vertebra.level - 1]
        body = anatomy.labels[:, rows, columns] == vertebra.level
        if canal_ends or _both_sides_seen(body):
            bodies.append(vertebra.centre_mm)
        canal = _canal_middle(scan, anatomy.labels, rows, canal_columns)
        if canal is not None:
            pairs.append((vertebra.centre_mm, canal))
    curve = lateral_curve(bodies)
    if curve is None or curve.angle_deg < SMALLEST_DEG or abs(curve.deviation_mm) < SMALLEST_MM:
        return []
    if canal_ends and not _canal_agrees(scan, pairs, curve):
        return []
    deviation = abs(curve.deviation_mm)
    return [
        Finding(
            "scoliosis",
            "caution",
            f"The vertebral bodies lie on a lateral curve of about {curve.angle_deg:.0f}°, "
            f"{deviation:.0f} mm off a straight line: no single slice is the midline of all. Check "
            "the slice of each level.",
            {"angle_deg": round(curve.angle_deg, 1), "deviation_mm": round(deviation, 1)},
        )
    ]


def _both_sides_seen(part: NDArray[np.bool_]) -> bool:
    """Whether a structure ends before the outermost slices, or shrinks to less than half there."""
    width = part.sum(axis=(1, 2))
    return bool(max(width[0], width[-1]) < width.max() / 2)


def _canal_middle(
    scan: Scan, labels: NDArray[np.uint8], rows: slice, columns: slice
) -> Point | None:
    """Middle of the canal, LPS mm, on the rows of a body; ``None`` where it leaves the stack."""
    canal = np.isin(labels[:, rows, columns], (CANAL, CORD))
    if not canal.any() or not _both_sides_seen(canal):
        return None
    middle = profile_centroid(canal.sum(axis=(1, 2)))
    pixels = np.argwhere(canal)
    pixels = pixels[np.abs(pixels[:, 0] - middle) <= NEAR_SLICES]
    if not len(pixels):
        return None
    row, column = pixels[:, 1:].mean(axis=0)
    x, y, z = scan.to_mm([middle, row + rows.start, column + columns.start])
    return float(x), float(y), float(z)


def _canal_agrees(scan: Scan, pairs: Sequence[tuple[Point, Point]], bodies: LateralCurve) -> bool:
    """Whether the spine lies straight in the slices or, if not, the canal curves as the bodies do.

    Args:
        scan: The scan.
        pairs: Middle of each body and of the canal behind it, LPS mm, from superior to inferior.
        bodies: The curve of the bodies.
    """
    if len(pairs) < FEWEST_CANAL_LEVELS:
        return False
    across = scan.affine[:3, 0] / np.linalg.norm(scan.affine[:3, 0])
    canal = [middle for _, middle in pairs]
    steps = np.array([np.subtract(canal[0], canal[-1]), *(np.subtract(c, b) for b, c in pairs)])
    tilt = np.degrees(np.arcsin(steps @ across / np.linalg.norm(steps, axis=1)))
    # the spine leans out of the slices, or is rotated in them about its own axis
    if max(abs(tilt[0]), abs(np.median(tilt[1:]))) < OBLIQUE_DEG:
        return True
    curve = lateral_curve(canal)
    return curve is not None and curve.deviation_mm * np.sign(bodies.deviation_mm) >= SMALLEST_MM


def lateral_curve(middles: Sequence[Point]) -> LateralCurve | None:
    """A cubic through middles (LPS mm) in the coronal plane; ``None`` with fewer than five."""
    if len(middles) < FEWEST_LEVELS:
        return None
    x, _, z = np.array(middles).T
    centre, half = (z.max() + z.min()) / 2, max((z.max() - z.min()) / 2, 1e-9)
    curve = np.polynomial.Polynomial.fit((z - centre) / half, x, 3)
    along = np.linspace(-1, 1, 101)
    tilt = np.degrees(np.arctan(curve.deriv()(along) / half))
    lateral = curve(along)
    chord = np.linspace(lateral[0], lateral[-1], along.size)
    slope = np.arctan2(lateral[-1] - lateral[0], 2 * half)
    distance = (lateral - chord) * np.cos(slope)
    return LateralCurve(float(np.ptp(tilt)), float(distance[np.abs(distance).argmax()]))
