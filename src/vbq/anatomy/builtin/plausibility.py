"""Whether what was found can be an adult's lumbar spine: by its size in mm and its arrangement.

A network marks what looks most like a vertebral body, also in images that show none, or smaller
ones. Lumbar bodies are about 34 mm deep and 24 mm high at their back and lie about 36 mm
apart (Panjabi et al., Spine 1992;17:299, doi 10.1097/00007632-199203000-00010); cervical ones are
about 15 to 18 mm deep (Spine 1991;16:861, doi 10.1097/00007632-199108000-00001), thoracic ones
from T5 down 24 to 33 mm (Spine 1991;16:888, doi 10.1097/00007632-199108000-00006). The limits
leave out the cervical spine and keep small and large adults; of thoracic spines they leave out
only the smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.errors import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["require_lumbar_spine"]

# Medians of the bodies seen: front to back, top to bottom, and from one middle to the next.
SMALLEST_MM = {"deep": 22.0, "high": 18.0, "apart": 27.0}
LARGEST_MM = {"deep": 50.0, "high": 42.0, "apart": 55.0}
CANAL_NEAR = 0.35  # of a body's depth behind its middle: the canal begins no nearer
CANAL_FAR_MM = 30.0  # behind a body's back wall: it ends no farther
LEAST_BEHIND = 0.8  # of the canal at a body's height lies in that range
LEAST_CANAL_MM2 = 40.0  # at a body's height, for it to be the canal at all
LEAST_BODIES = 0.5  # of the bodies have the canal behind them; a curved spine leaves the slices


def require_lumbar_spine(outlines: Sequence[NDArray[np.bool_]], canal: NDArray[np.bool_]) -> None:
    """Refuse a chain of bodies that is not of lumbar size or has no canal behind it.

    Args:
        outlines: The bodies on the midsagittal plane, from superior to inferior, at least two;
            bool, shape (rows, columns), 1 mm pixels.
        canal: The spinal canal on it; same shape.

    Raises:
        RefusalError: code ``not_lumbar_size`` or ``no_lumbar_spine``.
    """
    points = [np.argwhere(outline).astype(float) for outline in outlines]
    centres = np.array([p.mean(axis=0) for p in points])
    down = np.gradient(centres, axis=0)
    down /= np.linalg.norm(down, axis=1, keepdims=True)
    back = np.stack([-down[:, 1], down[:, 0]], axis=1)
    # a bar of uniform density has the standard deviation of its length over the root of 12
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
        sizes = ", ".join(f"{size:.0f} mm {name}" for name, size in seen.items())
        raise RefusalError(
            f"The vertebral bodies seen are {sizes}; an adult's lumbar ones about 34, 27 and 36. "
            f"This is {'a neck, a chest or a child' if small else 'another part of the body'}, or "
            "the pixel size is wrong.",
            remedy="Choose a sagittal lumbar series, and check the pixel spacing in the file.",
            code="not_lumbar_size",
        )
    behind = 0
    canal_points = np.argwhere(canal)
    for centre, u, v, height, depth in zip(centres, down, back, heights, depths, strict=True):
        from_centre = canal_points - centre
        beside = from_centre[np.abs(from_centre @ u) <= height / 2] @ v
        placed = (beside >= CANAL_NEAR * depth) & (beside <= depth / 2 + CANAL_FAR_MM)
        behind += bool(beside.size >= LEAST_CANAL_MM2 and placed.mean() >= LEAST_BEHIND)
    if behind < LEAST_BODIES * len(outlines):
        raise RefusalError(
            f"Of {len(outlines)} shapes like vertebral bodies {behind} have a spinal canal behind "
            "them: this is no sagittal image of a spine near its midline.",
            remedy="Choose a sagittal lumbar series; if this is one, look at its orientation.",
            code="no_lumbar_spine",
        )
