"""Painting the spinal canal: epidural fat, thecal sac with CSF, nerve roots and cord."""

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import CANAL, CORD
from vbq.phantom.painting.canvas import Canvas, Window, smoothstep, texture
from vbq.phantom.painting.palette import Palette
from vbq.phantom.spine import Spine


def paint_epidural(canvas: Canvas, spine: Spine, palette: Palette) -> None:
    """Paint the fat of canal and neural foramina; the bones are painted over it."""
    band = _Band(canvas, spine, 24.0)
    if band.window is None:
        return
    table, i = spine.canal, band.i
    lateral = np.abs(band.x) * np.float32(1 / 22.0)
    posterior = table.radius_y[i] + 1.2 + 4.6 * table.interlaminar[i] + 2.0 * table.caudal[i]
    anterior = table.radius_y[i] + 1.6 + 5.0 * table.caudal[i]
    reach = np.where(band.y > 0, posterior * (1 - 0.5 * np.abs(band.x) / 12).clip(0.4), anterior)
    rho = np.sqrt(lateral**2 + (band.y / np.maximum(reach, 0.5)) ** 2)
    distance = ((rho - 1) * reach).astype(np.float32)
    # ligamentum flavum behind, venous plexus and posterior longitudinal ligament in front
    flavum = np.maximum(distance - np.float32(2.6), np.abs(band.x) - 12)
    canvas.paint(band.window, flavum, 0.85 * palette["muscle"])
    veins = smoothstep(band.y, -2.0, 1.0)
    veins = np.maximum(veins, smoothstep(table.caudal[i], 0.2, 0.8))
    veins = np.maximum(veins, smoothstep(np.abs(band.x), 7.0, 11.0))
    plexus = np.float32(0.45 * palette["fat"])
    canvas.paint(band.window, distance, plexus + veins * np.float32(palette["fat"] - plexus))


def paint_sac(canvas: Canvas, spine: Spine, palette: Palette) -> None:
    """Paint the thecal sac. At the level of the cauda equina its anterior part is pure CSF."""
    band = _Band(canvas, spine, 13.0)
    if band.window is None:
        return
    table, i = spine.canal, band.i
    ry, rx = table.radius_y[i], table.radius_x[i]
    a, b = band.x / np.maximum(rx, 0.3), np.asarray(band.y / np.maximum(ry, 0.3), np.float32)
    rho = np.sqrt(a * a + b * b)
    distance = np.where(ry > 0.4, (rho - 1) * ry, 9.0).astype(np.float32)
    canvas.paint(band.window, distance - np.float32(0.5), palette["ligament"], 0)  # the dura
    x, _, z = (axis[band.window.pixels] for axis in canvas.xyz)
    strands = texture(palette.seed + 3, x, band.y, z, (0.8, 0.75, 40.0))
    dependent = smoothstep(b, 0.12, 0.4) * smoothstep(table.cord_y[i], 2.5, 1.0)
    share = dependent * (0.45 + 0.4 * smoothstep(strands, -0.6, 0.9))
    contents = palette["csf"] + share * np.float32(palette["root"] - palette["csf"])
    canvas.paint(band.window, distance, contents.astype(np.float32), CANAL)
    cy, cx = table.cord_y[i], table.cord_x[i]
    back = band.y - table.cord_shift[i]
    rho = np.sqrt((band.x / np.maximum(cx, 0.2)) ** 2 + (back / np.maximum(cy, 0.2)) ** 2)
    cord = np.where(cy > 0.3, (rho - 1) * cy, 9.0).astype(np.float32)
    canvas.paint(band.window, np.maximum(cord, distance), palette["cord"], CORD)


class _Band:
    """Pixels of a canvas near the canal.

    Attributes:
        window: The pixels; ``None`` if the plane misses the canal.
        i: Index of each pixel's height in the curves of `Canal`.
        x, y: Distance of each pixel to the left of and behind the centre of the sac, mm.
    """

    def __init__(self, canvas: Canvas, spine: Spine, reach_mm: float) -> None:
        table = spine.canal
        x, y, z = canvas.xyz
        # Find the pixels on a coarse grid first.
        step = max(int(4 / canvas.pixel), 1)
        coarse = (slice(None, None, step), slice(None, None, step))
        i = table.index(z[coarse])
        margin = reach_mm + step * canvas.pixel
        near = (np.abs(x[coarse] - table.x[i]) < margin + 4) & (
            np.abs(y[coarse] - table.y[i]) < margin
        )
        self.window: Window | None = None
        self.i: NDArray[np.int32] = i
        self.x = self.y = np.zeros(0, np.float32)
        if not near.any():
            return
        mask = np.repeat(np.repeat(near, step, axis=0), step, axis=1)[: x.shape[0], : x.shape[1]]
        rows, columns = np.nonzero(mask)
        pixels = (rows, columns)
        u, v, w = x[pixels], y[pixels], z[pixels]
        self.window = Window(pixels, u, v, w)
        self.i = table.index(w)
        self.x = u - table.x[self.i]
        self.y = (v - table.y[self.i]) * table.cosine[self.i]
