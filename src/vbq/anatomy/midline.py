"""The midline: the sagittal slice on which the score is measured.

The middle slice of a stack need not be the midsagittal slice of the patient. The spinal canal is
about 20 mm wide and centred on the midline at every level, so at each vertebra the midline is the
lateral centroid of the canal behind it or, where the canal is not seen, of the body itself.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.levels import CANAL, CORD, LEVEL_NAMES, SCORED_LEVELS


def find_midline(labels: NDArray[np.uint8]) -> int:
    """Index of the sagittal slice nearest to the midline of L1–L4.

    Args:
        labels: Shape (slices, rows, columns), numbered as in `vbq.anatomy.levels`.
    """
    canal = ((labels == CANAL) | (labels == CORD)).sum(axis=2)  # pixels by slice and row
    positions: dict[int, float] = {}
    for level, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None or level not in LEVEL_NAMES:
            continue
        profile = canal[:, box[1]].sum(axis=1)
        if not profile.any():
            profile = (labels[:, box[1], box[2]] == level).sum(axis=(1, 2))
        positions[level] = profile_centroid(profile)
    if not positions:
        profile = canal.sum(axis=1)
        return round(profile_centroid(profile) if profile.any() else (labels.shape[0] - 1) / 2)
    scored = [positions[level] for level in SCORED_LEVELS if level in positions]
    midline = float(np.mean(scored or list(positions.values())))
    return int(np.clip(round(midline), 0, labels.shape[0] - 1))


def profile_centroid(profile: NDArray[np.int_]) -> float:
    """Centroid of the part of a profile above half its maximum.

    Args:
        profile: Pixels of a structure in each slice, not all zero.

    Returns:
        Position along the profile, in slices.
    """
    weight = np.clip(profile - profile.max() / 2, 0, None).astype(float)
    if not weight.any():  # a flat profile
        weight = (profile > 0).astype(float)
    return float((weight * np.arange(weight.size)).sum() / weight.sum())
