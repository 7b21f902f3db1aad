"""Endplate bone quality (EBQ): the signal of the bone next to the endplates.

Two published scores carry this name: endplate signal over CSF (Tuo et al., J Orthop Surg Res 2024,
doi 10.1186/s13018-024-04716-w) and endplate signal over marrow (Li et al., Joint Dis Relat Surg,
https://jointdrs.org/full-text/1567). The band that they are measured in is the choice of this
program: 3 mm of bone, 1.5 mm inside the outline, so that it holds neither the dark bony plate nor
pixels of the outline itself, along the middle two thirds of the body, clear of its front and back
walls.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.levels import LEVEL_NUMBERS
from vbq.measure.reading import CsfReading, LevelReading
from vbq.measure.regions.body_frame import BodyFrame
from vbq.measure.regions.sagittal_section import SagittalSection

PLATE_MM = 1.5
BAND_MM = 3.0
MIDDLE = 1 / 3  # distance before and behind the centre, as a fraction of the body's depth


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
        plate_mm: Distance from the outline to the band, mm.
        band_mm: Width of the band, mm.
    """
    along, behind = frame.coordinates((body.shape[0], body.shape[1]), pixel_mm)
    solid = np.pad(ndimage.binary_fill_holes(body), 1)  # the image edge is an edge of the body
    depth = ndimage.distance_transform_edt(solid, sampling=pixel_mm)[1:-1, 1:-1]
    inside = depth - 0.5 * min(pixel_mm)  # the outline runs half a pixel outside pixel centres
    band = (inside > plate_mm) & (inside <= plate_mm + band_mm)
    band &= np.abs(behind) <= MIDDLE * frame.depth
    return band & (along < -frame.height / 4), band & (along > frame.height / 4)


def endplate_variants(
    section: SagittalSection, levels: Sequence[LevelReading], csf: CsfReading
) -> dict[str, float]:
    """``EBQ_csf`` and ``EBQ_marrow`` of the scored levels; none where no body has both bands.

    Args:
        section: The section measured.
        levels: Measured levels whose bodies are on it; those used are taken.
        csf: The CSF.
    """
    plates, ratios = [], []
    for level in levels:
        if not level.used:
            continue
        number = LEVEL_NUMBERS[level.level]
        body, frame = section.labels == number, section.frames[number]
        bands = endplate_bands(body, frame, section.pixel_mm)
        if not all(band.any() for band in bands):
            continue
        plate = float(np.mean([section.image[band].mean() for band in bands]))
        plates.append(plate)
        ratios.append(plate / level.mean if level.mean > 0 else np.nan)
    if not plates or csf.signal <= 0:
        return {}
    variants = {
        "EBQ_csf": float(np.mean(plates)) / csf.signal,
        "EBQ_marrow": float(np.mean(ratios)),
    }
    return {name: value for name, value in variants.items() if np.isfinite(value)}
