"""Structures along the spine as curves over height: thecal sac, cord, fascia, skin.

Sizes are plausible round numbers, from memory.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from vbq.anatomy.levels import SACRUM
from vbq.phantom.spine_shape import SpineShape
from vbq.phantom.vertebra import Vertebra

_STEP_MM = 0.25  # distance of the samples along z


@dataclass(frozen=True, eq=False, slots=True)
class Canal:
    """Curves along z in steps of 0.25 mm from ``z0`` upward: float32, shape (n,), LPS mm.

    Attributes:
        z0: Height of the first entry.
        x, y: Centre of the thecal sac.
        cosine: Cosine of the sac's slope in the sagittal plane, which converts distances along y
            into distances across the sac.
        radius_y, radius_x: Half-axes of the sac; 0 below its tip.
        cord_y, cord_x: Half-axes of the cord; 0 below the conus.
        cord_shift: Distance of the cord's centre posterior to that of the sac.
        front: y of the smoothed anterior wall of the bodies.
        fascia: y of the line through the tips of the spinous processes.
        skin: y of the skin of the back at the midline.
        belly: y of the skin of the abdomen at the midline.
        interlaminar: 0..1, 1 at disc level, where fat fills the space between the laminae.
        caudal: 0..1, rising below L5, where the sac leaves the posterior wall.
    """

    z0: float
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    cosine: NDArray[np.float32]
    radius_y: NDArray[np.float32]
    radius_x: NDArray[np.float32]
    cord_y: NDArray[np.float32]
    cord_x: NDArray[np.float32]
    cord_shift: NDArray[np.float32]
    front: NDArray[np.float32]
    fascia: NDArray[np.float32]
    skin: NDArray[np.float32]
    belly: NDArray[np.float32]
    interlaminar: NDArray[np.float32]
    caudal: NDArray[np.float32]

    def index(self, z: NDArray[np.float32]) -> NDArray[np.int32]:
        """Index of the entry nearest to each height ``z`` (mm)."""
        i = (z - np.float32(self.z0 - _STEP_MM / 2)) * np.float32(1 / _STEP_MM)
        return np.asarray(np.clip(i, 0, self.x.size - 1), np.int32)

    def index_of(self, height: float) -> int:
        """Index of the entry nearest to one height (mm)."""
        return int(self.index(np.array([height], np.float32))[0])


def build_canal(placed: list[Vertebra], shape: SpineShape) -> Canal:
    """The curves of a spine in place, over its full height and 40 to 60 mm beyond."""
    z = np.arange(placed[-1].centre[2] - 60.0, placed[0].centre[2] + 40.0, _STEP_MM)
    sacral = 20 + shape.lumbar_count  # number of S1 on a continuous scale of levels
    numbers = [float(v.level if v.level < SACRUM else v.level - SACRUM + sacral) for v in placed]
    level = _interpolate(z, placed, numbers)
    half = shape.canal_mm / 2
    # The sac is widest at L1, tapers from L5 to an elongated tip and ends at S2.
    nodes = [16, 19, 20, 22, sacral - 1, sacral, sacral + 0.7, sacral + 1.25, sacral + 1.35]
    radius_y = half * np.interp(level, nodes, [0.86, 0.98, 1.04, 1.0, 0.9, 0.7, 0.42, 0.16, 0.0])
    radius_x = half * np.interp(level, nodes, [1.0, 1.25, 1.27, 1.3, 1.15, 0.9, 0.55, 0.2, 0.0])
    x, y = _sac_centre(z, placed, numbers, radius_y, sacral)
    # The cord swells at T11-T12 and tapers over the last vertebra before its tip.
    cord = np.clip((shape.conus - level) / 1.1, 0, 1) ** 0.6
    cord = cord * (1 + 0.12 * np.exp(-((level - 18.6) ** 2)))
    fascia, skin, front, belly = _profiles(z, placed, shape, level, sacral)
    curves = {
        "x": x,
        "y": y,
        "cosine": 1 / np.sqrt(1 + np.gradient(y, z) ** 2),
        "radius_y": radius_y,
        "radius_x": radius_x,
        "cord_y": cord * 3.9,
        "cord_x": cord * 4.9,
        "cord_shift": np.interp(level, [16, 18, 20, 21], [-0.6, -0.4, 1.0, 2.6]),
        "front": front,
        "fascia": fascia,
        "skin": skin,
        "belly": belly,
        "interlaminar": _interlaminar(z, placed),
        "caudal": np.interp(level, [sacral - 2, sacral - 1, sacral], [0, 0.3, 1]),
    }
    return Canal(
        z0=float(z[0]),
        **{name: np.ascontiguousarray(curve, np.float32) for name, curve in curves.items()},
    )


def _interpolate(
    z: NDArray[np.float64], placed: list[Vertebra], values: list[float], smooth_mm: float = 0.0
) -> NDArray[np.float64]:
    """Interpolate one value per vertebra over height; constant beyond the ends."""
    height = np.array([v.centre[2] for v in placed])[::-1]
    curve = PchipInterpolator(height, values[::-1])(np.clip(z, height[0], height[-1]))
    if smooth_mm:
        curve = gaussian_filter1d(curve, smooth_mm / _STEP_MM)
    return np.asarray(curve, np.float64)


def _sac_centre(
    z: NDArray[np.float64],
    placed: list[Vertebra],
    numbers: list[float],
    radius_y: NDArray[np.float64],
    sacral: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """X and y of the sac's centre: a small gap and its half-axis behind the posterior walls."""
    points = []
    for v, number in zip(placed, numbers, strict=True):
        radius = float(np.interp(v.centre[2], z, radius_y))
        distance = 0.7 + 4.0 * float(np.clip(number - sacral + 1, 0, 1)) + max(radius, 3.0)
        points += [v.to_mm(0, v.depth / 2 + distance, share * v.height) for share in (0.3, -0.3)]
    track = np.array(points)
    track = track[np.argsort(track[:, 2])]
    track = track[np.concatenate([[True], np.diff(track[:, 2]) > 0.5])]
    curve = PchipInterpolator(track[:, 2], track[:, :2])
    smooth = gaussian_filter1d(curve(np.clip(z, track[0, 2], track[-1, 2])), 4 / _STEP_MM, axis=0)
    return smooth[:, 0], smooth[:, 1]


def _profiles(
    z: NDArray[np.float64],
    placed: list[Vertebra],
    shape: SpineShape,
    level: NDArray[np.float64],
    sacral: int,
) -> tuple[NDArray[np.float64], ...]:
    """Y of fascia, skin of the back, front of the bodies and skin of the abdomen."""
    tips = [
        float(v.to_mm(0, v.depth / 2 + (52 if v.level < SACRUM else 30) * shape.size, -8)[1])
        for v in placed
    ]
    tips[-2:] = [tips[-3] - 2, tips[-3] - 10]  # the contour of the back recedes below the sacrum
    fascia = _interpolate(z, placed, tips, 14.0)
    buttock = np.exp(-(((level - sacral) / 2.2) ** 2))
    skin = gaussian_filter1d(fascia + 2 + shape.fat_mm * (0.55 + buttock), 15 / _STEP_MM)
    front = _interpolate(z, placed, [float(v.to_mm(0, -v.depth / 2, 0)[1]) for v in placed], 6.0)
    waist = np.exp(-(((level - 22.5) / 1.6) ** 2))
    belly = gaussian_filter1d(front, 60 / _STEP_MM) - shape.abdomen_mm * (1 - 0.18 * waist)
    return fascia, skin, front, belly


def _interlaminar(z: NDArray[np.float64], placed: list[Vertebra]) -> NDArray[np.float64]:
    """Peaks of 1 slightly below each disc, where fat fills the space between the laminae."""
    peaks = np.zeros_like(z)
    for above, below in pairwise(placed):
        if below.level <= SACRUM + 1:
            disc = (above.centre[2] + below.centre[2]) / 2 - 0.1 * above.height
            peaks = np.maximum(peaks, np.exp(-(((z - disc + 4) / 6.5) ** 2)))
    return peaks
