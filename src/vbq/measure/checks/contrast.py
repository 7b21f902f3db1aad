"""Whether the image itself looks like a sagittal T1 without fat suppression.

Limits were set on patients that the network was trained on (none of them T1: 4 siegen, 6 each of
chu, myosegmentum and spider_t2space) and on phantoms of seeds 0 to 2; `benchmarks/accuracy` reports
the results on others.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.levels import CANAL, CORD, DISC_OFFSET, LEVEL_NAMES
from vbq.finding import Evidence, Finding
from vbq.measure.measured_scan import ScoredScan
from vbq.measure.regions.csf import inner_canal
from vbq.measure.regions.sagittal_section import SagittalSection
from vbq.measure.shading import shading_slope

# Marrow over the median of the canal behind it, as it is and without coil shading, which the marrow
# of a T2 image can imitate: T1 phantoms with a VBQ of 1.6 give 1.5, training patients at most 0.86
# and 1.25.
T1_LOWEST_RATIO = 0.9
T1_LOWEST_RATIO_UNSHADED = 1.2
INNER_MARROW_MM = 4.0  # distance from the outline of the body, to estimate shading
DISC_OVER_MARROW = 1.0  # on T1 discs are darker than marrow, with fat suppression brighter
FEWEST_DISC_PIXELS = 20
# Subcutaneous fat of the back over marrow: T1 phantoms 1.5, and 0.86 where marrow is brighter than
# fat can be (VBQ 5.5); fat-suppressed ones 0.3 to 0.6.
FAT_OVER_MARROW = 0.75
FAT_DEPTH_MM = (4.0, 9.5)  # depth below the blurred surface; in thin people not all of it is fat
FAT_QUANTILE = 0.8  # a high quantile, since not all of that depth is fat
SURFACE = 0.25  # signal over that of marrow: the last pixel of a row that reaches it is skin
AIR_MM = 4.0  # air in view behind the skin; with less, the image ends inside the body
SKIN_BLUR_MM = 2.0  # SD of the blur that keeps noise in the air from being taken for skin
# Sagittal images differ anterior and posterior to the spine, coronal ones are symmetrical about it:
# mean difference of the two sides, as a share of marrow. Coronal phantoms 0.02 to 0.03.
SYMMETRICAL = 0.06
LATERAL_MM = (20, 40)  # distance from the middle of the bodies


def contrast_findings(scored: ScoredScan) -> list[Finding]:
    """The first evidence in the image against a sagittal T1 without fat suppression."""
    if scored.csf.mean <= 0:
        return [Finding("csf_no_signal", "refuse", "CSF has no signal; no ratio to it is defined.")]
    bodies = np.isin(scored.section.labels, list(scored.regions))
    return (
        _symmetrical_sides(scored, bodies)
        or _bright_canal(scored, bodies)
        or _dark_fat(scored, bodies)
    )


def _symmetrical_sides(scored: ScoredScan, bodies: NDArray[np.bool_]) -> list[Finding]:
    """Whether both sides of the spine look alike, as in a coronal image."""
    section = scored.section
    if scored.marrow <= 0:
        return []
    rows = np.flatnonzero(bodies.any(axis=1))
    middle = np.array([np.flatnonzero(bodies[row]).mean() for row in rows])
    covered = np.arange(rows[0], rows[-1] + 1)
    smooth = ndimage.gaussian_filter1d(middle, 10.0 / section.pixel_mm[0])
    line = np.interp(covered, rows, smooth)
    offsets = np.arange(*LATERAL_MM) / section.pixel_mm[1]
    row_indices = np.tile(covered[:, None], offsets.size)
    sides = [
        np.median(
            ndimage.map_coordinates(
                section.image,
                [row_indices, line[:, None] + sign * offsets],
                order=1,
                mode="constant",
            ),
            axis=0,
        )
        for sign in (-1, 1)
    ]
    difference = float(np.abs(sides[0] - sides[1]).mean()) / scored.marrow
    if difference >= SYMMETRICAL:
        return []
    message = (
        "The image looks alike on both sides of the spine, as a coronal one does, whatever "
        "orientation the file gives. Choose a sagittal series."
    )
    return [Finding("not_sagittal", "refuse", message, {"difference": round(difference, 4)})]


def _bright_canal(scored: ScoredScan, bodies: NDArray[np.bool_]) -> list[Finding]:
    """Whether the spinal canal is too bright for T1."""
    section = scored.section
    behind = inner_canal(section.labels, section.pixel_mm)
    rows = np.flatnonzero(bodies.any(axis=1))
    behind[: rows[0]] = behind[rows[-1] + 1 :] = False
    ratio = unshaded = scored.marrow / scored.csf.mean
    if behind.any():
        canal = float(np.median(section.image[behind]))
        ratio = scored.marrow / max(canal, scored.csf.mean)
        unshaded = ratio * _shading_between(section, bodies, behind)
    if ratio >= T1_LOWEST_RATIO and unshaded >= T1_LOWEST_RATIO_UNSHADED:
        return []
    return [
        Finding(
            "not_t1",
            "refuse",
            f"The spinal canal is too bright for T1: marrow is {ratio:.2f} times as bright"
            f" ({unshaded:.2f} without coil shading). This is a T2, STIR, water or "
            "proton-density image, or a CT. Choose the T1 series.",
            {"marrow_over_canal": round(ratio, 4), "without_shading": round(unshaded, 4)},
        )
    ]


def _shading_between(
    section: SagittalSection, bodies: NDArray[np.bool_], canal: NDArray[np.bool_]
) -> float:
    """Sensitivity of the coil at the canal over that at the bodies, by the slopes in marrow."""
    depth = ndimage.distance_transform_edt(bodies, sampling=section.pixel_mm)
    inner = depth > INNER_MARROW_MM
    levels = np.unique(section.labels[bodies]).tolist()
    regions = [inner & (section.labels == n) for n in levels]
    slope = shading_slope(section.image, regions, section.pixel_mm[1])
    distance = (np.nonzero(canal)[1].mean() - np.nonzero(bodies)[1].mean()) * section.pixel_mm[1]
    return float(np.exp(slope * distance))


def _dark_fat(scored: ScoredScan, bodies: NDArray[np.bool_]) -> list[Finding]:
    """Whether discs are brighter than marrow, or subcutaneous fat is darker."""
    section, marrow = scored.section, scored.marrow
    discs = np.isin(section.labels, [DISC_OFFSET + n for n in LEVEL_NAMES])
    disc = 0.0
    if discs.sum() > FEWEST_DISC_PIXELS:
        disc = float(np.median(section.image[discs])) / marrow
    fat = _subcutaneous_fat(section, bodies, marrow)
    if disc <= DISC_OVER_MARROW and (fat is None or fat / marrow >= FAT_OVER_MARROW):
        return []
    observation = (
        f"Discs are {disc:.2f} times as bright as marrow"
        if disc > DISC_OVER_MARROW or fat is None
        else f"Subcutaneous fat is only {fat / marrow:.2f} times as bright as marrow"
    )
    evidence: dict[str, Evidence] = {"disc_over_marrow": round(disc, 4)}
    if fat is not None:
        evidence["fat_over_marrow"] = round(fat / marrow, 4)
    message = (
        f"{observation}: fat is suppressed, or this is not T1. Choose the T1 without fat "
        "suppression."
    )
    return [Finding("fat_suppressed", "refuse", message, evidence)]


def _subcutaneous_fat(
    section: SagittalSection, bodies: NDArray[np.bool_], marrow: float
) -> float | None:
    """Signal of the fat of the back; ``None`` where the image does not reach the skin.

    Rows whose air is zero throughout are skipped: that may be the margin of a padded image, which
    ends inside the body.
    """
    image, column_mm = section.image, section.pixel_mm[1]
    smooth = ndimage.gaussian_filter(image, [SKIN_BLUR_MM / size for size in section.pixel_mm])
    nearest, deepest = (round(depth / column_mm) for depth in FAT_DEPTH_MM)
    rows = np.flatnonzero(bodies.any(axis=1))
    canal = (section.labels == CANAL) | (section.labels == CORD)
    signals = []
    for row in range(rows[0], rows[-1] + 1):
        lit, sac = np.flatnonzero(smooth[row] > SURFACE * marrow), np.flatnonzero(canal[row])
        if not lit.size or not sac.size or not image[row, lit[-1] + 1 :].any():
            continue
        skin = int(lit[-1])
        if (image.shape[1] - 1 - skin) * column_mm >= AIR_MM and skin - deepest > sac[-1]:
            layer = image[row, skin - deepest : skin - nearest + 1]
            signals.append(float(np.quantile(layer, FAT_QUANTILE)))
    return float(np.median(signals)) if len(signals) >= rows.size / 2 else None
