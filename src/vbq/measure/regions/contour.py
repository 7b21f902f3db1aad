"""Masks as polygons and polygons as masks.

One rule for the pixels that a polygon holds applies throughout this program: **those whose centre
lies inside**, by the even-odd rule, so that a ring inside another is a hole. Centres that lie
exactly on an edge are inside on a left or upper edge and outside on a right or lower edge.

Coordinates are (row, column) with (0, 0) at the centre of the first pixel. The polygons of a mask
run along pixel edges, half a pixel from every centre: any program that follows the rule gets the
same pixels back, whatever it does on edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    Ring = NDArray[np.float64]


def outlines(mask: NDArray[np.bool_]) -> list[Ring]:
    """The edges of a mask as closed rings of corners, each of shape (corners, 2).

    Outer rings run clockwise as seen on the image, holes counter-clockwise. Pixels that only touch
    at a corner have separate rings, so no ring crosses itself.
    """
    following = _edges(mask)
    rings = []
    while following:
        start = min(following)
        ring, step = [], (0, 1)  # the uppermost, then leftmost corner: its edge runs to the right
        corner = start
        while True:
            ends = following[corner]
            # where two rings touch, the right turn stays with the same pixel
            end = min(ends, key=lambda e: _turn(step, (e[0] - corner[0], e[1] - corner[1])))
            ends.remove(end)
            if not ends:
                del following[corner]
            new = (end[0] - corner[0], end[1] - corner[1])
            if new != step or corner == start:
                ring.append(corner)
            corner, step = end, new
            if corner == start:
                break
        rings.append(np.array(ring, float) - 0.5)
    return rings


def fill(rings: Sequence[ArrayLike], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels whose centres lie inside the rings.

    Args:
        rings: Closed polygons, each of shape (points, 2); the last point joins the first.
        shape: Rows and columns of the image; parts of rings beyond it are ignored.
    """
    inside = np.zeros(shape, bool)
    columns = np.arange(shape[1])
    for ring in rings:
        points = np.asarray(ring, float)
        for (r0, c0), (r1, c1) in zip(points, np.roll(points, -1, axis=0), strict=True):
            low, high = sorted((r0, r1))
            # rows with low <= row < high: each corner counts for one of its two edges
            first, last = max(int(np.ceil(low)), 0), min(int(np.ceil(high)), shape[0])
            if last <= first:
                continue
            rows = np.arange(first, last)
            crossing = c0 + (rows - r0) * (c1 - c0) / (r1 - r0)
            inside[first:last] ^= columns[None, :] < crossing[:, None]
    return inside


def is_hole(ring: Ring) -> bool:
    """Whether a ring of `outlines` bounds a hole."""
    rows, columns = ring.T
    return float(np.sum(rows * np.roll(columns, -1) - columns * np.roll(rows, -1))) > 0


def crosses_itself(ring: ArrayLike) -> bool:
    """Whether two edges of a closed polygon cross; touching is not crossing."""
    start = np.asarray(ring, float)
    end = np.roll(start, -1, axis=0)
    for a, b in zip(start, end, strict=True):
        sides_of_ab = _side(a, b, start) * _side(a, b, end)
        sides_of_edges = _side(start, end, a) * _side(start, end, b)
        if ((sides_of_ab < 0) & (sides_of_edges < 0)).any():
            return True
    return False


def _side(
    a: NDArray[np.float64], b: NDArray[np.float64], p: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The sign of the side of the line from a to b on which p lies; 0 on it."""
    along, across = b - a, p - a
    return np.sign(along[..., 0] * across[..., 1] - along[..., 1] * across[..., 0])


Corner = tuple[int, int]


def _edges(mask: NDArray[np.bool_]) -> dict[Corner, list[Corner]]:
    """Pixel edges between inside and outside, by their first corner; the inside is to the right."""
    padded = np.pad(mask, 1)
    inside = padded[1:-1, 1:-1]
    sides = (
        (padded[:-2, 1:-1], (0, 0), (0, 1)),  # above: from the upper left to the upper right
        (padded[1:-1, 2:], (0, 1), (1, 1)),
        (padded[2:, 1:-1], (1, 1), (1, 0)),
        (padded[1:-1, :-2], (1, 0), (0, 0)),
    )
    following: dict[Corner, list[Corner]] = {}
    for neighbour, start, end in sides:
        for row, column in np.argwhere(inside & ~neighbour).tolist():
            corner = (row + start[0], column + start[1])
            following.setdefault(corner, []).append((row + end[0], column + end[1]))
    return following


def _turn(before: Corner, after: Corner) -> int:
    """-1 for a right turn as seen on the image, 0 for straight on, 1 for a left turn."""
    return before[1] * -after[0] + before[0] * after[1]
