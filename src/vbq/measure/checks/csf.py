"""What speaks against the CSF measured, the fragile half of the ratio.

Thresholds are this program's own and are stated in ``docs/flags.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.regions.csf import MOST_VARIATION, SMALLEST_MM2, clear
from vbq.measure.shading import middle_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.measure.reading import CsfReading
    from vbq.measure.regions.csf import CsfRegion
    from vbq.measure.shading import Shading

    Evidence = dict[str, float | int | str | bool | None]

__all__ = ["csf_flags", "csf_level_flags"]

LOWEST_SNR = 4.0  # noise lifts the mean by 3 % there, by 9 % at 2.5
LEAST_FLOOR_FACTOR = 0.5  # below, most of the mean is noise
MOST_BETWEEN_LEVELS = 0.15


def csf_flags(csf: CsfReading, region: CsfRegion, *, astray: bool = False) -> list[Finding]:
    """What the CSF region shows by itself: where it lies, its size, evenness and noise.

    Args:
        csf: Its signal.
        region: The region.
        astray: Whether it was drawn outside the canal that was found.
    """
    flags = []
    if csf.level != "L3":
        message = f"CSF was measured at {csf.level}: none clear enough was found at L3."
        if csf.source == "drawn":
            message = f"CSF was drawn at {csf.level}; the standard is L3."
        flags.append(Finding("csf_fallback", "caution", message, {"level": csf.level}))
    if csf.area_mm2 < SMALLEST_MM2:
        flags.append(
            Finding(
                "csf_small",
                "caution",
                f"The CSF region has only {csf.area_mm2:.0f} mm²; the sac is crowded or cut.",
                {"area_mm2": csf.area_mm2},
            )
        )
    if region.variation > MOST_VARIATION:
        flags.append(
            Finding(
                "csf_inhomogeneous",
                "caution",
                f"Signal varies by {region.variation:.0%} inside the CSF region; roots or fat may "
                "be in it.",
                {"variation": round(region.variation, 4)},
            )
        )
    return flags + _noise_flags(csf, astray=astray)


def _noise_flags(csf: CsfReading, *, astray: bool) -> list[Finding]:
    snr = csf.mean / csf.sd if csf.sd > 0 else np.inf
    evidence: Evidence = {"snr": round(float(snr), 3), "floor_factor": round(csf.floor_factor, 4)}
    if csf.floor_factor < LEAST_FLOOR_FACTOR:
        message = "CSF is hardly brighter than the noise; no ratio to it can be trusted."
        return [Finding("csf_no_signal", "refuse", message, evidence)]
    if snr >= LOWEST_SNR:
        return []
    if astray and csf.floor_factor < 1:
        message = "CSF was drawn outside the canal, where there is little more than noise."
        return [Finding("csf_no_signal", "refuse", message, evidence)]
    message = f"CSF signal is only {snr:.1f} times its own spread. "
    if csf.floor_factor < 1:
        message += f"The noise floor, {1 - csf.floor_factor:.0%} of it, has been taken off."
    else:
        message += "That is unevenness more than noise; nothing was corrected."
    return [Finding("csf_near_noise", "caution", message, evidence)]


def csf_level_flags(
    image: NDArray[np.float32],
    regions: Sequence[CsfRegion],
    shading: Shading | None,
    pixel_mm: tuple[float, float],
) -> list[Finding]:
    """CSF that differs between L3, L2 and L4 by more than the coil's shading explains.

    Args:
        image: The slice measured.
        regions: CSF regions on it, the one measured first.
        shading: The coil's, where it could be fitted.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    chosen, others = regions[0], [region for region in regions[1:] if clear(region)]
    here = _signal(image, chosen)
    ratios = {}
    for other in others:
        ratio = _signal(image, other) / here if here > 0 else 1.0
        gain = 1.0
        if shading is not None:
            gain = shading.gain(middle_of(other.mask, pixel_mm), middle_of(chosen.mask, pixel_mm))
        # as it is or without shading, whichever is nearer to 1: shading itself may be mistaken
        nearer = min(ratio, ratio / gain, key=lambda r: abs(r - 1))
        ratios[LEVEL_NAMES[other.level]] = round(nearer, 4)
    apart = {name: r for name, r in ratios.items() if abs(r - 1) > MOST_BETWEEN_LEVELS}
    if not apart:
        return []
    listed = ", ".join(f"{name} {ratio:.2f}" for name, ratio in apart.items())
    return [
        Finding(
            "csf_levels_differ",
            "caution",
            f"CSF is not alike along the sac: relative to {LEVEL_NAMES[chosen.level]}, {listed}. "
            "Roots, fat or flow may be in one of the regions; look at the overlay.",
            dict(ratios),
        )
    ]


def _signal(image: NDArray[np.float32], region: CsfRegion) -> float:
    return float(image[region.mask].mean(dtype=np.float64)) * region.floor_factor
