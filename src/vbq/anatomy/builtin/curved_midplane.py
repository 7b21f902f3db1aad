"""The course of the spine through a stack of sagittal slices.

A scoliotic spine, or one that lies oblique in the scanner, leaves any single slice. What a
radiologist reformats by hand, a curved midsagittal plane, is made here of the network's tissue
maps: at each height the slices near the spine's own midline are averaged, so that every body is
judged on all slices that show its middle and not on one slice chosen for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from vbq.anatomy.builtin.network import BODY, CANAL, L5, S1
from vbq.anatomy.components import largest_component

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["curved_midplane", "midline_positions"]

SMOOTH_MM = 15.0  # along the spine: half a vertebra
REACH_MM = 3.0  # SD of the weight of a slice by its distance from the midline
LEAST_WEIGHT = 0.01  # of the heaviest slice's; lighter ones are not worth the time
LEAST_CANAL_MM2 = 40.0  # canal on one row over all slices: 10 mm wide and 4 mm deep is one


def midline_positions(
    probabilities: NDArray[np.float32], positions_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Lateral position of the spine's midline at each row, mm, shape (rows,).

    It is the centroid of the canal; where no canal is seen, that of the bodies, and where neither
    is, the nearest known position.

    Args:
        probabilities: The network's output, shape (slices, 6, rows, columns), 1 mm pixels.
        positions_mm: Lateral position of each slice, ascending, shape (slices,).
    """
    canal = largest_component(probabilities[:, CANAL] > 0.5).sum(axis=2)
    bodies = (probabilities[:, [BODY, L5, S1]].sum(axis=1) > 0.5).sum(axis=2)
    rows = np.arange(probabilities.shape[2])
    for seen in (canal, bodies):
        area = ndimage.gaussian_filter1d(seen.astype(float), SMOOTH_MM, axis=1)
        known = _widths(positions_mm) @ area >= min(LEAST_CANAL_MM2, float(area.max()))
        if area.any() and known.any():
            return np.interp(rows, rows[known], _centroid(area[:, known], positions_mm))
    return np.full(rows.size, float(positions_mm.mean()))


def curved_midplane(
    probabilities: NDArray[np.float32],
    positions_mm: NDArray[np.float64],
    course_mm: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Tissue probabilities on the curved midsagittal plane, shape (6, rows, columns).

    Args:
        probabilities: The network's output, shape (slices, 6, rows, columns), 1 mm pixels.
        positions_mm: Lateral position of each slice, ascending, shape (slices,).
        course_mm: Lateral position of the midline at each row, shape (rows,).
    """
    off = (positions_mm[:, None] - course_mm[None, :]) / REACH_MM
    nearest = np.abs(off).min(axis=0)
    weight = _widths(positions_mm)[:, None] * np.exp((nearest**2 - off**2) / 2)
    weight[weight < LEAST_WEIGHT * weight.max(axis=0)] = 0
    weight = (weight / weight.sum(axis=0)).astype(np.float32)
    plane = np.zeros(probabilities.shape[1:], np.float32)
    for k in np.flatnonzero(weight.any(axis=1)):
        plane += probabilities[k] * weight[k][None, :, None]
    return plane


def _widths(positions_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of the stack each slice stands for, mm; slices may be unevenly spaced."""
    if positions_mm.size < 2:
        return np.ones(positions_mm.size)
    return np.asarray(np.gradient(positions_mm))


def _centroid(area: NDArray[np.float64], positions_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centroid, at each row, of the slices above half of the largest area."""
    weight = np.clip(area - area.max(axis=0) / 2, 0, None)
    flat = ~weight.any(axis=0)
    weight[:, flat] = area[:, flat]
    weight *= _widths(positions_mm)[:, None]
    return np.asarray(positions_mm @ weight / weight.sum(axis=0))
