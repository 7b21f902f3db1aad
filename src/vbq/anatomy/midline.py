"""Where the midline runs: the sagittal slice on which the score is measured.

The middle of a stack is not the middle of a patient. The spinal canal is a tube about 20 mm wide
whose centre lies on the midline at every level, so at each vertebra the midline is the lateral
centroid of the canal behind it; where the canal is not seen, that of the body itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.levels import CANAL, CORD, LEVEL_NAMES, SCORED_LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["find_midline", "profile_centroid"]


def find_midline(labels: NDArray[np.uint8]) -> int:
    """Index of the sagittal slice nearest the middle of L1–L4.

    Args:
        labels: Shape (slices, rows, columns), numbered as in `vbq.anatomy.levels`.
    """
    canal = ((labels == CANAL) | (labels == CORD)).sum(axis=2)  # pixels by slice and row
    middles: dict[int, float] = {}
    for level, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None or level not in LEVEL_NAMES:
            continue
        profile = canal[:, box[1]].sum(axis=1)
        if not profile.any():
            profile = (labels[:, box[1], box[2]] == level).sum(axis=(1, 2))
        middles[level] = profile_centroid(profile)
    if not middles:
        profile = canal.sum(axis=1)
        return round(profile_centroid(profile) if profile.any() else (labels.shape[0] - 1) / 2)
    scored = [middles[level] for level in SCORED_LEVELS if level in middles]
    middle = float(np.mean(scored or list(middles.values())))
    return int(np.clip(round(middle), 0, labels.shape[0] - 1))


def profile_centroid(profile: NDArray[np.int_]) -> float:
    """Centroid of the part of a profile above half its maximum, in slices."""
    weight = np.clip(profile - profile.max() / 2, 0, None).astype(float)
    if not weight.any():  # a flat profile
        weight = (profile > 0).astype(float)
    return float((weight * np.arange(weight.size)).sum() / weight.sum())
