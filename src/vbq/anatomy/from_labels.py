"""From a label map to an Anatomy: vertebrae, midline and their completeness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.anatomy import Anatomy, Engine, Vertebra
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.anatomy.midline import find_midline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import NumberingAlternative
    from vbq.finding import Finding
    from vbq.scan.scan import Scan

__all__ = ["anatomy_from_labels"]


def anatomy_from_labels(
    scan: Scan,
    labels: NDArray[np.uint8],
    *,
    engine: Engine,
    numbering: str,
    numbering_confidence: float | None,
    alternative: NumberingAlternative | None = None,
    confidences: Mapping[int, float] | None = None,
    flags: tuple[Finding, ...] = (),
) -> Anatomy:
    """Derive everything an `Anatomy` tells from its label map.

    Args:
        scan: The scan the labels belong to.
        labels: Same shape as ``scan.voxels``; numbering of `vbq.anatomy.levels`.
        engine: What made the labels.
        numbering: How levels were numbered; see `Anatomy`.
        numbering_confidence: 0..1, or ``None`` where the engine does not say.
        alternative: The next likely numbering.
        confidences: Level number → confidence 0..1.
        flags: What the engine found noteworthy.
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
    # T12 beside L1 and the last lumbar beside S1, as somebody numbered them: a network that
    # counts up from the sacrum cannot know how many there are
    counted = numbering == "label map" and {19, 20, 26} <= set(present)
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
