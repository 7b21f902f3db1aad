"""The signals a phantom is painted with: one number per tissue, one per vertebra's marrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import SACRUM
from vbq.phantom.painting.canvas import texture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.phantom.painting.canvas import Canvas, Window
    from vbq.phantom.pathology import Pathology

__all__ = ["Palette"]


@dataclass(frozen=True, eq=False, slots=True)
class Palette:
    """Signals without noise or shading.

    Attributes:
        tissues: Signal per tissue name.
        marrow: Signal per level number; other levels take the nearest one's.
        marrow_texture: SD of the trabecular heterogeneity, as a share of the marrow's signal.
        seed: Seed of all textures.
        pathology: What is wrong with a body, by level number.
    """

    tissues: dict[str, float]
    marrow: dict[int, float]
    marrow_texture: float
    seed: int
    pathology: dict[int, Pathology] = field(default_factory=dict)

    def __getitem__(self, tissue: str) -> float:
        return self.tissues[tissue]

    def mean_marrow(self, level: int) -> float:
        """Signal of the marrow of a level, heterogeneity aside."""
        level = min(level, SACRUM)
        nearest = min(self.marrow, key=lambda known: abs(known - level))
        return self.marrow[nearest]

    def textured_marrow(
        self, level: int, canvas: Canvas, window: Window
    ) -> float | NDArray[np.float32]:
        """Signal of the marrow in a window: a number, or an array where it has texture."""
        mean = self.mean_marrow(level)
        if self.marrow_texture <= 0:
            return mean
        # The field repeats every 26-43 mm, nearly as the bodies do: each takes its texture from
        # a place of its own, or they would all share one chance gradient, as a coil makes it.
        apart = np.random.default_rng([self.seed, 29, level]).uniform(0, 1000, 3)
        x, y, z = (
            axis[window.pixels] + np.float32(shift)
            for axis, shift in zip(canvas.xyz, apart, strict=True)
        )
        grain = texture(self.seed + 1, x, y, z, (0.9, 0.55, 0.6), coarse_share=0.5)
        return np.asarray(mean * (1 + np.float32(self.marrow_texture) * np.clip(grain, -2.5, 2.5)))
