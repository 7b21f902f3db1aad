"""What can be wrong with one vertebra: fractures, lesions, endplate changes, metal.

Signals are given as multiples of the marrow's, so that they hold for any contrast. Sizes and
signals are round numbers (recalled); they only have to be plausible.
"""

from __future__ import annotations

from dataclasses import dataclass

from vbq.errors import UsageError

__all__ = ["HeightLoss", "Pathology"]

HeightLoss = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pathology:
    """What is wrong with one vertebral body; by default nothing.

    Attributes:
        height_loss: Share of the anterior, middle and posterior height lost, each 0..0.8:
            (0.3, 0.15, 0) is a wedge, (0, 0.35, 0) biconcave, (0.4, 0.4, 0.4) a crush.
        focus: Signal of a ball inside the body, over the marrow's: 1.6 looks like a
            haemangioma on T1, 0.5 like a metastasis.
        focus_mm: Radius of the ball.
        focus_centre_mm: Its middle, backward and upward from the middle of the body.
        upper_endplate, lower_endplate: Signal of the bone along an endplate, over the marrow's:
            on T1 dark as Modic type 1 or bright as type 2. A disc has one on either side.
        endplate_mm: Depth of that bone.
        schmorl_mm: Radius of a Schmorl's node in the upper endplate; 0 for none.
        screw_mm: Radius of the signal void of a screw that runs from front to back, with a
            bright rim; 0 for none.
        heterogeneity: SD of marrow in patches of 3 to 9 mm, over its mean.
    """

    height_loss: HeightLoss = (0.0, 0.0, 0.0)
    focus: float = 1.0
    focus_mm: float = 7.0
    focus_centre_mm: tuple[float, float] = (-3.0, 0.0)
    upper_endplate: float = 1.0
    lower_endplate: float = 1.0
    endplate_mm: float = 8.0
    schmorl_mm: float = 0.0
    screw_mm: float = 0.0
    heterogeneity: float = 0.0

    def __post_init__(self) -> None:
        if not all(0 <= loss <= 0.8 for loss in self.height_loss):
            raise UsageError("A share of height lost must lie between 0 and 0.8.")
        signals = (self.focus, self.upper_endplate, self.lower_endplate)
        sizes = (self.focus_mm, self.endplate_mm, self.schmorl_mm, self.screw_mm)
        if min(*signals, *sizes, self.heterogeneity) < 0:
            raise UsageError("Signals, sizes and heterogeneity of a pathology cannot be negative.")
