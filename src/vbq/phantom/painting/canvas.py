"""A thin plane through the phantom, onto which tissues are painted one over another."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """Pixels of a canvas with their coordinates u, v, w (mm) in a local frame."""

    pixels: tuple[slice, slice] | tuple[NDArray[np.intp], NDArray[np.intp]]
    u: NDArray[np.float32]
    v: NDArray[np.float32]
    w: NDArray[np.float32]


class Canvas:
    """A plane of pixels in patient space.

    Args:
        origin: Centre of the first pixel, LPS mm.
        row: Step from one row to the next, LPS mm.
        column: Step from one column to the next, LPS mm.
        shape: Number of rows and columns.

    Attributes:
        value: Signal painted so far.
        label: Label painted so far.
        abnormal: Pixels painted as diseased marrow.
        pixel: Pixel size, mm.
    """

    def __init__(
        self,
        origin: NDArray[np.float64],
        row: NDArray[np.float64],
        column: NDArray[np.float64],
        shape: tuple[int, int],
    ) -> None:
        self.origin, self.row, self.column, self.shape = origin, row, column, shape
        self.pixel = float(np.linalg.norm(row))
        normal = np.cross(row, column) / self.pixel
        self._frame = np.stack([normal, row, column]) / self.pixel**2
        self.value = np.zeros(shape, np.float32)
        self.label = np.zeros(shape, np.uint8)
        self.abnormal = np.zeros(shape, bool)

    @cached_property
    def xyz(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """LPS mm of every pixel: x, y and z, each of the canvas's shape."""
        x, y, z = (self._plane(axis, np.zeros(3), (slice(0, self.shape[0]),
                                                   slice(0, self.shape[1])))
                   for axis in np.eye(3))  # fmt: skip
        return x, y, z

    def window(
        self,
        centre: NDArray[np.float64],
        axes: NDArray[np.float64],
        half: tuple[float, float, float],
    ) -> Window | None:
        """The pixels inside a box, or ``None`` if the plane misses it.

        Args:
            centre: Centre of the box and origin of the local frame, LPS mm.
            axes: Unit axes of the box: rows u, v, w.
            half: Half-sizes along the axes, mm.
        """
        centres = (self._frame @ (centre - self.origin)).tolist()
        reaches = (np.abs(self._frame @ axes.T) @ half).tolist()
        if abs(centres[0]) > reaches[0]:
            return None
        spans = []
        for pixel, reach, count in zip(centres[1:], reaches[1:], self.shape, strict=True):
            first, last = max(int(pixel - reach), 0), min(int(pixel + reach) + 2, count)
            if first >= last:
                return None
            spans.append(slice(first, last))
        pixels = (spans[0], spans[1])
        return Window(pixels, *(self._plane(axis, centre, pixels) for axis in axes))

    def paint(
        self,
        window: Window,
        distance: NDArray[np.float32],
        signal: float | NDArray[np.float32],
        label: int | None = None,
    ) -> None:
        """Paint a tissue over the current content.

        Args:
            window: Pixels to paint.
            distance: Signed distance to the tissue's surface in mm, negative inside; the edge
                is spread over one pixel.
            signal: Signal of the tissue.
            label: Label of the tissue, given to pixels that it covers at least by half; ``None``
                leaves the labels unchanged.
        """
        self.blend(window, np.clip(0.5 - distance / np.float32(self.pixel), 0, 1), signal, label)

    def blend(
        self,
        window: Window,
        share: NDArray[np.float32],
        signal: float | NDArray[np.float32],
        label: int | None = None,
    ) -> None:
        """Paint a tissue over the current content, with a given share (0..1) of each pixel."""
        previous = self.value[window.pixels]
        self.value[window.pixels] = previous + share * (signal - previous)
        if label is not None:
            labels = self.label[window.pixels]
            self.label[window.pixels] = np.where(share >= 0.5, np.uint8(label), labels)

    def _plane(
        self, axis: NDArray[np.float64], centre: NDArray[np.float64], pixels: tuple[slice, slice]
    ) -> NDArray[np.float32]:
        """Coordinates of a window's pixels along an axis, mm from the centre."""
        down, across = float(self.row @ axis), float(self.column @ axis)
        start = float((self.origin - centre) @ axis)
        rows = np.arange(pixels[0].start, pixels[0].stop) * down + start
        columns = np.arange(pixels[1].start, pixels[1].stop) * across
        return rows.astype(np.float32)[:, None] + columns.astype(np.float32)


def rounded_intersection(
    first: NDArray[np.float32], second: NDArray[np.float32], radius: float
) -> NDArray[np.float32]:
    """Signed distance of the intersection of two shapes; the edge is rounded by a radius in mm."""
    a, b = first + np.float32(radius), second + np.float32(radius)
    corner = np.hypot(np.maximum(a, 0), np.maximum(b, 0))
    return np.asarray(corner + np.minimum(np.maximum(a, b), 0) - np.float32(radius))


def smoothstep(value: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """A smooth (cubic) step from 0 at ``low`` to 1 at ``high``; ``low`` may exceed ``high``."""
    t = value * np.float32(1 / (high - low)) - np.float32(low / (high - low))
    np.clip(t, 0, 1, out=t)
    return np.asarray(t * t * (3 - 2 * t))


@lru_cache(maxsize=16)
def _noise(seed: int, coarse_share: float) -> NDArray[np.float32]:
    """A periodic noise field of 48³ samples."""
    white = np.random.default_rng([seed, 23]).standard_normal((2, 48, 48, 48), np.float32)
    fine = gaussian_filter(white[0], 1.0, mode="wrap")
    field = fine / fine.std()
    if coarse_share:
        coarse = gaussian_filter(white[1], 3.5, mode="wrap")
        field += coarse_share * coarse / coarse.std()
    return np.asarray(field / field.std(), np.float32)


def texture(
    seed: int,
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    z: NDArray[np.float32],
    scale_mm: tuple[float, float, float],
    *,
    coarse_share: float = 0.0,
) -> NDArray[np.float32]:
    """Smooth seeded noise of mean 0 and SD near 1, with grains about twice ``scale_mm`` wide.

    ``coarse_share`` is the SD of additional grains, 3.5 times as wide, relative to the fine ones.
    """
    points = np.stack([x / np.float32(scale_mm[0]), y / np.float32(scale_mm[1]),
                       z / np.float32(scale_mm[2])])  # fmt: skip
    return np.asarray(
        map_coordinates(
            _noise(seed, coarse_share), points, order=1, mode="grid-wrap", prefilter=False
        ),
        np.float32,
    )
