"""Compression fractures: the anterior, middle and posterior height of each body.

Heights are compared with those of the neighbouring bodies at the same place, as in the
semiquantitative grading of Genant et al. (J Bone Miner Res 1993;8:1137,
doi 10.1002/jbmr.5650080915): a loss of 20–25 % is mild, 25–40 % moderate, more is severe. The
anterior height (wedge, crush) and the middle one (biconcave) count; a body that has a low posterior
height only, as L5 has by nature, is not compressed. Neighbours that are fractured too are no
standard, so each body is judged by its own shape as well: its anterior and middle height over its
posterior one, against the usual ratio of its level. As in McCloskey et al. (Osteoporos Int
1993;3:138) it has to be low against the posterior heights around it too, since a body with a large
posterior height is no wedge.

Heights are measured parallel to the anterior and posterior walls of the body, as between the six
points that a reader sets on its corners: along the axis of the spine, a body that is tilted against
it, as L3 to L5 are in any lordosis, would lose a corner. They are means over an eighth to a fifth
of the depth of the body, from the outline on the measured slice, clear of the lips of its corners.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import LEVEL_NAMES, SACRUM
from vbq.finding import Evidence, Finding
from vbq.measure.regions.body_frame import BodyFrame
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.text import percent

# ranges of depth, as fractions of the body's depth
ZONES = {"anterior": (0.03, 0.16), "middle": (0.4, 0.6), "posterior": (0.84, 0.97)}
WAIST = 0.2  # distance from the centre, over the body's height, within which its walls are found
GRADES = ((0.4, "severe"), (0.25, "moderate"), (0.2, "mild"))
NEIGHBOURS = 2  # levels up and down that are compared
FEWEST_NEIGHBOURS = 2
# Anterior and middle over posterior height, T11 to L4: medians of 17 to 67 bodies a level, outlined
# by hand in 67 MRI that the network was trained on and measured as in this module. Published ratios
# between corners are up to 0.14 lower (0.89 to 0.92 at T11 to L2 in 115 healthy people, Surg Radiol
# Anat 2011;33:223, doi 10.1007/s00276-010-0746-x). The wedging of L5 varies with the lordosis: it
# is judged by the shape of L4, so only where it has lost more than its own wedge.
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
    """Heights of a body, parallel to its anterior and posterior walls, mm."""

    anterior: float
    middle: float
    posterior: float

    def loss(self, expected: Heights) -> HeightLoss:
        """Loss of each height, as a fraction of the expected one."""
        return HeightLoss(*(1 - getattr(self, zone) / getattr(expected, zone) for zone in ZONES))


@dataclass(frozen=True, slots=True)
class HeightLoss:
    """Shares of the expected heights that a body has lost; negative where it is higher."""

    anterior: float
    middle: float
    posterior: float


def body_heights(
    body: NDArray[np.bool_], frame: BodyFrame, pixel_mm: tuple[float, float]
) -> Heights | None:
    """Mean anterior, middle and posterior height of a body; ``None`` where it has no depth.

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
    place = behind - lean * along  # constant along a wall
    rows = np.round(along[waist] / max(pixel_mm))
    # median over rows: a notch or spur of the outline does not move a wall
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
    """Height loss of a body relative to the median of its neighbours.

    ``None`` where fewer than two bodies lie within two levels of it.
    """
    neighbours = [h for n, h in heights.items() if n != level and abs(n - level) <= NEIGHBOURS]
    if len(neighbours) < FEWEST_NEIGHBOURS:
        return None
    medians = (float(np.median([getattr(h, zone) for h in neighbours])) for zone in ZONES)
    return heights[level].loss(Heights(*medians))


def shape_loss(heights: Mapping[int, Heights], level: int) -> HeightLoss | None:
    """Height loss of a body relative to its posterior height and the usual shape of its level.

    The posterior height is the lower of its own and the median within two levels. ``None`` for
    levels whose usual shape is not known.
    """
    around = [h.posterior for n, h in heights.items() if abs(n - level) <= NEIGHBOURS]
    posterior = min(heights[level].posterior, float(np.median(around)))
    if level not in USUAL_SHAPE or posterior <= 0:
        return None
    anterior, middle = (usual * posterior for usual in USUAL_SHAPE[level])
    return heights[level].loss(Heights(anterior, middle, posterior))


def fracture_findings(section: SagittalSection, levels: Iterable[int]) -> dict[int, Finding]:
    """Bodies that lack a fifth or more of their anterior or middle height, by level number.

    S1, which has no neighbour below, is not judged.

    Args:
        section: The section measured.
        levels: Level numbers of the bodies that lie wholly in the field of view.
    """
    measured = {
        n: body_heights(section.labels == n, section.frames[n], section.pixel_mm)
        for n in levels
        if n != SACRUM
    }
    heights = {n: h for n, h in measured.items() if h is not None}
    findings = {level: _fracture_finding(heights, level) for level in heights}
    return {level: finding for level, finding in findings.items() if finding is not None}


def _fracture_finding(heights: Mapping[int, Heights], level: int) -> Finding | None:
    losses = {
        "neighbours": height_loss(heights, level),
        "posterior height": shape_loss(heights, level),
    }
    largest, zone, standard = max(
        (
            (getattr(loss, zone), zone, standard)
            for standard, loss in losses.items()
            if loss is not None
            for zone in ("anterior", "middle")
        ),
        default=(0.0, "", ""),
    )
    grade = next((name for limit, name in GRADES if largest >= limit), None)
    if grade is None:
        return None
    name = LEVEL_NAMES[level]
    evidence: dict[str, Evidence] = {"level": name, "grade": grade, "against": standard}
    evidence |= {f"{zone}_mm": round(getattr(heights[level], zone), 1) for zone in ZONES}
    for key, loss in zip(("loss", "shape_loss"), losses.values(), strict=True):
        if loss is not None:
            evidence |= {f"{zone}_{key}": round(getattr(loss, zone), 3) for zone in ZONES}
    return Finding(
        "compression_fracture",
        "caution",
        f"{name} has lost {percent(largest, 0)} of its {zone} height against its {standard}: "
        f"suspected {grade} compression fracture. Look at it in every series.",
        evidence,
    )
