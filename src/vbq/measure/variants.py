"""Every common definition of the score on the same regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.measure.protocol import SHADING_CORRECTED, protocols

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vbq.measure.reading import CsfReading, LevelReading

__all__ = ["score_variants"]


def score_variants(
    levels: Sequence[LevelReading], csf: CsfReading, coil_gains: Mapping[str, float]
) -> dict[str, float]:
    """Scores by the id of their protocol (``protocols.toml``).

    ``median_of_means`` is the median over the scored levels of the mean signal of each, over the
    mean of CSF; three others swap either word. ``median_of_means_shading_corrected`` first brings
    each level to the coil sensitivity at the CSF region; it is left out where that is not known.
    Single levels use means; a level that no protocol names (L5) or that is suspect has none.

    Args:
        levels: Measured levels; those used make the score.
        csf: The reference.
        coil_gains: Sensitivity of the coil at the CSF region over that at a level, by the name of
            each level used; empty where no shading was fitted.
    """
    fluid = csf.signal
    if fluid <= 0:
        return {}
    scored = [level for level in levels if level.used]
    means = np.array([level.mean for level in scored])
    medians = np.array([level.median for level in scored])
    variants = {
        "median_of_means": np.median(means) / fluid,
        "mean_of_means": np.mean(means) / fluid,
        "median_of_medians": np.median(medians) / (csf.median * csf.floor_factor),
        "mean_of_medians": np.mean(medians) / (csf.median * csf.floor_factor),
        **{
            level.level: level.mean / fluid
            for level in levels
            if level.level in protocols() and not level.findings
        },
    }
    if coil_gains:
        corrected = means * [coil_gains[level.level] for level in scored]
        variants[SHADING_CORRECTED] = np.median(corrected) / fluid
    return {name: float(value) for name, value in variants.items() if np.isfinite(value)}
