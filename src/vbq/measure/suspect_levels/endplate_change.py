"""Modic-type endplate changes: a band of marrow along an endplate, darker or brighter.

On T1 type 1 is dark and type 2 is bright (Modic et al., Radiology 1988;166:193,
doi 10.1148/radiology.166.1.3336678). The band is 4 mm of marrow from 2.5 mm inside the outline:
deeper than that of `vbq.measure.regions.endplate`, so that it holds no bony plate where the outline
is a millimetre too wide. A change that reaches no deeper does not reach the trabecular region
either. The band is compared with the other half of the same body, and that ratio with the usual one
of the bands of this patient. Modic changes face each other across a disc; a change on one side only
(a Schmorl's node, a haemangioma that reaches the endplate) is left to
`vbq.measure.suspect_levels.focal_lesion`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.regions.endplate import endplate_bands
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.text import percent

if TYPE_CHECKING:
    Endplate = tuple[int, str]  # level number, "upper" or "lower"

CHANGED = 0.2  # difference from the usual signal of a band, as a fraction of it
FACING_SHARE = 0.5  # change of the band across the disc, over that of this band
PLATE_MM = 2.5  # distance from the outline to the band
BAND_MM = 4.0


def endplate_findings(
    section: SagittalSection, regions: Mapping[int, NDArray[np.bool_]]
) -> dict[int, Finding]:
    """Levels with a changed endplate, by level number.

    Args:
        section: The section measured, without coil shading.
        regions: Trabecular regions without focal lesions, by level number.
    """
    changes = _band_changes(section, regions)
    levels = sorted({level for level, _ in changes})
    findings = {}
    for (level, side), change in sorted(changes.items(), key=lambda item: abs(item[1])):
        facing = _facing(levels, (level, side))
        across = changes.get(facing, 0.0) if facing else 0.0
        smaller, larger = sorted((abs(change), abs(across)))
        if larger < CHANGED or across * change <= 0 or smaller < FACING_SHARE * larger:
            continue
        name = LEVEL_NAMES[level]
        findings[level] = Finding(
            "endplate_change",
            "caution",
            f"Marrow along the {side} endplate of {name} is {percent(abs(change), 0)} "
            f"{'brighter' if change > 0 else 'darker'} than usual in this patient, and so is the "
            "other side of the disc: suspected Modic-type change. Compare with T2 and STIR.",
            {
                "level": name,
                "endplate": side,
                "change": round(change, 3),
                "across_the_disc": round(across, 3),
            },
        )
    return findings


def _facing(levels: list[int], endplate: Endplate) -> Endplate | None:
    """The endplate across the disc, among levels from superior to inferior."""
    level, side = endplate
    index = levels.index(level) + (1 if side == "lower" else -1)
    if not 0 <= index < len(levels):
        return None
    return levels[index], "upper" if side == "lower" else "lower"


def _band_changes(
    section: SagittalSection, regions: Mapping[int, NDArray[np.bool_]]
) -> dict[Endplate, float]:
    """Change of the signal of each band, relative to the usual one of this patient."""
    ratios: dict[Endplate, float] = {}
    for level, region in regions.items():
        frame = section.frames[level]
        along, _ = frame.coordinates(section.shape, section.pixel_mm)
        body = section.labels == level
        upper, lower = endplate_bands(body, frame, section.pixel_mm, PLATE_MM, BAND_MM)
        halves = (("upper", upper, region & (along > 0)), ("lower", lower, region & (along < 0)))
        for side, band, other_half in halves:
            marrow = float(np.median(section.image[other_half])) if other_half.any() else 0.0
            if marrow > 0 and band.any():
                ratios[level, side] = float(np.median(section.image[band])) / marrow
    usual = float(np.median(list(ratios.values()))) if ratios else 1.0
    return {key: ratio / usual - 1 for key, ratio in ratios.items()} if usual > 0 else {}
