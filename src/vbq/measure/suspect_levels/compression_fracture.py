"""Compression fractures: the anterior, middle and posterior height of each body.

Heights are compared with those of the neighbouring bodies at the same place, as in the
semiquantitative grading of Genant et al. (J Bone Miner Res 1993;8:1137,
doi 10.1002/jbmr.5650080915): a loss of 20–25 % is mild, 25–40 % moderate, more is severe. What
counts is the anterior height (wedge, crush) or the middle one (biconcave); a body that is low
behind alone, as L5 is by nature, is not compressed. Beside other fractures neighbours are no
measure: each body is judged by its own shape too, its anterior and middle height over its posterior
one against the usual ratio of its level. As in McCloskey et al. (Osteoporos Int 1993;3:138) it has
to be low against the posterior heights around it as well, since a body that is high behind is no
wedge.

Heights run parallel to the body's own front and back walls, as between the six points that a reader
sets on their corners: along the spine's axis a body that is tilted against it, as L3 to L5 are in
any lordosis, would lose a corner. They are means over an eighth to a fifth of the body's depth,
from the outline on the measured slice, clear of the lips of its corners.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES, SACRUM
from vbq.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from vbq.measure.regions.body_frame import BodyFrame

__all__ = ["HeightLoss", "Heights", "body_heights", "fracture_flags", "height_loss"]

ZONES = {"anterior": (0.03, 0.16), "middle": (0.4, 0.6), "posterior": (0.84, 0.97)}  # of its depth
WAIST = 0.2  # of its height, up and down from its middle: where its walls are taken
GRADES = ((0.4, "severe"), (0.25, "moderate"), (0.2, "mild"))
NEIGHBOURS = 2  # levels up and down that are compared
FEWEST_NEIGHBOURS = 2
# Anterior and middle over posterior height, T11 to L4: medians of 17 to 67 bodies a level, outlined
# by hand in 67 MRI that the network was trained on and measured as here. Published ratios between
# corners are up to 0.14 lower (0.89 to 0.92 at T11 to L2 in 115 healthy people, Surg Radiol Anat
# 2011;33:223, doi 10.1007/s00276-010-0746-x). How wedged L5 is varies with the lordosis: it is
# judged as L4 is, so only where it has lost more than its own wedge.
USUAL_SHAPE = {
    18: (0.94, 0.94),
    19: (0.96, 0.93),
    20: (0.98, 0.94),
    21: (1.04, 0.95),
    22: (1.05, 0.94),
    23: (1.07, 0.96),
    24: (1.07, 0.96),
}


@dataclass(frozen=True, slots=True)
class Heights:
    """Heights of a body, parallel to its own front and back walls, mm."""

    anterior: float
    middle: float
    posterior: float


@dataclass(frozen=True, slots=True)
class HeightLoss:
    """What a body lacks of each height, as shares of what is expected; negative if higher."""

    anterior: float
    middle: float
    posterior: float


def body_heights(
    body: NDArray[np.bool_], frame: BodyFrame, pixel_mm: tuple[float, float]
) -> Heights | None:
    """Mean heights of a body in front, in the middle and behind; ``None`` where it has no depth.

    Args:
        body: The body on the slice, shape (rows, columns).
        frame: Its frame on the same slice.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    along, behind = frame.coordinates((body.shape[0], body.shape[1]), pixel_mm)
    waist = body & (np.abs(along) <= WAIST * frame.height)
    if waist.sum() < 2:
        return None
    up = along[waist] - along[waist].mean()
    lean = float(up @ behind[waist] / max(float(up @ up), 1e-9))
    place = behind - lean * along  # the same along a wall, at whatever height
    rows = np.round(along[waist] / max(pixel_mm))
    # a notch or a spur of the outline moves a wall no more than in its own row
    walls = [place[waist][rows == row] for row in np.unique(rows)]
    front, back = (float(np.median([end(wall) for wall in walls])) for end in (np.min, np.max))
    depth = back - front
    if depth < 5 * max(pixel_mm):
        return None
    along_wall = float(np.hypot(1, lean))
    anterior, middle, posterior = (
        along_wall * _height(place[body] - front, (low * depth, high * depth), pixel_mm)
        for low, high in ZONES.values()
    )
    return Heights(anterior, middle, posterior)


def _height(
    place: NDArray[np.float64], zone: tuple[float, float], pixel_mm: tuple[float, float]
) -> float:
    """Area of a body within a zone of its depth over the zone's width; pixels count in part."""
    inside = np.minimum(place - zone[0], zone[1] - place) / pixel_mm[1] + 0.5
    area = float(np.clip(inside, 0, 1).sum()) * pixel_mm[0] * pixel_mm[1]
    return area / (zone[1] - zone[0])


def height_loss(heights: Mapping[int, Heights], level: int) -> HeightLoss | None:
    """What a body lacks against the median of its neighbours.

    ``None`` where fewer than two bodies lie within two levels of it.
    """
    near = [h for n, h in heights.items() if n != level and abs(n - level) <= NEIGHBOURS]
    if len(near) < FEWEST_NEIGHBOURS:
        return None
    anterior, middle, posterior = (
        1 - getattr(heights[level], zone) / float(np.median([getattr(h, zone) for h in near]))
        for zone in ZONES
    )
    return HeightLoss(anterior, middle, posterior)


def shape_loss(heights: Mapping[int, Heights], level: int) -> HeightLoss | None:
    """What a body lacks against its posterior height and the usual shape of its level.

    The posterior height is the lower one of its own and of the median within two levels.
    ``None`` for levels whose usual shape is not known.
    """
    own = heights[level]
    around = [h.posterior for n, h in heights.items() if abs(n - level) <= NEIGHBOURS]
    behind = min(own.posterior, float(np.median(around)))
    if level not in USUAL_SHAPE or behind <= 0:
        return None
    anterior, middle = (usual * behind for usual in USUAL_SHAPE[level])
    return HeightLoss(
        1 - own.anterior / anterior, 1 - own.middle / middle, 1 - own.posterior / behind
    )


def fracture_flags(
    labels: NDArray[np.uint8],
    frames: Mapping[int, BodyFrame],
    levels: Iterable[int],
    pixel_mm: tuple[float, float],
) -> dict[int, Finding]:
    """Bodies that lack a fifth or more of their anterior or middle height, by level number.

    S1, which has no neighbour below, is not judged.

    Args:
        labels: The label map on one sagittal slice, shape (rows, columns).
        frames: Frames of the bodies on it, by level number.
        levels: Level numbers of the bodies that lie wholly in the field of view.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    mobile = [n for n in levels if n != SACRUM]
    found = {n: body_heights(labels == n, frames[n], pixel_mm) for n in mobile}
    heights = {n: h for n, h in found.items() if h is not None}
    flags = {}
    for level, measured in heights.items():
        near, shape = height_loss(heights, level), shape_loss(heights, level)
        losses = [
            (getattr(loss, zone), zone, against)
            for against, loss in (("neighbours", near), ("posterior height", shape))
            if loss is not None
            for zone in ("anterior", "middle")
        ]
        most, zone, against = max(losses, default=(0.0, "", ""))
        grade = next((name for limit, name in GRADES if most >= limit), None)
        if grade is None:
            continue
        name = LEVEL_NAMES[level]
        numbers: dict[str, float | int | str | bool | None] = {
            f"{z}_{what}": round(getattr(loss, z), 3)
            for what, loss in (("loss", near), ("shape_loss", shape))
            if loss is not None
            for z in ZONES
        }
        flags[level] = Finding(
            "compression_fracture",
            "caution",
            f"{name} has lost {most:.0%} of its {zone} height against its {against}: suspected "
            f"{grade} compression fracture. Look at it in every series.",
            {
                "level": name,
                "grade": grade,
                "against": against,
                **{f"{z}_mm": round(getattr(measured, z), 1) for z in ZONES},
                **numbers,
            },
        )
    return flags
