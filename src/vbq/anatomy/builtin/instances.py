"""Instances: the tissue maps divided into single vertebral bodies.

Bodies are separated on the curved midsagittal plane, where discs divide them best and every slice
near the midline contributes, and then located on each slice by their overlap with that plane.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.builtin.curved_midplane import curved_midplane, midline_positions
from vbq.anatomy.builtin.network import BODY, L5, S1

SMALLEST_BODY_MM2 = 150.0  # a collapsed T10 is still larger
MIN_OVERLAP = 0.3  # overlap of two outlines of one body, as a fraction of the smaller one
SEED_EROSION = 3  # pixels (mm); cuts thin bridges between neighbours
CORNER = 2  # pixels beyond the erosion that a corner of a body may lie from its seed
NEIGHBOUR_MM = (12.0, 65.0)  # distance between neighbouring centres, T10 to S1, with gaps
MAX_SLOPE = 1.8  # mm forward or backward for each mm down: the sacrum is the steepest


@dataclass(frozen=True, eq=False)
class Body:
    """One vertebral body on the millimetre grid.

    Attributes:
        mask: bool, shape (segmented slices, rows, columns).
        outline: bool, shape (rows, columns): the body on the curved midsagittal plane.
        centre: Centroid (row, column) of that outline, mm.
        midline_mm: Lateral position of the midline at the body, mm.
        class_probabilities: Mean probabilities, over the pixels of its outline, that it is a body
            above L5, that it is L5, and that it is S1; they sum to 1.
        certainty: Mean probability, over the pixels of its outline, of any vertebral body, 0..1.
    """

    mask: NDArray[np.bool_]
    outline: NDArray[np.bool_]
    centre: tuple[float, float]
    midline_mm: float
    class_probabilities: tuple[float, float, float]
    certainty: float


def find_bodies(
    probabilities: NDArray[np.float32], positions_mm: NDArray[np.float64]
) -> list[Body]:
    """Vertebral bodies, from superior to inferior.

    Args:
        probabilities: The network's output, shape (slices, 6, rows, columns), 1 mm pixels.
        positions_mm: Lateral position of each slice, ascending, shape (slices,).
    """
    midline = midline_positions(probabilities, positions_mm)
    plane = curved_midplane(probabilities, positions_mm, midline)
    body_probability = plane[[BODY, L5, S1]].sum(axis=0)
    outlines = [
        outline for outline in _split(body_probability > 0.5) if outline.sum() >= SMALLEST_BODY_MM2
    ]
    chain = _longest_chain(outlines)
    masks = _masks_on_slices(probabilities[:, [BODY, L5, S1]].sum(axis=1) > 0.5, chain)

    bodies = []
    for outline, mask in zip(chain, masks, strict=True):
        classes = plane[[BODY, L5, S1]][:, outline].mean(axis=1)
        above_l5, l5, s1 = (classes / classes.sum()).tolist()
        centre = _centre(outline)
        bodies.append(
            Body(
                mask=mask,
                outline=outline,
                centre=centre,
                midline_mm=float(midline[round(centre[0])]),
                class_probabilities=(above_l5, l5, s1),
                certainty=float(body_probability[outline].mean()),
            )
        )
    return bodies


def _split(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Outlines of single bodies on one slice; thin bridges between them are cut."""
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
    components, _ = ndimage.label(filled)
    distance, nearest = ndimage.distance_transform_edt(seeds == 0, return_indices=True)
    owner = np.where(filled, seeds[tuple(nearest)], 0)
    # A pixel belongs only to a near seed of its own component: a remnant of the next body, cut off
    # by the edge of the image and too thin for a seed, belongs to none.
    owner[(components != components[tuple(nearest)]) | (distance > SEED_EROSION + CORNER)] = 0
    return [owner == seed for seed in range(1, count + 1)]


def _longest_chain(outlines: list[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """The outlines that form one spine, top to bottom: the chain of neighbours of largest area."""
    if not outlines:
        return []
    ordered = sorted(((*_centre(o), o) for o in outlines), key=lambda located: located[0])
    area: list[float] = []  # area in mm² of the best chain that ends at each outline
    previous: list[int | None] = []  # the outline before it in that chain
    for i, (row, column, outline) in enumerate(ordered):
        area.append(0.0)
        previous.append(None)
        for j, (row_above, column_above, _) in enumerate(ordered[:i]):
            drop, shift = row - row_above, abs(column - column_above)
            near = NEIGHBOUR_MM[0] <= np.hypot(drop, shift) <= NEIGHBOUR_MM[1]
            if near and shift <= MAX_SLOPE * max(drop, 1.0) and area[j] > area[i]:
                area[i], previous[i] = area[j], j
        area[i] += float(outline.sum())
    index: int | None = max(range(len(area)), key=area.__getitem__)
    chain = []
    while index is not None:
        chain.append(ordered[index][2])
        index = previous[index]
    return chain[::-1]


def _centre(outline: NDArray[np.bool_]) -> tuple[float, float]:
    row, column = np.argwhere(outline).mean(axis=0)
    return float(row), float(column)


def _masks_on_slices(
    in_body: NDArray[np.bool_], chain: list[NDArray[np.bool_]]
) -> list[NDArray[np.bool_]]:
    """Masks of the outlines on every slice.

    A piece of a slice belongs to the outline it overlaps most. A piece that covers two outlines
    is divided between them, each pixel going to the nearer one.

    Args:
        in_body: bool, shape (slices, rows, columns): any vertebral body.
        chain: Outlines on the curved midsagittal plane, shape (rows, columns) each.
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
    for k, body_pixels in enumerate(in_body):
        for piece in _split(body_pixels):
            shared = np.bincount(number[piece], minlength=len(chain) + 1)
            shared[0] = 0
            overlap = shared / np.minimum(size, piece.sum())
            owners = np.flatnonzero((overlap >= MIN_OVERLAP) & (shared >= shared.max() / 2))
            for i in owners[owners > 0]:
                masks[i - 1][k] |= piece if owners.size == 1 else piece & (owner == i)
    return masks
