"""One vertebra of a digital spine: a rigid body with a frame of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vbq.anatomy.levels import LEVEL_NAMES, SACRUM

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["Vertebra"]


@dataclass(frozen=True, eq=False, slots=True)
class Vertebra:
    """One rigid body.

    Attributes:
        level: Its number (20 is L1, 26 is S1); S2–S5 and the coccyx follow as 27–31.
        centre: Middle of the body, LPS mm.
        axes: (3, 3) rows u (left), v (posterior), w (superior), unit vectors.
        depth, width, height: mm, height at mid-body between the endplates' rims.
        wedge_deg: Anterior minus posterior opening of the endplates.
        waist, concavity: mm, of the walls and of the (upper, lower) endplates.
        gap: Height of the disc below, mm.
        tilt_deg: Forward tilt of w in the sagittal plane.
    """

    level: int
    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    depth: float
    width: float
    height: float
    wedge_deg: float
    waist: float
    concavity: tuple[float, float]
    gap: float
    tilt_deg: float

    @property
    def name(self) -> str:
        """Its name, e.g. ``L1``."""
        return LEVEL_NAMES.get(self.level, f"S{self.level - SACRUM + 1}")

    def to_mm(self, u: float, v: float, w: float) -> NDArray[np.float64]:
        """LPS mm of a point of its own frame."""
        return np.asarray(self.centre + np.array([u, v, w]) @ self.axes)
