"""One vertebra of a digital spine: a rigid body with a local frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import LEVEL_NAMES, SACRUM


@dataclass(frozen=True, eq=False, slots=True)
class Vertebra:
    """A vertebra as a rigid body; lengths in mm, angles in degrees.

    Attributes:
        level: Level number (20 is L1, 26 is S1); S2–S5 and the coccyx follow as 27–31.
        centre: Centre of the body, LPS.
        axes: Local frame, shape (3, 3): rows are the unit vectors u (left), v (posterior) and
            w (superior).
        depth, width, height: Size of the body; the height is measured at mid-body between the
            endplate rims.
        wedge_deg: Angle between the endplates, positive where the body is higher in front.
        waist: Concavity of the walls.
        concavity: Concavity of the upper and lower endplate.
        gap: Height of the disc below.
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
        """Name of the level, e.g. ``L1``."""
        return LEVEL_NAMES.get(self.level, f"S{self.level - SACRUM + 1}")

    def to_mm(self, u: float, v: float, w: float) -> NDArray[np.float64]:
        """Position in LPS mm of a point of the local frame."""
        return np.asarray(self.centre + np.array([u, v, w]) @ self.axes)
