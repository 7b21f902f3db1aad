"""Whether the bodies found can be an adult lumbar spine, by their size and arrangement.

A network marks what looks most like a vertebral body, even in images that show none or smaller
ones. Lumbar bodies are about 34 mm deep and 24 mm high at their back and lie about 36 mm
apart (Panjabi et al., Spine 1992;17:299, doi 10.1097/00007632-199203000-00010); cervical ones are
about 15 to 18 mm deep (Spine 1991;16:861, doi 10.1097/00007632-199108000-00001), thoracic ones
from T5 down 24 to 33 mm (Spine 1991;16:888, doi 10.1097/00007632-199108000-00006). The limits
exclude the cervical spine and include small and large adults; of thoracic spines they exclude only
the smaller ones.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vbq.errors import RefusalError
from vbq.text import listed

# Medians of the bodies seen: anteroposterior, craniocaudal, and between neighbouring centres.
SMALLEST_MM = {"deep": 22.0, "high": 18.0, "apart": 27.0}
LARGEST_MM = {"deep": 50.0, "high": 42.0, "apart": 55.0}
CANAL_START = 0.35  # nearest start of the canal behind a body's centre, as a fraction of its depth
CANAL_END_MM = 30.0  # farthest end of the canal behind a body's posterior wall
MIN_CANAL_BEHIND = 0.8  # fraction of the canal at a body's height that lies in that range
MIN_CANAL_MM2 = 40.0  # canal at a body's height
MIN_BODIES = 0.5  # fraction of bodies with the canal behind them; a curved spine leaves the slices


def require_lumbar_spine(outlines: Sequence[NDArray[np.bool_]], canal: NDArray[np.bool_]) -> None:
    """Refuse a chain of bodies that do not have lumbar size or have no canal behind them.

    Args:
        outlines: The bodies on the midsagittal plane, from superior to inferior, at least two;
            bool, shape (rows, columns), 1 mm pixels.
        canal: The spinal canal on it; same shape.

    Raises:
        RefusalError: Code ``not_lumbar_size`` or ``no_lumbar_spine``.
    """
    points = [np.argwhere(outline).astype(float) for outline in outlines]
    centres = np.array([p.mean(axis=0) for p in points])
    down = np.gradient(centres, axis=0)
    down /= np.linalg.norm(down, axis=1, keepdims=True)
    back = np.stack([-down[:, 1], down[:, 0]], axis=1)
    # the standard deviation of a uniform distribution is its length over the square root of 12
    heights, depths = (
        np.array(
            [
                np.sqrt(12.0) * ((p - p.mean(axis=0)) @ u).std()
                for p, u in zip(points, axes, strict=True)
            ]
        )
        for axes in (down, back)
    )
    pitches = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    seen = {"deep": np.median(depths), "high": np.median(heights), "apart": np.median(pitches)}
    small = any(seen[name] < limit for name, limit in SMALLEST_MM.items())
    if small or any(seen[name] > limit for name, limit in LARGEST_MM.items()):
        sizes = listed(f"{size:.0f} mm {name}" for name, size in seen.items())
        cause = "a neck, a chest or a child" if small else "another part of the body"
        raise RefusalError(
            f"The vertebral bodies seen are {sizes}; those of an adult lumbar spine are about 34 "
            f"mm deep, 27 mm high and 36 mm apart. This is {cause}, or the pixel size is wrong.",
            remedy="Choose a sagittal lumbar series, and check the pixel spacing in the file.",
            code="not_lumbar_size",
        )
    bodies_before_canal = 0
    canal_points = np.argwhere(canal)
    for centre, u, v, height, depth in zip(centres, down, back, heights, depths, strict=True):
        from_centre = canal_points - centre
        at_height = np.abs(from_centre @ u) <= height / 2
        behind_centre = from_centre[at_height] @ v
        in_range = (behind_centre >= CANAL_START * depth) & (
            behind_centre <= depth / 2 + CANAL_END_MM
        )
        bodies_before_canal += bool(
            behind_centre.size >= MIN_CANAL_MM2 and in_range.mean() >= MIN_CANAL_BEHIND
        )
    if bodies_before_canal < MIN_BODIES * len(outlines):
        raise RefusalError(
            f"Of {len(outlines)} shapes resembling vertebral bodies, {bodies_before_canal} have a "
            "spinal canal behind them: this is not a sagittal image of a spine near its midline.",
            remedy="Choose a sagittal lumbar series; if this is one, check its orientation.",
            code="no_lumbar_spine",
        )
