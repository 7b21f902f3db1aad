"""Painting the tissues around the spine: skin, fat, muscle, vessels, abdomen and pelvis.

None of them is labelled. They make the image resemble a patient, so that a segmentation engine
meets the same surroundings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vbq.anatomy.levels import SACRUM
from vbq.phantom.painting.canvas import Canvas, smoothstep, texture
from vbq.phantom.painting.palette import Palette
from vbq.phantom.spine import Spine


@dataclass(frozen=True, eq=False, slots=True)
class _Organ:
    """An ellipsoid organ, such as a bowel loop or the bladder; lengths in mm."""

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    radii: tuple[float, float, float]
    content: str
    wall_mm: float


@dataclass(frozen=True, eq=False, slots=True)
class Torso:
    """The tissues around a spine."""

    spine: Spine
    organs: tuple[_Organ, ...]
    bifurcation_z: float

    def paint(self, canvas: Canvas, palette: Palette, presaturation: float) -> None:
        """Fill a canvas; the spine is painted over it."""
        x, y, z = canvas.xyz
        table = self.spine.canal
        i = table.index(z)
        x = x - table.x[i]
        front = table.front[i]
        seed = palette.seed
        fine = texture(seed + 4, x, y + 0.35 * z, z, (1.6, 1.1, 3.6))
        coarse = _coarse(canvas, seed + 5)

        value = self._back(palette, x, y - table.fascia[i], fine, coarse)
        anterior = front - y
        # lateral to the psoas the abdomen (kidneys and perirenal fat) extends further back
        flank = anterior + 42 * smoothstep(np.abs(x), 42.0, 72.0)
        belly = self._abdomen(palette, flank, fine, coarse)
        value += smoothstep(flank, -3.0, 1.0) * (belly - value)
        canvas.value[:] = value
        for organ in self.organs:
            _paint_organ(canvas, organ, palette)
        value = canvas.value
        self._vessels(value, palette, x, anterior, z)
        value *= 1 - np.float32(presaturation) * smoothstep(anterior, 12.0, 40.0)
        # abdominal wall, and the skin and fat around the whole body
        curvature = _curvature(x) * (table.skin[i] - table.belly[i])
        depth = np.asarray(y - table.belly[i] - np.float32(0.55) * curvature, np.float32)
        front_depth = depth
        layer = 9.0 + 0.55 * self.spine.shape.fat_mm
        self._wall(value, palette, depth, layer, coarse, muscle_mm=9.0,
                   remaining=1 - 0.6 * presaturation)  # fmt: skip
        groove = np.float32(5) * (1 - np.exp(-((x * np.float32(1 / 17.0)) ** 2)))
        depth = table.skin[i] + groove - np.float32(0.45) * curvature - y
        layer_back = table.skin[i] - table.fascia[i] - np.float32(2)
        self._wall(value, palette, depth, layer_back, coarse, muscle_mm=0.0, remaining=1.0)
        value *= smoothstep(front_depth, -0.4, 0.4)

    @staticmethod
    def _back(
        palette: Palette,
        x: NDArray[np.float32],
        behind: NDArray[np.float32],
        fine: NDArray[np.float32],
        coarse: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Signal of muscle with fatty streaks; ligament and fat between spinous processes."""
        fat, muscle = np.float32(palette["fat"]), np.float32(palette["muscle"])
        streaks = 0.7 * smoothstep(fine + 0.7 * coarse, 0.6, 2.6)
        middle = smoothstep(np.abs(x), 5.0, 2.5) * smoothstep(behind, -48.0, -40.0)
        between = 0.85 * smoothstep(fine + 1.1 * coarse, -1.2, 2.3)
        share = streaks + middle * (between - streaks)
        share = np.maximum(
            share, 0.8 * smoothstep(behind, -6.0, -1.0) * smoothstep(coarse, -0.6, 0.6)
        )
        return np.asarray(0.9 * muscle * (1 + 0.07 * fine) + share * (0.9 * fat - muscle))

    @staticmethod
    def _abdomen(
        palette: Palette,
        anterior: NDArray[np.float32],
        fine: NDArray[np.float32],
        coarse: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Signal of the fat in front of the spine and of bowel in its mesentery."""
        bowel = palette["bowel"] * (1 + 0.24 * coarse + 0.14 * fine)
        fat = palette["fat"] * (0.8 + 0.1 * fine - 0.35 * smoothstep(fine, 1.3, 2.2))
        share = smoothstep(coarse + 0.7 * fine, -1.4, 1.2) * smoothstep(anterior, 9.0, 26.0)
        dark = smoothstep(anterior, 5.0, 0.5) * 0.3
        return np.asarray((fat + share * (bowel - fat)) * (1 - dark))

    def _vessels(
        self,
        value: NDArray[np.float32],
        palette: Palette,
        x: NDArray[np.float32],
        anterior: NDArray[np.float32],
        z: NDArray[np.float32],
    ) -> None:
        """Paint aorta (left) and vena cava (right) with their bifurcation."""
        below = np.maximum(np.float32(self.bifurcation_z) - z, 0)
        for side, radius, start in ((1.0, 9.0, 8.0), (-1.0, 10.0, 15.0)):
            sway = 3.5 * np.sin(z * np.float32(1 / 24.0) + side)
            middle = side * (start + 0.75 * below) + sway
            size = radius - 3.5 * np.clip(below / 25, 0, 1)
            distance = np.hypot(x - middle, (anterior - 4 - radius) + 0.1 * below) - size
            wall = np.clip(0.5 - distance, 0, 1)
            value += wall * (np.float32(0.6 * palette["muscle"]) - value)
            lumen = np.clip(-0.7 - distance, 0, 1)
            value += lumen * (np.float32(palette["blood"]) - value)

    @staticmethod
    def _wall(
        value: NDArray[np.float32],
        palette: Palette,
        depth: NDArray[np.float32],
        layer: float | NDArray[np.float32],
        coarse: NDArray[np.float32],
        *,
        muscle_mm: float,
        remaining: float,
    ) -> None:
        """Paint air, skin, fat with septa, fascia and muscle by ``depth`` (mm) below the skin.

        ``layer`` is the thickness of skin and fat, ``remaining`` the share of the signal that
        presaturation leaves.
        """
        if muscle_mm:
            value += smoothstep(depth - layer, muscle_mm + 1, muscle_mm - 1) * (
                np.float32(remaining * 0.85 * palette["muscle"]) - value
            )
        line = np.exp(-(((depth - layer) * np.float32(1 / 0.9)) ** 2))
        fat = palette["fat"] * (1 - 0.15 * np.exp(-((coarse * np.float32(1 / 0.07)) ** 2)))
        value += smoothstep(depth - layer, 0.8, -0.8) * (np.float32(remaining) * fat - value)
        value += 0.8 * line * (np.float32(palette["ligament"] * remaining) - value)
        value += smoothstep(depth, 2.4, 1.6) * (np.float32(remaining * palette["skin"]) - value)
        value *= smoothstep(depth, -0.4, 0.4)


def build_torso(spine: Spine) -> Torso:
    """Place the organs around a spine at random, by the seed of its shape."""
    rng = np.random.default_rng([spine.shape.seed, 37])
    table = spine.canal
    levels = {v.level: v for v in spine.vertebrae}
    sacrum = levels[SACRUM].centre
    last = levels[19 + spine.shape.lumbar_count].centre
    organs: list[_Organ] = []

    def add(x: float, anterior: float, z: float, radii: tuple[float, float, float],
            content: str, wall: float = 0.0) -> None:  # fmt: skip
        x, anterior, z = (mean + float(rng.normal(0, 5)) for mean in (x, anterior, z))
        scale = float(rng.uniform(0.75, 1.25))
        y = float(table.front[table.index_of(z)]) - anterior
        angle = rng.uniform(-0.9, 0.9)
        axes = np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)],
                         [0, -np.sin(angle), np.cos(angle)]])  # fmt: skip
        a, b, c = radii
        size = (a * scale, b * scale, c * scale)
        organs.append(_Organ(np.array([x, y, z]), axes, size, content, wall))

    depth = spine.shape.abdomen_mm
    add(-70, depth * 0.62, 105, (75, depth * 0.36, 50), "organ")  # liver
    add(35, depth * 0.6, 85, (38, 22, 30), "bowel", 3.0)  # stomach
    for _ in range(60):
        radius = rng.uniform(3.5, 11)
        content = rng.choice(["bowel", "bowel", "fat", "air", "muscle"])
        add(
            float(rng.uniform(-70, 70)),
            float(rng.uniform(34, depth * 0.75)),
            float(rng.uniform(sacrum[2] - 10, 80)),
            (radius * 1.6, radius, radius * float(rng.uniform(0.7, 1.8))),
            str(content),
            float(rng.uniform(1.5, 2.6)) if content != "fat" else 0.0,
        )
    add(2, 26, float(last[2]) + 42, (30, 8, 11), "blood", 0.8)  # duodenum, left renal vein
    low = float(sacrum[2])
    add(0, 82, low - 62, (42, 30, 27), "urine", 3.0)  # bladder
    add(0, 40, low - 45, (26, 19, 15), "muscle", 2.0)  # uterus, prostate or bowel
    add(6, 22, low - 58, (15, 11, 24), "bowel", 2.5)  # rectum
    add(6, 24, low - 50, (8, 6, 8), "air", 0.0)
    add(-18, 45, low - 12, (20, 14, 17), "muscle", 2.0)
    add(25, 62, low - 8, (18, 17, 14), "bowel", 2.0)
    return Torso(spine, tuple(organs), float(last[2]) + 30.0)


def _paint_organ(canvas: Canvas, organ: _Organ, palette: Palette) -> None:
    a, b, c = organ.radii
    window = canvas.window(organ.centre, organ.axes, (a + 1, b + 1, c + 1))
    if window is None:
        return
    rho = np.sqrt((window.u / a) ** 2 + (window.v / b) ** 2 + (window.w / c) ** 2)
    distance = (rho - 1) * np.float32(min(b, c))
    if organ.wall_mm:
        canvas.paint(window, distance, 0.9 * palette["muscle"])
    canvas.paint(window, distance + np.float32(organ.wall_mm), 0.92 * palette[organ.content])


def _coarse(canvas: Canvas, seed: int) -> NDArray[np.float32]:
    """Noise with grains of a centimetre, computed on a coarse grid and interpolated bilinearly."""
    step = max(int(2.0 / canvas.pixel), 1)
    x, y, z = (axis[::step, ::step] for axis in canvas.xyz)
    rows, columns = (np.arange(count, dtype=np.float32) / step for count in canvas.shape)
    coarse = texture(seed, x, y, z, (7.0, 5.5, 8.0))
    down = np.clip(rows, 0, coarse.shape[0] - 1.001).astype(np.int32)
    part = (rows - down)[:, None]
    coarse = np.vstack([coarse, coarse[-1:]])
    tall = coarse[down] * (1 - part) + coarse[down + 1] * part
    across = np.clip(columns, 0, coarse.shape[1] - 1.001).astype(np.int32)
    part = columns - across
    tall = np.hstack([tall, tall[:, -1:]])
    return np.asarray(tall[:, across] * (1 - part) + tall[:, across + 1] * part, np.float32)


def _curvature(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share (0..1) of the body's depth lost at a distance from the midline: 1 at the flank."""
    side = np.abs(x) * np.float32(1 / 175.0)
    inside = (1 - np.minimum(side, 1) ** 2.4) ** np.float32(0.5)
    return np.asarray(1 - inside + 3 * np.maximum(side - 1, 0), np.float32)
