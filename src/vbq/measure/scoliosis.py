"""Scoliosis: the lateral curve of the vertebral bodies through the stack of sagittal slices.

The angle is like Cobb's (between the most tilted endplates on a coronal radiograph), but between
the steepest tangents of a smooth curve through the middles of the bodies, seen from the front.
A stack or patient that lies oblique tilts the whole curve and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.flag import Flag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.anatomy.anatomy import Vertebra
    from vbq.scan.scan import Scan

__all__ = ["lateral_curve", "scoliosis_flags"]

LEAST_DEG = 10.0  # the Scoliosis Research Society's definition, of a Cobb angle
LEAST_MM = 4.0  # and a deviation that slices a few millimetres apart can show
FEWEST = 5  # bodies
LEVELS = range(18, 27)  # T11 to S1
LEAST_WIDTH_MM = 20.0  # of the stack, for the middle of a body 40 mm wide to be known


def scoliosis_flags(scan: Scan, vertebrae: Sequence[Vertebra]) -> list[Flag]:
    """Whether the bodies lie on a lateral curve of 10 degrees or more.

    Args:
        scan: The scan.
        vertebrae: The bodies found in it.
    """
    if scan.voxels.shape[0] * scan.spacing_mm[0] < LEAST_WIDTH_MM:
        return []
    found = lateral_curve([v for v in vertebrae if v.level in LEVELS])
    if found is None:
        return []
    angle, deviation = found
    if angle < LEAST_DEG or deviation < LEAST_MM:
        return []
    return [
        Flag(
            "scoliosis",
            "caution",
            f"The vertebral bodies lie on a lateral curve of about {angle:.0f}°, "
            f"{deviation:.0f} mm off a straight line: no one slice is the midline of all. Check "
            "the slice of each level.",
            {"angle_deg": round(angle, 1), "deviation_mm": round(deviation, 1)},
        )
    ]


def lateral_curve(vertebrae: Sequence[Vertebra]) -> tuple[float, float] | None:
    """Angle in degrees between the steepest tangents, and largest distance in mm from the chord.

    A cubic through the middles, in the patient's coronal plane; ``None`` with fewer than five.
    """
    if len(vertebrae) < FEWEST:
        return None
    x, _, z = np.array([v.centre_mm for v in vertebrae]).T
    middle, half = (z.max() + z.min()) / 2, max((z.max() - z.min()) / 2, 1e-9)
    curve = np.polynomial.Polynomial.fit((z - middle) / half, x, 3)
    along = np.linspace(-1, 1, 101)
    tilt = np.degrees(np.arctan(curve.deriv()(along) / half))
    lateral = curve(along)
    chord = np.linspace(lateral[0], lateral[-1], along.size)
    slope = np.arctan2(lateral[-1] - lateral[0], 2 * half)
    off = np.abs(lateral - chord).max() * np.cos(slope)
    return float(np.ptp(tilt)), float(off)
