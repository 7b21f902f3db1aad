"""From tissue maps to single vertebral bodies: which pixels belong to the same one.

Bodies are told apart on the slice nearest the midline, where discs separate them best, and then
followed outwards slice by slice, each keeping the pixels that overlap it most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.network import BODY, CANAL, L5, S1

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Body", "find_bodies"]

SMALLEST_BODY_MM2 = 150.0  # a collapsed T10 is still larger
MIN_OVERLAP = 0.3  # share of the smaller of two neighbouring outlines
SEED_EROSION = 3  # pixels (mm) that cut thin bridges between neighbours
NEIGHBOUR_MM = (12.0, 65.0)  # distance between neighbouring centres, T10 to S1, with gaps
MAX_SLOPE = 1.8  # mm forward or backward for each mm down: the sacrum is the steepest


@dataclass(frozen=True, eq=False)
class Body:
    """One vertebral body on the millimetre grid.

    Attributes:
        mask: bool, shape (slices looked at, rows, columns).
        centre: (row, column) on the slice it was found on, mm.
        kind: Mean probabilities of being a body above L5, L5 and S1; they sum to 1.
        certainty: Mean probability, over its pixels, of being any vertebral body.
    """

    mask: NDArray[np.bool_]
    centre: tuple[float, float]
    kind: tuple[float, float, float]
    certainty: float


def find_bodies(probabilities: NDArray[np.float32]) -> list[Body]:
    """Vertebral bodies, from superior to inferior.

    Args:
        probabilities: The network's output, shape (slices, 6, rows, columns), 1 mm pixels.
    """
    body_probability = probabilities[:, [BODY, L5, S1]].sum(axis=1)
    in_body = body_probability > 0.5
    start = _clearest_slice(in_body, probabilities[:, CANAL] > 0.5)
    outlines = _split(in_body[start])
    outlines = [o for o in outlines if o.sum() >= SMALLEST_BODY_MM2]
    chain = _longest_chain(outlines)
    followed = _follow(in_body, start, chain)

    bodies = []
    for outline, mask in zip(chain, followed, strict=True):
        kinds = probabilities[start][[BODY, L5, S1]][:, outline].mean(axis=1)
        kind = kinds / kinds.sum()
        bodies.append(
            Body(
                mask=mask,
                centre=_centre(outline),
                kind=(float(kind[0]), float(kind[1]), float(kind[2])),
                certainty=float(body_probability[start][outline].mean()),
            )
        )
    return bodies


def _clearest_slice(in_body: NDArray[np.bool_], canal: NDArray[np.bool_]) -> int:
    """The slice nearest the midline: the centre of the canal, else of the bodies."""
    profile = canal.sum(axis=(1, 2)).astype(float)
    if profile.max() < 500:  # mm²; a lumbar canal on the midline is about 3000
        profile = in_body.sum(axis=(1, 2)).astype(float)
    if profile.max() == 0:
        return len(profile) // 2
    weight = np.clip(profile - profile.max() / 2, 0, None)
    middle = round((weight * np.arange(weight.size)).sum() / weight.sum())
    # bodies must be seen there: of the nearest slices take the one that shows most of them
    around = range(max(0, middle - 1), min(len(profile), middle + 2))
    return max(around, key=lambda k: in_body[k].sum() * (1.0 if k == middle else 0.9))


def _split(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Outlines of single bodies on one slice; thin bridges between two are cut."""
    if not mask.any():
        return []
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    outlines = []
    for inside in _split_box(np.pad(mask[box], 1)):
        outline = np.zeros_like(mask)
        outline[box] = inside[1:-1, 1:-1]
        outlines.append(outline)
    return outlines


def _split_box(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    filled = ndimage.binary_fill_holes(mask)
    core = ndimage.binary_erosion(filled, iterations=SEED_EROSION)
    seeds, count = ndimage.label(core)
    if count == 0:
        return []
    whole, _ = ndimage.label(filled)
    nearest = ndimage.distance_transform_edt(
        seeds == 0, return_distances=False, return_indices=True
    )
    owner = np.where(filled, seeds[tuple(nearest)], 0)
    # a pixel belongs to a seed of its own connected outline only
    owner[whole != whole[tuple(nearest)]] = 0
    return [owner == seed for seed in range(1, count + 1)]


def _longest_chain(outlines: list[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """The outlines that form one spine, top to bottom: the heaviest chain of near neighbours."""
    if not outlines:
        return []
    placed = sorted(((*_centre(o), o) for o in outlines), key=lambda place: place[0])
    best: list[tuple[float, int | None]] = []
    for i, (row, column, outline) in enumerate(placed):
        weight, before = 0.0, None
        for j, (above, column_above, _) in enumerate(placed[:i]):
            drop, shift = row - above, abs(column - column_above)
            near = NEIGHBOUR_MM[0] <= np.hypot(drop, shift) <= NEIGHBOUR_MM[1]
            if near and shift <= MAX_SLOPE * max(drop, 1.0) and best[j][0] > weight:
                weight, before = best[j][0], j
        best.append((weight + float(outline.sum()), before))
    at: int | None = max(range(len(best)), key=lambda i: best[i][0])
    chain = []
    while at is not None:
        chain.append(placed[at][2])
        at = best[at][1]
    return chain[::-1]


def _centre(outline: NDArray[np.bool_]) -> tuple[float, float]:
    row, column = np.argwhere(outline).mean(axis=0)
    return float(row), float(column)


def _follow(
    in_body: NDArray[np.bool_], start: int, chain: list[NDArray[np.bool_]]
) -> list[NDArray[np.bool_]]:
    """Follow each outline from slice ``start`` to both sides."""
    masks = [np.zeros_like(in_body) for _ in chain]
    for direction in (1, -1):
        current = list(chain)
        for k in range(start, len(in_body) if direction == 1 else -1, direction):
            if k == start:
                for mask, outline in zip(masks, chain, strict=True):
                    mask[k] = outline
                continue
            pieces = _split(in_body[k])
            following = [np.zeros_like(in_body[k]) for _ in chain]
            for piece in pieces:
                shared = [float((piece & outline).sum()) for outline in current]
                if not shared:
                    break
                best = int(np.argmax(shared))
                smaller = min(piece.sum(), current[best].sum())
                if smaller and shared[best] / smaller >= MIN_OVERLAP:
                    following[best] |= piece
            for mask, outline in zip(masks, following, strict=True):
                mask[k] = outline
            current = following
    return masks
