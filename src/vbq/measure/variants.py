"""The common definitions of the score, on the same regions."""

from collections.abc import Mapping, Sequence

import numpy as np

from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.measure.protocol import SHADING_CORRECTED, protocols
from vbq.measure.reading import CsfReading, LevelReading


def score_variants(
    levels: Sequence[LevelReading], csf: CsfReading, coil_gains: Mapping[int, float]
) -> dict[str, float]:
    """Scores by the id of their protocol (``protocols.toml``).

    ``median_of_means`` is the median over the scored levels of the mean signal of each, over the
    mean signal of CSF; three others exchange mean and median.
    ``median_of_means_shading_corrected`` first brings each level to the coil sensitivity at the CSF
    region; it is omitted where that is not known. Single levels use means; a level that no protocol
    names (L5), or that is suspect, has none.

    Args:
        levels: Measured levels; those used make the score.
        csf: The CSF.
        coil_gains: Sensitivity of the coil at the CSF region over that at each level used, by level
            number; empty where no shading was fitted.
    """
    if csf.signal <= 0:
        return {}
    scored = [level for level in levels if level.used]
    means = np.array([level.mean for level in scored])
    medians = np.array([level.median for level in scored])
    csf_median = csf.median * csf.floor_factor
    variants = {
        "median_of_means": np.median(means) / csf.signal,
        "mean_of_means": np.mean(means) / csf.signal,
        "median_of_medians": np.median(medians) / csf_median,
        "mean_of_medians": np.mean(medians) / csf_median,
        **{
            level.level: level.mean / csf.signal
            for level in levels
            if level.level in protocols() and not level.findings
        },
    }
    if coil_gains:
        corrected = means * [coil_gains[LEVEL_NUMBERS[level.level]] for level in scored]
        variants[SHADING_CORRECTED] = np.median(corrected) / csf.signal
    return {name: float(value) for name, value in variants.items() if np.isfinite(value)}
