"""Tissues and their spin-echo signal.

Relaxation times are typical values at 1.5 and 3 tesla, from memory, not measurements; at other
field strengths they are interpolated or extrapolated linearly. Proton densities are relative to
water and chosen for a realistic appearance: those of solid tissues are apparent densities, which
include the loss to magnetisation transfer in a multi-slice turbo spin echo.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vbq.phantom.settings import MriSettings


@dataclass(frozen=True, slots=True)
class Tissue:
    """A tissue: proton density (0..1), and T1 and T2 in ms, each at 1.5 T and at 3 T."""

    density: float
    t1: tuple[float, float]
    t2: tuple[float, float]
    is_fat: bool = False

    def times(self, field_strength_t: float) -> tuple[float, float]:
        """T1 and T2 in ms at a field strength in tesla."""
        share = float(np.clip((field_strength_t - 1.5) / 1.5, -0.6, 1.5))
        t1 = self.t1[0] + share * (self.t1[1] - self.t1[0])
        t2 = self.t2[0] + share * (self.t2[1] - self.t2[0])
        return t1, max(t2, 0.1)


TISSUES: dict[str, Tissue] = {
    "air": Tissue(0.0, (1000, 1000), (1, 1)),
    "fat": Tissue(0.90, (290, 380), (165, 133), is_fat=True),
    "marrow_water": Tissue(0.85, (700, 900), (45, 40)),
    "csf": Tissue(1.0, (4000, 4000), (2000, 2000)),
    "cord": Tissue(0.42, (745, 990), (74, 78)),
    "root": Tissue(0.45, (900, 1150), (80, 78)),
    "muscle": Tissue(0.52, (1010, 1410), (44, 32)),
    "nucleus": Tissue(0.50, (1000, 1200), (95, 90)),
    "annulus": Tissue(0.44, (1000, 1200), (42, 40)),
    "ligament": Tissue(0.40, (800, 1000), (9, 8)),
    "cortex": Tissue(0.12, (600, 800), (1, 1)),
    "skin": Tissue(0.70, (900, 1200), (28, 25)),
    "blood": Tissue(0.10, (1400, 1700), (60, 50)),  # flow void
    "organ": Tissue(0.55, (600, 800), (50, 42)),
    "bowel": Tissue(0.60, (850, 1050), (60, 55)),
    "urine": Tissue(1.0, (3500, 3800), (1200, 1200)),
}


def spin_echo(tissue: Tissue, settings: MriSettings) -> float:
    """Spin-echo signal of a tissue in arbitrary units, without noise or coil shading.

    S = PD·(1 − e^(−TR/T1))·e^(−TE/T2); with an inversion pulse
    S = PD·|1 − 2·e^(−TI/T1) + e^(−TR/T1)|·e^(−TE/T2). Fat suppression leaves 6 % of the fat signal.
    """
    t1, t2 = tissue.times(settings.field_strength_t)
    recovery = 1 - np.exp(-settings.tr_ms / t1)
    if settings.ti_ms is not None:
        recovery = abs(1 - 2 * np.exp(-settings.ti_ms / t1) + np.exp(-settings.tr_ms / t1))
    if tissue.is_fat and settings.fat_suppressed:
        recovery *= 0.06
    return float(1000 * tissue.density * recovery * np.exp(-settings.te_ms / t2))


def marrow_signal(
    fat_fraction: float, settings: MriSettings, tissues: Mapping[str, Tissue] = TISSUES
) -> float:
    """Signal of marrow as a mixture of fat and water, weighted by the fat fraction (0..1).

    With an inversion pulse the magnitudes of the two signals are added, an approximation that
    suffices for a negative control.
    """
    fat, water = (spin_echo(tissues[name], settings) for name in ("fat", "marrow_water"))
    return fat_fraction * fat + (1 - fat_fraction) * water
