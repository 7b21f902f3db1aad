"""Endplate bone quality (EBQ): the signal of the bone next to the endplates.

Two published scores carry this name: endplate signal over CSF (Tuo et al., J Orthop Surg Res 2024,
doi 10.1186/s13018-024-04716-w) and endplate signal over the marrow's (Li et al., Joint Dis Relat
Surg, https://jointdrs.org/full-text/1567). The band they are taken from is this program's own:
3 mm of bone, 1.5 mm inside the outline, so that neither the dark bony plate nor the outline's own
pixels weigh in, along the middle two thirds of the body, clear of its front and back walls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.levels import LEVEL_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vbq.measure.reading import CsfReading, LevelReading
    from vbq.measure.regions.body_frame import BodyFrame

__all__ = ["endplate_bands", "endplate_variants"]

PLATE_MM = 1.5
BAND_MM = 3.0
MIDDLE = 1 / 3  # of the body's depth, to the front and to the back of its centre


def endplate_bands(
    body: NDArray[np.bool_],
    frame: BodyFrame,
    pixel_mm: tuple[float, float],
    plate_mm: float = PLATE_MM,
    band_mm: float = BAND_MM,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Upper and lower endplate band of one body; empty where the body is too low.

    Args:
        body: The body on the slice, shape (rows, columns).
        frame: Its frame on the same slice.
        pixel_mm: Size of a pixel along rows and columns, mm.
        plate_mm: From the outline to the band.
        band_mm: Its width.
    """
    along, behind = frame.coordinates((body.shape[0], body.shape[1]), pixel_mm)
    solid = np.pad(ndimage.binary_fill_holes(body), 1)  # the image's edge is an edge of the body
    depth = ndimage.distance_transform_edt(solid, sampling=pixel_mm)[1:-1, 1:-1]
    inside = depth - 0.5 * min(pixel_mm)  # the outline runs half a pixel outside pixel centres
    band = (inside > plate_mm) & (inside <= plate_mm + band_mm)
    band &= np.abs(behind) <= MIDDLE * frame.depth
    return band & (along < -frame.height / 4), band & (along > frame.height / 4)


def endplate_variants(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    frames: Mapping[int, BodyFrame],
    levels: Sequence[LevelReading],
    csf: CsfReading,
    pixel_mm: tuple[float, float],
) -> dict[str, float]:
    """``EBQ_csf`` and ``EBQ_marrow`` of the scored levels; none where no body has both bands.

    Args:
        image: One sagittal slice, shape (rows, columns).
        labels: The label map on it.
        frames: Frames of the bodies on it, by level number.
        levels: Measured levels; those used are taken.
        csf: The reference.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    plates, ratios = [], []
    for level in levels:
        number = LEVEL_NUMBERS[level.level]
        if not level.used:
            continue
        bands = endplate_bands(labels == number, frames[number], pixel_mm)
        if not all(band.any() for band in bands):
            continue
        plate = float(np.mean([image[band].mean() for band in bands]))
        plates.append(plate)
        ratios.append(plate / level.mean if level.mean > 0 else np.nan)
    if not plates or csf.signal <= 0:
        return {}
    found = {"EBQ_csf": float(np.mean(plates)) / csf.signal, "EBQ_marrow": float(np.mean(ratios))}
    return {name: value for name, value in found.items() if np.isfinite(value)}
