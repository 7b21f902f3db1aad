"""Painting the pathology of a vertebra over its marrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vbq.phantom.painting.canvas import texture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vbq.phantom.painting.canvas import Canvas, Window
    from vbq.phantom.painting.palette import Palette
    from vbq.phantom.pathology import Pathology
    from vbq.phantom.vertebra import Vertebra

__all__ = ["paint_pathology"]

NODE_RIM_MM = 1.0


SCREW_RIM_MM = 2.0


SCREW_RIM = 1.7  # signal piles up beside a metal's void


def paint_pathology(
    canvas: Canvas,
    window: Window,
    vertebra: Vertebra,
    surfaces: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    pathology: Pathology,
    palette: Palette,
) -> None:
    """Paint what is wrong with a body over its marrow, and mark it abnormal.

    Args:
        canvas: The plane.
        window: The body's window on it.
        vertebra: Whose body.
        surfaces: Signed distances in mm to the marrow's surface and to its upper and lower
            endplate.
        pathology: What is wrong.
        palette: The signals.
    """
    marrow, upper, lower = surfaces
    normal = palette.mean_marrow(vertebra.level)
    signal = np.asarray(palette.textured_marrow(vertebra.level, canvas, window), np.float32)

    def lay(distance: NDArray[np.float32], value: float | NDArray[np.float32]) -> None:
        canvas.paint(window, distance, value)
        here = canvas.abnormal[window.pixels]
        canvas.abnormal[window.pixels] = here | (distance < 0)

    if pathology.heterogeneity:
        x, y, z = (axis[window.pixels] for axis in canvas.xyz)
        patches = texture(palette.seed + 7, x, y, z, (1.3, 1.3, 1.3), coarse_share=0.5)
        change = np.float32(pathology.heterogeneity) * np.clip(patches, -2.5, 2.5)
        lay(marrow, np.asarray(signal * (1 + change), np.float32))
    for plate, factor in ((upper, pathology.upper_endplate), (lower, pathology.lower_endplate)):
        if factor != 1:
            band = np.maximum(marrow, -plate - np.float32(pathology.endplate_mm))
            lay(band, np.asarray(signal * factor, np.float32))
    if pathology.focus != 1:
        back, up = pathology.focus_centre_mm
        away = _distance(window, (0.0, back, up)) - np.float32(pathology.focus_mm)
        lay(np.maximum(marrow, away), np.asarray(signal * pathology.focus, np.float32))
    if pathology.schmorl_mm:
        top = vertebra.height / 2 - vertebra.concavity[0]
        away = _distance(window, (0.0, 0.1 * vertebra.depth, top - 0.3 * pathology.schmorl_mm))
        node = np.maximum(upper, away - np.float32(pathology.schmorl_mm))
        lay(node - np.float32(NODE_RIM_MM), palette["cortex"])
        canvas.paint(window, node, palette["annulus"])
    if pathology.screw_mm:
        across = np.hypot(window.u * np.float32(0.7), window.w)
        along = np.abs(window.v) - np.float32(0.32 * vertebra.depth)
        void = np.hypot(across, np.maximum(along, 0)) - np.float32(pathology.screw_mm)
        lay(void - np.float32(SCREW_RIM_MM), SCREW_RIM * normal)
        canvas.paint(window, void, 0.0)


def _distance(window: Window, at: tuple[float, float, float]) -> NDArray[np.float32]:
    u, v, w = (np.float32(place) for place in at)
    return np.asarray(
        np.sqrt((window.u - u) ** 2 + (window.v - v) ** 2 + (window.w - w) ** 2), np.float32
    )
