"""What the picture itself shows against a reading: noise, offset, ghosts, wrap, crowded canal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.measure.checks.crowded_canal import crowded_canal_flags
from vbq.measure.checks.ghosting import ghost_flags
from vbq.measure.checks.signal_offset import offset_flags
from vbq.measure.checks.signal_to_noise import noise_flags
from vbq.measure.checks.wrap import DIRECTIONS, wrap_flags
from vbq.measure.regions.background import find_background

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vbq.finding import Finding
    from vbq.measure.regions.body_frame import BodyFrame
    from vbq.measure.regions.csf import CsfRegion
    from vbq.scan.scan import Scan

__all__ = ["picture_flags"]


def picture_flags(
    scan: Scan,
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    frames: Mapping[int, BodyFrame],
    regions: Sequence[NDArray[np.bool_]],
    in_sac: Sequence[CsfRegion],
) -> list[Finding]:
    """Look at the picture measured.

    Args:
        scan: The scan it is from.
        image: The picture: one slice, or the curved midplane; shape (rows, columns).
        labels: The label map on it.
        frames: Frames of its bodies by level number.
        regions: Trabecular regions of the scored levels, at least one.
        in_sac: CSF regions, the one measured first.
    """
    pixel_mm = scan.spacing_mm[1:]
    marrow = float(np.median([image[region].mean(dtype=np.float64) for region in regions]))
    if marrow <= 0:
        return []
    phase = _phase_direction(scan)
    background = find_background(image, np.isin(labels, list(frames)), marrow, pixel_mm)
    flags = noise_flags(image, regions, in_sac[0].mask, marrow, background, pixel_mm)
    flags += offset_flags(image, labels, marrow, float(image[in_sac[0].mask].mean()), pixel_mm)
    wrapped = wrap_flags(image, marrow, pixel_mm, phase)
    # what is folded into the air is told once
    flags += wrapped or ghost_flags(background, marrow, phase)
    return flags + crowded_canal_flags(labels, frames, in_sac, pixel_mm)


def _phase_direction(scan: Scan) -> str | None:
    """Phase encoding of a DICOM series, whose stored axes are slice, row and column."""
    stored = {"COL": 1, "ROW": 2}.get(scan.acquisition.phase_encoding or "")
    for axis, (native, _) in enumerate(scan.native_axes[1:]):
        if native == stored:
            return DIRECTIONS[axis]
    return None
