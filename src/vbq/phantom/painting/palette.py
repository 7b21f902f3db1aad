"""The signals a phantom is painted with: one for each tissue and each vertebra's marrow."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import SACRUM
from vbq.phantom.painting.canvas import Canvas, Window, texture
from vbq.phantom.pathology import Pathology


@dataclass(frozen=True, eq=False, slots=True)
class Palette:
    """Signals without noise or coil shading.

    Attributes:
        tissues: Signal by tissue name.
        marrow: Marrow signal by level number; other levels take that of the nearest level.
        marrow_texture: SD of the trabecular heterogeneity over the marrow's mean signal.
        seed: Seed of all textures.
        pathology: Pathology by level number.
    """

    tissues: dict[str, float]
    marrow: dict[int, float]
    marrow_texture: float
    seed: int
    pathology: dict[int, Pathology] = field(default_factory=dict)

    def __getitem__(self, tissue: str) -> float:
        return self.tissues[tissue]

    def mean_marrow(self, level: int) -> float:
        """Mean marrow signal of a level, without texture."""
        level = min(level, SACRUM)
        nearest = min(self.marrow, key=lambda known: abs(known - level))
        return self.marrow[nearest]

    def textured_marrow(
        self, level: int, canvas: Canvas, window: Window
    ) -> float | NDArray[np.float32]:
        """Marrow signal in a window: a number, or an array if the marrow has texture."""
        mean = self.mean_marrow(level)
        if self.marrow_texture <= 0:
            return mean
        # The noise field repeats every 26-43 mm, nearly as the bodies do. Sampled at the bodies'
        # own positions, it would give all of them the same gradient, which mimics coil shading.
        shifts = np.random.default_rng([self.seed, 29, level]).uniform(0, 1000, 3)
        x, y, z = (
            axis[window.pixels] + np.float32(shift)
            for axis, shift in zip(canvas.xyz, shifts, strict=True)
        )
        grain = texture(self.seed + 1, x, y, z, (0.9, 0.55, 0.6), coarse_share=0.5)
        return np.asarray(mean * (1 + np.float32(self.marrow_texture) * np.clip(grain, -2.5, 2.5)))
