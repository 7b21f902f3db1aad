"""Endplate changes of the Modic kind: a band of marrow along an endplate, darker or brighter.

On T1 type 1 is dark and type 2 is bright (Modic et al., Radiology 1988;166:193,
doi 10.1148/radiology.166.1.3336678). The band is 4 mm of marrow from 2.5 mm inside the outline:
further in than that of `vbq.measure.regions.endplate`, so that an outline a millimetre too wide
brings no bony plate into it. What reaches no deeper does not reach the trabecular region either.
The band is compared with the other half of its own body, and that ratio with the usual one of the
patient's bands. Modic changes face each other across a disc; what lies on one side alone (a
Schmorl's node, a haemangioma that reaches the endplate) is left to `vbq.measure.suspect_levels.focal_lesion`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.regions.endplate import endplate_bands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vbq.measure.regions.body_frame import BodyFrame

__all__ = ["band_changes", "endplate_flags"]

CHANGED = 0.2  # of a band's usual signal
ALIKE = 0.5  # the band across the disc has changed alike, by at least that share of it
PLATE_MM = 2.5  # from the outline to the band
BAND_MM = 4.0


def band_changes(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    frames: Mapping[int, BodyFrame],
    regions: Mapping[int, NDArray[np.bool_]],
    pixel_mm: tuple[float, float],
) -> dict[tuple[int, str], float]:
    """Relative change of each band's signal, by level number and ``"upper"`` or ``"lower"``.

    Args:
        image: One sagittal slice without shading, shape (rows, columns).
        labels: The label map on it.
        frames: Frames of the bodies on it, by level number.
        regions: Trabecular regions without focal lesions, by level number.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    ratios = {}
    for level, region in regions.items():
        frame = frames[level]
        along, _ = frame.coordinates((labels.shape[0], labels.shape[1]), pixel_mm)
        bands = endplate_bands(labels == level, frame, pixel_mm, PLATE_MM, BAND_MM)
        for side, band in zip(("upper", "lower"), bands, strict=True):
            other = region & (along > 0 if side == "upper" else along < 0)
            marrow = float(np.median(image[other])) if other.any() else 0.0
            if marrow > 0 and band.any():
                ratios[level, side] = float(np.median(image[band])) / marrow
    usual = float(np.median(list(ratios.values()))) if ratios else 1.0
    return {key: ratio / usual - 1 for key, ratio in ratios.items()} if usual > 0 else {}


def endplate_flags(changes: Mapping[tuple[int, str], float]) -> dict[int, Finding]:
    """Levels with a changed endplate, by level number; see `band_changes`."""
    flags = {}
    order = sorted({level for level, _ in changes})
    for (level, side), change in sorted(changes.items(), key=lambda item: abs(item[1])):
        beyond, facing = (1, "upper") if side == "lower" else (-1, "lower")
        at = order.index(level) + beyond
        across = changes.get((order[at], facing), 0.0) if 0 <= at < len(order) else 0.0
        least = min(change, across, key=abs)
        if max(abs(change), abs(across)) < CHANGED or across * change <= 0:
            continue
        if abs(least) < ALIKE * max(abs(change), abs(across)):
            continue
        name = LEVEL_NAMES[level]
        flags[level] = Finding(
            "endplate_change",
            "caution",
            f"Marrow along the {side} endplate of {name} is {abs(change):.0%} "
            f"{'brighter' if change > 0 else 'darker'} than usual in this patient, and so is the "
            "other side of the disc: suspected Modic-type change. Compare with T2 and STIR.",
            {
                "level": name,
                "endplate": side,
                "change": round(change, 3),
                "across_the_disc": round(across, 3),
            },
        )
    return flags
