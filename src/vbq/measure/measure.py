"""Scan and Anatomy become a Reading."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vbq.anatomy.levels import LEVEL_NAMES, LEVEL_NUMBERS
from vbq.errors import RefusalError
from vbq.finding import Finding
from vbq.measure.assemble import assemble
from vbq.measure.checks.contrast import contrast_flags
from vbq.measure.checks.csf import csf_flags, csf_level_flags
from vbq.measure.checks.image import picture_flags
from vbq.measure.checks.quality import (
    coverage_flags,
    scan_flags,
    shading_flags,
    signal_flags,
    stop_if_meaningless,
)
from vbq.measure.measurement import Measurement, Roi
from vbq.measure.protocol import STANDARD
from vbq.measure.reading import CsfReading, LevelReading
from vbq.measure.regions.body_frame import BodyFrame, body_frames
from vbq.measure.regions.csf import csf_regions
from vbq.measure.regions.endplate import endplate_variants
from vbq.measure.regions.manual_rois import (
    anatomy_of_rois,
    check_rois,
    csf_of_roi,
    lies_elsewhere,
    lies_in_place,
    no_body_flags,
    place_flags,
    suspect_flags,
    with_drawn_bodies,
)
from vbq.measure.regions.midplane import find_midplane
from vbq.measure.regions.trabecular import trabecular_region
from vbq.measure.shading import fit_shading, middle_of
from vbq.measure.signal import measure_signal
from vbq.measure.suspect_levels.find import Suspects, find_suspects
from vbq.measure.uncertainty import estimate_uncertainty
from vbq.measure.variants import score_variants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import Anatomy
    from vbq.errors import VBQError
    from vbq.measure.regions.csf import CsfRegion
    from vbq.measure.regions.midplane import Midplane
    from vbq.measure.uncertainty import Uncertainty
    from vbq.scan.scan import Scan

__all__ = ["measure_scan", "refused"]

SMALLEST_REGION_MM2 = 40.0  # a trabecular region below this is not a measurement
MEASURED_LEVELS = (*STANDARD.levels, 24, 26, 19, 18)  # L5, S1, T12, T11 are reported, not scored


def measure_scan(scan: Scan, anatomy: Anatomy, *, rois: Sequence[Roi] = ()) -> Measurement:
    """Measure the score, each vertebra on the slice through its own middle.

    Never raises for a doubtful image: the reading's status and flags say what is wrong, down to
    ``refused`` with no score.

    Args:
        scan: The sagittal T1 series.
        anatomy: What is where in it.
        rois: Regions drawn by hand, in place of those of the same name; see
            `vbq.measure.regions.manual_rois.read_rois`. One that says ``automatic`` and is what the
            program finds by itself, used or not used alike, changes nothing. Where they are all the
            scored levels and the slices have no body of such a name, the caution
            ``anatomy_from_regions`` says so; where such bodies lie on other slices, or other bodies
            under the regions, they are measured without the anatomy.

    Raises:
        RefusalError: the array cannot be a magnitude MR image at all.
        InputError: a region has an unknown name, is given twice or is empty.
        UsageError: the mask of a region has not the shape of a slice.
    """
    stop_if_meaningless(scan)
    check_rois(rois, scan)
    rois = _by_hand(scan, anatomy, rois)
    plane = find_midplane(scan, with_drawn_bodies(anatomy, rois), rois)
    pixel_mm = scan.spacing_mm[1:]
    frames = body_frames(plane.labels, pixel_mm)

    suspects, drawn_suspects = _regions(anatomy, plane, frames, rois, pixel_mm)
    by_hand = {roi.name: roi for roi in rois}
    used = [
        n
        for n in STANDARD.levels
        if n in suspects.regions
        and n not in suspects.flags
        and (LEVEL_NAMES[n] not in by_hand or by_hand[LEVEL_NAMES[n]].used)
    ]
    if used and not frames.keys() & used:  # no body to judge the image by
        return measure_scan(scan, _without_anatomy(scan, anatomy, rois), rois=rois)
    flags = [*scan.flags, *anatomy.flags, *scan_flags(scan)]
    flags += no_body_flags(anatomy, used)
    flags += coverage_flags(scan, anatomy, [LEVEL_NAMES[n] for n in used], plane.off_midline_mm)
    flags += suspects.all_flags(STANDARD.levels)
    flags += suspect_flags({n: found for n, found in drawn_suspects.items() if n in used})
    flags += place_flags(anatomy, rois)
    measured, levels = _measured(scan, anatomy, plane, suspects, used, by_hand)

    csf = None
    variants: dict[str, float] = {}
    uncertainty = correction_sd = None
    in_sac = _csf(plane, frames, by_hand.get("CSF"), pixel_mm)
    if not in_sac:
        flags.append(_no_csf())
    else:
        roi, csf = _csf_measured(scan, plane, in_sac[0], by_hand.get("CSF"))
        measured.append(roi)
        astray = "CSF" in by_hand and lies_elsewhere(anatomy, by_hand["CSF"])
        flags += csf_flags(csf, in_sac[0], astray=astray)
        if used:
            regions = {n: suspects.regions[n] for n in used}
            variants, uncertainty, correction_sd, found = _scored(
                scan, anatomy, plane, frames, regions, levels, csf, in_sac
            )
            flags += found

    reading = assemble(
        scan, anatomy, levels, csf, flags, variants, uncertainty, correction_sd, measured
    )
    return Measurement(reading=reading, scan=scan, anatomy=anatomy, rois=tuple(measured))


def refused(error: VBQError, *, scan: Scan | None = None) -> Measurement:
    """The reading of a scan from which none could be taken: status ``refused``, and why."""
    flag = Finding(error.code, "refuse", str(error))
    flags = [*(scan.flags if scan else ()), flag]
    return Measurement(reading=assemble(scan, None, [], None, flags, {}), scan=scan)


def _by_hand(scan: Scan, anatomy: Anatomy, rois: Sequence[Roi]) -> Sequence[Roi]:
    """The regions that a person drew or changed, of those in a file of regions.

    A reading's own file fed back holds regions that the program found: they are looked for again,
    beside those drawn, and one that is the same is not drawn.
    """
    drawn = [roi for roi in rois if roi.source == "drawn"]
    if len(drawn) == len(rois) or not anatomy.vertebrae:
        return rois
    again = measure_scan(scan, anatomy, rois=drawn)
    own = {roi.name: roi for roi in again.rois}
    return [roi for roi in rois if roi in drawn or not _same(roi, own.get(roi.name))]


def _without_anatomy(scan: Scan, anatomy: Anatomy, rois: Sequence[Roi]) -> Anatomy:
    """The regions alone, with what speaks against their names and places."""
    reason = RefusalError(
        "No scored region lies on a body that the anatomy calls by its name.",
        code="drawn_elsewhere",
    )
    alone = anatomy_of_rois(scan, rois, reason)
    return replace(alone, flags=(*alone.flags, *place_flags(anatomy, rois)))


def _same(roi: Roi, own: Roi | None) -> bool:
    return (
        own is not None
        and (roi.slice, roi.used) == (own.slice, own.used)
        and bool((roi.mask == own.mask).all())
    )


def _measured(
    scan: Scan,
    anatomy: Anatomy,
    plane: Midplane,
    suspects: Suspects,
    used: Sequence[int],
    by_hand: Mapping[str, Roi],
) -> tuple[list[Roi], list[LevelReading]]:
    """Each level's region and its signal, on the slice it was drawn on."""
    confidence = {v.level: v.confidence for v in anatomy.vertebrae}
    rois, levels = [], []
    for n, mask in sorted(suspects.regions.items()):
        name = LEVEL_NAMES[n]
        if name in by_hand:
            reason = suspects.reason(n)
            roi = replace(by_hand[name], used=n in used, suspect=reason, source="drawn")
        else:
            roi = Roi(
                name,
                *plane.on_one_slice(mask),
                used=n in used,
                excluded=suspects.excluded.get(n),
                suspect=suspects.reason(n),
            )
        rois.append(roi)
        levels.append(
            LevelReading(
                level=name,
                confidence=confidence.get(n),
                used=roi.used,
                findings=tuple(flag.code for flag in suspects.flags.get(n, ())),
                excluded_share=round(suspects.share(n), 4),
                source=roi.source,
                **measure_signal(scan, roi),
            )
        )
    return rois, levels


def _regions(
    anatomy: Anatomy,
    plane: Midplane,
    frames: Mapping[int, BodyFrame],
    rois: Sequence[Roi],
    pixel_mm: tuple[float, float],
) -> tuple[Suspects, dict[int, tuple[Finding, ...]]]:
    """Regions with what takes them out of the score, and what speaks against drawn ones in it.

    Those drawn by hand are measured whole, and stay in the score unless a person left them out.
    """
    levels = {LEVEL_NUMBERS[roi.name]: roi for roi in rois if roi.name != "CSF"}
    drawn = {n: roi.mask for n, roi in levels.items()}
    regions = _trabecular_regions(anatomy, plane.labels, frames, pixel_mm) | drawn
    examined = {
        n: region
        for n, region in regions.items()
        if n not in levels or lies_in_place(anatomy, levels[n])
    }
    found = Suspects({}, {}, {})
    if examined:
        found = find_suspects(plane.image, plane.labels, frames, examined, pixel_mm)
    scored = {n for n, roi in levels.items() if roi.used and n in STANDARD.levels}
    suspects = Suspects(
        regions=found.regions | drawn,
        excluded={n: mask for n, mask in found.excluded.items() if n not in drawn},
        flags={n: flags for n, flags in found.flags.items() if n not in scored},
        together=found.together,
    )
    return suspects, {n: flags for n, flags in found.flags.items() if n in scored}


def _body_is_found(anatomy: Anatomy, level: int, index: int) -> bool:
    """Whether more is known of a level on a slice than the region drawn there."""
    return bool((anatomy.labels[index] == level).any())


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


def _csf(
    plane: Midplane,
    frames: Mapping[int, BodyFrame],
    drawn: Roi | None,
    pixel_mm: tuple[float, float],
) -> list[CsfRegion]:
    """CSF behind L3, L2 and L4, each on one slice, the one to measure first."""
    regions = [
        replace(region, mask=plane.on_one_slice(region.mask)[1])
        for region in csf_regions(plane.image, plane.labels, frames, pixel_mm)
    ]
    if drawn is None:
        return regions
    region = csf_of_roi(drawn, plane.image, frames, pixel_mm)
    return [region, *(other for other in regions if other.level != region.level)]


def _csf_measured(
    scan: Scan, plane: Midplane, region: CsfRegion, drawn: Roi | None
) -> tuple[Roi, CsfReading]:
    """The CSF region as it is kept, and its signal."""
    roi = Roi("CSF", *plane.on_one_slice(region.mask))
    if drawn is not None:
        roi = replace(drawn, used=True, source="drawn")
    csf = CsfReading(
        level=LEVEL_NAMES[region.level],
        floor_factor=region.floor_factor,
        source=roi.source,
        **measure_signal(scan, roi),
    )
    return roi, csf


def _scored(
    scan: Scan,
    anatomy: Anatomy,
    plane: Midplane,
    frames: Mapping[int, BodyFrame],
    regions: Mapping[int, NDArray[np.bool_]],
    levels: Sequence[LevelReading],
    csf: CsfReading,
    in_sac: Sequence[CsfRegion],
) -> tuple[dict[str, float], Uncertainty | None, float | None, list[Finding]]:
    """Scores by id, how uncertain score and correction are, and what the image says against them.

    Args:
        scan: The scan.
        anatomy: What is where in it.
        plane: The plane that was measured.
        frames: Frames of the bodies on it, by level number.
        regions: Trabecular regions of the levels used, by level number.
        levels: Every level measured.
        csf: The reference.
        in_sac: CSF regions on the plane, the one measured first.
    """
    image, labels, pixel_mm = plane.image, plane.labels, scan.spacing_mm[1:]
    voxels, marks, here = plane.scan.voxels, plane.anatomy.labels, plane.anatomy.midsagittal_slice
    flags = contrast_flags(plane.scan, plane.anatomy, [v for v in levels if v.used], csf)
    flags += signal_flags(scan, [image[region] for region in regions.values()])
    flags += picture_flags(scan, image, labels, frames, list(regions.values()), in_sac)

    shading = None
    if anatomy.vertebrae:  # regions alone are too little marrow
        shading = fit_shading(voxels, marks, here, scan.spacing_mm)
    at_csf = middle_of(in_sac[0].mask, pixel_mm)
    middles = {n: middle_of(region, pixel_mm) for n, region in regions.items()}
    gains, doubt = {}, None
    if shading is not None:
        doubt = shading.mean_gain_sd(list(middles.values()), at_csf)
        gains = {LEVEL_NAMES[n]: shading.gain(at_csf, m) for n, m in middles.items()}

    variants = score_variants(levels, csf, gains)
    whole = [v for v in levels if _body_is_found(anatomy, LEVEL_NUMBERS[v.level], v.slice)]
    variants |= endplate_variants(image, labels, frames, whole, csf, pixel_mm)
    uncertainty = estimate_uncertainty(
        voxels, marks, here, regions, in_sac, scan.spacing_mm, STANDARD
    )
    flags += csf_level_flags(image, in_sac, shading, pixel_mm)
    if doubt is not None and uncertainty is not None:
        flags += shading_flags(variants, uncertainty, gains, doubt)
    return variants, uncertainty, doubt, flags


def _no_csf() -> Finding:
    return Finding(
        "csf_not_found",
        "refuse",
        "No thecal sac was found behind L2–L4, so there is nothing to divide by.",
    )
