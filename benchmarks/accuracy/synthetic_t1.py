"""T2 and water volumes in T1 contrast, made by training's `contrast.recolour`.

Only those of its random contrasts are used in which the ratio of marrow to CSF is that of a T1:
with CSF without signal, or brighter than marrow, they would not resemble a T1 of the spine. The
choice uses the drawing alone.
"""

from __future__ import annotations

import numpy as np
from volumes import Volume, contrast, sources

from vbq.anatomy.levels import CANAL, CORD, DISC_OFFSET, LEVEL_NUMBERS

RATIO = (1.5, 5.0)  # VBQ as published runs from about 2 to 4.7
CSF_PERCENTILE = 25  # percentile of the canal's signal; its darker part is fluid


def t1_like(volume: Volume, segmented: np.ndarray, seed: int) -> Volume:
    """The volume with one T1-like contrast for all its slices.

    Args:
        volume: Signal of 8 bits, with drawn labels.
        segmented: The label map found on it as it is: what to recolour as canal and discs where the
            source drew none.
        seed: The same seed gives the same contrast.
    """
    tissue = _tissue(volume.labels, segmented)
    middle = int((tissue == sources.CANAL).sum(axis=(1, 2)).argmax())

    def recoloured(k: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        image = volume.voxels[k] / np.float32(255)
        return contrast.recolour(image, tissue[k], rng, t1_like=True)

    for attempt in range(100):
        trial = recoloured(middle, seed + 1000 * attempt)
        marrow = np.median(trial[tissue[middle] == sources.BODY])
        csf = np.percentile(trial[tissue[middle] == sources.CANAL], CSF_PERCENTILE)
        if RATIO[0] * csf <= marrow <= RATIO[1] * csf:
            seed += 1000 * attempt
            break
    voxels = np.stack([recoloured(k, seed) for k in range(len(tissue))])
    return Volume(f"{volume.name} as T1", volume.group, voxels, volume.labels, volume.spacing_mm)


def _tissue(reference: np.ndarray, segmented: np.ndarray) -> np.ndarray:
    """Training's classes of the drawn labels; canal and discs as segmented if none were drawn."""
    labels = reference
    if not (reference == CANAL).any():
        known = (segmented == CANAL) | (segmented == CORD) | (segmented > DISC_OFFSET)
        labels = np.where((reference == 0) & known, segmented, reference)
    tissue = np.zeros_like(labels)
    tissue[(labels > 0) & (labels < LEVEL_NUMBERS["L5"])] = sources.BODY
    tissue[labels == LEVEL_NUMBERS["L5"]] = sources.L5
    tissue[labels == LEVEL_NUMBERS["S1"]] = sources.S1
    tissue[(labels == CANAL) | (labels == CORD)] = sources.CANAL
    tissue[labels >= DISC_OFFSET] = sources.DISC
    return tissue
