"""The curved midsagittal plane: a curved reformation of the network's tissue maps.

A scoliotic spine, or one that lies obliquely in the scanner, leaves any single sagittal slice. At
each height the slices near the spine's own midline are therefore averaged, so that every body is
judged on all slices that show its middle and not on one slice chosen for all bodies.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vbq.anatomy.builtin.network import BODY, CANAL, L5, S1
from vbq.anatomy.components import largest_component

SMOOTH_MM = 15.0  # smoothing length along the spine: half a vertebra
REACH_MM = 3.0  # SD of the Gaussian weight of a slice by its distance from the midline
SMALLEST_WEIGHT = 0.01  # slices with a smaller weight, relative to the largest, are ignored
SMALLEST_CANAL_MM2 = 40.0  # axial area of a canal: 10 mm wide and 4 mm deep


def midline_positions(
    probabilities: NDArray[np.float32], positions_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Lateral position of the spine's midline at each row, mm, shape (rows,).

    It is the centroid of the canal or, where no canal is seen on any row, of the bodies; rows
    that show neither take an interpolated position.

    Args:
        probabilities: The network's output, shape (slices, 6, rows, columns), 1 mm pixels.
        positions_mm: Lateral position of each slice, ascending, shape (slices,).
    """
    canal = largest_component(probabilities[:, CANAL] > 0.5).sum(axis=2)
    bodies = (probabilities[:, [BODY, L5, S1]].sum(axis=1) > 0.5).sum(axis=2)
    rows = np.arange(probabilities.shape[2])
    for structure in (canal, bodies):
        area = ndimage.gaussian_filter1d(structure.astype(float), SMOOTH_MM, axis=1)
        known = _widths(positions_mm) @ area >= min(SMALLEST_CANAL_MM2, float(area.max()))
        if area.any() and known.any():
            return np.interp(rows, rows[known], _centroid(area[:, known], positions_mm))
    return np.full(rows.size, float(positions_mm.mean()))


def curved_midplane(
    probabilities: NDArray[np.float32],
    positions_mm: NDArray[np.float64],
    midline_mm: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Tissue probabilities on the curved midsagittal plane, shape (6, rows, columns).

    Args:
        probabilities: The network's output, shape (slices, 6, rows, columns), 1 mm pixels.
        positions_mm: Lateral position of each slice, ascending, shape (slices,).
        midline_mm: Lateral position of the midline at each row, shape (rows,).
    """
    distance = (positions_mm[:, None] - midline_mm[None, :]) / REACH_MM
    nearest = np.abs(distance).min(axis=0)
    weight = _widths(positions_mm)[:, None] * np.exp((nearest**2 - distance**2) / 2)
    weight[weight < SMALLEST_WEIGHT * weight.max(axis=0)] = 0
    weight = (weight / weight.sum(axis=0)).astype(np.float32)
    plane = np.zeros(probabilities.shape[1:], np.float32)
    for k in np.flatnonzero(weight.any(axis=1)):
        plane += probabilities[k] * weight[k][None, :, None]
    return plane


def _widths(positions_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width of the stack that each slice represents, mm; slices may be unevenly spaced."""
    if positions_mm.size < 2:
        return np.ones(positions_mm.size)
    return np.asarray(np.gradient(positions_mm))


def _centroid(area: NDArray[np.float64], positions_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centroid at each row, mm, of the part of the area above half its maximum over the slices."""
    weight = np.clip(area - area.max(axis=0) / 2, 0, None)
    flat = ~weight.any(axis=0)
    weight[:, flat] = area[:, flat]
    weight *= _widths(positions_mm)[:, None]
    return np.asarray(positions_mm @ weight / weight.sum(axis=0))
