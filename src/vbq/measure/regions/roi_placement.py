"""Manual ROIs and the anatomy: where they lie in it, and what to do where it is missing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vbq._version import __version__
from vbq.anatomy.anatomy import Anatomy, EngineInfo
from vbq.anatomy.levels import CANAL, CORD, LEVEL_NAMES, LEVEL_NUMBERS
from vbq.errors import VBQError
from vbq.finding import Finding
from vbq.measure.measurement import Roi
from vbq.measure.regions.csf import SMOOTH_MM, CsfRegion, measured_region
from vbq.measure.regions.local_mean import local_mean
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.scan.scan import Scan

CSF_BEHIND = range(20, 25)  # L1 to L5
IN_PLACE = 0.5  # fraction of a region's pixels that lie on its body
NUMBERING = "drawn regions"


def lies_in_place(anatomy: Anatomy, roi: Roi) -> bool:
    """Whether half of a region or more lies in the body of its name, or of CSF in the canal."""
    numbers = (CANAL, CORD) if roi.name == "CSF" else (LEVEL_NUMBERS[roi.name],)
    return bool(np.isin(anatomy.labels[roi.slice][roi.mask], numbers).mean() >= IN_PLACE)


def conflicts_with_anatomy(anatomy: Anatomy, roi: Roi) -> bool:
    """Whether the anatomy has the body of a region elsewhere, or another body in its place."""
    number = CANAL if roi.name == "CSF" else LEVEL_NUMBERS[roi.name]
    known = bool((anatomy.labels == number).any()) or vertebra_under(anatomy, roi) is not None
    return known and not lies_in_place(anatomy, roi)


def vertebra_under(anatomy: Anatomy, roi: Roi) -> str | None:
    """Name of the vertebra that most of a region lies in; ``None`` if it lies in none."""
    labels = anatomy.labels[roi.slice][roi.mask]
    return LEVEL_NAMES.get(int(np.bincount(labels).argmax()))


def with_manual_bodies(anatomy: Anatomy, rois: Sequence[Roi]) -> Anatomy:
    """The anatomy with manual regions as the bodies of levels that it has nowhere.

    A region that lies on another vertebra is not added: it would distort the frames of the
    neighbouring bodies.
    """
    labels = anatomy.labels.copy()
    for roi in rois:
        number = LEVEL_NUMBERS.get(roi.name)
        if number is None or vertebra_under(anatomy, roi):
            continue
        if not (anatomy.labels == number).any():
            labels[roi.slice][roi.mask] = number
    return replace(anatomy, labels=labels) if rois else anatomy


def anatomy_of_rois(scan: Scan, rois: Sequence[Roi], reason: VBQError) -> Anatomy:
    """An empty anatomy, for a scan without one that fits the regions drawn on it.

    Args:
        scan: The scan.
        rois: The regions.
        reason: Why there is no other anatomy.
    """
    slices = [roi.slice for roi in rois if roi.name != "CSF"]
    message = (
        "Only the regions drawn by hand were used, without any other anatomy: the interval does "
        "not include the choice of slice or of CSF, and no level was examined for disease. "
        f"{reason.message}"
    )
    return Anatomy(
        labels=np.zeros(scan.voxels.shape, np.uint8),
        vertebrae=(),
        midsagittal_slice=int(np.median(slices)),
        lumbar_count=None,
        numbering=NUMBERING,
        numbering_confidence=None,
        engine=EngineInfo(NUMBERING, __version__),
        flags=(Finding("anatomy_from_regions", "caution", message, {"reason": reason.code}),),
    )


def csf_of_roi(roi: Roi, section: SagittalSection) -> CsfRegion:
    """A manual CSF region, behind the vertebra that it is nearest to along the spine.

    Args:
        roi: The region.
        section: The section it lies on.
    """
    distances = {
        n: abs(float(frame.coordinates(section.shape, section.pixel_mm)[0][roi.mask].mean()))
        for n, frame in section.frames.items()
        if n in CSF_BEHIND
    }
    level = min(distances, key=lambda n: distances[n]) if distances else LEVEL_NUMBERS["L3"]
    smooth = local_mean(section.image, roi.mask, SMOOTH_MM, section.pixel_mm)
    return measured_region(section, level, roi.mask, smooth)
