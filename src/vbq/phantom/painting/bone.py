"""Painting bones and discs: each is an implicit shape in the frame of its vertebra.

Signed distances are in mm, negative inside, and accurate near the surface.
"""

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import DISC_OFFSET, SACRUM
from vbq.phantom.painting.canvas import Canvas, Window, rounded_intersection, smoothstep
from vbq.phantom.painting.palette import Palette
from vbq.phantom.painting.pathology import paint_pathology
from vbq.phantom.vertebra import Vertebra

CORTEX_MM = 0.7
ENDPLATE_MM = 0.5  # thickness of the endplate beyond that of the cortex


def paint_body(canvas: Canvas, vertebra: Vertebra, palette: Palette) -> None:
    """Paint a vertebral body: cortex, marrow, basivertebral foramen and pathology."""
    half_size = (vertebra.width / 2 + 2, vertebra.depth / 2 + 3, vertebra.height / 2 + 5)
    window = canvas.window(vertebra.centre, vertebra.axes, half_size)
    if window is None:
        return
    wall, upper, lower = _body_surfaces(window, vertebra)
    plate = np.maximum(upper, lower)
    label = vertebra.level if vertebra.level <= SACRUM else 0
    corner = min(2.4, vertebra.height / 8)
    canvas.paint(window, rounded_intersection(wall, plate, corner), palette["cortex"], label)
    marrow = rounded_intersection(
        wall + np.float32(CORTEX_MM), plate + np.float32(CORTEX_MM + ENDPLATE_MM), corner
    )
    signal = palette.textured_marrow(vertebra.level, canvas, window)
    canvas.paint(window, marrow, signal)
    if vertebra.level <= SACRUM - 1:
        _paint_foramen(canvas, window, vertebra, palette)
    if vertebra.level in palette.pathology:
        pathology = palette.pathology[vertebra.level]
        paint_pathology(canvas, window, vertebra, (marrow, upper, lower), pathology, palette)


def _body_surfaces(
    window: Window, vertebra: Vertebra
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Signed distances to the wall and to the upper and lower endplate."""
    u, v, w = window.u, window.v, window.w
    half_height = vertebra.height / 2
    middle = np.maximum(1 - (w / np.float32(half_height)) ** 2, 0)
    waist = np.where(v < 0, vertebra.waist, 0.55 * vertebra.waist).astype(np.float32)
    reach = np.float32(vertebra.depth / 2) - waist * middle
    side = np.float32(vertebra.width / 2) - np.float32(0.9 * vertebra.waist) * middle
    rho = _outline(u / side, v / reach)
    radius = np.hypot(u, v)
    wall = radius - radius / np.maximum(rho, 1e-3)
    dome = np.maximum(1 - rho * rho, 0)
    slope = np.float32(np.tan(np.radians(vertebra.wedge_deg / 2)))
    rim = np.float32(half_height) - slope * v
    upper, lower = (np.float32(concavity) * dome for concavity in vertebra.concavity)
    return (
        np.asarray(wall, np.float32),
        np.asarray(w - rim + upper, np.float32),
        np.asarray(-w - rim + lower, np.float32),
    )


def _outline(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Axial outline of a body, convex in front and flat behind: 1 on the wall, 0 in the centre."""
    a2, b2 = a * a, b * b
    mix = np.where(b < 0, np.float32(1.2), np.float32(0.15))
    return np.asarray(np.sqrt(np.sqrt(a2 * a2 + b2 * b2 + mix * a2 * b2)))


def _paint_foramen(canvas: Canvas, window: Window, vertebra: Vertebra, palette: Palette) -> None:
    """Paint the basivertebral foramen: a wedge with some fat, from the posterior wall inward.

    It extends over a fifth of the body's depth and at most 3 mm above and below mid-height.
    """
    depth = 0.20 * vertebra.depth
    inward = np.float32(vertebra.depth / 2 - 0.55 * vertebra.waist) - window.v
    share = np.clip(1 - inward / np.float32(depth), 0, 1)
    across = np.abs(window.u) - 8.0 * np.sqrt(share)
    thick = np.abs(window.w) - 2.2 * share
    outside = np.maximum(np.maximum(across, thick), -inward)
    edge = np.clip(0.5 - outside / np.float32(max(canvas.pixel, 1.0)), 0, 1) * (share > 0)
    canvas.blend(window, 0.5 * edge, palette["fat"])


def paint_disc(canvas: Canvas, above: Vertebra, below: Vertebra, palette: Palette) -> None:
    """Paint the disc between two bodies, which are painted over it."""
    top = above.to_mm(0, 0, -above.height / 2)
    bottom = below.to_mm(0, 0, below.height / 2)
    middle = above.axes + below.axes
    axes = np.stack([row / np.linalg.norm(row) for row in middle])
    depth, width = (above.depth + below.depth) / 4, (above.width + below.width) / 4
    gap = float((top - bottom) @ axes[2]) / 2
    opening_deg = (below.tilt_deg - below.wedge_deg / 2) - (above.tilt_deg + above.wedge_deg / 2)
    slope = np.float32(np.tan(np.radians(opening_deg / 2)))
    reach = gap + abs(float(slope)) * depth + 5
    window = canvas.window((top + bottom) / 2, axes, (width + 2, depth + 3, reach))
    if window is None:
        return
    sacral = above.level >= SACRUM
    bulge = (1 - (window.w / np.float32(gap + 2)) ** 2).clip(-1) * np.float32(1.2)
    if sacral:
        bulge -= np.float32(2.5)
    rho = _outline(window.u / (np.float32(width) + bulge), window.v / (np.float32(depth) + bulge))
    radius = np.hypot(window.u, window.v)
    wall = radius - radius / np.maximum(rho, 1e-3)
    dome = np.maximum(1 - rho * rho, 0)
    inset = np.float32(-1.2 if not sacral else 0.0)
    plate = np.abs(window.w) - (np.float32(gap) - slope * window.v - inset + 3.2 * dome)
    label = None if sacral else DISC_OFFSET + above.level
    annulus = palette["ligament"] * 0.7 + palette["annulus"] * 0.3
    inner = smoothstep(rho, 1.0, 0.7)
    signal = annulus + inner * np.float32(palette["annulus"] - annulus)
    core = smoothstep(np.hypot(window.u / width, (window.v - 0.08 * depth) / depth), 0.85, 0.3)
    core = core * smoothstep(np.abs(window.w), gap * 1.2, gap * 0.2)
    signal = signal + core * (np.float32(palette["nucleus"]) - signal)
    if sacral:
        signal = np.full_like(signal, palette["annulus"] * 0.8)
    canvas.paint(window, np.maximum(wall, plate), signal.astype(np.float32), label)


def paint_posterior(canvas: Canvas, vertebra: Vertebra, back_mm: float, palette: Palette) -> None:
    """Paint pedicles, articular pillars, laminae and the spinous process.

    Args:
        canvas: Plane to paint on.
        vertebra: The vertebra.
        back_mm: Posterior border of the canal, along v from the centre of the body.
        palette: Signals.
    """
    scale = vertebra.width / 45.0
    if vertebra.level > SACRUM:
        length = 9.0 * scale
        _paint_plate(canvas, vertebra, (0, back_mm + length / 2 + 1, 0), 4.0,
                     (6, length / 2, vertebra.height * 0.58), palette)  # fmt: skip
        return
    lumbar = vertebra.level >= 20
    pedicle_u = vertebra.width * 0.31
    for side in (-1.0, 1.0):
        _paint_plate(canvas, vertebra,
                     (side * pedicle_u, vertebra.depth / 2 + 3, 0.18 * vertebra.height), -4.0,
                     (4.2 * scale, 10.0, 0.27 * vertebra.height), palette)  # fmt: skip
        _paint_plate(canvas, vertebra, (side * (pedicle_u + 4), back_mm - 1, -1.0), 8.0,
                     (6.5 * scale, 5.5, 0.74 * vertebra.height), palette)  # fmt: skip
        _paint_plate(canvas, vertebra, (side * 8.0, back_mm + 1.5, -5.0), 14.0,
                     (7.0, 3.4, 0.36 * vertebra.height), palette)  # fmt: skip
        _paint_root(canvas, vertebra, (side * (pedicle_u + 1), vertebra.depth / 2 + 6.5,
                                       -0.3 * vertebra.height), palette)  # fmt: skip
    if vertebra.level == SACRUM:
        length, fall_deg, height = 13.0, 10.0, 7.0
    elif lumbar:
        length = {20: 27, 21: 28, 22: 28, 23: 25, 24: 20, 25: 18}[vertebra.level] * scale
        fall_deg, height = 9.0, (9.8 if vertebra.level <= 22 else 8.2) * scale
    else:
        length, fall_deg, height = 28.0 * scale, 24.0 + 6 * (19 - vertebra.level), 5.2 * scale
    low = -0.26 * vertebra.height - np.tan(np.radians(fall_deg)) * length / 2
    _paint_plate(canvas, vertebra, (0, back_mm + 1.5 + length / 2, low), fall_deg,
                 (3.4, length / 2, height), palette, taper=0.28)  # fmt: skip


def _paint_plate(
    canvas: Canvas,
    vertebra: Vertebra,
    centre: tuple[float, float, float],
    fall_deg: float,
    half: tuple[float, float, float],
    palette: Palette,
    *,
    taper: float = 0.0,
) -> None:
    """Paint a rounded plate of bone behind the body.

    Args:
        canvas: Plane to paint on.
        vertebra: The vertebra.
        centre: Centre of the plate in the vertebra's frame, mm.
        fall_deg: Downward inclination of the plate toward its posterior end.
        half: Half-sizes of the plate, mm.
        palette: Signals.
        taper: Relative gain in height from centre to posterior end, for the hatchet shape of a
            spinous process.
    """
    fall = np.radians(fall_deg)
    u, v, w = vertebra.axes
    axes = np.stack([u, v * np.cos(fall) - w * np.sin(fall), v * np.sin(fall) + w * np.cos(fall)])
    a, b, c = half
    window = canvas.window(vertebra.to_mm(*centre), axes, (a + 1, b + 1, c * (1 + taper) + 1))
    if window is None:
        return
    height = np.float32(c) * (1 + np.float32(taper) * window.v / np.float32(b))
    height = height - np.float32(0.12 * c) * np.cos(window.v * np.float32(2.2 / b))
    flat = rounded_intersection(
        np.abs(window.v) - np.float32(b), np.abs(window.w) - height, min(b, c) * 0.45
    )
    shape = rounded_intersection(flat, np.abs(window.u) - np.float32(a), a * 0.6)
    canvas.paint(window, shape, 0.8 * palette["ligament"], 0)
    level = vertebra.level
    marrow = palette.textured_marrow(level, canvas, window) if taper else palette.mean_marrow(level)
    canvas.paint(window, shape + np.float32(0.7), marrow)


def _paint_root(
    canvas: Canvas, vertebra: Vertebra, centre: tuple[float, float, float], palette: Palette
) -> None:
    """Paint the dorsal root ganglion in the fat of the foramen below a pedicle."""
    window = canvas.window(vertebra.to_mm(*centre), vertebra.axes, (6, 4, 5))
    if window is None:
        return
    rho = np.sqrt((window.u / 5) ** 2 + (window.v / 2.6) ** 2 + (window.w / 3.4) ** 2)
    canvas.paint(window, (rho - 1) * np.float32(2.8), palette["root"])
