"""An Anatomy: what is where in a scan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vbq.finding import Finding

__all__ = ["Anatomy", "Engine", "NumberingAlternative", "Vertebra"]


@dataclass(frozen=True, slots=True)
class Engine:
    """What made the segmentation: name, version and, for a network, the hash of its weights."""

    name: str
    version: str
    model_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Vertebra:
    """One vertebral body.

    Attributes:
        level: Its number (20 is L1); see `vbq.anatomy.levels`.
        name: Its name (``"L1"``).
        confidence: 0..1, how often such a body was right in outline and name on patients the
            engine was not trained on; ``None`` if it does not say.
        centre_mm: Centre of the body, LPS mm.
        complete: Whether the body lies wholly inside the field of view.
    """

    level: int
    name: str
    confidence: float | None
    centre_mm: tuple[float, float, float]
    complete: bool


@dataclass(frozen=True, slots=True)
class NumberingAlternative:
    """The next likely numbering.

    Attributes:
        shift: By how many levels every name would move down: +1 makes L4 of what is called L3.
        probability: Of that numbering, 0..1.
    """

    shift: int
    probability: float


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What is where in a scan.

    Attributes:
        labels: uint8, same shape as the scan's voxels; numbering of `vbq.anatomy.levels`.
        vertebrae: The bodies found, from superior to inferior, the sacrum last.
        midsagittal_slice: Index along axis 0 of the slice that best shows the canal and the
            middle of L1–L4.
        lumbar_count: Lumbar vertebrae between T12 and S1 where a label map names both, else
            ``None``: without ribs in view a network cannot tell T12 from L1.
        numbering: How levels were numbered: ``"sacrum"``, ``"L5"``, ``"label map"`` or
            ``"assumed"`` (nothing to anchor it: L5 taken to lie below the lowest body).
        numbering_confidence: How often such a numbering was right on patients the engine was not
            trained on, 0..1, or ``None`` where it does not say.
        engine: What made it.
        flags: What finding it brought to light.
        numbering_alternative: The next likely numbering, where the engine gives one.
    """

    labels: NDArray[np.uint8]
    vertebrae: tuple[Vertebra, ...]
    midsagittal_slice: int
    lumbar_count: int | None
    numbering: str
    numbering_confidence: float | None
    engine: Engine
    flags: tuple[Finding, ...] = field(default_factory=tuple)
    numbering_alternative: NumberingAlternative | None = None
