"""Scan and Anatomy become a Reading."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from vbq import __version__
from vbq.anatomy.levels import LEVEL_NAMES
from vbq.flag import Flag
from vbq.measure.contrast import contrast_flags
from vbq.measure.csf import csf_regions
from vbq.measure.csf_flags import csf_flags, csf_level_flags
from vbq.measure.endplate import endplate_variants
from vbq.measure.frame import BodyFrame, body_frames
from vbq.measure.measurement import Measurement, Roi
from vbq.measure.protocol import STANDARD, Protocol
from vbq.measure.quality import (
    coverage_flags,
    scan_flags,
    shading_flags,
    signal_flags,
    stop_if_meaningless,
)
from vbq.measure.reading import (
    CsfReading,
    EngineRecord,
    FlagRecord,
    LevelReading,
    NumberingAlternative,
    ProtocolRecord,
    Reading,
    ScanRecord,
    SoftwareRecord,
    UncertaintyRecord,
)
from vbq.measure.shading import fit_shading, middle_of
from vbq.measure.signal import measure_signal
from vbq.measure.suspect import find_suspects
from vbq.measure.trabecular import trabecular_region
from vbq.measure.uncertainty import Uncertainty, estimate_uncertainty
from vbq.measure.variants import score_variants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import Anatomy
    from vbq.errors import VBQError
    from vbq.scan.scan import Scan

__all__ = ["refused", "take_reading"]

SMALLEST_REGION_MM2 = 40.0  # a trabecular region below this is not a measurement
MEASURED_LEVELS = (*STANDARD.levels, 24, 26, 19, 18)  # L5, S1, T12, T11 are reported, not scored


def take_reading(scan: Scan, anatomy: Anatomy, *, protocol: Protocol = STANDARD) -> Measurement:
    """Measure the score on the mid-sagittal slice.

    Never raises for a doubtful image: the reading's status and flags say what is wrong, down to
    ``refused`` with no score.

    Args:
        scan: The sagittal T1 series.
        anatomy: What is where in it.
        protocol: Definition of the score.

    Raises:
        RefusalError: the array cannot be a magnitude MR image at all.
    """
    stop_if_meaningless(scan)
    index = anatomy.midsagittal_slice
    labels = anatomy.labels[index]
    pixel_mm = scan.spacing_mm[1:]
    frames = body_frames(labels, pixel_mm)

    regions = _trabecular_regions(anatomy, labels, frames, pixel_mm)
    suspects = find_suspects(scan.voxels[index], labels, frames, regions, pixel_mm)
    regions = suspects.regions
    used = [n for n in protocol.levels if n in regions and n not in suspects.flags]
    flags = [*scan.flags, *anatomy.flags, *scan_flags(scan)]
    flags += coverage_flags(
        scan,
        anatomy,
        [LEVEL_NAMES[n] for n in used],
        [LEVEL_NAMES[n] for n in protocol.levels],
        protocol.fewest_levels,
    )
    flags += [flag for n in protocol.levels for flag in suspects.flags.get(n, ())]
    confidence = {v.level: v.confidence for v in anatomy.vertebrae}
    rois = [
        Roi(
            LEVEL_NAMES[n],
            index,
            mask,
            used=n in used,
            excluded=suspects.excluded.get(n),
            suspect=suspects.reason(n),
        )
        for n, mask in sorted(regions.items())
    ]
    levels = [
        LevelReading(
            level=LEVEL_NAMES[n],
            confidence=confidence[n],
            used=n in used,
            findings=tuple(flag.code for flag in suspects.flags.get(n, ())),
            excluded_share=round(suspects.share(n), 4),
            **measure_signal(scan, Roi(LEVEL_NAMES[n], index, mask)),
        )
        for n, mask in sorted(regions.items())
    ]

    csf = None
    variants: dict[str, float] = {}
    uncertainty = None
    in_sac = csf_regions(scan.voxels[index], labels, frames, pixel_mm)
    if not in_sac:
        flags.append(_no_csf())
    else:
        region = in_sac[0]
        roi = Roi("CSF", index, region.mask)
        rois.append(roi)
        csf = CsfReading(
            level=LEVEL_NAMES[region.level],
            floor_factor=region.floor_factor,
            **measure_signal(scan, roi),
        )
        flags += csf_flags(csf, region)
        if used:
            scored = [level for level in levels if level.used]
            flags += contrast_flags(scan, anatomy, scored, csf)
            flags += signal_flags(scan, [scan.voxels[index][regions[n]] for n in used])
            shading = fit_shading(scan.voxels, anatomy.labels, index, scan.spacing_mm)
            at_csf = middle_of(region.mask, pixel_mm)
            middles = {n: middle_of(regions[n], pixel_mm) for n in used}
            gains = {
                LEVEL_NAMES[n]: shading.gain(at_csf, middle)
                for n, middle in middles.items()
                if shading is not None
            }
            variants = score_variants(levels, csf, gains)
            variants |= endplate_variants(scan.voxels[index], labels, frames, levels, csf, pixel_mm)
            uncertainty = estimate_uncertainty(
                scan.voxels,
                anatomy.labels,
                index,
                {n: regions[n] for n in used},
                in_sac,
                scan.spacing_mm,
                protocol,
            )
            flags += csf_level_flags(scan.voxels[index], in_sac, shading, pixel_mm)
            if shading is not None and uncertainty is not None:
                doubt = shading.mean_gain_sd(list(middles.values()), at_csf)
                flags += shading_flags(variants, uncertainty, shading.slope, doubt)

    reading = _assemble(scan, anatomy, protocol, levels, csf, flags, variants, uncertainty)
    return Measurement(reading=reading, scan=scan, anatomy=anatomy, rois=tuple(rois))


def refused(
    error: VBQError, *, scan: Scan | None = None, protocol: Protocol = STANDARD
) -> Measurement:
    """The reading of a scan from which none could be taken: status ``refused``, and why."""
    flag = Flag(error.code, "refuse", str(error))
    flags = [*(scan.flags if scan else ()), flag]
    return Measurement(reading=_assemble(scan, None, protocol, [], None, flags, {}), scan=scan)


def _trabecular_regions(
    anatomy: Anatomy,
    labels: NDArray[np.uint8],
    frames: Mapping[int, BodyFrame],
    pixel_mm: tuple[float, float],
) -> dict[int, NDArray[np.bool_]]:
    """Trabecular regions of the bodies that lie wholly in the field of view."""
    complete = {v.level for v in anatomy.vertebrae if v.complete}
    regions = {}
    for level in MEASURED_LEVELS:
        if level not in frames or level not in complete:
            continue
        region = trabecular_region(labels == level, frames[level], pixel_mm)
        if region.sum() * pixel_mm[0] * pixel_mm[1] >= SMALLEST_REGION_MM2:
            regions[level] = region
    return regions


def _no_csf() -> Flag:
    return Flag(
        "csf_not_found",
        "refuse",
        "No thecal sac was found behind L2–L4, so there is nothing to divide by.",
    )


def _assemble(
    scan: Scan | None,
    anatomy: Anatomy | None,
    protocol: Protocol,
    levels: Sequence[LevelReading],
    csf: CsfReading | None,
    flags: Sequence[Flag],
    variants: dict[str, float],
    uncertainty: Uncertainty | None = None,
) -> Reading:
    severities = {flag.severity for flag in flags}
    status: Literal["ok", "caution", "refused"] = (
        "refused" if "refuse" in severities else "caution" if "caution" in severities else "ok"
    )
    if status == "refused":  # nothing that could be taken for a score
        variants = {}
    score = variants.get(protocol.id)
    return Reading(
        status=status,
        score=score,
        interval=uncertainty.interval(score) if uncertainty and score else None,
        uncertainty=_uncertainty_record(uncertainty, score) if uncertainty and score else None,
        levels=tuple(levels),
        csf=csf,
        variants=variants,
        numbering=anatomy.numbering if anatomy else None,
        numbering_confidence=anatomy.numbering_confidence if anatomy else None,
        numbering_alternative=_alternative(anatomy),
        lumbar_count=anatomy.lumbar_count if anatomy else None,
        midsagittal_slice=anatomy.midsagittal_slice if anatomy else None,
        flags=tuple(
            FlagRecord(
                code=f.code, severity=f.severity, message=f.message, evidence=dict(f.evidence)
            )
            for f in flags
        ),
        scan=_scan_record(scan) if scan is not None else None,
        protocol=ProtocolRecord(
            name=protocol.name,
            statistic=protocol.statistic,
            across_levels=protocol.across_levels,
            levels=tuple(LEVEL_NAMES[n] for n in protocol.levels),
            reference=protocol.reference,
            citation=protocol.source,
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
        manufacturer=acquisition.manufacturer,
        model=acquisition.model,
        voxels_sha256=sha256(scan.voxels.tobytes()).hexdigest(),
    )
