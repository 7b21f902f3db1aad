"""From tissue maps to single vertebral bodies: which pixels belong to the same one.

Bodies are told apart on the curved midsagittal plane, where discs separate them best and every
slice near the midline has its say, and then found again on each slice by their overlap with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.builtin.curved_midplane import curved_midplane, midline_positions
from vbq.anatomy.builtin.network import BODY, L5, S1

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Body", "find_bodies"]

SMALLEST_BODY_MM2 = 150.0  # a collapsed T10 is still larger
MIN_OVERLAP = 0.3  # share of the smaller of two outlines of the same body
SEED_EROSION = 3  # pixels (mm) that cut thin bridges between neighbours
CORNER = 2  # pixels farther that the corner of a body may lie from its eroded seed
NEIGHBOUR_MM = (12.0, 65.0)  # distance between neighbouring centres, T10 to S1, with gaps
MAX_SLOPE = 1.8  # mm forward or backward for each mm down: the sacrum is the steepest


@dataclass(frozen=True, eq=False)
class Body:
    """One vertebral body on the millimetre grid.

    Attributes:
        mask: bool, shape (slices looked at, rows, columns).
        outline: bool, shape (rows, columns): the body on the curved midsagittal plane.
        centre: (row, column) of that outline, mm.
        middle_mm: Lateral position of the midline at the body.
        kind: Mean probabilities, over the slices near the midline, of being a body above L5, L5
            and S1; they sum to 1.
        certainty: Mean probability, over the pixels of its outline, of being any vertebral body.
    """

    mask: NDArray[np.bool_]
    outline: NDArray[np.bool_]
    centre: tuple[float, float]
    middle_mm: float
    kind: tuple[float, float, float]
    certainty: float


def find_bodies(
    probabilities: NDArray[np.float32], positions_mm: NDArray[np.float64]
) -> list[Body]:
    """Vertebral bodies, from superior to inferior.

    Args:
        probabilities: The network's output, shape (slices, 6, rows, columns), 1 mm pixels.
        positions_mm: Lateral position of each slice, ascending, shape (slices,).
    """
    course = midline_positions(probabilities, positions_mm)
    plane = curved_midplane(probabilities, positions_mm, course)
    body_probability = plane[[BODY, L5, S1]].sum(axis=0)
    outlines = [o for o in _split(body_probability > 0.5) if o.sum() >= SMALLEST_BODY_MM2]
    chain = _longest_chain(outlines)
    masks = _on_every_slice(probabilities[:, [BODY, L5, S1]].sum(axis=1) > 0.5, chain)

    bodies = []
    for outline, mask in zip(chain, masks, strict=True):
        kinds = plane[[BODY, L5, S1]][:, outline].mean(axis=1)
        kind = kinds / kinds.sum()
        centre = _centre(outline)
        bodies.append(
            Body(
                mask=mask,
                outline=outline,
                centre=centre,
                middle_mm=float(course[round(centre[0])]),
                kind=(float(kind[0]), float(kind[1]), float(kind[2])),
                certainty=float(body_probability[outline].mean()),
            )
        )
    return bodies


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
    distance, nearest = ndimage.distance_transform_edt(seeds == 0, return_indices=True)
    owner = np.where(filled, seeds[tuple(nearest)], 0)
    # a pixel belongs to a seed of its own connected outline only, and near it: a rest of the next
    # body, cut by the rim of the picture and too thin for a seed, belongs to none
    owner[(whole != whole[tuple(nearest)]) | (distance > SEED_EROSION + CORNER)] = 0
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


def _on_every_slice(
    in_body: NDArray[np.bool_], chain: list[NDArray[np.bool_]]
) -> list[NDArray[np.bool_]]:
    """Each outline of the curved midsagittal plane, found again on every slice.

    A piece belongs to the outline it overlaps most. One that covers two outlines is divided
    between them, each pixel to the nearer.
    """
    masks = [np.zeros_like(in_body) for _ in chain]
    if not chain:
        return masks
    number = np.zeros(in_body.shape[1:], np.intp)
    for i, outline in enumerate(chain, start=1):
        number[outline] = i
    size = np.bincount(number.ravel(), minlength=len(chain) + 1)
    nearest = ndimage.distance_transform_edt(
        number == 0, return_distances=False, return_indices=True
    )
    owner = number[tuple(nearest)]
    for k, slice_ in enumerate(in_body):
        for piece in _split(slice_):
            shared = np.bincount(number[piece], minlength=len(chain) + 1)
            shared[0] = 0
            covered = shared / np.minimum(size, piece.sum())
            kept = np.flatnonzero((covered >= MIN_OVERLAP) & (shared >= shared.max() / 2))
            for i in kept[kept > 0]:
                masks[i - 1][k] |= piece if kept.size == 1 else piece & (owner == i)
    return masks
