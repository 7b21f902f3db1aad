"""An Anatomy: vertebral levels, canal and midline of a scan."""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vbq.finding import Finding


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Origin of a segmentation: engine, version and, for a network, the hash of its weights."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    name: str
    version: str
    model_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Vertebra:
    """One vertebral body.

    Attributes:
        level: Its number (20 is L1); see `vbq.anatomy.levels`.
        name: Its name (``"L1"``).
        confidence: Probability, 0..1, that outline and name are right, calibrated on patients the
            engine was not trained on; ``None`` if the engine gives none.
        centre_mm: Centroid of the body, LPS mm.
        complete: Whether the body lies entirely within the field of view.
    """

    level: int
    name: str
    confidence: float | None
    centre_mm: tuple[float, float, float]
    complete: bool


@dataclass(frozen=True, slots=True)
class NumberingAlternative:
    """The second most likely numbering of the levels.

    Attributes:
        shift: Number of levels by which every name would move down: with +1, what is called L3
            would be L4.
        probability: Probability of that numbering, 0..1.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "extra": "forbid",
        "allow_inf_nan": False,
        "revalidate_instances": "always",
    }

    shift: Annotated[int, Field(description="+1 makes L4 of what is called L3")]
    probability: Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The anatomy shown in a scan.

    Attributes:
        labels: uint8, same shape as the scan's voxels; numbering of `vbq.anatomy.levels`.
        vertebrae: The vertebral bodies from superior to inferior, the sacrum last.
        midsagittal_slice: Index along axis 0 of the slice nearest to the midline of L1–L4.
        lumbar_count: Number of lumbar vertebrae, where a label map names T12, L1 and S1, else
            ``None``: without ribs in view a network cannot distinguish T12 from L1.
        numbering: What the numbering of the levels is based on: ``"sacrum"``, ``"L5"``,
            ``"label map"`` or ``"assumed"`` (neither sacrum nor L5 was recognised: L5 is taken
            to lie just below the lowest body).
        numbering_confidence: Probability, 0..1, that the numbering is right, calibrated on
            patients the engine was not trained on; ``None`` if the engine gives none.
        engine: The engine that made the segmentation.
        flags: Findings made during segmentation and numbering.
        numbering_alternative: The second most likely numbering, where the engine gives one.
    """

    labels: NDArray[np.uint8]
    vertebrae: tuple[Vertebra, ...]
    midsagittal_slice: int
    lumbar_count: int | None
    numbering: str
    numbering_confidence: float | None
    engine: EngineInfo
    flags: tuple[Finding, ...] = field(default_factory=tuple)
    numbering_alternative: NumberingAlternative | None = None
