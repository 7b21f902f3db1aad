"""The trabecular region of a vertebral body on a sagittal slice.

Inside the body, clear of cortex and endplates by a margin in millimetres, and anterior to the
posterior third, where the basivertebral vein enters: one compact region such as a reader draws
(Ehresman et al., Spine J 2020, doi 10.1016/j.spinee.2019.10.018).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.components import largest_component
from vbq.measure.regions.body_frame import BodyFrame

MARGIN_MM = 3.5
MARGIN_SHARE = 0.17  # margin over the body's height, in a body too low for the full margin
POSTERIOR_THIRD = 1 / 6  # distance behind the centre, as a fraction of the body's depth
SMOOTH_MM = 2.0  # corners and spurs narrower than twice this are rounded off


def trabecular_region(
    body: NDArray[np.bool_], frame: BodyFrame, pixel_mm: tuple[float, float]
) -> NDArray[np.bool_]:
    """Pixels of the trabecular region; none where the body is too small to have one.

    Args:
        body: The body on the slice, shape (rows, columns).
        frame: Its frame on the same slice.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    if not body.any():
        return np.zeros_like(body)
    region = np.zeros_like(body)
    box = ndimage.find_objects(body.astype(np.uint8))[0]
    _, behind = frame.coordinates((body.shape[0], body.shape[1]), pixel_mm)
    region[box] = _inside(body[box], behind[box], frame, pixel_mm)
    return region


def _inside(
    body: NDArray[np.bool_],
    behind: NDArray[np.float64],
    frame: BodyFrame,
    pixel_mm: tuple[float, float],
) -> NDArray[np.bool_]:
    """The region within the bounding box of a body.

    Args:
        body: The body inside the box, shape (rows, columns).
        behind: Distance of each pixel behind the centre of the body, mm, same shape.
        frame: Frame of the body.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    # the outline runs half a pixel outside the outermost pixel centres
    margin = min(MARGIN_MM, MARGIN_SHARE * frame.height) + 0.5 * min(pixel_mm)
    solid = np.pad(ndimage.binary_fill_holes(body), 1)  # the image edge is an edge of the body
    depth = ndimage.distance_transform_edt(solid, sampling=pixel_mm)[1:-1, 1:-1]
    inner = (depth > margin) & (behind <= POSTERIOR_THIRD * frame.depth)
    # opening with a disc: parts that a disc of that radius cannot reach are removed
    core = ndimage.distance_transform_edt(inner, sampling=pixel_mm) > SMOOTH_MM
    if not core.any():
        return inner
    reach = ndimage.distance_transform_edt(~core, sampling=pixel_mm)
    return largest_component(inner & (reach <= SMOOTH_MM))
