"""Signal voids inside a body: metal, cement, or bone too dense to give signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.components import largest_component
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.regions.local_mean import local_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["void_flags"]

DARK = 0.2  # of the patient's marrow; CSF is darker than that only at a VBQ above 5
SMOOTH_MM = 0.8
INSIDE_MM = 2.5  # from the outline: clear of cortex and endplates
NOTCH_MM = 6.0  # an outline that a segmenter drew round a void narrower than twice this is closed
SMALLEST_MM2 = 20.0


def void_flags(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    regions: Mapping[int, NDArray[np.bool_]],
    pixel_mm: tuple[float, float],
) -> dict[int, Finding]:
    """Levels with a signal void well inside the body, by level number.

    Args:
        image: One sagittal slice, shape (rows, columns).
        labels: The label map on it.
        regions: Trabecular regions by level number, from which the patient's marrow is known; the
            bodies of these levels are looked at.
        pixel_mm: Size of a pixel along rows and columns, mm.
    """
    if not regions:
        return {}
    marrow = float(np.median([np.median(image[region]) for region in regions.values()]))
    flags = {}
    for level in regions:
        area = void_area_mm2(image, labels == level, DARK * marrow, pixel_mm)
        if area < SMALLEST_MM2:
            continue
        name = LEVEL_NAMES[level]
        flags[level] = Finding(
            "signal_void",
            "caution",
            f"{area:.0f} mm² inside {name} give no signal: metal, cement or very dense bone. "
            "Signals beside metal are wrong as well; look at the neighbouring levels.",
            {"level": name, "area_mm2": round(area, 1)},
        )
    return flags


def void_area_mm2(
    image: NDArray[np.float32],
    body: NDArray[np.bool_],
    limit: float,
    pixel_mm: tuple[float, float],
) -> float:
    """Area of the largest connected part well inside a body whose average is below a limit."""
    margin = [int(np.ceil(2 * NOTCH_MM / size)) + 1 for size in pixel_mm]
    rows, columns = ndimage.find_objects(body.astype(np.uint8))[0]
    box = tuple(
        slice(max(side.start - extra, 0), side.stop + extra)
        for side, extra in zip((rows, columns), margin, strict=True)
    )
    body, image = body[box], image[box]
    grown = ndimage.distance_transform_edt(~body, sampling=pixel_mm) <= NOTCH_MM
    padded = np.pad(grown, 1, mode="edge")
    closed = ndimage.distance_transform_edt(padded, sampling=pixel_mm)[1:-1, 1:-1] > NOTCH_MM
    solid = np.pad(ndimage.binary_fill_holes(closed | body), 1)
    depth = ndimage.distance_transform_edt(solid, sampling=pixel_mm)[1:-1, 1:-1]
    inside = depth > INSIDE_MM
    dark = inside & (local_mean(image, inside, SMOOTH_MM, pixel_mm) < limit)
    return float(largest_component(dark).sum()) * pixel_mm[0] * pixel_mm[1]
