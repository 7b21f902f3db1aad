"""The built-in engine: network, bodies, levels and canal, on the pixels of the scan."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq._version import __version__
from vbq.anatomy.anatomy import Anatomy, EngineInfo, NumberingAlternative
from vbq.anatomy.builtin.calibration import shipped_calibration
from vbq.anatomy.builtin.instances import Body, find_bodies
from vbq.anatomy.builtin.level_findings import level_findings
from vbq.anatomy.builtin.network import (
    BODY,
    CANAL,
    DISC,
    L5,
    S1,
    TissueMaps,
    segment_tissues,
    weights_sha256,
)
from vbq.anatomy.builtin.numbering import Numbering, number_bodies
from vbq.anatomy.builtin.plausibility import require_lumbar_spine
from vbq.anatomy.builtin.resample import interpolation
from vbq.anatomy.components import largest_component
from vbq.anatomy.from_labels import anatomy_from_labels
from vbq.anatomy.levels import CANAL as CANAL_LABEL
from vbq.anatomy.levels import DISC_OFFSET, SACRUM
from vbq.errors import RefusalError
from vbq.scan.scan import Scan, require_sagittal

MIN_BODIES = 3
MIN_CANAL_MM2 = 300.0  # area of a spinal canal on the slice that shows most of it


class BuiltinSegmenter:
    """Finds vertebral bodies, discs and canal with the network shipped in the package."""

    def find_anatomy(self, scan: Scan) -> Anatomy:
        """Find the lumbar spine in a scan.

        Raises:
            RefusalError: Fewer than three vertebral bodies in a row or no canal are seen, or the
                bodies do not have lumbar size or are not anterior to the canal.
        """
        require_sagittal(scan)
        maps = segment_tissues(scan)
        bodies = find_bodies(maps.probabilities, maps.positions_mm)
        canal = largest_component(maps.probabilities[:, CANAL] > 0.5)
        canal_mm2 = canal.sum(axis=(1, 2)).max()
        if len(bodies) < MIN_BODIES or canal_mm2 < MIN_CANAL_MM2:
            raise RefusalError(
                f"No lumbar spine is seen: {len(bodies)} vertebral bodies in a row and "
                f"{canal_mm2:.0f} mm² of spinal canal.",
                remedy="Choose a sagittal lumbar series; if this is one, the network cannot cope "
                "with its image quality or field of view.",
                code="no_lumbar_spine",
            )
        # where the spine leaves the slices, the canal is seen in several parts
        any_canal = np.max(maps.probabilities[:, CANAL], axis=0) > 0.5
        require_lumbar_spine([body.outline for body in bodies], any_canal)
        numbering = number_bodies(bodies)
        levels = {level: b for level, b in zip(numbering.levels, bodies, strict=True) if level}
        calibration = shipped_calibration()
        confidence = calibration.numbering_confidence(numbering)
        alternative = NumberingAlternative(
            numbering.alternative_shift, round(calibration.alternative_probability(numbering), 4)
        )

        grid = _Grid(scan, maps)
        body_probability = maps.probabilities[:, [BODY, L5, S1]].sum(axis=1)
        labels = np.zeros(scan.voxels.shape, np.uint8)
        for level, mask in _discs(maps.probabilities[:, DISC] > 0.5, numbering, bodies).items():
            grid.paint(labels, DISC_OFFSET + level, maps.probabilities[:, DISC], mask)
        grid.paint(labels, CANAL_LABEL, maps.probabilities[:, CANAL], canal)
        for level, body in levels.items():
            grid.paint(labels, level, body_probability, body.mask)
        return anatomy_from_labels(
            scan,
            labels,
            engine=EngineInfo("vbq-unet", __version__, weights_sha256()),
            numbering=numbering.anchor,
            numbering_confidence=round(confidence, 4),
            alternative=alternative,
            confidences={
                level: round(confidence * calibration.outline_confidence(body), 4)
                for level, body in levels.items()
            },
            flags=level_findings(numbering, confidence, alternative),
        )


class _Grid:
    """Transfers masks from the millimetre grid to the pixels of the scan."""

    def __init__(self, scan: Scan, maps: TissueMaps) -> None:
        self._rows = interpolation(maps.probabilities.shape[2], scan.voxels.shape[1])
        self._columns = interpolation(maps.probabilities.shape[3], scan.voxels.shape[2])
        # each slice of the scan takes the nearest segmented slice
        distance = np.abs(np.arange(scan.voxels.shape[0])[:, None] - maps.slices[None, :])
        self._nearest = distance.argmin(axis=1)

    def paint(
        self,
        labels: NDArray[np.uint8],
        value: int,
        probability: NDArray[np.float32],
        mask: NDArray[np.bool_],
    ) -> None:
        """Set ``labels`` to ``value`` where the probability inside the mask exceeds one half."""
        for segmented in np.flatnonzero(mask.any(axis=(1, 2))):
            box = _grown(ndimage.find_objects(mask[segmented].astype(np.uint8))[0])
            near = ndimage.binary_dilation(mask[segmented][box])
            soft = np.where(near, probability[segmented][box], 0)
            rows, columns = self._rows[:, box[0]], self._columns[:, box[1]]
            window = _covered(rows), _covered(columns)
            inside = (rows[window[0]] @ soft @ columns[window[1]].T) > 0.5
            for k in np.flatnonzero(self._nearest == segmented):
                labels[k][window][inside] = value


def _covered(weights: NDArray[np.float32]) -> slice:
    """The range of target pixels to which any source pixel contributes."""
    targets = np.flatnonzero(weights.any(axis=1))
    return slice(targets[0], targets[-1] + 1)


def _grown(box: tuple[slice, ...]) -> tuple[slice, ...]:
    """A box with one more pixel on every side, within the image."""
    return tuple(slice(max(0, side.start - 1), side.stop + 1) for side in box)


def _discs(
    mask: NDArray[np.bool_], numbering: Numbering, bodies: list[Body]
) -> dict[int, NDArray[np.bool_]]:
    """Mask of each disc by the level above it: pixels nearest to the midpoint of two bodies."""
    pairs = [
        (level, (np.add(a.centre, b.centre)) / 2)
        for level, a, b in zip(numbering.levels, bodies, bodies[1:], strict=False)
        if level and level != SACRUM
    ]
    if not pairs:
        return {}
    rows, columns = np.indices(mask.shape[1:])
    distance = np.stack([np.hypot(rows - r, columns - c) for _, (r, c) in pairs])
    owner, near = distance.argmin(axis=0), distance.min(axis=0) < 30
    return {level: mask & near & (owner == i) for i, (level, _) in enumerate(pairs)}
