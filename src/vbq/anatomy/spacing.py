"""How far apart vertebral bodies lie, and whether one between them was missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["TYPICAL_DISTANCE_MM", "level_steps", "median_distance"]

GAP = 1.6  # neighbours farther apart than this many typical distances have a body between them
TYPICAL_DISTANCE_MM = (
    36.0  # from one lumbar body to the next in an adult, where nothing better is known
)


def median_distance(centres: ArrayLike) -> float:
    """Median distance between neighbours, in the unit of the centres, shape (bodies, axes).

    `TYPICAL_DISTANCE_MM` for a single body.
    """
    distance = _distances(centres)
    return float(np.median(distance)) if distance.size else TYPICAL_DISTANCE_MM


def level_steps(centres: ArrayLike) -> list[int]:
    """How many levels lie between each body and the next: 1, or more across a gap."""
    typical = median_distance(centres)
    return [
        max(1, round(d / typical)) if d > GAP * typical else 1 for d in _distances(centres).tolist()
    ]


def _distances(centres: ArrayLike) -> NDArray[np.float64]:
    steps = np.diff(np.asarray(centres, np.float64), axis=0)
    distances: NDArray[np.float64] = np.linalg.norm(steps, axis=1)
    return distances
