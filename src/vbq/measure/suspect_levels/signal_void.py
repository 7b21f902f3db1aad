"""Signal voids inside a body: metal, cement, or bone too dense to give signal."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.components import largest_component
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.finding import Finding
from vbq.measure.regions.local_mean import local_mean
from vbq.measure.regions.sagittal_section import SagittalSection

DARK = 0.2  # signal over that of the patient's marrow; CSF is darker only at a VBQ above 5
SMOOTH_MM = 0.8
INSIDE_MM = 2.5  # distance from the outline: clear of cortex and endplates
NOTCH_MM = 6.0  # notches in the outline narrower than twice this, drawn round a void, are closed
SMALLEST_MM2 = 20.0


def void_findings(
    section: SagittalSection, regions: Mapping[int, NDArray[np.bool_]]
) -> dict[int, Finding]:
    """Levels with a signal void well inside the body, by level number.

    Args:
        section: The section measured.
        regions: Trabecular regions by level number, at least one, which give the normal signal of
            marrow in this patient; the bodies of these levels are examined.
    """
    marrow = float(np.median(list(section.median_signal(regions).values())))
    findings = {}
    for level in regions:
        area = _void_area_mm2(section, section.labels == level, DARK * marrow)
        if area < SMALLEST_MM2:
            continue
        name = LEVEL_NAMES[level]
        findings[level] = Finding(
            "signal_void",
            "caution",
            f"{area:.0f} mm² inside {name} give no signal: metal, cement or very dense bone. "
            "Signal near metal is distorted as well; look at the neighbouring levels.",
            {"level": name, "area_mm2": round(area, 1)},
        )
    return findings


def _void_area_mm2(section: SagittalSection, body: NDArray[np.bool_], limit: float) -> float:
    """Area of the largest connected part well inside a body whose average is below a limit."""
    pixel_mm = section.pixel_mm
    margin = [int(np.ceil(2 * NOTCH_MM / size)) + 1 for size in pixel_mm]
    rows, columns = ndimage.find_objects(body.astype(np.uint8))[0]
    box = tuple(
        slice(max(side.start - extra, 0), side.stop + extra)
        for side, extra in zip((rows, columns), margin, strict=True)
    )
    body, image = body[box], section.image[box]
    grown = ndimage.distance_transform_edt(~body, sampling=pixel_mm) <= NOTCH_MM
    padded = np.pad(grown, 1, mode="edge")
    closed = ndimage.distance_transform_edt(padded, sampling=pixel_mm)[1:-1, 1:-1] > NOTCH_MM
    solid = np.pad(ndimage.binary_fill_holes(closed | body), 1)
    depth = ndimage.distance_transform_edt(solid, sampling=pixel_mm)[1:-1, 1:-1]
    inside = depth > INSIDE_MM
    dark = inside & (local_mean(image, inside, SMOOTH_MM, pixel_mm) < limit)
    return float(largest_component(dark).sum()) * section.pixel_area_mm2
