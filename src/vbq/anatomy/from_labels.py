"""From a label map to an Anatomy: vertebrae, their completeness, and the midline."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.anatomy import Anatomy, EngineInfo, NumberingAlternative, Vertebra
from vbq.anatomy.levels import LEVEL_NAMES, SACRUM
from vbq.anatomy.midline import find_midline
from vbq.finding import Finding
from vbq.scan.scan import Scan


def anatomy_from_labels(
    scan: Scan,
    labels: NDArray[np.uint8],
    *,
    engine: EngineInfo,
    numbering: str,
    numbering_confidence: float | None,
    alternative: NumberingAlternative | None = None,
    confidences: Mapping[int, float] | None = None,
    flags: tuple[Finding, ...] = (),
) -> Anatomy:
    """Derive an `Anatomy` from a label map.

    Args:
        scan: The scan the labels belong to.
        labels: Same shape as ``scan.voxels``; numbering of `vbq.anatomy.levels`.
        engine: The engine that made the labels.
        numbering: What the numbering of the levels is based on; see `Anatomy`.
        numbering_confidence: 0..1, or ``None`` if the engine gives none.
        alternative: The second most likely numbering.
        confidences: Confidence of each level, 0..1, by level number.
        flags: Findings of the engine.
    """
    boxes = dict(enumerate(ndimage.find_objects(labels), start=1))
    present = [level for level in sorted(LEVEL_NAMES) if boxes.get(level) is not None]
    vertebrae = []
    for level in present:
        box = boxes[level]
        corner = [side.start for side in box]
        centre = scan.to_mm(np.argwhere(labels[box] == level).mean(axis=0) + corner)
        inside = (
            side.start > 0 and side.stop < size
            for side, size in zip(box[1:], labels.shape[1:], strict=True)
        )
        vertebrae.append(
            Vertebra(
                level=level,
                name=LEVEL_NAMES[level],
                confidence=None if confidences is None else confidences.get(level),
                centre_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
                complete=all(inside),
            )
        )
    lumbar = [level for level in present if LEVEL_NAMES[level].startswith("L")]
    # Only a label map that names T12, L1 and S1 gives the count: a network that numbers from the
    # sacrum upward cannot know it.
    counted = numbering == "label map" and {19, 20, SACRUM} <= set(present)
    unbroken = lumbar == list(range(20, 20 + len(lumbar)))
    return Anatomy(
        labels=labels,
        vertebrae=tuple(vertebrae),
        midsagittal_slice=find_midline(labels),
        lumbar_count=len(lumbar) if counted and unbroken else None,
        numbering=numbering,
        numbering_confidence=numbering_confidence,
        engine=engine,
        flags=flags,
        numbering_alternative=alternative,
    )
