"""Painting the pathology of a vertebra over its marrow."""

import numpy as np
from numpy.typing import NDArray

from vbq.phantom.painting.canvas import Canvas, Window, texture
from vbq.phantom.painting.palette import Palette
from vbq.phantom.pathology import Pathology
from vbq.phantom.vertebra import Vertebra

NODE_RIM_MM = 1.0
SCREW_RIM_MM = 2.0
SCREW_RIM = 1.7  # signal pile-up at the edge of a metal artefact, over the marrow's


def paint_pathology(
    canvas: Canvas,
    window: Window,
    vertebra: Vertebra,
    surfaces: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    pathology: Pathology,
    palette: Palette,
) -> None:
    """Paint the pathology of a vertebral body over its marrow and mark it as abnormal.

    Args:
        canvas: Plane to paint on.
        window: Window of the body on the canvas.
        vertebra: The diseased vertebra.
        surfaces: Signed distances in mm to the surface of the marrow and to the upper and lower
            endplate.
        pathology: Its pathology.
        palette: Signals.
    """
    marrow, upper, lower = surfaces
    normal = palette.mean_marrow(vertebra.level)
    signal = np.asarray(palette.textured_marrow(vertebra.level, canvas, window), np.float32)

    def paint_abnormal(distance: NDArray[np.float32], value: float | NDArray[np.float32]) -> None:
        canvas.paint(window, distance, value)
        canvas.abnormal[window.pixels] |= distance < 0

    if pathology.heterogeneity:
        x, y, z = (axis[window.pixels] for axis in canvas.xyz)
        patches = texture(palette.seed + 7, x, y, z, (1.3, 1.3, 1.3), coarse_share=0.5)
        change = np.float32(pathology.heterogeneity) * np.clip(patches, -2.5, 2.5)
        paint_abnormal(marrow, np.asarray(signal * (1 + change), np.float32))
    for plate, factor in ((upper, pathology.upper_endplate), (lower, pathology.lower_endplate)):
        if factor != 1:
            band = np.maximum(marrow, -plate - np.float32(pathology.endplate_mm))
            paint_abnormal(band, np.asarray(signal * factor, np.float32))
    if pathology.focus != 1:
        posterior, superior = pathology.focus_centre_mm
        lesion = _distance(window, (0.0, posterior, superior)) - np.float32(pathology.focus_mm)
        paint_abnormal(np.maximum(marrow, lesion), np.asarray(signal * pathology.focus, np.float32))
    if pathology.schmorl_mm:
        top = vertebra.height / 2 - vertebra.concavity[0]
        centre = (0.0, 0.1 * vertebra.depth, top - 0.3 * pathology.schmorl_mm)
        node = np.maximum(upper, _distance(window, centre) - np.float32(pathology.schmorl_mm))
        paint_abnormal(node - np.float32(NODE_RIM_MM), palette["cortex"])
        canvas.paint(window, node, palette["annulus"])
    if pathology.screw_mm:
        across = np.hypot(window.u * np.float32(0.7), window.w)
        along = np.abs(window.v) - np.float32(0.32 * vertebra.depth)
        void = np.hypot(across, np.maximum(along, 0)) - np.float32(pathology.screw_mm)
        paint_abnormal(void - np.float32(SCREW_RIM_MM), SCREW_RIM * normal)
        canvas.paint(window, void, 0.0)


def _distance(window: Window, centre: tuple[float, float, float]) -> NDArray[np.float32]:
    """Distance in mm of the window's pixels from a point of its frame."""
    u, v, w = (np.float32(coordinate) for coordinate in centre)
    return np.asarray(
        np.sqrt((window.u - u) ** 2 + (window.v - v) ** 2 + (window.w - w) ** 2), np.float32
    )
