"""Sagittal pictures of other body parts, drawn with a T1's contrast: what must not get a score.

They are sketches, not anatomy: ellipses and shafts with the sizes in mm and the signals that an
adult's head and knee have on T1, varied by a seed, with texture, coil shading and Rician noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.ndimage import gaussian_filter

from vbq.errors import UsageError
from vbq.phantom.painting.render import add_noise
from vbq.scan.scan import Acquisition, Scan, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BodyPart", "make_negative_control"]

BodyPart = Literal["brain", "knee"]

_HALF_MM, _PIXEL_MM, _SLICES, _SPACING_MM = 120.0, 0.8, 9, 4.4
# T1 signals: fat 900, white matter and marrow between it and muscle, fluid dark
_FAT, _MARROW, _WHITE, _GREY, _MUSCLE, _FLUID, _BONE = 900, 780, 560, 420, 340, 130, 40


class _Sheet:
    """A sagittal plane with the picture's middle as its origin; rows down, columns backwards."""

    def __init__(self, rng: np.random.Generator) -> None:
        steps = np.arange(-_HALF_MM, _HALF_MM, _PIXEL_MM, dtype=np.float32)
        self.row, self.column = np.meshgrid(steps, steps, indexing="ij")
        self.value = np.zeros(self.row.shape, np.float32)
        self._rng = rng

    def ellipse(
        self, row: float, column: float, half: tuple[float, float], signal: float, turn: float = 0
    ) -> None:
        """Fill an ellipse, its half axes in mm, a few per cent off what is asked for."""
        a, b = (h * self._rng.uniform(0.95, 1.05) for h in half)
        u, v = self._along(row, column, turn)
        self.value[(u / a) ** 2 + (v / b) ** 2 < 1] = signal

    def shaft(
        self, row: float, column: float, half: tuple[float, float], signal: float, turn: float = 0
    ) -> None:
        """Fill a bar with rounded ends, its half length and half width in mm."""
        length, width = half
        u, v = self._along(row, column, turn)
        outside = np.hypot(np.maximum(np.abs(u) - length + width, 0), v)
        self.value[outside < width] = signal

    def _along(
        self, row: float, column: float, turn: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        r, c, angle = self.row - row, self.column - column, np.radians(turn)
        return r * np.cos(angle) + c * np.sin(angle), c * np.cos(angle) - r * np.sin(angle)


def make_negative_control(part: BodyPart, seed: int = 0) -> Scan:
    """A sagittal T1-like stack of another body part, nine slices of 240 mm.

    Args:
        part: ``"brain"`` or ``"knee"``.
        seed: Seed of size, shape, shading and noise.

    Raises:
        UsageError: There is no such picture.
    """
    if part not in _PICTURES:
        raise UsageError(f"No picture of {part!r}; there are {', '.join(sorted(_PICTURES))}.")
    rng = np.random.default_rng([seed, 83])
    slices = [_PICTURES[part](_Sheet(rng), rng) for _ in range(_SLICES)]
    grain = gaussian_filter(rng.standard_normal((_SLICES, *slices[0].shape)), (0.5, 1.2, 1.2))
    voxels = np.stack(slices) * (1 + 0.2 * grain)
    fall = rng.uniform(0, np.log(3.0)) * np.linspace(-0.5, 0.5, voxels.shape[2])
    voxels = gaussian_filter(voxels * np.exp(fall), (0, 0.6, 0.6))
    affine = np.array(
        [
            [_SPACING_MM, 0, 0, 0],
            [0, 0, _PIXEL_MM, -_HALF_MM],
            [0, -_PIXEL_MM, 0, _HALF_MM],
            [0, 0, 0, 1.0],
        ]
    )
    noisy = add_noise(np.asarray(voxels, np.float32), float(rng.uniform(8, 40)), rng)
    return Scan(noisy, affine, Acquisition(), Source(part, "phantom"))


def _brain(sheet: _Sheet, rng: np.random.Generator) -> NDArray[np.float32]:
    """A head with gyri, corpus callosum, ventricle, brain stem, cerebellum and upper neck."""
    sheet.shaft(95, 10, (60, 48), _MUSCLE)  # neck
    sheet.ellipse(-15, 0, (88, 98), _FAT)
    sheet.ellipse(-15, 0, (82, 92), _BONE)
    sheet.ellipse(-15, 0, (79, 89), _MARROW)  # diploe
    sheet.ellipse(-15, 0, (75, 85), _BONE)
    sheet.ellipse(-15, 0, (72, 82), _FLUID)
    sheet.ellipse(-17, 0, (68, 79), _GREY)
    for angle in np.arange(0, 2 * np.pi, 0.22) + rng.uniform(0, 0.2):
        sheet.ellipse(-17 + 58 * np.sin(angle), 68 * np.cos(angle), (9, 7), _WHITE,
                      float(np.degrees(angle)))  # fmt: skip
        sheet.ellipse(-17 + 67 * np.sin(angle + 0.11), 78 * np.cos(angle + 0.11), (5, 1.5), _FLUID)
    sheet.ellipse(-17, 0, (48, 58), _WHITE)
    sheet.ellipse(-8, 0, (20, 36), _GREY)
    sheet.ellipse(-22, 0, (9, 34), _FLUID)  # lateral ventricle
    sheet.ellipse(-31, 0, (5, 36), 1.1 * _WHITE)  # corpus callosum
    sheet.ellipse(40, 38, (22, 26), _GREY)  # cerebellum
    for k in range(6):
        sheet.shaft(28 + 5 * k, 40, (1.2, 1.0), _FLUID, 90)
    sheet.shaft(45, 6, (30, 9), _WHITE, -8)  # brain stem
    sheet.ellipse(35, 0, (12, 13), _WHITE)  # pons
    sheet.shaft(95, 12, (30, 9), _FLUID)
    sheet.shaft(95, 12, (32, 5), _WHITE)  # cord
    for k in range(3):  # C2-C4
        sheet.shaft(78 + 18 * k, -8, (7, 7), _MARROW)
    sheet.ellipse(60, -30, (14, 18), _MARROW)  # clivus and skull base
    sheet.ellipse(45, -70, (22, 20), 0)  # air of nose and sinus
    return sheet.value


def _knee(sheet: _Sheet, rng: np.random.Generator) -> NDArray[np.float32]:
    """Femur and tibia with their shafts, patella, menisci, ligaments, muscle and fat."""
    bend = rng.uniform(-6, 10)
    sheet.shaft(0, 5, (190, 68), _FAT)
    sheet.shaft(-70, 12, (70, 50), _MUSCLE, bend)
    sheet.shaft(75, 22, (70, 42), _MUSCLE)
    sheet.ellipse(5, 42, (24, 16), _FAT)  # popliteal fat
    sheet.shaft(5, 45, (110, 5), _FLUID)  # vessels: a dark tube behind the bones
    sheet.ellipse(0, -32, (20, 14), 0.95 * _FAT)  # Hoffa's fat pad
    for name, signal, rim in (("cortex", _BONE, 0.0), ("marrow", _MARROW, 2.5)):
        share = 0.95 if name == "marrow" else 1.0
        sheet.shaft(-90, 0, (90, 15 - rim), share * signal, bend)
        sheet.ellipse(-24, 2, (24 - rim, 31 - rim), signal, bend)
        sheet.shaft(90, 2, (90, 14 - rim), share * signal, rng.uniform(-2, 2))
        sheet.ellipse(22, 2, (17 - rim, 29 - rim), signal)
        sheet.ellipse(-38, -48, (20 - rim, 10 - rim), signal)  # patella
    sheet.shaft(-1, 0, (2.5, 2.5), _MUSCLE)
    sheet.ellipse(1, -18, (3, 9), _BONE)  # menisci
    sheet.ellipse(1, 20, (3, 9), _BONE)
    sheet.shaft(-8, 10, (16, 3), _BONE, 35)  # cruciate ligament
    sheet.shaft(15, -45, (32, 2.5), _BONE, -10)  # patellar tendon
    sheet.value[np.abs(sheet.column - 5) > 68] = 0
    return sheet.value


_PICTURES = {"brain": _brain, "knee": _knee}
