"""Scoliosis: the lateral curve of the vertebral bodies through the stack of sagittal slices.

The angle is like Cobb's (between the most tilted endplates on a coronal radiograph), but between
the steepest tangents of a smooth curve through the middles of the bodies, seen from the front.
A stack or patient that lies oblique tilts the whole curve and changes nothing by itself. But it
leads bodies out of the slices, and their outlines on the outermost ones are the least sure: middles
of bodies are off. The canal is narrower; in an oblique stack it has to curve the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.levels import CANAL, CORD
from vbq.anatomy.midline import profile_centroid
from vbq.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import Anatomy
    from vbq.scan.scan import Scan

    Point = tuple[float, float, float]

__all__ = ["lateral_curve", "scoliosis_flags"]

LEAST_DEG = 10.0  # the Scoliosis Research Society's definition, of a Cobb angle
LEAST_MM = 4.0  # and a deviation that slices a few millimetres apart can show
FEWEST = 5  # bodies, or levels of the canal
FEWEST_BEHIND = 3  # levels of the canal, to know how the spine lies in the slices
OBLIQUE_DEG = 8.0  # from here on the canal has to agree
NEAR = 1.5  # slices from the canal's middle, where its place on the slice is taken
LEVELS = range(18, 27)  # T11 to S1
LEAST_WIDTH_MM = 20.0  # of the stack, for the middle of a body 40 mm wide to be known


def scoliosis_flags(scan: Scan, anatomy: Anatomy) -> list[Finding]:
    """Whether the bodies lie on a lateral curve of 10 degrees or more.

    Where no canal is marked, only bodies with both sides in the stack are judged.

    Args:
        scan: The scan.
        anatomy: What is where in it.
    """
    if scan.voxels.shape[0] * scan.spacing_mm[0] < LEAST_WIDTH_MM:
        return []
    boxes = ndimage.find_objects(anatomy.labels)
    spaces = filter(None, boxes[CORD - 1 : CANAL])
    canal = [end for _, _, columns in spaces for end in (columns.start, columns.stop)]
    within = slice(min(canal, default=0), max(canal, default=0))
    bodies, pairs = [], []
    for vertebra in anatomy.vertebrae:
        if vertebra.level not in LEVELS:
            continue
        _, rows, columns = boxes[vertebra.level - 1]
        body = anatomy.labels[:, rows, columns] == vertebra.level
        if canal or _both_sides_seen(body):
            bodies.append(vertebra.centre_mm)
        behind = _canal_middle(scan, anatomy, rows, within)
        if behind is not None:
            pairs.append((vertebra.centre_mm, behind))
    found = lateral_curve(bodies)
    if found is None or found[0] < LEAST_DEG or abs(found[1]) < LEAST_MM:
        return []
    if canal and not _canal_agrees(scan, pairs, found[1]):
        return []
    angle, deviation = found[0], abs(found[1])
    return [
        Finding(
            "scoliosis",
            "caution",
            f"The vertebral bodies lie on a lateral curve of about {angle:.0f}°, "
            f"{deviation:.0f} mm off a straight line: no one slice is the midline of all. Check "
            "the slice of each level.",
            {"angle_deg": round(angle, 1), "deviation_mm": round(deviation, 1)},
        )
    ]


def _both_sides_seen(part: NDArray[np.bool_]) -> bool:
    """Whether a structure ends before the outermost slices, or is half gone there."""
    width = part.sum(axis=(1, 2))
    return bool(max(width[0], width[-1]) < width.max() / 2)


def _canal_middle(scan: Scan, anatomy: Anatomy, rows: slice, columns: slice) -> Point | None:
    """Middle of the canal, LPS mm, on the rows of a body; ``None`` where it leaves the stack."""
    behind = np.isin(anatomy.labels[:, rows, columns], (CANAL, CORD))
    if not behind.any() or not _both_sides_seen(behind):
        return None
    middle = profile_centroid(behind.sum(axis=(1, 2)))
    pixels = np.argwhere(behind)
    pixels = pixels[np.abs(pixels[:, 0] - middle) <= NEAR]
    if not len(pixels):
        return None
    row, column = pixels[:, 1:].mean(axis=0)
    x, y, z = scan.to_mm([middle, row + rows.start, column + columns.start])
    return float(x), float(y), float(z)


def _canal_agrees(scan: Scan, pairs: Sequence[tuple[Point, Point]], deviation: float) -> bool:
    """Whether the spine lies straight in the slices or, where not, the canal curves as the bodies.

    Args:
        scan: The scan.
        pairs: Middle of each body and of the canal behind it, LPS mm, from superior to inferior.
        deviation: Of the bodies' curve, mm; its sign counts.
    """
    if len(pairs) < FEWEST_BEHIND:
        return False
    across = scan.affine[:3, 0] / np.linalg.norm(scan.affine[:3, 0])
    canal = [behind for _, behind in pairs]
    steps = np.array([np.subtract(canal[0], canal[-1]), *(np.subtract(c, b) for b, c in pairs)])
    aside = np.degrees(np.arcsin(steps @ across / np.linalg.norm(steps, axis=1)))
    # the spine leans out of the slices, or is turned in them about its own axis
    if max(abs(aside[0]), abs(np.median(aside[1:]))) < OBLIQUE_DEG:
        return True
    found = lateral_curve(canal)
    return found is not None and found[1] * np.sign(deviation) >= LEAST_MM


def lateral_curve(middles: Sequence[Point]) -> tuple[float, float] | None:
    """Angle in degrees between the steepest tangents, and furthest point from the chord in mm.

    A cubic through the middles (LPS mm), in the patient's coronal plane; the distance is positive
    to the patient's left. ``None`` with fewer than five.
    """
    if len(middles) < FEWEST:
        return None
    x, _, z = np.array(middles).T
    middle, half = (z.max() + z.min()) / 2, max((z.max() - z.min()) / 2, 1e-9)
    curve = np.polynomial.Polynomial.fit((z - middle) / half, x, 3)
    along = np.linspace(-1, 1, 101)
    tilt = np.degrees(np.arctan(curve.deriv()(along) / half))
    lateral = curve(along)
    chord = np.linspace(lateral[0], lateral[-1], along.size)
    slope = np.arctan2(lateral[-1] - lateral[0], 2 * half)
    off = (lateral - chord) * np.cos(slope)
    return float(np.ptp(tilt)), float(off[np.abs(off).argmax()])
