"""Tissues and their spin echo signal.

Relaxation times are recalled, typical values (ms) at 1.5 and 3 tesla, not measurements; they
are plain parameters of `Tissue`. Between and beyond the two fields they are interpolated
linearly. Proton densities are relative to water and chosen to look right: those of solid tissues
stand for what magnetisation transfer leaves of them in a multi-slice turbo spin echo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vbq.phantom.settings import MriSettings

__all__ = ["TISSUES", "Tissue", "marrow_signal", "spin_echo"]


@dataclass(frozen=True, slots=True)
class Tissue:
    """Proton density (0..1) and relaxation times in ms, each at (1.5 T, 3 T)."""

    density: float
    t1: tuple[float, float]
    t2: tuple[float, float]
    is_fat: bool = False

    def times(self, field_strength_t: float) -> tuple[float, float]:
        """T1 and T2 in ms at a field strength."""
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
    """Spin echo signal of one tissue, without noise or shading, arbitrary units.

    S = PD·(1 − e^(−TR/T1))·e^(−TE/T2); with an inversion pulse
    S = PD·|1 − 2·e^(−TI/T1) + e^(−TR/T1)|·e^(−TE/T2). Fat suppression leaves 6 % of fat.
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
    """Signal of marrow: fat_fraction of fat, the rest watery marrow.

    Under an inversion pulse the two parts' magnitudes are added: good enough for a negative test.
    """
    fat, water = (spin_echo(tissues[name], settings) for name in ("fat", "marrow_water"))
    return fat_fraction * fat + (1 - fat_fraction) * water
