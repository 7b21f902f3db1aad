"""What was measured becomes the document: a `Reading` with its status and provenance."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from vbq._version import __version__
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.files import ROI_FILE
from vbq.measure.protocol import SHADING_CORRECTED, STANDARD
from vbq.measure.reading import (
    CsfReading,
    EngineRecord,
    FileRecord,
    LevelReading,
    NumberingAlternative,
    ProtocolRecord,
    Reading,
    ScanRecord,
    SoftwareRecord,
    UncertaintyRecord,
)
from vbq.measure.regions.roi_file import rois_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbq.anatomy.anatomy import Anatomy
    from vbq.finding import Finding
    from vbq.measure.measurement import Roi
    from vbq.measure.uncertainty import Uncertainty
    from vbq.scan.scan import Scan

__all__ = ["assemble"]


def assemble(
    scan: Scan | None,
    anatomy: Anatomy | None,
    levels: Sequence[LevelReading],
    csf: CsfReading | None,
    flags: Sequence[Finding],
    variants: dict[str, float],
    uncertainty: Uncertainty | None = None,
    correction_sd: float | None = None,
    rois: Sequence[Roi] = (),
) -> Reading:
    """Put a reading together; refused where a flag says so, and then without scores.

    ``correction_sd`` is that of the logarithm of the correction of coil shading.
    """
    severities = {flag.severity for flag in flags}
    status: Literal["ok", "caution", "refused"] = (
        "refused" if "refuse" in severities else "caution" if "caution" in severities else "ok"
    )
    if status == "refused":  # nothing that could be taken for a score
        variants = {}
    score, corrected = variants.get(STANDARD.id), variants.get(SHADING_CORRECTED)
    return Reading(
        status=status,
        score=score,
        interval=uncertainty.interval(score) if uncertainty and score else None,
        uncertainty=_uncertainty_record(uncertainty, score) if uncertainty and score else None,
        levels=tuple(levels),
        csf=csf,
        variants=variants,
        shading_corrected_sd=corrected * correction_sd
        if corrected and correction_sd is not None
        else None,
        numbering=anatomy.numbering if anatomy else None,
        numbering_confidence=anatomy.numbering_confidence if anatomy else None,
        numbering_alternative=_alternative(anatomy),
        lumbar_count=anatomy.lumbar_count if anatomy else None,
        midsagittal_slice=anatomy.midsagittal_slice if anatomy else None,
        rois=_rois_record(scan, rois) if scan and rois else None,
        flags=tuple(flags),
        scan=_scan_record(scan) if scan is not None else None,
        protocol=ProtocolRecord(
            id=STANDARD.id,
            name=STANDARD.name,
            statistic=STANDARD.statistic,
            across_levels=STANDARD.across_levels,
            levels=tuple(LEVEL_NAMES[n] for n in STANDARD.levels),
            reference=STANDARD.reference,
            citation=STANDARD.source,
        ),
        engine=EngineRecord(
            name=anatomy.engine.name,
            version=anatomy.engine.version,
            model_sha256=anatomy.engine.model_sha256,
        )
        if anatomy
        else None,
        software=SoftwareRecord(version=__version__),
    )


def _rois_record(scan: Scan, rois: Sequence[Roi]) -> FileRecord:
    content = rois_bytes(scan, rois, STANDARD.name)
    return FileRecord(file=ROI_FILE, sha256=sha256(content).hexdigest())


def _uncertainty_record(found: Uncertainty, score: float) -> UncertaintyRecord:
    return UncertaintyRecord(
        sd=score * found.total,
        placement=score * found.placement,
        slice=None if found.slice is None else score * found.slice,
        csf=score * found.csf,
        noise=score * found.noise,
    )


def _alternative(anatomy: Anatomy | None) -> NumberingAlternative | None:
    other = anatomy.numbering_alternative if anatomy else None
    if other is None:
        return None
    return NumberingAlternative(shift=other.shift, probability=other.probability)


def _scan_record(scan: Scan) -> ScanRecord:
    slices, rows, columns = scan.voxels.shape
    source, acquisition = scan.source, scan.acquisition
    x, y, z = scan.spacing_mm
    return ScanRecord(
        format=source.format,
        study_uid=source.study_uid,
        series_uid=source.series_uid,
        series_number=source.series_number,
        slices=slices,
        rows=rows,
        columns=columns,
        spacing_mm=(round(x, 5), round(y, 5), round(z, 5)),
        field_strength_t=acquisition.field_strength_t,
        repetition_time_ms=acquisition.repetition_time_ms,
        echo_time_ms=acquisition.echo_time_ms,
        pixel_bandwidth_hz=acquisition.pixel_bandwidth_hz,
        slice_thickness_mm=acquisition.slice_thickness_mm,
        manufacturer=acquisition.manufacturer,
        model=acquisition.model,
        voxels_sha256=scan.voxels_sha256,
    )
