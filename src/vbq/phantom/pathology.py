"""Pathology of one vertebra: fractures, focal lesions, endplate changes, metal.

Signals are multiples of the marrow's, so that they apply to any contrast. Default sizes and
signals are plausible round numbers, from memory.
"""

from dataclasses import dataclass

from vbq.errors import UsageError

HeightLoss = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pathology:
    """Pathology of one vertebral body; none by default. Lengths are mm.

    Attributes:
        height_loss: Share of the anterior, middle and posterior height lost, each 0..0.8:
            (0.3, 0.15, 0) is a wedge, (0, 0.35, 0) a biconcave, (0.4, 0.4, 0.4) a crush fracture.
        focus: Signal of a spherical lesion over the marrow's: on T1, 1.6 resembles a haemangioma,
            0.5 a metastasis.
        focus_mm: Radius of the lesion.
        focus_centre_mm: Centre of the lesion, posterior and superior to that of the body.
        upper_endplate, lower_endplate: Signal of the bone along an endplate over the marrow's: on
            T1 dark in Modic type 1, bright in type 2. Modic changes affect both sides of a disc.
        endplate_mm: Depth of the endplate change.
        schmorl_mm: Radius of a Schmorl's node in the upper endplate; 0 for none.
        screw_mm: Radius of the signal void of an anteroposterior screw with a bright rim; 0 for
            none.
        heterogeneity: SD of the signal of patchy marrow over its mean, in patches of 3 to 9 mm.
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
            raise UsageError(
                f"Each height_loss must lie between 0 and 0.8, not {self.height_loss}."
            )
        signals = (self.focus, self.upper_endplate, self.lower_endplate)
        sizes = (self.focus_mm, self.endplate_mm, self.schmorl_mm, self.screw_mm)
        if min(*signals, *sizes, self.heterogeneity) < 0:
            raise UsageError(
                "Signals, sizes and heterogeneity of a pathology must not be negative."
            )
