"""The parameters of a digital spine."""

from dataclasses import dataclass

from vbq.errors import UsageError


@dataclass(frozen=True, slots=True)
class SpineShape:
    """Parameters of a spine; angles in degrees, lengths in mm.

    Attributes:
        lumbar_count: Lumbar vertebrae between T12 and S1: 4, 5 or 6.
        lordosis_deg: Angle between the upper endplates of L1 and S1.
        sacral_slope_deg: Angle of the upper endplate of S1 to the horizontal.
        scoliosis_deg: Cobb angle of a lumbar curve with its apex at L2; positive is convex to
            the patient's left. The vertebrae also rotate axially.
        size: Scale of all bones, 0.6..1.5; 1 is an average adult.
        disc_height: Scale of the disc heights.
        waist_mm: Concavity of the anterior wall at mid-body.
        endplate_mm: Concavity of the endplates.
        canal_mm: Anteroposterior diameter of the thecal sac at L3.
        conus: Position of the conus medullaris as a fractional level number (20.5 is the lower
            edge of L1).
        fat_mm: Thickness of the subcutaneous fat at the back.
        abdomen_mm: Depth of the abdomen in front of the spine.
        variation: Scale of the random variation between vertebrae; 0 for none.
        seed: Seed of that variation and of the surrounding tissue.
    """

    lumbar_count: int = 5
    lordosis_deg: float = 50.0
    sacral_slope_deg: float = 38.0
    scoliosis_deg: float = 0.0
    size: float = 1.0
    disc_height: float = 0.92
    waist_mm: float = 2.0
    endplate_mm: float = 2.0
    canal_mm: float = 15.5
    conus: float = 20.6
    fat_mm: float = 16.0
    abdomen_mm: float = 105.0
    variation: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.lumbar_count not in (4, 5, 6):
            raise UsageError(f"lumbar_count must be 4, 5 or 6, not {self.lumbar_count}.")
        if not 0.6 <= self.size <= 1.5:
            raise UsageError(f"size must lie between 0.6 and 1.5, not {self.size}.")
