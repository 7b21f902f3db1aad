"""Read the labelled sources and turn their masks into sets of admissible classes.

No source labels everything. A pixel without a label therefore does not mean "background", it
means "background or a structure this source never drew". Every pixel's target is stored as
a set of admissible classes (one bit per class), so that the loss can ask only for what is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
from PIL import Image
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BACKGROUND, BODY, L5, S1, CANAL, DISC = range(6)
CLASSES = ("background", "body", "L5", "S1", "canal", "disc")
ALL_KNOWN = np.uint8(1 << BACKGROUND)

# L1-L5 centre-to-centre distance of an average adult, used where a source has lost its spacing.
PITCH_MM = 36.0
CANAL_HALF_WIDTH_MM = 16.0
S1_HALF_WIDTH_MM = 12.0
REACH_MM = 35.0
ASIDE_MM = 60.0
SACRUM_MM = 60.0
CANAL_BEHIND_MM = 100.0


@dataclass
class Slice:
    """One sagittal slice at 1 mm: superior to inferior, anterior to posterior."""

    source: str
    patient: str
    offset_mm: float
    image: np.ndarray
    target: np.ndarray
    tissue: np.ndarray


def bits(*classes: int) -> np.uint8:
    """The set of admissible classes as a bit mask."""
    return np.uint8(sum(1 << c for c in classes))


def load_split(path: Path) -> dict[str, dict[str, list[str]]]:
    """Patients of every source in `train` and `held_out`."""
    return json.loads(path.read_text(encoding="utf-8"))


def load_folds(path: Path) -> list[dict[str, list[str]]]:
    """Patients of every source, one dictionary per fold of the cross-validation."""
    return json.loads(path.read_text(encoding="utf-8"))["folds"]


def load_corners(path: Path) -> dict[str, dict]:
    """Hand-placed S1 corners, keyed `source/patient`; empty before there are any."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def polygon(corners: list[list[float]], shape: tuple[int, int]) -> np.ndarray:
    """Pixels inside a convex or simple polygon of (row, column) corners, by even-odd crossing."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    inside = np.zeros(shape, bool)
    for (r0, c0), (r1, c1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if r0 == r1:
            continue
        crosses = (r0 > rows) != (r1 > rows)
        inside ^= crosses & (cols < (c1 - c0) * (rows - r0) / (r1 - r0) + c0)
    return inside


def _volume(path: Path) -> tuple[np.ndarray, np.ndarray, float]:
    image = nib.load(path)
    mask = nib.load(path.with_name(path.name.replace(".nii.gz", "_seg.nii.gz")))
    return (
        np.asarray(image.dataobj).astype(np.uint8),
        np.asarray(mask.dataobj).astype(np.uint8),
        float(image.header.get_zooms()[2]),
    )


def _body_target(
    mask: np.ndarray, offset_mm: float, has_s1: bool, top_row: int, l5_row: int, bottom_row: int
) -> tuple[np.ndarray, np.ndarray]:
    """Target and concrete tissue of a slice whose source drew vertebral bodies only."""
    tissue = np.zeros(mask.shape, np.uint8)
    tissue[(mask >= 17) & (mask < 24)] = BODY
    tissue[mask == 24] = L5
    tissue[mask == 26] = S1
    rows = np.arange(mask.shape[0])[:, None]
    near = np.ones(mask.shape, bool)
    if tissue.any():
        near = ndimage.distance_transform_edt(tissue == 0) < REACH_MM
    near |= (rows < top_row) | (rows > bottom_row)
    if not (abs(offset_mm) < 45):
        near[:] = False
    target = np.full(mask.shape, ALL_KNOWN)
    target |= np.where(rows < top_row, bits(BODY), np.uint8(0))
    target |= np.where(near, bits(DISC), np.uint8(0))
    if abs(offset_mm) <= CANAL_HALF_WIDTH_MM:
        target |= np.where(near, bits(CANAL), np.uint8(0))
    if not has_s1:
        target |= np.where(rows > l5_row, bits(S1), np.uint8(0))
    labelled = tissue > 0
    target[labelled] = np.uint8(1) << tissue[labelled]
    return target, tissue


def volumes(data: Path, source: str, patients: list[str], corners: dict) -> Iterator[Slice]:
    """Slices of siegen, chu or myosegmentum."""
    for patient in patients:
        path = next((data / source).glob(f"{patient}_*.nii.gz"))
        path = path.with_name(path.name.replace("_seg", ""))
        image, mask, spacing = _volume(path)
        numbered = mask > 0
        centre = np.average(np.arange(mask.shape[2]), weights=numbered.sum((0, 1)))
        top_row = int(np.nonzero(numbered.any((1, 2)))[0][0]) + 2
        l5_rows = np.nonzero((mask == 24).any((1, 2)))[0]
        last_row = int(np.nonzero(numbered.any((1, 2)))[0][-1])
        corner_points = corners.get(f"{source}/{patient}")
        for z in range(mask.shape[2]):
            offset = (z - centre) * spacing
            target, tissue = _body_target(
                mask[:, :, z],
                offset,
                bool((mask == 26).any()),
                top_row,
                int(l5_rows.mean()),
                last_row,
            )
            if corner_points and abs(offset - corner_points["offset_mm"]) <= S1_HALF_WIDTH_MM:
                draw_s1(target, tissue, corner_points["corners"])
            yield Slice(source, patient, offset, image[:, :, z], target, tissue)


def draw_s1(target: np.ndarray, tissue: np.ndarray, corners: list[list[float]]) -> None:
    """Put a hand-placed S1 into target and tissue, in place."""
    target &= ~bits(S1)
    inside = polygon(corners, target.shape) & (tissue == 0)
    target[inside], tissue[inside] = bits(S1), S1
    # Hand-placed corners are good to 1-2 mm: the rim is left to the network.
    ring = ndimage.binary_dilation(inside, iterations=1) & ~inside & (tissue == 0)
    rim = inside & ~ndimage.binary_erosion(inside)
    target[ring] |= bits(S1)
    target[rim] |= bits(BACKGROUND)


def _canal_front(masks: list[np.ndarray]) -> list[np.ndarray]:
    """Per slice and row the column where the canal starts.

    Taken from the nearest slice that shows it, so that slices through the pedicles can be cut too.
    """
    fronts = np.full((len(masks), masks[0].shape[0]), np.nan)
    for i, mask in enumerate(masks):
        canal = mask == 61
        rows = canal.any(1)
        fronts[i, rows] = canal[rows].argmax(1)
    filled = []
    for i in range(len(masks)):
        order = np.argsort(np.abs(np.arange(len(masks)) - i), kind="stable")
        front = np.full(fronts.shape[1], np.nan)
        for j in order:
            front = np.where(np.isnan(front), fronts[j], front)
        known = np.nonzero(~np.isnan(front))[0]
        columns = np.arange(front.size)
        filled.append(np.interp(columns, known, front[known]) if known.size else front * 0 + 1e9)
    return filled


def _spider_bodies(mask: np.ndarray, front: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Vertebral bodies as components (0 none), superior to inferior by label value."""
    cols = np.arange(mask.shape[1])[None, :]
    candidate = (mask == 1) & (cols < front[:, None])
    labels, count = ndimage.label(candidate)
    near_disc = ndimage.binary_dilation(mask == 100, iterations=4)
    keep = []
    for k in range(1, count + 1):
        part = labels == k
        if part.sum() >= 150 and (part & near_disc).any():
            keep.append((float(np.nonzero(part)[0].mean()), k))
    out = np.zeros(mask.shape, np.int32)
    for new, (_, k) in enumerate(sorted(keep), 1):
        out[labels == k] = new
    return out, list(range(1, len(keep) + 1))


def spider_scale(masks: list[np.ndarray]) -> float:
    """Millimetres per pixel, so that neighbouring lumbar bodies are PITCH_MM apart."""
    fronts = _canal_front(masks)
    pitches = []
    for mask, front in zip(masks, fronts, strict=True):
        bodies, names = _spider_bodies(mask, front)
        centres = np.array([np.argwhere(bodies == k).mean(0) for k in names[-5:]])
        if len(centres) >= 3:
            pitches += np.linalg.norm(np.diff(centres, axis=0), axis=1).tolist()
    return PITCH_MM / float(np.median(pitches))


def spider(data: Path, patients: list[str], corners: dict) -> Iterator[Slice]:
    """Slices of spider_t2space; posterior elements become background, the lowest body L5."""
    folder = data / "spider_t2space"
    for patient in patients:
        paths = sorted((folder / "images").glob(f"{patient}_t2_SPACE_slice*.png"))
        masks = [np.array(Image.open(folder / "masks" / p.name)) for p in paths]
        fronts = _canal_front(masks)
        scale = spider_scale(masks)
        parts = [_spider_bodies(m, f) for m, f in zip(masks, fronts, strict=True)]
        lowest = [np.nonzero(b == n[-1])[0].mean() if n else np.nan for b, n in parts]
        usual = np.nanmedian(lowest)
        canal_area = np.array([(m == 61).sum() for m in masks], float)
        centre = np.average(np.arange(len(paths)), weights=canal_area)
        corner_points = corners.get(f"spider_t2space/{patient}")
        for i, path in enumerate(paths):
            image = np.array(Image.open(path).convert("L"))
            bodies, names = parts[i]
            tissue = np.zeros(bodies.shape, np.uint8)
            tissue[bodies > 0] = BODY
            if names:
                tissue[bodies == names[-1]] = L5
            tissue[masks[i] == 61] = CANAL
            tissue[masks[i] == 100] = DISC
            rows = np.arange(tissue.shape[0])[:, None]
            seen = np.nonzero(masks[i].any(1))[0]
            target = np.full(tissue.shape, ALL_KNOWN)
            target |= np.where(rows < (seen[0] if seen.size else 0) + 3, bits(BODY), np.uint8(0))
            target |= np.where(rows > usual, bits(S1), np.uint8(0))
            target[tissue > 0] = np.uint8(1) << tissue[tissue > 0]
            if not names or abs(lowest[i] - usual) * scale > 10:
                target[(tissue == L5) | (tissue == BODY)] = bits(BODY, L5)
            # Pieces of bone in front of the canal that are no body for sure are not judged.
            doubtful = (
                (masks[i] == 1)
                & (tissue == 0)
                & (np.arange(tissue.shape[1])[None, :] < fronts[i][:, None] + 3)
            )
            target[doubtful] = bits(BACKGROUND, BODY, L5)
            offset = (i - centre) * 1.0
            if corner_points and abs(offset - corner_points["offset_mm"]) <= S1_HALF_WIDTH_MM:
                draw_s1(target, tissue, corner_points["corners"])
            yield Slice(
                "spider_t2space",
                patient,
                offset,
                zoom(image, scale, 1),
                zoom(target, scale, 0),
                zoom(tissue, scale, 0),
            )


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two masks."""
    return float(2 * (a & b).sum() / max(1, a.sum() + b.sum()))


def zoom(image: np.ndarray, scale: float, order: int) -> np.ndarray:
    """An image of 8 bits or its labels, resampled; smoothed first where it gets coarser."""
    if order:
        image = ndimage.gaussian_filter(image.astype(np.float32), max(0.0, 0.4 / scale - 0.4))
    zoomed = ndimage.zoom(image, scale, order=order, mode="nearest", grid_mode=False)
    return np.clip(zoomed, 0, 255).astype(np.uint8)


def confine(group: list[Slice]) -> None:
    """Rule out anatomically impossible classes of unlabelled pixels of one patient, in place.

    An undrawn S1 lies next to L5, an undrawn T11 above T12, and neither at the rim of the picture.
    """
    lowest = np.concatenate([np.argwhere(s.tissue == L5) for s in group]).mean(0)
    bodies = np.concatenate([np.argwhere(s.tissue == BODY) for s in group])
    top_row = bodies[:, 0].min()
    top_column = bodies[bodies[:, 0] < top_row + 20, 1].mean()
    for s in group:
        rows, columns = np.ogrid[: s.target.shape[0], : s.target.shape[1]]
        is_open = (s.target & (s.target - 1)) != 0
        aside = (rows < top_row + 5) & (np.abs(columns - top_column) > ASIDE_MM)
        s.target[is_open & aside] &= ~bits(BODY, DISC, CANAL)
        below = rows > lowest[0]
        beyond = np.hypot(rows - lowest[0], columns - lowest[1]) > SACRUM_MM
        s.target[is_open & below & beyond] &= ~bits(S1, DISC)
        behind = columns - lowest[1]
        s.target[is_open & below & ((behind < -20) | (behind > CANAL_BEHIND_MM))] &= ~bits(CANAL)


def read_all(data: Path, split: dict, part: str, corners: dict) -> Iterator[Slice]:
    """Every labelled slice of one part of the split (`train` or `held_out`)."""
    for source, patients in split[part].items():
        for patient in patients:
            if source == "spider_t2space":
                group = list(spider(data, [patient], corners))
            else:
                group = list(volumes(data, source, [patient], corners))
            confine(group)
            yield from group
