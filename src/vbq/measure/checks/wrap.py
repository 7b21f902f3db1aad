"""Wrap: anatomy beyond the field of view, folded onto the opposite side of the image.

An image without measures against folding is periodic along the phase encoding: its last row
continues in its first. Where folding was prevented, by oversampling or a saturation band, the two
edges show different anatomy, or air.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.finding import Evidence, Finding
from vbq.measure.measured_scan import ScoredScan
from vbq.scan.scan import Scan

DIRECTIONS = ("head-foot", "front-back")  # directions of the rows and columns of a sagittal image
LIT = 0.3  # signal over that of marrow above which an edge pixel shows tissue
SHORTEST_EDGE_MM = 30.0  # length over which both edges show tissue
PADDED = 0.01  # signal over that of marrow below which an edge was padded, by distortion correction
FILLED = 0.9  # fraction of the usual number of pixels with signal in a row that is not padded
SMOOTH_MM = 1.5  # SD of the smoothing along the edge
DEPTH_MM = 1.0  # depth over which the edge is averaged
STEP_MM = 8.0  # distance into the image after which anatomy has changed
WRAPPED = 0.5  # difference of the edges over the change in that step; wrapped edges are more alike


def wrap_findings(scored: ScoredScan) -> list[Finding]:
    """Whether one edge of the image continues in the opposite one.

    An image can fold along its phase encoding only; both directions are examined where the file
    does not give it.
    """
    image, pixel_mm = scored.section.image, scored.section.pixel_mm
    phase = phase_direction(scored.measured.scan)
    for axis, direction in enumerate(DIRECTIONS):
        if phase not in (None, direction):
            continue
        rows = np.moveaxis(image, axis, 0)
        edges = _compare_edges(rows, scored.marrow, pixel_mm[axis], pixel_mm[1 - axis])
        if edges is None or edges.difference >= WRAPPED:
            continue
        message = (
            f"The image continues from one edge in the opposite one ({direction}): anatomy beyond "
            "the field of view is folded into it. Look where it overlaps vertebrae or canal; a "
            "series with oversampling does not fold."
        )
        evidence: dict[str, Evidence] = {
            "direction": direction,
            "edge_difference": round(edges.difference, 3),
            "edge_mm": round(edges.length_mm),
        }
        return [Finding("wrap", "caution", message, evidence)]
    return []


def phase_direction(scan: Scan) -> str | None:
    """Phase-encoding direction in the patient, ``"head-foot"`` or ``"front-back"``, if known."""
    stored_axis = {"COL": 1, "ROW": 2}.get(scan.acquisition.phase_encoding or "")
    for axis, (native, _) in enumerate(scan.native_axes[1:]):
        if native == stored_axis:
            return DIRECTIONS[axis]
    return None


class _Edges(NamedTuple):
    """The first and the last row of an image.

    ``difference`` is their difference over the usual one within 8 mm; ``length_mm`` is the length
    of tissue on both.
    """

    difference: float
    length_mm: float


def _compare_edges(
    image: NDArray[np.float32], marrow: float, row_mm: float, column_mm: float
) -> _Edges | None:
    """Compare the first and last row; ``None`` where the image or its tissue is too small."""
    filled = (image > PADDED * marrow).mean(axis=1)
    unpadded = np.flatnonzero(filled >= FILLED * np.median(filled))
    skipped = 1 if unpadded.size < len(image) else 0  # the row next to padding is interpolated
    image = image[unpadded[0] + skipped : unpadded[-1] + 1 - skipped]
    if len(image) < 4 * STEP_MM / row_mm:
        return None
    depth = max(1, round(DEPTH_MM / row_mm))
    step = max(1, round(STEP_MM / row_mm))

    def profile(start: int) -> NDArray[np.float64]:
        mean = image[start : start + depth].mean(axis=0, dtype=np.float64)
        return np.asarray(ndimage.gaussian_filter1d(mean, SMOOTH_MM / column_mm))

    size = len(image)
    first, last = profile(0), profile(size - depth)
    inward = (profile(step), profile(size - depth - step))
    lit = (first > LIT * marrow) | (last > LIT * marrow)
    lit_on_both = (first > LIT * marrow) & (last > LIT * marrow)
    length_mm = float(lit_on_both.sum() * column_mm)
    if length_mm < SHORTEST_EDGE_MM:
        return None
    difference = float(np.abs(first - last)[lit].mean())
    usual = np.mean([np.abs(a - b)[lit].mean() for a, b in zip((first, last), inward, strict=True)])
    return _Edges(difference / max(float(usual), 1e-9), length_mm)
