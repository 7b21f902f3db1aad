"""The trabecular region of a vertebral body on a sagittal slice.

Inside the body, clear of cortex and endplates by a margin in millimetres, and clear of the
basivertebral vein, which enters through the middle of the posterior wall. This is where readers
draw (Ehresman et al., Spine J 2020, doi 10.1016/j.spinee.2019.10.018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.measure.frame import BodyFrame

__all__ = ["trabecular_region"]

MARGIN_MM = 4.0
MARGIN_SHARE = 0.2  # of the body's height, where the body is too low for the full margin
CLEFT_HALF_HEIGHT_MM = 4.0
CLEFT_START = 0.1  # of the body's depth behind its centre


def trabecular_region(
    body: NDArray[np.bool_], frame: BodyFrame, pixel_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    """Pixels of the trabecular region; none where the body is too small to have one.

    Args:
        body: The body on the slice, shape (rows, columns).
        frame: Its frame on the same slice.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    margin = min(MARGIN_MM, MARGIN_SHARE * frame.height)
    solid = np.pad(ndimage.binary_fill_holes(body), 1)  # the image's edge is an edge of the body
    depth = ndimage.distance_transform_edt(solid, sampling=pixel_mm)[1:-1, 1:-1]
    # the outline runs half a pixel outside the outermost pixel centres
    inner = depth - 0.5 * min(pixel_mm) > margin
    along, behind = frame.coordinates((body.shape[0], body.shape[1]), pixel_mm)
    cleft = (np.abs(along) < CLEFT_HALF_HEIGHT_MM) & (behind > CLEFT_START * frame.depth)
    return np.asarray(inner & ~cleft)
