"""Distances between neighbouring vertebral bodies, and whether one between them was missed."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

GAP = 1.6  # neighbours farther apart than this many median distances have a body between them
TYPICAL_DISTANCE_MM = 36.0  # between neighbouring lumbar bodies of an adult, centre to centre


def median_distance(centres: ArrayLike) -> float:
    """Median distance between neighbouring bodies.

    Args:
        centres: Centres of the bodies in order, shape (bodies, axes).

    Returns:
        The distance in the unit of the centres; `TYPICAL_DISTANCE_MM` for a single body.
    """
    distances = _distances(centres)
    return float(np.median(distances)) if distances.size else TYPICAL_DISTANCE_MM


def level_steps(centres: ArrayLike) -> list[int]:
    """Number of levels from each body to the next: 1, or more across a gap.

    Args:
        centres: Centres of the bodies in order, shape (bodies, axes).
    """
    median = median_distance(centres)
    return [
        max(1, round(distance / median)) if distance > GAP * median else 1
        for distance in _distances(centres).tolist()
    ]


def _distances(centres: ArrayLike) -> NDArray[np.float64]:
    steps = np.diff(np.asarray(centres, np.float64), axis=0)
    distances: NDArray[np.float64] = np.linalg.norm(steps, axis=1)
    return distances
