"""Every common definition of the score on the same regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.measure.reading import CsfReading, LevelReading

__all__ = ["score_variants"]


def score_variants(
    levels: Sequence[LevelReading], csf: CsfReading, shading_slope: float
) -> dict[str, float]:
    """Scores by name.

    ``median_of_means`` is the median over the scored levels of the mean signal of each, over the
    mean of CSF; three others swap either word. ``median_of_means_shading_corrected`` first brings
    each level to the coil sensitivity at the CSF region. Single levels (``L1`` …) use means.

    Args:
        levels: Measured levels; those used make the score.
        csf: The reference.
        shading_slope: Relative growth of sensitivity per mm towards the back.
    """
    scored = [level for level in levels if level.used]
    means = np.array([level.mean for level in scored])
    medians = np.array([level.median for level in scored])
    in_front = np.array([csf.centre_mm[1] - level.centre_mm[1] for level in scored])
    corrected = means * np.exp(shading_slope * in_front)
    variants = {
        "median_of_means": np.median(means) / csf.mean,
        "mean_of_means": np.mean(means) / csf.mean,
        "median_of_medians": np.median(medians) / csf.median,
        "mean_of_medians": np.mean(medians) / csf.median,
        "median_of_means_shading_corrected": np.median(corrected) / csf.mean,
        **{level.level: level.mean / csf.mean for level in levels},
    }
    return {name: float(value) for name, value in variants.items() if np.isfinite(value)}
