"""Whether the image itself looks like a sagittal T1 without fat suppression.

Limits were set on the network's training patients (none of them T1: 4 siegen, 6 each of chu,
myosegmentum and spider_t2space) and on phantoms of seeds 0 to 2; `benchmarks/accuracy` reports
how they do on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.levels import CANAL, CORD, DISC_OFFSET, LEVEL_NAMES, LEVEL_NUMBERS
from vbq.finding import Finding
from vbq.measure.regions.csf import inner_canal
from vbq.measure.shading import shading_slope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vbq.anatomy.anatomy import Anatomy
    from vbq.measure.reading import CsfReading, LevelReading
    from vbq.scan.scan import Scan

__all__ = ["contrast_flags"]

# Marrow over the median of the canal behind it, as it is and without the coil's shading, which a
# T2's own marrow can feign: T1 phantoms with a VBQ of 1.6 give 1.5, training patients at most
# 0.86 and 1.25.
T1_LEAST_RATIO = 0.9
T1_LEAST_RATIO_UNSHADED = 1.2
DISC_OVER_MARROW = 1.0  # on T1 discs are darker than marrow, with fat suppression brighter
# Fat under the skin of the back over marrow: T1 phantoms 1.5, and 0.86 where marrow is drawn
# brighter than fat can be (VBQ 5.5); fat-suppressed ones 0.3 to 0.6.
FAT_OVER_MARROW = 0.75
FAT_DEPTH_MM = (4.0, 9.5)  # below the blurred surface; in thin people not all of it is fat
FAT_SHARE = 0.8  # so a high quantile of it is taken
SURFACE = 0.25  # of the marrow's signal: the last pixel of a row that reaches it is skin
AIR_MM = 4.0  # to be seen behind the skin: else the picture ends inside the body
SKIN_BLUR_MM = 2.0  # so that noise in the air is not taken for skin
# Sagittal pictures differ in front of and behind the spine, coronal ones are alike on its sides:
# mean difference of the two, as a share of marrow. Coronal phantoms 0.02 to 0.03.
ALIKE = 0.06
ASIDE_MM = (20, 40)  # from the middle of the bodies


def contrast_flags(
    scan: Scan, anatomy: Anatomy, levels: Sequence[LevelReading], csf: CsfReading
) -> list[Finding]:
    """What in the image speaks against a sagittal T1 without fat suppression.

    Args:
        scan: The scan.
        anatomy: What is where in it.
        levels: The scored levels, at least one.
        csf: The CSF measured.
    """
    if csf.mean <= 0:
        return [Finding("csf_no_signal", "refuse", "CSF has no signal; no ratio to it is defined.")]
    image = scan.voxels[anatomy.midsagittal_slice]
    labels = anatomy.labels[anatomy.midsagittal_slice]
    pixel_mm = scan.spacing_mm[1:]
    marrow = float(np.median([level.mean for level in levels]))
    bodies = np.isin(labels, [LEVEL_NUMBERS[level.level] for level in levels])
    return (
        _both_sides_alike(image, bodies, marrow, pixel_mm)
        or _bright_canal(image, labels, bodies, marrow, csf.mean, pixel_mm)
        or _dark_fat(image, labels, bodies, marrow, pixel_mm)
    )


def _bright_canal(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    bodies: NDArray[np.bool_],
    marrow: float,
    csf: float,
    pixel_mm: tuple[float, float],
) -> list[Finding]:
    behind = inner_canal(labels, pixel_mm)
    rows = np.flatnonzero(bodies.any(axis=1))
    behind[: rows[0]] = behind[rows[-1] + 1 :] = False
    ratio = unshaded = marrow / csf
    if behind.any():
        ratio = marrow / max(float(np.median(image[behind])), csf)
        numbers = np.unique(labels[bodies]).tolist()
        inner = ndimage.distance_transform_edt(bodies, sampling=pixel_mm) > 4.0
        slope = shading_slope(image, [inner & (labels == n) for n in numbers], pixel_mm[1])
        away = (np.nonzero(behind)[1].mean() - np.nonzero(bodies)[1].mean()) * pixel_mm[1]
        unshaded = ratio * float(np.exp(slope * away))
    if ratio >= T1_LEAST_RATIO and unshaded >= T1_LEAST_RATIO_UNSHADED:
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


def _dark_fat(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    bodies: NDArray[np.bool_],
    marrow: float,
    pixel_mm: tuple[float, float],
) -> list[Finding]:
    discs = np.isin(labels, [DISC_OFFSET + n for n in LEVEL_NAMES])
    disc = float(np.median(image[discs])) / marrow if discs.sum() > 20 else 0.0
    fat = _fat_under_skin(image, labels, bodies, marrow, pixel_mm)
    if disc <= DISC_OVER_MARROW and (fat is None or fat / marrow >= FAT_OVER_MARROW):
        return []
    seen = (
        f"Discs are {disc:.2f} times as bright as marrow"
        if disc > DISC_OVER_MARROW or fat is None
        else f"Fat under the skin is only {fat / marrow:.2f} times as bright as marrow"
    )
    evidence: dict[str, float | int | str | bool | None] = {"disc_over_marrow": round(disc, 4)}
    if fat is not None:
        evidence["fat_over_marrow"] = round(fat / marrow, 4)
    message = f"{seen}: fat is suppressed, or this is no T1. Choose the T1 without fat suppression."
    return [Finding("fat_suppressed", "refuse", message, evidence)]


def _fat_under_skin(
    image: NDArray[np.float32],
    labels: NDArray[np.uint8],
    bodies: NDArray[np.bool_],
    marrow: float,
    pixel_mm: tuple[float, float],
) -> float | None:
    """Signal of the fat of the back; ``None`` where the picture does not reach the skin.

    Rows whose air is all zero are passed over: that may be the rim of a padded picture, cut
    inside the body.
    """
    column_mm = pixel_mm[1]
    smooth = ndimage.gaussian_filter(image, [SKIN_BLUR_MM / size for size in pixel_mm])
    nearest, deepest = (round(depth / column_mm) for depth in FAT_DEPTH_MM)
    rows = np.flatnonzero(bodies.any(axis=1))
    canal = (labels == CANAL) | (labels == CORD)
    found = []
    for row in range(rows[0], rows[-1] + 1):
        lit, sac = np.flatnonzero(smooth[row] > SURFACE * marrow), np.flatnonzero(canal[row])
        if not lit.size or not sac.size or not image[row, lit[-1] + 1 :].any():
            continue
        skin = int(lit[-1])
        if (image.shape[1] - 1 - skin) * column_mm >= AIR_MM and skin - deepest > sac[-1]:
            layer = image[row, skin - deepest : skin - nearest + 1]
            found.append(float(np.quantile(layer, FAT_SHARE)))
    return float(np.median(found)) if len(found) >= rows.size / 2 else None


def _both_sides_alike(
    image: NDArray[np.float32],
    bodies: NDArray[np.bool_],
    marrow: float,
    pixel_mm: tuple[float, float],
) -> list[Finding]:
    rows = np.flatnonzero(bodies.any(axis=1))
    middle = np.array([np.flatnonzero(bodies[row]).mean() for row in rows])
    every = np.arange(rows[0], rows[-1] + 1)
    line = np.interp(every, rows, ndimage.gaussian_filter1d(middle, 10.0 / pixel_mm[0]))
    offsets = np.arange(*ASIDE_MM) / pixel_mm[1]
    sides = [
        np.median(
            ndimage.map_coordinates(
                image, [np.tile(every[:, None], offsets.size), line[:, None] + sign * offsets],
                order=1, mode="constant",
            ),
            axis=0,
        )
        for sign in (-1, 1)
    ]  # fmt: skip
    difference = float(np.abs(sides[0] - sides[1]).mean()) / marrow
    if difference >= ALIKE:
        return []
    return [
        Finding(
            "not_sagittal",
            "refuse",
            "The image is alike on both sides of the spine, as a coronal one is, whatever its "
            "orientation is said to be. Choose a sagittal series.",
            {"difference": round(difference, 4)},
        )
    ]
