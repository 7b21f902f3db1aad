"""Negative controls: sagittal T1-like images of a head and a knee, which must not get a score.

They are sketches, not anatomy: ellipses and bars with the sizes and T1 signals of an adult's head
and knee, varied by a seed, with texture, coil shading and Rician noise.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from vbq.errors import UsageError
from vbq.phantom.painting.render import add_noise
from vbq.scan.scan import Acquisition, Scan, Source

BodyPart = Literal["brain", "knee"]

_HALF_MM, _PIXEL_MM, _SLICES, _SPACING_MM = 120.0, 0.8, 9, 4.4
# T1 signals: fat is brightest, then marrow, white matter, grey matter, muscle and fluid
_FAT, _MARROW, _WHITE, _GREY, _MUSCLE, _FLUID, _BONE = 900, 780, 560, 420, 340, 130, 40


class _Slice:
    """A sagittal slice; coordinates in mm from its centre, rows downward, columns posteriorly."""

    def __init__(self, rng: np.random.Generator) -> None:
        steps = np.arange(-_HALF_MM, _HALF_MM, _PIXEL_MM, dtype=np.float32)
        self.row, self.column = np.meshgrid(steps, steps, indexing="ij")
        self.value = np.zeros(self.row.shape, np.float32)
        self._rng = rng

    def ellipse(
        self,
        row: float,
        column: float,
        half: tuple[float, float],
        signal: float,
        angle_deg: float = 0,
    ) -> None:
        """Fill an ellipse; its half-axes (mm) vary randomly by up to 5 %."""
        a, b = (h * self._rng.uniform(0.95, 1.05) for h in half)
        u, v = self._local(row, column, angle_deg)
        self.value[(u / a) ** 2 + (v / b) ** 2 < 1] = signal

    def shaft(
        self,
        row: float,
        column: float,
        half: tuple[float, float],
        signal: float,
        angle_deg: float = 0,
    ) -> None:
        """Fill a bar with rounded ends; half-length and half-width in mm."""
        length, width = half
        u, v = self._local(row, column, angle_deg)
        outside = np.hypot(np.maximum(np.abs(u) - length + width, 0), v)
        self.value[outside < width] = signal

    def _local(
        self, row: float, column: float, angle_deg: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        r, c, angle = self.row - row, self.column - column, np.radians(angle_deg)
        return r * np.cos(angle) + c * np.sin(angle), c * np.cos(angle) - r * np.sin(angle)


def make_negative_control(part: BodyPart, seed: int = 0) -> Scan:
    """A sagittal T1-like scan of a body part other than the spine, nine slices of 240 mm.

    Its acquisition is empty, so that only the image can tell it from a lumbar spine.

    Args:
        part: ``"brain"`` or ``"knee"``.
        seed: Seed of size, shape, coil shading and noise.

    Raises:
        UsageError: The body part is not available.
    """
    if part not in _BODY_PARTS:
        raise UsageError(
            f"There is no negative control of {part!r}.",
            remedy=f"Choose from {', '.join(sorted(_BODY_PARTS))}.",
        )
    rng = np.random.default_rng([seed, 83])
    slices = [_BODY_PARTS[part](_Slice(rng), rng) for _ in range(_SLICES)]
    grain = gaussian_filter(rng.standard_normal((_SLICES, *slices[0].shape)), (0.5, 1.2, 1.2))
    voxels = np.stack(slices) * (1 + 0.2 * grain)
    log_shading = rng.uniform(0, np.log(3.0)) * np.linspace(-0.5, 0.5, voxels.shape[2])
    voxels = gaussian_filter(voxels * np.exp(log_shading), (0, 0.6, 0.6))
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


def _brain(image: _Slice, rng: np.random.Generator) -> NDArray[np.float32]:
    """A head with gyri, corpus callosum, ventricle, brain stem, cerebellum and upper neck."""
    image.shaft(95, 10, (60, 48), _MUSCLE)  # neck
    image.ellipse(-15, 0, (88, 98), _FAT)
    image.ellipse(-15, 0, (82, 92), _BONE)
    image.ellipse(-15, 0, (79, 89), _MARROW)  # diploe
    image.ellipse(-15, 0, (75, 85), _BONE)
    image.ellipse(-15, 0, (72, 82), _FLUID)
    image.ellipse(-17, 0, (68, 79), _GREY)
    for angle in np.arange(0, 2 * np.pi, 0.22) + rng.uniform(0, 0.2):
        image.ellipse(-17 + 58 * np.sin(angle), 68 * np.cos(angle), (9, 7), _WHITE,
                      float(np.degrees(angle)))  # fmt: skip
        image.ellipse(-17 + 67 * np.sin(angle + 0.11), 78 * np.cos(angle + 0.11), (5, 1.5), _FLUID)
    image.ellipse(-17, 0, (48, 58), _WHITE)
    image.ellipse(-8, 0, (20, 36), _GREY)
    image.ellipse(-22, 0, (9, 34), _FLUID)  # lateral ventricle
    image.ellipse(-31, 0, (5, 36), 1.1 * _WHITE)  # corpus callosum
    image.ellipse(40, 38, (22, 26), _GREY)  # cerebellum
    for k in range(6):
        image.shaft(28 + 5 * k, 40, (1.2, 1.0), _FLUID, 90)
    image.shaft(45, 6, (30, 9), _WHITE, -8)  # brain stem
    image.ellipse(35, 0, (12, 13), _WHITE)  # pons
    image.shaft(95, 12, (30, 9), _FLUID)
    image.shaft(95, 12, (32, 5), _WHITE)  # cord
    for k in range(3):  # C2-C4
        image.shaft(78 + 18 * k, -8, (7, 7), _MARROW)
    image.ellipse(60, -30, (14, 18), _MARROW)  # clivus and skull base
    image.ellipse(45, -70, (22, 20), 0)  # air of nose and sinus
    return image.value


def _knee(image: _Slice, rng: np.random.Generator) -> NDArray[np.float32]:
    """Femur and tibia with their shafts, patella, menisci, ligaments, muscle and fat."""
    bend = rng.uniform(-6, 10)
    image.shaft(0, 5, (190, 68), _FAT)
    image.shaft(-70, 12, (70, 50), _MUSCLE, bend)
    image.shaft(75, 22, (70, 42), _MUSCLE)
    image.ellipse(5, 42, (24, 16), _FAT)  # popliteal fat
    image.shaft(5, 45, (110, 5), _FLUID)  # popliteal vessels
    image.ellipse(0, -32, (20, 14), 0.95 * _FAT)  # Hoffa's fat pad
    for name, signal, rim in (("cortex", _BONE, 0.0), ("marrow", _MARROW, 2.5)):
        share = 0.95 if name == "marrow" else 1.0
        image.shaft(-90, 0, (90, 15 - rim), share * signal, bend)
        image.ellipse(-24, 2, (24 - rim, 31 - rim), signal, bend)
        image.shaft(90, 2, (90, 14 - rim), share * signal, rng.uniform(-2, 2))
        image.ellipse(22, 2, (17 - rim, 29 - rim), signal)
        image.ellipse(-38, -48, (20 - rim, 10 - rim), signal)  # patella
    image.shaft(-1, 0, (2.5, 2.5), _MUSCLE)
    image.ellipse(1, -18, (3, 9), _BONE)  # menisci
    image.ellipse(1, 20, (3, 9), _BONE)
    image.shaft(-8, 10, (16, 3), _BONE, 35)  # cruciate ligament
    image.shaft(15, -45, (32, 2.5), _BONE, -10)  # patellar tendon
    image.value[np.abs(image.column - 5) > 68] = 0
    return image.value


_BODY_PARTS = {"brain": _brain, "knee": _knee}
