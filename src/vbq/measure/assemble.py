"""Put together the document: a `Reading` with its status and provenance."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal

from vbq._version import __version__
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.files import ROI_FILE
from vbq.finding import Finding
from vbq.measure.measured_scan import MeasuredScan, ScoredScan
from vbq.measure.measurement import Roi
from vbq.measure.protocol import SHADING_CORRECTED, STANDARD, Protocol
from vbq.measure.reading import (
    FileRecord,
    ProtocolRecord,
    Reading,
    ScanRecord,
    SoftwareRecord,
    UncertaintyRecord,
)
from vbq.measure.regions.roi_file import rois_bytes
from vbq.measure.uncertainty import Uncertainty
from vbq.scan.scan import Scan


def assemble(
    scan: Scan | None,
    measured: MeasuredScan | None,
    scored: ScoredScan | None,
    flags: Sequence[Finding],
) -> Reading:
    """Put a reading together; where a flag refuses it, without scores.

    Args:
        scan: The scan; ``None`` where it could not be read.
        measured: Its regions and signals; ``None`` where nothing was measured.
        scored: Its scores; ``None`` where there are none.
        flags: All findings.
    """
    severities = {flag.severity for flag in flags}
    status: Literal["ok", "caution", "refused"] = (
        "refused" if "refuse" in severities else "caution" if "caution" in severities else "ok"
    )
    if status == "refused":  # nothing that could be taken for a score
        scored = None
    variants = dict(scored.variants) if scored else {}
    score = variants.get(STANDARD.id)
    uncertainty = scored.uncertainty if scored and score else None
    anatomy = measured.anatomy if measured else None
    return Reading(
        status=status,
        score=score,
        interval=uncertainty.interval(score) if uncertainty and score else None,
        uncertainty=_uncertainty_record(uncertainty, score) if uncertainty and score else None,
        levels=measured.levels if measured else (),
        csf=measured.csf if measured else None,
        variants=variants,
        shading_corrected_sd=_shading_corrected_sd(scored) if scored else None,
        numbering=anatomy.numbering if anatomy else None,
        numbering_confidence=anatomy.numbering_confidence if anatomy else None,
        numbering_alternative=anatomy.numbering_alternative if anatomy else None,
        lumbar_count=anatomy.lumbar_count if anatomy else None,
        midsagittal_slice=anatomy.midsagittal_slice if anatomy else None,
        rois=_rois_record(measured.scan, measured.rois) if measured and measured.rois else None,
        flags=tuple(flags),
        scan=_scan_record(scan) if scan else None,
        protocol=_protocol_record(STANDARD),
        engine=anatomy.engine if anatomy else None,
        software=SoftwareRecord(version=__version__),
    )


def _shading_corrected_sd(scored: ScoredScan) -> float | None:
    """SD of the shading-corrected score due to the correction, in units of the score."""
    corrected, correction = scored.variants.get(SHADING_CORRECTED), scored.shading_correction
    return corrected * correction.log_sd if corrected and correction else None


def _protocol_record(protocol: Protocol) -> ProtocolRecord:
    return ProtocolRecord(
        id=protocol.id,
        name=protocol.name,
        statistic=protocol.statistic,
        across_levels=protocol.across_levels,
        levels=tuple(LEVEL_NAMES[n] for n in protocol.levels),
        reference=protocol.reference,
        citation=protocol.source,
    )


def _rois_record(scan: Scan, rois: Sequence[Roi]) -> FileRecord:
    content = rois_bytes(scan, rois, STANDARD.name)
    return FileRecord(file=ROI_FILE, sha256=sha256(content).hexdigest())


def _uncertainty_record(uncertainty: Uncertainty, score: float) -> UncertaintyRecord:
    """The components in units of the score."""
    return UncertaintyRecord(
        sd=score * uncertainty.total,
        placement=score * uncertainty.placement,
        slice=None if uncertainty.slice is None else score * uncertainty.slice,
        csf=score * uncertainty.csf,
        noise=score * uncertainty.noise,
    )


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
